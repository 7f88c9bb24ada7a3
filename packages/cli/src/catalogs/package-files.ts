// The files of a driver package on disk, as catalogs see them: everything but the catalogs themselves.
import { CommandError, EXIT } from '../exit-codes.ts';
import { type FolderFile, walkFolder } from '../walk-folder.ts';

export type PackageFile = Pick<FolderFile, 'name' | 'path' | 'size'>;

/** The files under `directory` in the order of their names, catalogs left out. Throws CommandError when there is none. */
export async function listPackageFiles(directory: string): Promise<PackageFile[]> {
  const files = (await walkFolder(directory)).filter(({ name }) => !/\.cat$/i.test(name));
  if (files.length === 0) {
    throw new CommandError(EXIT.validationFailed, `${directory} has no files that a catalog could list.`);
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
