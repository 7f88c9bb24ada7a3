// How long `assay` takes to answer at all: its help, and the completion of a word, beside starting Node for nothing. Cold is a
// first run after an installation, warm is every other.
import { join } from 'node:path';
import { compareCommands } from './compare-commands.ts';
import { runCommand } from './run-command.ts';

const PROGRAM = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'assay.js');

export async function benchStart(directory: string, size: { readonly rounds: number }): Promise<void> {
  const assay = (cache: string, ...args: string[]) =>
    runCommand('env', [`NODE_COMPILE_CACHE=${join(directory, 'start', cache)}`, process.execPath, PROGRAM, ...args]);
  const completion = ['__complete', '--', 'doctor', '--'];
  // The caches of the warm runs are filled.
  await assay('warm', '--help');
  await assay('warm', ...completion);
  let cold = 0;
  await compareCommands(
    'Starting',
    'Compiled code is kept between runs; a cold run has none.',
    [
      { name: 'assay --help', run: () => assay('warm', '--help') },
      { name: 'assay --help, cold', run: () => assay(`cold-${cold++}`, '--help') },
      { name: 'completing an option', run: () => assay('warm', ...completion) },
      { name: 'node -e 0', run: () => runCommand(process.execPath, ['-e', '0']) },
    ],
    size.rounds,
  );
}
