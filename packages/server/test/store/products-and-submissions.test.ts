import assert from 'node:assert/strict';
import { createAccount } from '../../src/store/accounts.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import {
  findProduct,
  insertProduct,
  listProducts,
  type ProductProperties,
  readProductProperties,
} from '../../src/store/products.ts';
import { listHeldSubmissions, recordReview } from '../../src/store/reviews.ts';
import type { Product, Submission } from '../../src/store/schema.ts';
import {
  commitSubmission,
  findDerivedPackage,
  findSubmission,
  insertSubmission,
  listDownloads,
  listSubmissions,
} from '../../src/store/submissions.ts';
import { queueWorkflow } from '../../src/workflow/queue.ts';
import { plain, testOnEachDatabase, testOnEachLocation } from './test-databases.ts';

const clock = (): Date => new Date('2026-03-04T05:06:07Z');

const PROPERTIES: ProductProperties = {
  deviceType: 'internal',
  deviceMetadataIds: [],
  isTestSign: false,
  isFlightSign: false,
  marketingNames: ['Écho', '回声'],
  selectedProductTypes: { windows_v100: 'Unclassified' },
  requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
  additionalAttributes: { svvp: { maxMemory: 9_007_199_254_740_993n } },
};

async function makeProduct(database: Database, testHarness = 'attestation'): Promise<Product> {
  const { id } = await createAccount(database, { name: 'Contoso' }, clock);
  return insertProduct(
    database,
    { accountId: id, productName: 'Echo', testHarness, properties: PROPERTIES, createdBy: 'app' },
    clock,
  );
}

async function makeSubmission(
  database: Database,
  product: Product,
  type: 'initial' | 'derived' = 'initial',
): Promise<Submission> {
  const submission = await insertSubmission(
    database,
    { accountId: product.account_id, productId: product.id, name: 'first', type, createdBy: 'app' },
    clock,
  );
  assert.ok(submission);
  return submission;
}

const keyOf = (submission: Submission) => ({
  accountId: submission.account_id,
  productId: submission.product_id,
  submissionId: submission.id,
});

function commit(database: Database, submission: Submission): Promise<boolean> {
  return database.transaction().execute(async (transaction) => {
    const firstStep = 'packageInfoValidation';
    if (!(await commitSubmission(transaction, { ...keyOf(submission), firstStep }, clock))) return false;
    await queueWorkflow(transaction, { kind: 'ingestion', subjectId: submission.id, firstStep }, clock);
    return true;
  });
}

testOnEachDatabase('a product comes back as it was stored, and only to its owner', async (database) => {
  const product = await makeProduct(database);
  assert.match(String(product.id), /^\d{17}$/);
  assert.ok(product.shared_product_id >= 2n ** 60n);
  const found = await findProduct(database, product.account_id, product.id);
  assert.deepEqual(plain(found), product);
  assert.deepEqual(readProductProperties(product), PROPERTIES);
  const { id: stranger } = await createAccount(database, { name: 'Fabrikam' }, clock);
  assert.equal(await findProduct(database, stranger, product.id), undefined);
  assert.deepEqual((await listProducts(database, stranger, { after: 0n, limit: 10 })).rows, []);
});

testOnEachDatabase('pages follow each other by id while rows are added', async (database) => {
  const first = await makeProduct(database);
  const add = () =>
    insertProduct(
      database,
      {
        accountId: first.account_id,
        productName: 'next',
        testHarness: 'hlk',
        properties: PROPERTIES,
        createdBy: 'app',
      },
      clock,
    );
  const added = [first, await add(), await add(), await add(), await add()];
  const expected = added.map(({ id }) => id).sort((a, b) => (a < b ? -1 : 1));
  const page = await listProducts(database, first.account_id, { after: 0n, limit: 2 });
  assert.deepEqual([page.rows.map(({ id }) => id), page.more], [expected.slice(0, 2), true]);
  const middle = await listProducts(database, first.account_id, { after: expected[1] ?? 0n, limit: 2 });
  assert.deepEqual([middle.rows.map(({ id }) => id), middle.more], [expected.slice(2, 4), true]);
  const last = await listProducts(database, first.account_id, { after: expected[3] ?? 0n, limit: 1 });
  assert.deepEqual([last.rows.map(({ id }) => id), last.more], [expected.slice(4), false]);
});

testOnEachDatabase('of initial submissions made at once exactly one exists', async (database) => {
  const product = await makeProduct(database);
  const attempts = await Promise.all(
    Array.from({ length: 8 }, () =>
      insertSubmission(
        database,
        {
          accountId: product.account_id,
          productId: product.id,
          name: 'racer',
          type: 'initial',
          createdBy: 'app',
        },
        clock,
      ),
    ),
  );
  const made = attempts.filter((submission) => submission !== undefined);
  assert.equal(made.length, 1);
  const key = { accountId: product.account_id, productId: product.id };
  const { rows } = await listSubmissions(database, key, { after: 0n, limit: 10 });
  assert.deepEqual(rows.map(plain), made);
  await makeSubmission(database, product, 'derived');
  await makeSubmission(database, product, 'derived');
});

