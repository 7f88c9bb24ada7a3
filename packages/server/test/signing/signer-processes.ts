// The signer processes that this process has started, as Linux shows them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ShownProcess {
  readonly id: number;
  /** The arguments with which it was started. */
  readonly started: readonly string[];
  readonly environment: string;
}

/** On Linux only. */
export function signerProcesses(): ShownProcess[] {
  const task = `/proc/${process.pid}/task`;
  const children = readdirSync(task).flatMap((thread) =>
    readFileSync(join(task, thread, 'children'), 'utf8')
      .split(' ')
      .filter((id) => id !== ''),
  );
  return children
    .map((id) => ({
      id: Number(id),
      started: readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0'),
      environment: readFileSync(`/proc/${id}/environ`, 'utf8'),
    }))
    .filter(({ started }) => started.some((argument) => argument.endsWith('signer-process.ts')));
}
