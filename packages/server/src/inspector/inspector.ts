// Opens packages in child processes that can do nothing else: no network, no keys, no database, no files but one folder
// of their own, a bounded heap and a bounded time. One process serves one submission and is then thrown away.
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startConfinedProcess } from '../confined-process.ts';
import type { InspectorAnswers, InspectorReply, InspectorRequest } from './protocol.ts';

/** Why a package could not be opened, in words for its submitter. */
export class PackageRefused extends Error {
  override readonly name = 'PackageRefused';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface InspectorOptions {
  /** Folder under which each process gets a folder of its own. Must be on the file system that holds the packages. */
  readonly directory: string;
  /** Most megabytes of JavaScript heap in a process. */
  readonly heapMegabytes?: number;
  /** Most megabytes that a process may occupy in all (watched on Linux). */
  readonly residentMegabytes?: number;
  /** Most milliseconds that one operation may take. */
  readonly timeLimitMs?: number;
  /** Processes kept started ahead of need. */
  readonly warm?: number;
}

const DEFAULT_HEAP_MEGABYTES = 256;
const DEFAULT_RESIDENT_MEGABYTES = 512;
const DEFAULT_TIME_LIMIT_MS = 10 * 60_000;
const MEMORY_WATCH_MS = 250;
const IDLE_MS = 60_000;
/** Size of a page in /proc/<pid>/statm, in bytes. */
const PAGE_BYTES = 4096;

/** The process ended in the middle of an operation, for a reason that is not known. A package may do that to it. */
export class InspectorDied extends Error {
  override readonly name = 'InspectorDied';
}

/** A process with its folder. `input` is readable to it, `output` writable too. */
export interface InspectorSession {
  /** Files put here can be read by the process. */
  readonly input: string;
  /** The process writes here. */
  readonly output: string;
  /**
   * Runs one operation. Throws PackageRefused when the package is at fault (malformed, or it killed the process or
   * exceeded its limits), and any other error when the inspector itself could not work.
   */
  ask<Name extends keyof InspectorAnswers>(
    request: Extract<InspectorRequest, { operation: Name }>,
    signal: AbortSignal,
  ): Promise<InspectorAnswers[Name]>;
}

class InspectorProcess implements InspectorSession {
  readonly folder: string;
  readonly input: string;
  readonly output: string;
  readonly #child: ChildProcess;
  readonly #options: InspectorOptions;
  #nextId = 1;
  #pending: { id: number; settle: (reply: InspectorReply) => void; fail: (error: Error) => void } | undefined;
  #exit: string | undefined;
  #killedFor: string | undefined;

