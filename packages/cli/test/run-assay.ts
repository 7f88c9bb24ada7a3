// Runs the `assay` command in a process of its own, in a folder of its own, with an environment that holds no credentials.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const PROGRAM = join(import.meta.dirname, '..', 'bin', 'assay.js');

/** No file: the profiles of whoever runs the tests are none of theirs. */
const NO_CONFIG = join(tmpdir(), 'assay-no-such-config.json');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Variables = Readonly<Record<string, string>>;

/** Starts the command; the test that waits for nothing else must end it. */
export function startAssay(
  directory: string,
  args: readonly string[],
  variables: Variables = {},
): ChildProcessWithoutNullStreams {
  const { PATH = '', HOME = '' } = process.env;
  return spawn(process.execPath, [PROGRAM, ...args], {
    cwd: directory,
    env: { PATH, HOME, ASSAY_CONFIG: NO_CONFIG, ...variables },
  });
}

/** Runs the command to its end. */
export function runAssay(directory: string, args: readonly string[], variables: Variables = {}): Promise<Finished> {
  return finish(startAssay(directory, args, variables));
}

/** Collects what a started command prints until it ends. */
export function finish(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A folder that is removed with the test. */
export async function temporaryDirectory(context: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-cli-'));
  context.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
