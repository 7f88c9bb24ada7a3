// The files of one submission while it is worked on: kept under the SHA-256 of their bytes, so that a step that runs a
// second time finds or replaces the same files. Each submission has its own folder, so that no package can affect
// another one.
import { link, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory, syncFile } from '../../durable-files.ts';

const SHA256 = /^[0-9a-f]{64}$/;

export interface Staging {
  /** Absolute path of the file with this SHA-256 (lower-case hex); throws for anything else. */
  path(sha256: string): string;
  /** Whether the file is there with this size. */
  has(sha256: string, size: number): Promise<boolean>;
  /** Moves a finished file in, after making its bytes survive a power failure: an inspector process may not do that. */
  adopt(file: string, sha256: string): Promise<void>;
  /** Makes everything that was moved in survive a power failure. */
  flush(): Promise<void>;
  /** Absolute path of a temporary file in the same file system. */
  temporary(name: string): string;
  remove(): Promise<void>;
}

/** The staging folder of a submission, made when missing. */
export async function openStaging(workDirectory: string, submissionId: bigint): Promise<Staging> {
  const folder = join(workDirectory, String(submissionId));
  const files = join(folder, 'files');
  await mkdir(files, { recursive: true, mode: 0o700 });
  const path = (sha256: string): string => {
    if (!SHA256.test(sha256)) throw new Error('a staged file is named by a SHA-256');
    return join(files, sha256);
  };
  return {
    path,
    async has(sha256, size) {
      try {
        return (await stat(path(sha256))).size === size;
      } catch {
        return false;
      }
    },
    async adopt(file, sha256) {
      await syncFile(file);
      await rename(file, path(sha256));
    },
    async flush() {
      await syncDirectory(files);
    },
    temporary: (name) => join(folder, name),
    async remove() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Gives the inspector a file under another name without copying it. A link that is left from before is replaced. */
export async function linkInto(file: string, folder: string, name: string): Promise<string> {
  const target = join(folder, name);
  await rm(target, { force: true });
  await link(file, target);
  return target;
}
