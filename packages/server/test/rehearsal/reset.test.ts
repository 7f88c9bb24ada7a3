// Reset: what clients made is gone with its files, what the operator made is there, and the logs still hold.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readAudit, verifyAudit } from '../../src/store/audit.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { verifySignatureLog } from '../../src/store/signatures.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from '../pipeline/submitted-cabinet.ts';
import { type RehearsedService, runRehearsal } from './rehearsed-service.ts';

const EMPTIED = [
  'products',
  'submissions',
  'downloads',
  'workflows',
  'workflow_steps',
  'preprod_packages',
  'preprod_assets',
  'shipping_labels',
  'blobs',
  'blob_blocks',
] as const;

describe('a reset', () => {
  const cleanups: (() => unknown)[] = [];
  let service: RehearsedService;
  let database: Database;
  let bytes: Uint8Array;
  before(async () => {
    const faults = [{ fault: 'stuck', step: 'validation', after: 1 }] as const;
    service = await runRehearsal({ after: (hook) => cleanups.push(hook) }, { faults });
    database = await openDatabase({ file: join(service.dataDirectory, 'assay.db') });
    cleanups.push(() => database.destroy());
    bytes = await signCabinet(await makeCabinet(echoFiles()), submissionKey(service.credentials));
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  const filesBelow = (folder: string): string[] =>
    readdirSync(join(service.dataDirectory, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);

  test('removes what clients made, with its files, and what is under way does not come back', async () => {
    const { api, rehearse } = service;
    assert.equal((await api.finished(await api.submit(bytes))).workflowStatus.state, 'completed');
    const stuck = await api.submit(bytes);
    await api.until(stuck, ({ workflowStatus }) => workflowStatus.currentStep === 'validation');
    const pending = await api.create();
    await api.upload(pending, bytes);
    // Committed and at once removed: its first step is running, or about to.
    const running = await api.submit(bytes);

    const { status, body } = await rehearse('POST', '/reset');
    assert.ok(status === 200 || status === 204, JSON.stringify(body));
    for (const table of EMPTIED) {
      if (table === 'blobs') continue;
      assert.deepEqual(await database.selectFrom(table).selectAll().execute(), [], table);
    }
    for (const submission of [stuck, pending, running]) {
      assert.equal((await api.call('GET', api.path(submission))).status, 404);
    }
    const list = (await api.call('GET', '/v2.0/my/hardware/products')).body as { value: unknown[] };
    assert.deepEqual(list.value, []);
    // A step that ran is over after a moment; then nothing is left of any package.
    for (let tries = 0; tries < 200 && readdirSync(join(service.dataDirectory, 'work')).length > 0; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.deepEqual(readdirSync(join(service.dataDirectory, 'work')), []);
    assert.deepEqual(await database.selectFrom('blobs').selectAll().execute(), []);
    assert.deepEqual(filesBelow('blobs'), []);
  });

  test('keeps account, application, certificate and the chained logs, and tells of itself', async () => {
    assert.deepEqual(await verifySignatureLog(database), { ok: true, entries: 2n });
    assert.equal((await verifyAudit(database)).ok, true);
    const actions: string[] = [];
    for await (const { action } of readAudit(database, {})) actions.push(action);
    assert.equal(actions.at(-1), 'rehearsal.reset');
    assert.equal((await database.selectFrom('submission_certificates').selectAll().execute()).length, 1);
  });

  test('leaves a service that works, without the faults', async () => {
    const { api } = service;
    for (const _ of [1, 2]) {
      assert.equal((await api.finished(await api.submit(bytes))).workflowStatus.state, 'completed');
    }
  });
});
