// The files of a driver package on disk, as catalogs see them: everything but the catalogs themselves.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, EXIT } from '../exit-codes.ts';

export interface PackageFile {
  /** Path inside the package, with `/`. */
  readonly name: string;
  /** Path on disk. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

const MAXIMUM_DEPTH = 16;
const MAXIMUM_FILES = 100_000;

async function collect(directory: string, prefix: string, depth: number, into: PackageFile[]): Promise<void> {
  if (depth > MAXIMUM_DEPTH) {
    throw new CommandError(EXIT.validationFailed, `${directory} lies deeper than ${MAXIMUM_DEPTH} folders.`);
  }
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) await collect(path, `${name}/`, depth + 1, into);
    else if (entry.isFile()) into.push({ name, path, size: (await lstat(path)).size });
    else {
      throw new CommandError(
        EXIT.validationFailed,
        `${path} is neither a file nor a folder.`,
        'Catalogs list files: put the file itself there instead of a link.',
      );
    }
    if (into.length > MAXIMUM_FILES) {
      throw new CommandError(EXIT.validationFailed, `${directory} holds more than ${MAXIMUM_FILES} files.`);
    }
  }
}

/** The files under `directory` in the order of their names, catalogs left out. Throws CommandError when there is none. */
export async function listPackageFiles(directory: string): Promise<PackageFile[]> {
  if (!(await lstat(directory)).isDirectory()) {
    throw new CommandError(EXIT.usage, `${directory} is not a folder.`, 'Pass the folder of the driver package.');
  }
  const files: PackageFile[] = [];
  await collect(directory, '', 1, files);
  const listed = files.filter(({ name }) => !/\.cat$/i.test(name));
  if (listed.length === 0) {
    throw new CommandError(EXIT.validationFailed, `${directory} has no files that a catalog could list.`);
  }
  return listed.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
