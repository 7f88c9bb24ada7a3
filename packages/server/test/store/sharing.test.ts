import assert from 'node:assert/strict';
import { createAccount } from '../../src/store/accounts.ts';
import { readAudit, verifyAudit } from '../../src/store/audit.ts';
import type { Database } from '../../src/store/database.ts';
import type { Product, Submission } from '../../src/store/schema.ts';
import {
  findReceivedSubmission,
  loadShared,
  type NewShare,
  NO_LONGER_SHARED,
  offerMetadata,
  PUBLISHER_METADATA,
  revokeShare,
  shareSubmission,
} from '../../src/store/sharing.ts';
import { findSubmission, listDownloads } from '../../src/store/submissions.ts';
import { findWorkflowState } from '../../src/store/workflows.ts';
import { queueWorkflow } from '../../src/workflow/queue.ts';
import { HARDWARE_ID, insertCompletedSubmission } from './completed-submission.ts';
import { plain, testOnEachDatabase } from './test-databases.ts';

const clock = (): Date => new Date('2026-03-04T05:06:07.890Z');

interface Parties {
  readonly database: Database;
  readonly product: Product;
  readonly submission: Submission;
  readonly receiverId: bigint;
}

async function parties(database: Database): Promise<Parties> {
  const publisher = await createAccount(database, { name: 'Contoso', legalName: 'Contoso Ltd.' }, clock);
  const receiver = await createAccount(database, { name: 'Fabrikam', legalName: 'Fabrikam Inc.' }, clock);
  return { database, receiverId: receiver.id, ...(await insertCompletedSubmission(database, publisher.id, clock)) };
}

function share({ database, submission, receiverId }: Parties, labelId: bigint, change: Partial<NewShare> = {}) {
  const wish = {
    sourceSubmissionId: submission.id,
    receiverAccountId: receiverId,
    labelId,
    hardwareIds: [],
    ...change,
  };
  return database.transaction().execute((transaction) => shareSubmission(transaction, wish, clock));
}

function revoke({ database }: Parties, labelId: bigint): Promise<void> {
  return database.transaction().execute((transaction) => revokeShare(transaction, { labelId }, clock));
}

const readProduct = ({ database }: Parties, id: bigint) =>
  database.selectFrom('products').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

const downloadTypes = async ({ database }: Parties, id: bigint) =>
  (await listDownloads(database, id)).map(({ type }) => type);

testOnEachDatabase('the receiver gets a product and a submission of its own', async (database) => {
  const all = await parties(database);
  const { product, submission, receiverId } = all;
  const { productId, submissionId } = await share(all, 1n);
  const copy = await readProduct(all, productId);
  assert.notEqual(copy.id, product.id);
  assert.deepEqual(
    [copy.account_id, copy.shared_product_id, copy.origin_type, copy.source_product_id, copy.source_publisher_id],
    [receiverId, product.shared_product_id, 'publisher', product.id, product.account_id],
  );
  assert.deepEqual(
    [copy.product_name, copy.test_harness, copy.properties, copy.is_committed, copy.deprecated],
    [product.product_name, product.test_harness, product.properties, 1n, 0n],
  );
  assert.equal(copy.created_by, 'service');
  const received = await findSubmission(database, { accountId: receiverId, productId, submissionId });
  assert.deepEqual(
    [received?.source_submission_id, received?.step_state, received?.commit_status, received?.name, received?.type],
    [submission.id, 'completed', 'commitComplete', submission.name, 'initial'],
  );
  const [signed, ...others] = await listDownloads(database, submissionId);
  assert.deepEqual(others, []);
  assert.deepEqual(plain(signed), {
    submission_id: submissionId,
    type: 'signedPackage',
    position: 1n,
    container: 'ingestion',
    blob: `signed-${submission.id}`,
    file_name: `Signed_${submissionId}.zip`,
  });
  assert.equal((await readProduct(all, product.id)).origin_type, 'author');
});

