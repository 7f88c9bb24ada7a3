// The folder of one run, in the system's folder for temporary files. It is removed at the end; those of runs that were killed are
// removed by the next run, because there are keys and packages in them.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAME = /^assay-rehearse-(\d+)-/;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Removes the folders of runs whose process is gone. What cannot be removed belongs to somebody else, and stays. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const path = join(tmpdir(), name);
    const owner = await stat(path).then(
      ({ uid }) => uid,
      () => undefined,
    );
    if (owner === process.getuid?.() || process.getuid === undefined) {
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

/** Makes the folder of this run, for its user alone. */
export async function makeRunFolder(): Promise<string> {
  await sweep();
  return await mkdtemp(join(tmpdir(), `assay-rehearse-${process.pid}-`));
}
