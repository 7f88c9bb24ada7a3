// Runs a command to its end as a process of its own, and says how long it took and how much memory it had at most.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export interface CommandRun {
  readonly seconds: number;
  /** Most resident memory in MiB, as the Linux kernel counts it; NaN elsewhere. */
  readonly mebibytes: number;
}

/** Most resident memory of a running process so far, in MiB; NaN where it cannot be told. */
export function peakOf(pid: number | undefined): number {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match === null ? Number.NaN : Number(match[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** Throws Error with what the command printed when it does not end with 0. */
export async function runCommand(command: string, args: readonly string[]): Promise<CommandRun> {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  let mebibytes = Number.NaN;
  const watch = setInterval(() => {
    const peak = peakOf(child.pid);
    if (!Number.isNaN(peak)) mebibytes = peak;
  }, 5);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`);
  } finally {
    clearInterval(watch);
  }
  return { seconds: (performance.now() - start) / 1000, mebibytes };
}

/** Whether the command exists here. */
export async function hasCommand(command: string, ...args: string[]): Promise<boolean> {
  return runCommand(command, args).then(
    () => true,
    () => false,
  );
}
