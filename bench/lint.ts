// `assay lint` as a whole command, of many drivers and of one INF, beside what it cannot be faster than: starting Node and
// reading the same files.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareCommands } from './compare-commands.ts';
import { runCommand } from './run-command.ts';

const PROGRAM = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'assay.js');
const ECHO = join(import.meta.dirname, '..', 'examples', 'echo', 'driver');

/** The INF of another driver: with names, devices and a version of its own. */
function variant(inf: string, index: number): string {
  return inf
    .replaceAll('Echo', `Echo${index}x`)
    .replaceAll('echo.', `echo${index}.`)
    .replace('1.0.0.0', `1.0.${index}.0`);
}

/** Folders of one driver each. Gives the paths of the INFs. */
async function makeDrivers(folder: string, count: number): Promise<string[]> {
  const inf = await readFile(join(ECHO, 'echo.inf'), 'latin1');
  const paths: string[] = [];
  for (let index = 1; index <= count; index += 1) {
    const driver = join(folder, `echo${index}`);
    await mkdir(driver, { recursive: true });
    const path = join(driver, `echo${index}.inf`);
    await writeFile(path, variant(inf, index), 'latin1');
    await copyFile(join(ECHO, 'echo.sys'), join(driver, `echo${index}.sys`));
    paths.push(path);
  }
  return paths;
}

export async function benchLint(
  directory: string,
  size: { readonly infs: number; readonly rounds: number },
): Promise<void> {
  const folder = join(directory, 'lint');
  const infs = await makeDrivers(folder, size.infs);
  const one = infs[0] ?? '';
  const read = infs.flatMap((path) => [path, path.replace(/inf$/, 'sys')]);
  const lint = (path: string) => runCommand(process.execPath, [PROGRAM, 'lint', path]);
  const start = { name: 'node -e 0', run: () => runCommand(process.execPath, ['-e', '0']) };
  await compareCommands(
    `Linting ${size.infs} drivers`,
    'Variants of examples/echo, each an INF and an image in a folder of its own; the whole command.',
    [{ name: 'assay lint', run: () => lint(folder) }, { name: 'cat', run: () => runCommand('cat', read) }, start],
    size.rounds,
  );
  await compareCommands(
    'Linting one INF',
    'As an editor does it when the file is saved.',
    [{ name: 'assay lint', run: () => lint(one) }, { name: 'cat', run: () => runCommand('cat', [one]) }, start],
    size.rounds,
  );
}
