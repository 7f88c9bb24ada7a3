// A service in a process of its own whose memory is watched, and that of the processes which it starts for packages.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from '../../src/index.ts';
import { ApiCaller } from './api-caller.ts';
import { readCredentials } from './running-service.ts';

const WATCH_MS = 20;

/** Peaks of resident memory, in MiB. */
export interface MemoryPeaks {
  readonly service: number;
  /** Of the largest of all processes that opened packages. */
  readonly inspector: number;
}

export interface WatchedService {
  readonly api: ApiCaller;
  readonly credentials: Credentials;
  /** Peaks since the start. */
  peaks(): MemoryPeaks;
  stop(): Promise<void>;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The high-water mark of a process in MiB; 0 when it is gone. */
function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

/** Whether memory can be watched here. */
export const CAN_WATCH_MEMORY = peakOf(process.pid) > 0;

async function spawnService(dataDirectory: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serve.ts'), dataDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(child.stdout ?? child, 'data'),
    once(child, 'exit').then(() => {
      throw new Error('the service did not start');
    }),
  ]);
  return child;
}

/** Starts it on a free port and in a folder that goes when it stops. */
export async function watchService(): Promise<WatchedService> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'assay-test-'));
  const child = await spawnService(dataDirectory);
  const pid = child.pid ?? 0;
  let inspector = 0;
  const watch = setInterval(() => {
    for (const id of read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean)) {
      if (read(`/proc/${id}/cmdline`).includes('inspector-process'))
        inspector = Math.max(inspector, peakOf(Number(id)));
    }
  }, WATCH_MS);
  const credentials = readCredentials(dataDirectory);
  return {
    api: new ApiCaller(credentials),
    credentials,
    peaks: () => ({ service: peakOf(pid), inspector }),
    async stop() {
      clearInterval(watch);
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}