  constructor(folder: string, options: InspectorOptions, compileCache: string | undefined) {
    this.folder = folder;
    this.input = join(folder, 'in');
    this.output = join(folder, 'out');
    this.#options = options;
    this.#child = startConfinedProcess({
      program: join(import.meta.dirname, 'inspector-process.ts'),
      packages: ['@assay/authenticode', '@assay/driver-package'],
      readable: [folder],
      writable: [this.output],
      heapMegabytes: options.heapMegabytes ?? DEFAULT_HEAP_MEGABYTES,
      cwd: folder,
      ...(compileCache === undefined ? {} : { compileCache }),
    });
    let stderr = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-4_000);
    });
    this.#child.on('message', (reply: InspectorReply) => {
      if (this.#pending?.id === reply.id) this.#pending.settle(reply);
    });
    const ended = (how: string): void => {
      this.#exit = how;
      this.#pending?.fail(
        this.#killedFor !== undefined
          ? new PackageRefused('limits-exceeded', this.#killedFor)
          : /heap out of memory|allocation failed/i.test(stderr)
            ? new PackageRefused('limits-exceeded', 'Opening the package needed more memory than a package is given.')
            : new InspectorDied(`the inspector process ended (${how}): ${stderr.trim()}`),
      );
    };
    this.#child.once('error', (error) => ended(error.message));
    this.#child.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
  }

  get busy(): boolean {
    return this.#pending !== undefined;
  }

  get alive(): boolean {
    return this.#exit === undefined && this.#child.connected;
  }

  async ask<Name extends keyof InspectorAnswers>(
    request: Extract<InspectorRequest, { operation: Name }>,
    signal: AbortSignal,
  ): Promise<InspectorAnswers[Name]> {
    signal.throwIfAborted();
    if (!this.alive) throw new Error(`the inspector process has ended (${this.#exit ?? 'disconnected'})`);
    if (this.#pending) throw new Error('the inspector process is busy');
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<InspectorReply>();
    this.#pending = { id, settle: resolve, fail: reject };
    const timeLimitMs = this.#options.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS;
    const timer = setTimeout(
      () => this.#kill(`Opening the package took longer than ${Math.round(timeLimitMs / 1000)} seconds.`),
      timeLimitMs,
    );
    const watch = setInterval(() => void this.#watchMemory(), MEMORY_WATCH_MS);
    const onAbort = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'));
      this.kill();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      this.#child.send({ id, request });
      const reply = await promise;
      if (reply.kind === 'refused') throw new PackageRefused(reply.code, reply.message);
      if (reply.kind === 'broke') throw new Error(`the inspector could not ${request.operation}: ${reply.message}`);
      return reply.answer as InspectorAnswers[Name];
    } finally {
      clearTimeout(timer);
      clearInterval(watch);
      signal.removeEventListener('abort', onAbort);
      this.#pending = undefined;
    }
  }

  async #watchMemory(): Promise<void> {
    const limit = this.#options.residentMegabytes ?? DEFAULT_RESIDENT_MEGABYTES;
    const statm = await readFile(`/proc/${this.#child.pid}/statm`, 'utf8').catch(() => undefined);
    if (statm === undefined) return;
    const residentBytes = Number(statm.split(' ')[1]) * PAGE_BYTES;
    if (residentBytes > limit * 1024 ** 2) {
      this.#kill(`Opening the package needed more than the ${limit} MB of memory that a package is given.`);
    }
  }

  #kill(reason: string): void {
    this.#killedFor ??= reason;
    this.kill();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async close(): Promise<void> {
    if (this.#exit === undefined) {
      const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
      this.kill();
      await gone;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

export interface Inspector {
  /** The process that serves this submission: the one it already has, or a fresh one. */
  open(submissionId: bigint): Promise<InspectorSession>;
  /** Ends the submission's process and removes its folder. */
  release(submissionId: bigint): Promise<void>;
  close(): Promise<void>;
}

/** Starts the pool. Folders that an earlier run of the service left behind are removed. */
export async function createInspector(options: InspectorOptions): Promise<Inspector> {
  await rm(options.directory, { recursive: true, force: true });
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const warmTarget = options.warm ?? 1;
  const warm: Promise<InspectorProcess>[] = [];
  const sessions = new Map<bigint, { process: InspectorProcess; idle: NodeJS.Timeout }>();
  let closed = false;

  async function makeFolder(): Promise<string> {
    const folder = join(options.directory, randomUUID());
    await mkdir(join(folder, 'in'), { recursive: true, mode: 0o700 });
    await mkdir(join(folder, 'out'), { mode: 0o700 });
    return folder;
  }

  // Compiled code, made once by a process that never sees a package. Every other process gets a copy: Node wants to write
  // where it reads compiled code, and what one process could write, no other may run.
  const compiled = join(options.directory, 'compiled');
  let hasCompiled = false;
  const closing = new AbortController();
  async function compile(): Promise<void> {
    await mkdir(compiled, { mode: 0o700 });
    const process = new InspectorProcess(await makeFolder(), options, compiled);
    try {
      await process.ask<'compile'>({ operation: 'compile' }, closing.signal);
      hasCompiled = true;
    } finally {
      await process.close();
    }
  }

  async function start(): Promise<InspectorProcess> {
    const folder = await makeFolder();
    if (!hasCompiled) return new InspectorProcess(folder, options, undefined);
    const cache = join(folder, 'compiled');
    try {
      await cp(compiled, cache, { recursive: true, mode: constants.COPYFILE_FICLONE });
    } catch {
      await rm(cache, { recursive: true, force: true });
      return new InspectorProcess(folder, options, undefined);
    }
    return new InspectorProcess(folder, options, cache);
  }

  function refill(): void {
    while (!closed && warm.length < warmTarget) {
      const starting = start();
      // Whoever takes it learns why it could not start; until then nobody waits for it.
      starting.catch(() => undefined);
      warm.push(starting);
    }
  }

  async function release(submissionId: bigint): Promise<void> {
    const session = sessions.get(submissionId);
    if (session === undefined) return;
    sessions.delete(submissionId);
    clearTimeout(session.idle);
    await session.process.close();
  }

  function restartIdleTimer(submissionId: bigint): NodeJS.Timeout {
    return setTimeout(() => {
      const session = sessions.get(submissionId);
      if (session?.process.busy) session.idle.refresh();
      else void release(submissionId);
    }, IDLE_MS).unref();
  }

  // Only speed depends on it: without compiled code each process compiles for itself.
  const compiling = compile().catch(() => undefined);
  void compiling.then(refill);
  return {
    async open(submissionId) {
      if (closed) throw new Error('the inspector is closed');
      const existing = sessions.get(submissionId);
      if (existing?.process.alive) {
        existing.idle.refresh();
        return existing.process;
      }
      await release(submissionId);
      const ready = await (warm.shift() ?? start());
      refill();
      const process = ready.alive ? ready : await start();
      if (process !== ready) await ready.close();
      sessions.set(submissionId, { process, idle: restartIdleTimer(submissionId) });
      return process;
    },
    release,
    async close() {
      closed = true;
      closing.abort(new Error('the inspector is closed'));
      await compiling;
      const started = await Promise.allSettled(warm.splice(0));
      const processes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      await Promise.allSettled([...processes.map((process) => process.close()), ...[...sessions.keys()].map(release)]);
      await rm(options.directory, { recursive: true, force: true });
    },
  };
}
