// Runs the rehearsed command with the terminal as its own, passes signals on to it, and says how it ended.
import { spawn } from 'node:child_process';
import { accessSync, constants as modes, statSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { CommandError, EXIT } from '../exit-codes.ts';

export interface CommandRequest {
  readonly command: string;
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Given the words to start; gives the words that are started instead. */
  readonly wrap?: (
    command: string,
    parameters: readonly string[],
  ) => { readonly command: string; readonly parameters: readonly string[] };
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, modes.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Throws CommandError when there is no such program. Windows has its own rules, which `spawn` knows. */
export function requireCommand(command: string, path: string | undefined): void {
  if (process.platform === 'win32') return;
  const places = command.includes('/')
    ? [isAbsolute(command) ? command : resolve(command)]
    : (path ?? '').split(delimiter).map((folder) => join(folder === '' ? '.' : folder, command));
  if (!places.some(isExecutable)) throw commandNotFound(command);
}

function commandNotFound(command: string): CommandError {
  return new CommandError(
    EXIT.usage,
    `There is no program '${command}' to rehearse.`,
    'Write the command as in a shell: assay rehearse -- python3 attest.py driver.cab',
  );
}

/** The exit code that a shell would show: the command's own, or 128 and the number of the signal that ended it. */
function shellCode(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** Runs the command to its end and gives its exit code. Throws CommandError when it cannot be started. */
export async function runCommand(request: CommandRequest): Promise<number> {
  const started = request.wrap?.(request.command, request.parameters) ?? request;
  const child = spawn(started.command, [...started.parameters], { env: request.environment, stdio: 'inherit' });
  // Ctrl-C at a terminal reaches the command by itself; a second one would tell it to end at once.
  const pass = (signal: NodeJS.Signals) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, pass);
  try {
    return await new Promise<number>((resolveCode, reject) => {
      child.on('error', (error: NodeJS.ErrnoException) => {
        reject(error.code === 'ENOENT' ? commandNotFound(request.command) : error);
      });
      child.on('exit', (code, signal) => resolveCode(shellCode(code, signal)));
    });
  } finally {
    for (const signal of FORWARDED) process.off(signal, pass);
  }
}