testOnEachDatabase('a submission is found only under its own product and account', async (database) => {
  const [product, other] = [await makeProduct(database), await makeProduct(database)];
  const submission = await makeSubmission(database, product);
  const key = keyOf(submission);
  assert.deepEqual(plain(await findSubmission(database, key)), submission);
  assert.equal(await findSubmission(database, { ...key, accountId: other.account_id }), undefined);
  assert.equal(await findSubmission(database, { ...key, productId: other.id }), undefined);
});

testOnEachDatabase('of commits made at once exactly one queues the workflow', async (database) => {
  const submission = await makeSubmission(database, await makeProduct(database));
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => commit(database, submission)));
  assert.equal(outcomes.filter((won) => won).length, 1);
  const workflows = await database.selectFrom('workflows').selectAll().execute();
  assert.deepEqual(
    workflows.map(({ kind, subject_id, step, state }) => ({ kind, subject_id, step, state })),
    [{ kind: 'ingestion', subject_id: submission.id, step: 'packageInfoValidation', state: 'queued' }],
  );
  const committed = await findSubmission(database, keyOf(submission));
  assert.equal(committed?.commit_status, 'commitReceived');
  assert.equal(committed?.current_step, 'packageInfoValidation');
  assert.equal(committed?.step_state, 'started');
  assert.equal(committed?.package_content, null);
  const product = await findProduct(database, submission.account_id, submission.product_id);
  assert.equal(product?.is_committed, 1n);
});

testOnEachDatabase('a commit names the content that is uploaded at that moment', async (database) => {
  const submission = await makeSubmission(database, await makeProduct(database));
  const blob = {
    container: 'ingestion',
    name: submission.upload_blob,
    content: 'content-one',
    length: 3n,
    content_type: 'application/octet-stream',
    content_md5: null,
    sha256: '0'.repeat(64),
    etag: '"1"',
    last_modified: clock().toISOString(),
  };
  await database.insertInto('blobs').values(blob).execute();
  assert.equal(await commit(database, submission), true);
  await database.updateTable('blobs').set({ content: 'content-two' }).execute();
  assert.equal((await findSubmission(database, keyOf(submission)))?.package_content, 'content-one');
});

testOnEachDatabase('a commit under another account changes nothing', async (database) => {
  const submission = await makeSubmission(database, await makeProduct(database));
  const { id: stranger } = await createAccount(database, { name: 'Fabrikam' }, clock);
  assert.equal(await commit(database, { ...submission, account_id: stranger }), false);
  assert.deepEqual(plain(await findSubmission(database, keyOf(submission))), submission);
});

testOnEachDatabase(
  'downloads come in their order, and the shell comes from the initial submission',
  async (database) => {
    const product = await makeProduct(database, 'hlk');
    const initial = await makeSubmission(database, product);
    const row = (type: string, position: bigint) => ({
      submission_id: initial.id,
      type,
      position,
      container: 'artifacts',
      blob: type,
      file_name: `${type}.bin`,
    });
    const rows = [row('driverMetadata', 3n), row('derivedPackage', 1n), row('signedPackage', 2n)];
    await database.insertInto('downloads').values(rows).execute();
    assert.deepEqual(
      (await listDownloads(database, initial.id)).map(({ type }) => type),
      ['derivedPackage', 'signedPackage', 'driverMetadata'],
    );
    const key = { accountId: product.account_id, productId: product.id };
    assert.deepEqual(plain(await findDerivedPackage(database, key)), row('derivedPackage', 1n));
    assert.equal(await findDerivedPackage(database, { ...key, accountId: key.accountId + 1n }), undefined);
  },
);

testOnEachDatabase('a review is recorded once and makes the workflow due', async (database) => {
  const submission = await makeSubmission(database, await makeProduct(database));
  await commit(database, submission);
  await database
    .updateTable('submissions')
    .set({ current_step: 'manualReview', step_state: 'started', messages: '["Held by policy."]' })
    .execute();
  await database.updateTable('workflows').set({ due_at: '2999-01-01T00:00:00.000Z' }).execute();
  const [held] = await listHeldSubmissions(database, submission.account_id, 10);
  assert.equal(held?.id, submission.id);
  assert.equal(held?.product_name, 'Echo');
  assert.deepEqual(await listHeldSubmissions(database, submission.account_id + 1n, 10), []);

  const decide = (decision: 'approved' | 'rejected') =>
    database
      .transaction()
      .execute((transaction) =>
        recordReview(transaction, { submission_id: submission.id, decision, reason: 'seen', decided_by: 'me' }, clock),
      );
  const decisions = await Promise.all([decide('approved'), decide('rejected')]);
  assert.equal(decisions.filter((review) => review !== undefined).length, 1);
  const workflow = await database.selectFrom('workflows').select('due_at').executeTakeFirstOrThrow();
  assert.equal(workflow.due_at, clock().toISOString());
  assert.deepEqual(await listHeldSubmissions(database, submission.account_id, 10), []);
});

testOnEachLocation('rows outlive the connection, and a second process sees them', async (_t, location) => {
  const [one, two] = [await openDatabase(location), await openDatabase(location)];
  try {
    const product = await makeProduct(one);
    assert.deepEqual(plain(await findProduct(two, product.account_id, product.id)), product);
  } finally {
    await one.destroy();
    await two.destroy();
  }
});
