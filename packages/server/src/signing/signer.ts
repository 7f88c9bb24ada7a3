// The signing key as the rest of the service sees it: a SigningKey whose private half lives in another process.
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { parseCertificate, type SigningKey } from '@assay/authenticode';
import { startConfinedProcess } from '../confined-process.ts';
import type { SignerReply, SignerRequest } from './signer-protocol.ts';

export interface Signer extends SigningKey {
  close(): Promise<void>;
}

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;

class SignerProcess {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { resolve(reply: SignerReply): void; reject(error: Error): void }>();
  #nextId = 1;
  #ended: Error | undefined;

  constructor(keyFile: string) {
    this.#child = startConfinedProcess({
      program: join(import.meta.dirname, 'signer-process.ts'),
      packages: ['@assay/authenticode'],
      readable: [keyFile],
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
    this.#child.send({ ...request, id });
    const reply = await promise;
    if (reply.kind !== expected) throw new Error(`the signer process answered ${reply.kind} instead of ${expected}`);
    return reply as Extract<SignerReply, { kind: Kind }>;
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/**
 * Opens the key in `keyFile` (PKCS#12) in a process of its own. A process that dies is replaced at the next signature.
 * Throws when the file is missing or the passphrase does not open it.
 */
export async function openSigner(keyFile: string, passphrase: string): Promise<Signer> {
  async function start(): Promise<{ process: SignerProcess; opened: Extract<SignerReply, { kind: 'opened' }> }> {
    const process = new SignerProcess(keyFile);
    try {
      return { process, opened: await process.ask({ kind: 'open', file: keyFile, passphrase }, 'opened') };
    } catch (error) {
      await process.close();
      throw new Error(
        `the signing key ${keyFile} cannot be opened: ${error instanceof Error ? error.message : error}`,
        {
          cause: error,
        },
      );
    }
  }

  let running = start();
  const { opened } = await running;
  return {
    certificate: parseCertificate(opened.certificate),
    chain: opened.chain.map(parseCertificate),
    async sign(message, algorithm) {
      let current = await running;
      if (!current.process.alive) {
        running = start();
        current = await running;
      }
      return (await current.process.ask({ kind: 'sign', message, algorithm }, 'signed')).signature;
    },
    async close() {
      await (await running).process.close();
    },
  };
}
