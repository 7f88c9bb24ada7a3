// A rehearsal in this process, with a signed cabinet and a client, for tests of what clients make of its faults.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientSecretCredential, createHardwareClient, type HardwareClient } from '@assay/hardware-api';
import { type FaultName, startServer } from '@assay/server';
import { makeDriverFolder } from './driver-folder.ts';
import { runAssay, temporaryDirectory } from './run-assay.ts';

export interface RehearsedServer {
  /** Its `.assay` is the data folder; it holds `echo.cab`, signed. */
  readonly directory: string;
  readonly client: HardwareClient;
  readonly cabinet: Buffer;
  /** Calls `/_rehearsal`. */
  rehearse(method: string, path: string, body?: unknown): Promise<void>;
  /** How many requests met this fault. */
  happened(fault: FaultName): number;
  /** The one product of this name has one submission. */
  requireOneOf(productName: string): Promise<void>;
  close(): Promise<void>;
}

export async function startRehearsedServer(): Promise<RehearsedServer> {
  const stops: (() => unknown)[] = [];
  const context = { after: (stop: () => unknown) => void stops.push(stop) };
  const directory = await temporaryDirectory(context as never);
  const server = await startServer({
    port: 0,
    dataDirectory: join(directory, '.assay'),
    throwAway: true,
    rehearsal: {},
  });
  stops.unshift(() => server.close());
  const credentials = JSON.parse(await readFile(server.credentialsFile, 'utf8'));
  const client = createHardwareClient({
    url: server.url,
    credential: clientSecretCredential(credentials),
    retry: { attempts: 6, baseDelayMs: 50, maximumDelayMs: 1500 },
  });
  await makeDriverFolder(directory, 'echo');
  const { submissionCertificate, submissionCertificatePassword } = credentials;
  const signing = ['--sign', submissionCertificate, '--password', submissionCertificatePassword];
  const packed = await runAssay(directory, ['pack', 'echo', '--out', 'echo.cab', ...signing]);
  assert.equal(packed.code, 0, packed.stderr);
  return {
    directory,
    client,
    cabinet: await readFile(join(directory, 'echo.cab')),
    async rehearse(method, path, body) {
      const answer = await fetch(`${server.url}/_rehearsal${path}`, {
        method,
        headers: { authorization: `Bearer ${server.rehearsal?.key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      assert.ok(answer.ok, await answer.text());
    },
    happened: (fault) =>
      (server.rehearsal?.journal.entries() ?? []).filter((entry) => entry.fault?.includes(fault)).length,
    async requireOneOf(productName) {
      const products = await Array.fromAsync(client.listProducts());
      const own = products.filter((product) => product.productName === productName);
      assert.equal(own.length, 1, `${own.length} products`);
      for (const { id } of own) assert.equal((await Array.fromAsync(client.listSubmissions(id))).length, 1);
    },
    async close() {
      for (const stop of stops) await stop();
    },
  };
}
