// Finds the files of the driver folders that go into a cabinet, in an order that does not depend on the file system.
import { basename, resolve } from 'node:path';
import { checkLayout } from '@assay/driver-package';
import { CommandError, EXIT } from '../exit-codes.ts';
import { describeFinding, errorsAmong } from '../findings.ts';
import { walkFolder } from '../walk-folder.ts';

export interface CollectedFile {
  /** Name in the cabinet, with `\`. */
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
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
    const folder = basename(resolve(directory));
    const found = await walkFolder(directory);
    if (found.length === 0) {
      throw new CommandError(
        EXIT.validationFailed,
        `${directory} is empty.`,
        'Pass the folder that holds the INF and its files.',
      );
    }
    for (const file of found) files.push({ ...file, name: `${folder}\\${file.name.replaceAll('/', '\\')}` });
  }
  files.sort(byName);
  const errors = errorsAmong(checkLayout(files).findings);
  if (errors.length > 0) throw new CommandError(EXIT.validationFailed, errors.map(describeFinding).join('\n'));
  return files;
}
