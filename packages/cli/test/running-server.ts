// `assay serve` in a process of its own, on a free port, with a data folder of its own.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { finish, startAssay, temporaryDirectory } from './run-assay.ts';

export interface RunningAssay {
  readonly url: string;
  /** Where commands run; its `.assay` is the data folder of the server. */
  readonly directory: string;
  readonly data: string;
  readonly credentials: {
    readonly tenantId: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly submissionCertificate: string;
    readonly submissionCertificatePassword: string;
  };
  /** Everything that the server has printed so far. */
  output(): string;
  /** Asks it to stop and resolves with its exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

const START_LIMIT_MS = 60_000;

/** Starts a server that is stopped with the test. */
export async function startServerProcess(context: TestContext, extra: readonly string[] = []): Promise<RunningAssay> {
  // Such hooks run in the order in which they were added: the server is stopped before its folder is removed.
  let stopWithTest = async (): Promise<void> => undefined;
  context.after(() => stopWithTest());
  const directory = await temporaryDirectory(context);
  const child = startAssay(directory, ['serve', '--port', '0', '--throw-away', ...extra]);
  const finished = finish(child);
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server did not start:\n${output}`)), START_LIMIT_MS);
    const read = (text: string) => {
      output += text;
      const match = /^Listening on (http:\S+)$/m.exec(output);
      if (match?.[1] !== undefined) {
        clearTimeout(timer);
        resolve(match[1]);
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void finished.then(({ code }) => reject(new Error(`the server ended with ${code}:\n${output}`)), reject);
  });
  const stop = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return (await finished).code;
  };
  stopWithTest = async () => {
    if (child.exitCode === null) assert.equal(await stop('SIGTERM'), 0);
  };
  const data = join(directory, '.assay');
  const credentials = JSON.parse(await readFile(join(data, 'credentials.json'), 'utf8'));
  return { url, directory, data, credentials, output: () => output, stop };
}
