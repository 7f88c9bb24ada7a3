// A rehearsal for one test file: a real server in this process, its client, and the endpoints of the rehearsal.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Credentials, type RehearsalOptions, type ServerOptions, startServer } from '../../src/index.ts';
import { ApiCaller } from '../pipeline/api-caller.ts';
import { readCredentials } from '../pipeline/running-service.ts';

export interface RehearsedService {
  readonly api: ApiCaller;
  readonly credentials: Credentials;
  readonly dataDirectory: string;
  /** Calls an endpoint below `/_rehearsal/` and gives the parsed answer. */
  rehearse(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  /** Stops the server; the folder stays. */
  stop(): Promise<void>;
}

/** Starts it on a free port, in `dataDirectory` or in a folder that goes when the test is over. */
export async function runRehearsal(
  t: { after(hook: () => unknown): void },
  rehearsal: RehearsalOptions,
  options: Partial<ServerOptions> = {},
): Promise<RehearsedService> {
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'assay-test-'));
  const server = await startServer({
    throwAway: true,
    port: 0,
    log: (event) => event.level === 'error' && console.error(event),
    ...options,
    dataDirectory,
    rehearsal,
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= server.close();
    return stopped;
  };
  t.after(async () => {
    await stop();
    if (options.dataDirectory === undefined) rmSync(dataDirectory, { recursive: true, force: true });
  });
  const credentials = readCredentials(dataDirectory);
  const key = server.rehearsal?.key;
  assert.ok(key);
  return {
    api: new ApiCaller(credentials),
    credentials,
    dataDirectory,
    stop,
    async rehearse(method, path, body) {
      const response = await fetch(`${server.url ?? credentials.url}/_rehearsal${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    },
  };
}