testOnEachDatabase(
  'sharing again, by the same label or another, gives the same product and submission',
  async (database) => {
    const all = await parties(database);
    const first = await share(all, 1n);
    assert.deepEqual(await share(all, 1n), first);
    assert.deepEqual(await share(all, 2n), first);
    assert.equal((await database.selectFrom('shares').selectAll().execute()).length, 2);
    const derived = await insertCompletedSubmission(database, all.product.account_id, clock, all.product);
    const second = await share({ ...all, submission: derived.submission }, 3n);
    assert.equal(second.productId, first.productId);
    assert.notEqual(second.submissionId, first.submissionId);
  },
);

testOnEachDatabase('labels that share the same at the same moment make one product', async (database) => {
  const all = await parties(database);
  const results = await Promise.all([1n, 2n, 3n, 4n, 5n].map((labelId) => share(all, labelId)));
  assert.equal(new Set(results.map(({ productId, submissionId }) => `${productId}/${submissionId}`)).size, 1);
});

testOnEachDatabase(
  'only a completed submission of another account, not itself shared, can be shared',
  async (database) => {
    const all = await parties(database);
    const { submissionId } = await share(all, 1n);
    const third = await createAccount(database, { name: 'Adatum', legalName: 'Adatum' }, clock);
    await assert.rejects(
      share(all, 2n, { sourceSubmissionId: submissionId, receiverAccountId: third.id }),
      /cannot be shared on/,
    );
    await assert.rejects(share(all, 3n, { receiverAccountId: all.product.account_id }), /belongs to the account/);
    await database
      .updateTable('submissions')
      .set({ step_state: 'started' })
      .where('id', '=', all.submission.id)
      .execute();
    await assert.rejects(share(all, 4n, { receiverAccountId: third.id }), /not ready/);
    assert.equal((await database.selectFrom('shares').selectAll().execute()).length, 1);
  },
);

testOnEachDatabase('what is shared is what the active labels share together', async (database) => {
  const all = await parties(database);
  const other = { ...HARDWARE_ID, pnpString: 'root\\echo2' };
  const { submissionId } = await share(all, 1n, { hardwareIds: [HARDWARE_ID] });
  await share(all, 2n, { hardwareIds: [other] });
  assert.deepEqual(await loadShared(database, submissionId), {
    sourceSubmissionId: all.submission.id,
    hardwareIds: [HARDWARE_ID, other],
  });
  await share(all, 1n, { hardwareIds: [other] });
  assert.deepEqual((await loadShared(database, submissionId))?.hardwareIds, [other, other]);
  await share(all, 3n);
  assert.equal((await loadShared(database, submissionId))?.hardwareIds, 'all');
  await revoke(all, 3n);
  await revoke(all, 1n);
  assert.deepEqual((await loadShared(database, submissionId))?.hardwareIds, [other]);
  await revoke(all, 2n);
  assert.equal((await loadShared(database, submissionId))?.hardwareIds, 'none');
  assert.equal(await loadShared(database, all.submission.id), undefined);
});

testOnEachDatabase('the last revocation takes the downloads and deprecates the product', async (database) => {
  const all = await parties(database);
  const { productId, submissionId } = await share(all, 1n);
  await share(all, 2n);
  await revoke(all, 1n);
  assert.equal((await readProduct(all, productId)).deprecated, 0n);
  assert.deepEqual(await downloadTypes(all, submissionId), ['signedPackage']);
  await revoke(all, 2n);
  await revoke(all, 2n);
  await revoke(all, 99n);
  assert.equal((await readProduct(all, productId)).deprecated, 1n);
  assert.deepEqual(await downloadTypes(all, submissionId), []);
  const key = { accountId: all.receiverId, productId, submissionId };
  assert.equal((await findSubmission(database, key))?.messages, JSON.stringify([NO_LONGER_SHARED]));

  assert.deepEqual(await share(all, 2n), { productId, submissionId });
  assert.equal((await readProduct(all, productId)).deprecated, 0n);
  assert.deepEqual(await downloadTypes(all, submissionId), ['signedPackage']);
  assert.equal((await findSubmission(database, key))?.messages, '[]');
});

