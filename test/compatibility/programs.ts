// Starts the programs in `clients/` in processes of their own.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Longest that a program may take, in milliseconds. */
const TIME_LIMIT = 120_000;

export const CLIENTS_FOLDER = join(import.meta.dirname, 'clients');

/** Runs a program to its end and gives what it printed. Throws Error with what it wrote to stderr when it fails. */
export async function runProgram(
  command: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  // Nothing of the environment of the tests may lead the program elsewhere.
  const { PATH = '' } = process.env;
  const { stdout } = await run(command, [...parameters], { env: { PATH, ...environment }, timeout: TIME_LIMIT });
  return stdout;
}

/** Whether a command can be run with these parameters. */
export async function isInstalled(command: string, ...parameters: readonly string[]): Promise<boolean> {
  try {
    await run(command, [...parameters]);
    return true;
  } catch {
    return false;
  }
}
