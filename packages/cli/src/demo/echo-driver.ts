// Where the driver package of the demo lies: in the repository and in the published package alike it is the folder
// examples/echo/driver beneath the nearest folder upwards that has it.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError, EXIT } from '../exit-codes.ts';

const DRIVER = join('examples', 'echo', 'driver');

/** The folder with the built Echo driver. Throws CommandError when this copy of Assay has none. */
export function findEchoDriver(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, DRIVER);
    if (existsSync(join(candidate, 'echo.inf'))) return candidate;
    if (folder === dirname(folder)) {
      throw new CommandError(
        EXIT.inputOutput,
        `The driver of the demo, ${DRIVER}, is not in this copy of Assay.`,
        'Install the package again, or run the demo in a whole checkout.',
      );
    }
  }
}