testOnEachDatabase('a product is deprecated only when none of its submissions is shared', async (database) => {
  const all = await parties(database);
  const derived = await insertCompletedSubmission(database, all.product.account_id, clock, all.product);
  const first = await share(all, 1n);
  const second = await share({ ...all, submission: derived.submission }, 2n);
  await revoke(all, 1n);
  assert.equal((await readProduct(all, first.productId)).deprecated, 0n);
  assert.deepEqual(await downloadTypes(all, first.submissionId), []);
  assert.deepEqual(await downloadTypes(all, second.submissionId), ['signedPackage']);
  await revoke(all, 2n);
  assert.equal((await readProduct(all, first.productId)).deprecated, 1n);
});

testOnEachDatabase('metadata made for other hardware ids is taken back and made anew', async (database) => {
  const all = await parties(database);
  const { submissionId } = await share(all, 1n, { hardwareIds: [HARDWARE_ID] });
  const workflow = { ...PUBLISHER_METADATA, subjectId: submissionId };
  assert.equal(await findWorkflowState(database, workflow), undefined);
  const [source] = (await listDownloads(database, all.submission.id)).filter(({ type }) => type === 'driverMetadata');
  assert.ok(source);
  const made = async (): Promise<void> =>
    database.transaction().execute(async (transaction) => {
      await offerMetadata(transaction, submissionId, source);
      await transaction.updateTable('workflows').set({ state: 'completed' }).execute();
    });
  await database.transaction().execute((transaction) => queueWorkflow(transaction, workflow, clock));
  await made();
  assert.deepEqual(await downloadTypes(all, submissionId), ['signedPackage', 'driverMetadata']);

  // The same again, in other letters: nothing has changed.
  await share(all, 1n, { hardwareIds: [{ ...HARDWARE_ID, pnpString: 'root\\ECHO' }] });
  assert.deepEqual(await downloadTypes(all, submissionId), ['signedPackage', 'driverMetadata']);
  assert.equal(await findWorkflowState(database, workflow), 'completed');

  await share(all, 1n, { hardwareIds: [HARDWARE_ID, { ...HARDWARE_ID, pnpString: 'root\\echo2' }] });
  assert.deepEqual(await downloadTypes(all, submissionId), ['signedPackage']);
  assert.equal(await findWorkflowState(database, workflow), 'queued');
});

testOnEachDatabase('a partner finds its copy by the ids of the publisher, and nobody else does', async (database) => {
  const all = await parties(database);
  const { submissionId } = await share(all, 1n);
  const key = {
    accountId: all.receiverId,
    publisherId: all.product.account_id,
    sourceProductId: all.product.id,
    sourceSubmissionId: all.submission.id,
  };
  assert.equal((await findReceivedSubmission(database, key))?.id, submissionId);
  for (const wrong of [
    { accountId: key.publisherId },
    { publisherId: key.publisherId + 1n },
    { sourceProductId: 1n },
    { sourceSubmissionId: submissionId },
  ]) {
    assert.equal(await findReceivedSubmission(database, { ...key, ...wrong }), undefined);
  }
});

testOnEachDatabase('the audit log of the receiver tells of both', async (database) => {
  const all = await parties(database);
  const { productId, submissionId } = await share(all, 7n);
  await revoke(all, 7n);
  const entries = await Array.fromAsync(readAudit(database, { accountId: all.receiverId }));
  assert.deepEqual(
    entries.map(({ action, actor, entity }) => [action, actor, entity]),
    ['submission.receive', 'submission.withdraw'].map((action) => [
      action,
      'service',
      `products/${productId}/submissions/${submissionId}`,
    ]),
  );
  assert.equal((await verifyAudit(database)).ok, true);
});
