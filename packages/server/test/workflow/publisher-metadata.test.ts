// The metadata of a shared submission is never that of an earlier share, whenever the change comes.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { type HardwareIdCombination, parseDriverMetadata } from '@assay/hardware-api';
import { createBlobStore } from '../../src/blob/index.ts';
import { createAccount } from '../../src/store/accounts.ts';
import { readAudit } from '../../src/store/audit.ts';
import type { Database } from '../../src/store/database.ts';
import { PUBLISHER_METADATA, revokeShare, shareSubmission } from '../../src/store/sharing.ts';
import { listDownloads, UPLOAD_CONTAINER } from '../../src/store/submissions.ts';
import { findWorkflowState } from '../../src/store/workflows.ts';
import { startEngine } from '../../src/workflow/engine.ts';
import { publisherMetadata } from '../../src/workflow/publisher-metadata/index.ts';
import { queueWorkflow } from '../../src/workflow/queue.ts';
import { HARDWARE_ID, insertCompletedSubmission, METADATA } from '../store/completed-submission.ts';
import { testOnEachDatabase } from '../store/test-databases.ts';

const clock = (): Date => new Date();
const OTHER_ID = { ...HARDWARE_ID, pnpString: 'root\\echo2' };

/** A shared submission and an engine whose first write of a metadata blob waits in the middle until it is let go. */
async function setUp(database: Database, t: TestContext, content = JSON.stringify(METADATA)) {
  const directory = await mkdtemp(join(tmpdir(), 'assay-metadata-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const publisher = await createAccount(database, { name: 'Contoso', legalName: 'Contoso Ltd.' }, clock);
  const receiver = await createAccount(database, { name: 'Fabrikam', legalName: 'Fabrikam Inc.' }, clock);
  const { submission: source } = await insertCompletedSubmission(database, publisher.id, clock);
  const blobs = createBlobStore({ database, directory, clock });
  const metadata = Readable.from([Buffer.from(content)]);
  await blobs.put(UPLOAD_CONTAINER, `metadata-${source.id}`, metadata, { contentType: 'application/json' });
  const share = (labelId: bigint, hardwareIds: readonly HardwareIdCombination[]) =>
    database
      .transaction()
      .execute((transaction) =>
        shareSubmission(
          transaction,
          { sourceSubmissionId: source.id, receiverAccountId: receiver.id, labelId, hardwareIds },
          clock,
        ),
      );
  const { submissionId } = await share(1n, [HARDWARE_ID]);
  const reached = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  const slow: typeof blobs = {
    ...blobs,
    put: async (...args) => {
      reached.resolve();
      await letGo.promise;
      return await blobs.put(...args);
    },
  };
  const workflow = { ...PUBLISHER_METADATA, subjectId: submissionId };
  await database.transaction().execute((transaction) => queueWorkflow(transaction, workflow, clock));
  const engine = startEngine({ database, clock, definitions: [publisherMetadata({ database, blobs: slow, clock })] });
  t.after(() => engine.stop());
  const ended = async (): Promise<string | undefined> => {
    for (;;) {
      const state = await findWorkflowState(database, workflow);
      if (state !== 'queued') return state;
      engine.wake();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const offered = async () => {
    const download = (await listDownloads(database, submissionId)).find(({ type }) => type === 'driverMetadata');
    if (download === undefined) return undefined;
    const blob = await blobs.find(download.container, download.blob);
    assert.ok(blob);
    return parseDriverMetadata(await text(blobs.openRead(blob))).combinations.map(({ pnpString }) => pnpString);
  };
  return { share, submissionId, reached: reached.promise, letGo: letGo.resolve, ended, offered };
}

testOnEachDatabase('a share that changes while its metadata is made counts', async (database, t) => {
  const { share, reached, letGo, ended, offered } = await setUp(database, t);
  await reached;
  await share(2n, [OTHER_ID]);
  letGo();
  assert.equal(await ended(), 'completed');
  assert.deepEqual(await offered(), ['root\\echo', 'root\\echo2']);
});

testOnEachDatabase('a share that is revoked while its metadata is made leaves none', async (database, t) => {
  const { reached, letGo, ended, offered } = await setUp(database, t);
  await reached;
  await database.transaction().execute((transaction) => revokeShare(transaction, { labelId: 1n }, clock));
  letGo();
  assert.equal(await ended(), 'completed');
  assert.equal(await offered(), undefined);
});

testOnEachDatabase('the audit log tells when it is there', async (database, t) => {
  const { letGo, ended, submissionId } = await setUp(database, t);
  letGo();
  assert.equal(await ended(), 'completed');
  const entries = await Array.fromAsync(readAudit(database));
  const last = entries.at(-1);
  assert.deepEqual(
    [last?.action, last?.actor, last?.entity.endsWith(`/submissions/${submissionId}`)],
    ['submission.completeMetadata', 'service', true],
  );
});
