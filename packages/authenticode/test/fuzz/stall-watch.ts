// Watches from a thread of its own that every case comes to an end. A reader that hangs (an expression that backtracks for
// ever, a loop that does not move on) would otherwise hang the run without a word about the input.
import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/** Much more than a case may take, since the machine may be busy. */
const STALL_MILLISECONDS = 20_000;
const LOOK_EVERY_MILLISECONDS = 1000;
const MOST_INPUT_BYTES = 256 * 1024;

/** Number of the case, and length of its input; then the input. */
const HEADER_WORDS = 2;

interface Shared {
  readonly name: string;
  readonly memory: SharedArrayBuffer;
}

export interface StallWatch {
  /** Tells that the next case begins. */
  begin(input: Uint8Array): void;
  stop(): Promise<number>;
}

/** Starts the watch over the cases of this target. A case that does not end ends the process, after its input was shown. */
export function startStallWatch(name: string): StallWatch {
  const memory = new SharedArrayBuffer(4 * HEADER_WORDS + MOST_INPUT_BYTES);
  const header = new Int32Array(memory, 0, HEADER_WORDS);
  const bytes = new Uint8Array(memory, 4 * HEADER_WORDS);
  const worker = new Worker(new URL(import.meta.url), { workerData: { name, memory } satisfies Shared });
  worker.unref();
  return {
    begin(input) {
      bytes.set(input.subarray(0, MOST_INPUT_BYTES));
      header[1] = Math.min(input.length, MOST_INPUT_BYTES);
      Atomics.add(header, 0, 1);
    },
    stop: () => worker.terminate(),
  };
}

function watch({ name, memory }: Shared): void {
  const header = new Int32Array(memory, 0, HEADER_WORDS);
  const bytes = new Uint8Array(memory, 4 * HEADER_WORDS);
  let seen = 0;
  let since = performance.now();
  setInterval(() => {
    const current = Atomics.load(header, 0);
    if (current !== seen) {
      seen = current;
      since = performance.now();
    } else if (current > 0 && performance.now() - since > STALL_MILLISECONDS) {
      const input = Buffer.from(bytes.subarray(0, header[1])).toString('hex');
      writeSync(2, `${name}: case ${current} does not end, for ${header[1]} bytes: ${input}\n`);
      process.kill(process.pid, 'SIGKILL');
    }
  }, LOOK_EVERY_MILLISECONDS);
}

if (!isMainThread) watch(workerData);
