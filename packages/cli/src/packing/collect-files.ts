// Finds the files of the driver folders that go into a cabinet, in an order that does not depend on the file system.
import { lstat, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { checkLayout } from '@assay/driver-package';
import { CommandError, EXIT } from '../exit-codes.ts';
import { describeFinding, errorsAmong } from '../findings.ts';

export interface CollectedFile {
  /** Name in the cabinet, with `\`. */
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
}

/** Deeper folders are refused; a driver package has nearly none. */
const MAXIMUM_DEPTH = 16;

async function collectFolder(directory: string, prefix: string, depth: number, into: CollectedFile[]): Promise<void> {
  if (depth > MAXIMUM_DEPTH) {
    throw new CommandError(EXIT.validationFailed, `${directory} lies deeper than ${MAXIMUM_DEPTH} folders.`);
  }
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    const name = `${prefix}\\${entry.name}`;
    if (entry.isDirectory()) {
      await collectFolder(path, name, depth + 1, into);
    } else if (entry.isFile()) {
      const { size, mtime } = await lstat(path);
      into.push({ name, path, size, modified: mtime });
    } else {
      throw new CommandError(
        EXIT.validationFailed,
        `${path} is neither a file nor a folder.`,
        'Links and devices cannot be packed: put the file itself there.',
      );
    }
  }
}

/** Order by name without case, then with: the same on every system. */
function byName(left: CollectedFile, right: CollectedFile): number {
  const [a, b] = [left.name.toUpperCase(), right.name.toUpperCase()];
  if (a !== b) return a < b ? -1 : 1;
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}

/**
 * The files of each folder under the folder's own name. Throws CommandError with every finding when the layout is one that
 * the service would refuse.
 */
export async function collectFiles(directories: readonly string[]): Promise<CollectedFile[]> {
  const files: CollectedFile[] = [];
  for (const directory of directories) {
    const path = resolve(directory);
    const facts = await lstat(path);
    if (!facts.isDirectory()) {
      throw new CommandError(
        EXIT.usage,
        `${directory} is not a folder.`,
        'Pass the folder that holds the INF and its files.',
      );
    }
    await collectFolder(path, basename(path), 1, files);
    if (!files.some(({ name }) => name.startsWith(`${basename(path)}\\`))) {
      throw new CommandError(
        EXIT.validationFailed,
        `${directory} is empty.`,
        'Pass the folder that holds the INF and its files.',
      );
    }
  }
  files.sort(byName);
  const errors = errorsAmong(checkLayout(files).findings);
  if (errors.length > 0) throw new CommandError(EXIT.validationFailed, errors.map(describeFinding).join('\n'));
  return files;
}
