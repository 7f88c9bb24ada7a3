// Starts one of the servers in `processes/`. Each prints one line of JSON when it is ready and ends when its standard input does,
// so that none outlives the benchmark.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ChildProcess<Ready> {
  readonly ready: Ready;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Throws Error when the process ends before it is ready. */
export async function startProcess<Ready>(name: string, ...args: string[]): Promise<ChildProcess<Ready>> {
  const script = join(import.meta.dirname, 'processes', `${name}.ts`);
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const firstLine = async (): Promise<string> => {
    for await (const line of createInterface({ input: child.stdout })) return line;
    throw new Error(`${name} ended before it was ready.`);
  };
  const ready = JSON.parse(await firstLine()) as Ready;
  child.stdout.resume();
  return {
    ready,
    pid: child.pid ?? 0,
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
