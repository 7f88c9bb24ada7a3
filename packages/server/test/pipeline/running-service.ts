// A service for one test, in a folder of its own, gone when the test is over.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Certificate, parsePemCertificates } from '@assay/authenticode';
import { type Credentials, type ServerOptions, startServer } from '../../src/index.ts';
import { ApiCaller } from './api-caller.ts';

export interface RunningService {
  readonly api: ApiCaller;
  readonly credentials: Credentials;
  readonly dataDirectory: string;
  /** The certification authority of the service. */
  readonly authority: Certificate;
}

/** A folder that is removed when the test is over. */
export function temporaryFolder(t: Pick<TestContext, 'after'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a client needs from a data folder. */
export function readCredentials(dataDirectory: string): Credentials {
  return JSON.parse(readFileSync(join(dataDirectory, 'credentials.json'), 'utf8')) as Credentials;
}

/** Starts a service on a free port in this process. */
export async function runService(
  t: Pick<TestContext, 'after'>,
  options: Partial<ServerOptions> = {},
): Promise<RunningService> {
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'assay-test-'));
  const server = await startServer({
    throwAway: true,
    port: 0,
    log: (event) => event.level === 'error' && console.error(event),
    ...options,
    dataDirectory,
  });
  t.after(async () => {
    // In this order: what the service does in its folder ends before the folder goes.
    await server.close();
    if (options.dataDirectory === undefined) rmSync(dataDirectory, { recursive: true, force: true });
  });
  const credentials = readCredentials(dataDirectory);
  const [authority] = parsePemCertificates(readFileSync(join(dataDirectory, 'ca.pem'), 'utf8'));
  if (authority === undefined) throw new Error('ca.pem is empty');
  return { api: new ApiCaller(credentials), credentials, dataDirectory, authority };
}
