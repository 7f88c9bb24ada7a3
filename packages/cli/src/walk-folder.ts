// The files below a folder. Links and devices are refused: what goes into a package or a catalog is the file itself.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, EXIT } from './exit-codes.ts';

export interface FolderFile {
  /** Path below the folder, with `/`. */
  readonly name: string;
  /** Path on disk. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
}

/** Deeper folders are refused; a driver package has nearly none. */
const MAXIMUM_DEPTH = 16;
const MAXIMUM_FILES = 100_000;

async function collect(directory: string, prefix: string, depth: number, into: FolderFile[]): Promise<void> {
  if (depth > MAXIMUM_DEPTH) {
    throw new CommandError(EXIT.validationFailed, `${directory} lies deeper than ${MAXIMUM_DEPTH} folders.`);
  }
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) {
      await collect(path, `${name}/`, depth + 1, into);
    } else if (entry.isFile()) {
      const { size, mtime } = await lstat(path);
      into.push({ name, path, size, modified: mtime });
    } else {
      throw new CommandError(
        EXIT.validationFailed,
        `${path} is neither a file nor a folder.`,
        'Links and devices cannot be taken: put the file itself there.',
      );
    }
    if (into.length > MAXIMUM_FILES) {
      throw new CommandError(EXIT.validationFailed, `${directory} holds more than ${MAXIMUM_FILES} files.`);
    }
  }
}

/** Every file below `directory`, in no order. Throws CommandError when it is no folder or holds what cannot be taken. */
export async function walkFolder(directory: string): Promise<FolderFile[]> {
  if (!(await lstat(directory)).isDirectory()) {
    throw new CommandError(
      EXIT.usage,
      `${directory} is not a folder.`,
      'Pass the folder that holds the INF and its files.',
    );
  }
  const files: FolderFile[] = [];
  await collect(directory, '', 1, files);
  return files;
}
