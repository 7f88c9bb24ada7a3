// Signing keys as the rest of the service sees them: SigningKeys whose private halves live in other processes. Keys that need
// native code or the network have a process of their own each kind, so that the others stay as confined as they can be.
import type { ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseCertificate, type SigningKey } from '@assay/authenticode';
import { type KeyLocation, type KeyPermissions, permissionsFor } from '@assay/key-stores';
import { startConfinedProcess } from '../confined-process.ts';
import { SigningProfileError } from './profiles.ts';
import type { SignerReply, SignerRequest } from './signer-protocol.ts';

/** A key to be opened. */
export interface SignerKey {
  /** What it is called here. */
  readonly name: string;
  /** What it is for, as in 'the signing profile "whql"'. */
  readonly title: string;
  readonly location: KeyLocation;
}

export interface Signer {
  /** The key with this name; throws when there is none. */
  key(name: string): SigningKey;
  close(): Promise<void>;
}

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;
type Opened = Extract<SignerReply, { kind: 'opened' }>;
type Permissions = Pick<KeyPermissions, 'addons' | 'network'>;

/** A token that does not answer for so long is stuck: its process ends, and the next signature starts another. */
const TIME_LIMIT_MS = 90_000;

/** Variables that Node itself reads when a process starts. All others are handed over with the key. */
const READ_BY_NODE = /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$/;

class SignerProcess {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { resolve(reply: SignerReply): void; reject(error: Error): void }>();
  #nextId = 1;
  #ended: Error | undefined;

  constructor(permissions: Permissions, readable: readonly string[], environment: Readonly<Record<string, string>>) {
    this.#child = startConfinedProcess({
      program: join(import.meta.dirname, 'signer-process.ts'),
      packages: ['@assay/authenticode'],
      packagesAlone: ['@assay/key-stores'],
      readable: readable.map((path) => resolve(path)),
      environment,
      ...permissions,
    });
    this.#child.stderr?.pipe(process.stderr, { end: false });
    this.#child.on('message', (reply: SignerReply) => {
      const waiting = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if (reply.kind === 'failed') waiting?.reject(new Error(reply.message));
      else waiting?.resolve(reply);
    });
    const ended = (error: Error): void => {
      this.#ended = error;
      for (const waiting of this.#pending.values()) waiting.reject(error);
      this.#pending.clear();
    };
    this.#child.once('error', ended);
    this.#child.once('exit', (code, signal) => ended(new Error(`the signer process ended (${signal ?? code})`)));
  }

  get alive(): boolean {
    return this.#ended === undefined;
  }

  async ask<Kind extends SignerReply['kind']>(
    request: Unnumbered<SignerRequest>,
    expected: Kind,
  ): Promise<Extract<SignerReply, { kind: Kind }>> {
    if (this.#ended) throw this.#ended;
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<SignerReply>();
    this.#pending.set(id, { resolve, reject });
    const timer = setTimeout(() => {
      reject(new Error(`the key store did not answer within ${TIME_LIMIT_MS / 1000} seconds`));
      this.#child.kill('SIGKILL');
    }, TIME_LIMIT_MS);
    try {
      this.#child.send({ ...request, id });
      const reply = await promise;
      if (reply.kind !== expected) throw new Error(`the signer process answered ${reply.kind} instead of ${expected}`);
      return reply as Extract<SignerReply, { kind: Kind }>;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.kill('SIGKILL');
    await gone;
  }
}

interface GroupedKey extends SignerKey {
  readonly needs: KeyPermissions;
}

interface RunningGroup {
  readonly process: SignerProcess;
  readonly opened: ReadonlyMap<string, Opened>;
}

/** Starts a process and opens its keys in it. Throws SigningProfileError. */
async function startGroup(keys: readonly GroupedKey[]): Promise<RunningGroup> {
  const [first] = keys;
  const environment = Object.fromEntries(
    keys.flatMap(({ needs }) => Object.entries(needs.environment).filter(([name]) => READ_BY_NODE.test(name))),
  );
  const process = new SignerProcess(
    { addons: first?.needs.addons ?? false, network: first?.needs.network ?? false },
    keys.flatMap(({ needs }) => needs.readable),
    environment,
  );
  try {
    const opened = new Map<string, Opened>();
    // One after the other: keys of one token may not be opened at once, and the first fault is told in a stable order.
    for (const key of keys) {
      try {
        const { name, location, needs } = key;
        const request = { kind: 'open', key: name, location, environment: needs.environment } as const;
        opened.set(name, await process.ask(request, 'opened'));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new SigningProfileError(`The key of ${key.title} cannot be opened: ${reason}`, { cause: error });
      }
    }
    return { process, opened };
  } catch (error) {
    await process.close();
    throw error;
  }
}

function sameBytes(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one !== undefined && Buffer.compare(one, other) === 0;
}

interface Group {
  /** The group in a process that lives: the one that it has, or a new one. */
  run(): Promise<RunningGroup>;
  close(): Promise<void>;
}

function createGroup(keys: readonly GroupedKey[]): Group {
  let running = startGroup(keys);
  // Whoever asks for it learns why it did not start.
  running.catch(() => undefined);
  let hasRun = false;
  return {
    async run() {
      const seen = running;
      let current: RunningGroup | undefined;
      try {
        current = await seen;
        hasRun = true;
      } catch (error) {
        // Not tried again: a wrong PIN that is presented often enough locks a token.
        if (!hasRun) throw error;
      }
      if (current?.process.alive === true) return current;
      if (running === seen) running = startGroup(keys);
      return await running;
    },
    async close() {
      await (await running.catch(() => undefined))?.process.close();
    },
  };
}

/**
 * Opens keys in processes of their own. A process that dies is replaced at the next signature. Throws SigningProfileError that
 * says which key cannot be opened, why, and what to do.
 */
export async function openSigner(keys: readonly SignerKey[]): Promise<Signer> {
  const grouped = keys.map((key) => ({ ...key, needs: permissionsFor(key.location) }));
  const byNeeds = Map.groupBy(grouped, ({ needs }) => `${needs.addons} ${needs.network}`);
  const groups = new Map<string, Group>();
  const all = [...byNeeds.values()].map((members) => {
    const group = createGroup(members);
    for (const { name } of members) groups.set(name, group);
    return { group, members };
  });
  const close = async (): Promise<void> => {
    await Promise.all(all.map(({ group }) => group.close()));
  };
  const opened = new Map<string, SigningKey>();
  try {
    for (const { group, members } of all) {
      const first = await group.run();
      for (const { name, title } of members) {
        const facts = first.opened.get(name);
        if (facts === undefined) throw new Error(`the key "${name}" was not opened`);
        opened.set(name, {
          certificate: parseCertificate(facts.certificate),
          chain: facts.chain.map((certificate) => parseCertificate(certificate)),
          async sign(message, algorithm) {
            const { process, opened: present } = await group.run();
            if (!sameBytes(present.get(name)?.certificate, facts.certificate)) {
              throw new Error(`the key of ${title} is another one than at the start; restart the service`);
            }
            return (await process.ask({ kind: 'sign', key: name, message, algorithm }, 'signed')).signature;
          },
        });
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    key(name) {
      const key = opened.get(name);
      if (key === undefined) throw new Error(`there is no key "${name}"`);
      return key;
    },
    close,
  };
}
