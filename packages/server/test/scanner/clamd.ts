// A real clamd for one test, with a signature database of our own: what it finds is the EICAR test string and nothing else.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createClamdScanner } from '../../src/scanner/index.ts';

/** Put together here, so that nobody's scanner takes this file for an infected one. */
export const EICAR = Buffer.from(
  ['X5O!P%@AP[4\\PZX54(P^)7CC)7}', '$EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!', '$H+H*'].join(''),
  'latin1',
);
/** What our database calls it, and clamd with it: it marks all signatures that are not ClamAV's own. */
export const EICAR_SIGNATURE = 'Assay.Test.Eicar.UNOFFICIAL';

/** Debian keeps clamd where only root's path leads. */
const COMMAND = ['clamd', '/usr/sbin/clamd'].find(
  (command) => spawnSync(command, ['--version'], { timeout: 20_000 }).status === 0,
);
const START_MS = 30_000;

/** Whether clamd is there; if not, the test is marked as skipped. */
export function hasClamd(t: TestContext): boolean {
  if (COMMAND === undefined) t.skip('clamd is not installed: apt-get install clamav-daemon');
  return COMMAND !== undefined;
}

export interface ClamdOptions {
  /** Listens on a TCP port instead of a Unix socket. */
  readonly tcp?: boolean;
  /** Lines for clamd.conf. */
  readonly configuration?: readonly string[];
  /** False leaves it stopped. */
  readonly start?: boolean;
}

export interface TestClamd {
  readonly address: string;
  start(): Promise<void>;
  /** Stops answering without letting go of its connections; only `kill` is possible then. */
  freeze(): void;
  kill(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

/** A clamd that is gone when the test is over. */
export async function runClamd(t: Pick<TestContext, 'after'>, options: ClamdOptions = {}): Promise<TestClamd> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-clamd-'));
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  t.after(async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const socket = join(folder, 'clamd.sock');
  const port = options.tcp === true ? await freePort() : undefined;
  const address = port === undefined ? `unix:${socket}` : `tcp://127.0.0.1:${port}`;
  const database = join(folder, 'signatures');
  mkdirSync(database);
  // Name, any type of file, anywhere in it, these bytes.
  writeFileSync(join(database, 'test.ndb'), `Assay.Test.Eicar:0:*:${EICAR.toString('hex')}\n`);
  const configuration = join(folder, 'clamd.conf');
  const lines = [
    'Foreground yes',
    `DatabaseDirectory ${database}`,
    ...(port === undefined ? [`LocalSocket ${socket}`] : [`TCPSocket ${port}`, 'TCPAddr 127.0.0.1']),
    ...(process.getuid?.() === 0 ? ['User root'] : []),
    ...(options.configuration ?? []),
  ];
  writeFileSync(configuration, `${lines.join('\n')}\n`);

  async function start(): Promise<void> {
    rmSync(socket, { force: true });
    const started = spawn(COMMAND ?? 'clamd', [`--config-file=${configuration}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    let output = '';
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (data) => (output += String(data)));
    const scanner = createClamdScanner({ address });
    for (const deadline = Date.now() + START_MS; ; ) {
      if (started.exitCode !== null || Date.now() > deadline) throw new Error(`clamd does not start:\n${output}`);
      if (port !== undefined || existsSync(socket)) {
        const answers = await scanner.ping().then(
          () => true,
          () => false,
        );
        if (answers) return;
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  if (options.start !== false) await start();
  return { address, start, freeze: () => child?.kill('SIGSTOP'), kill };
}
