// Shipping labels on each kind of database: who finds them, and what happens when two things happen at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Targeting } from '@assay/hardware-api';
import { createAccount } from '../../src/store/accounts.ts';
import { addAudience, listAudiences, MAXIMUM_AUDIENCES, removeAudience } from '../../src/store/audiences.ts';
import type { Database } from '../../src/store/database.ts';
import { readPublishing, readTargeting, settleTargeting, withdrawTargeting } from '../../src/store/label-targeting.ts';
import { insertProduct, type ProductProperties } from '../../src/store/products.ts';
import type { ShippingLabel } from '../../src/store/schema.ts';
import { findHeldLabel, listHeldLabels, recordLabelApproval } from '../../src/store/shipping-label-approvals.ts';
import { cancelRun, endRun, setApprover, updateLabelProgress } from '../../src/store/shipping-label-runs.ts';
import {
  findShippingLabel,
  insertShippingLabel,
  isReaderOfSubmission,
  listShippingLabels,
  startUpdate,
} from '../../src/store/shipping-labels.ts';
import { insertSubmission } from '../../src/store/submissions.ts';
import { changeWorkflow } from '../../src/store/workflows.ts';
import { queueWorkflow } from '../../src/workflow/queue.ts';
import { testOnEachDatabase } from './test-databases.ts';

const clock = (): Date => new Date('2026-03-04T05:06:07Z');
const READER = 1_152_921_504_606_978_423n;

const PROPERTIES: ProductProperties = {
  deviceType: 'internal',
  deviceMetadataIds: [],
  isTestSign: false,
  isFlightSign: false,
  marketingNames: [],
  selectedProductTypes: {},
  requestedSignatures: [],
  additionalAttributes: {},
};

const TARGETING: Targeting = {
  hardwareIds: [
    { bundleId: 'b', infId: 'i', operatingSystemCode: 'o', pnpString: 'p', distributionState: 'pendingAdd' },
    { bundleId: 'b', infId: 'i', operatingSystemCode: 'o', pnpString: 'q', distributionState: 'pendingRemove' },
    { bundleId: 'b', infId: 'i', operatingSystemCode: 'o', pnpString: 'r', distributionState: 'added' },
  ],
  chids: [
    { chid: 'c', distributionState: 'pendingAdd' },
    { chid: 'd', distributionState: 'pendingRemove' },
  ],
  restrictedToAudiences: ['a'],
  coEngDriverPublishInfo: { flooringBuildNumber: 17135n },
};

async function makeLabel(database: Database): Promise<ShippingLabel> {
  const { id: accountId } = await createAccount(database, { name: 'Contoso' }, clock);
  const product = await insertProduct(
    database,
    {
      accountId,
      productName: 'Echo',
      testHarness: 'attestation',
      properties: PROPERTIES,
      createdBy: 'app',
    },
    clock,
  );
  const submission = await insertSubmission(
    database,
    { accountId, productId: product.id, name: 'first', type: 'initial', createdBy: 'app' },
    clock,
  );
  assert.ok(submission);
  return await database.transaction().execute(async (transaction) => {
    const label = await insertShippingLabel(
      transaction,
      {
        accountId,
        productId: product.id,
        submissionId: submission.id,
        name: 'label',
        targeting: TARGETING,
        purpose: {
          destination: 'windowsUpdate',
          publishing: {
            visibleToAccounts: [READER, accountId],
            isAutoInstallDuringOSUpgrade: true,
            isAutoInstallOnApplicableSystems: false,
            isDisclosureRestricted: false,
            publishToWindows10s: false,
            additionalInfoForMsApproval: {
              affectedOems: [],
              isRebootRequired: false,
              isCoEngineered: false,
              isForUnreleasedHardware: false,
              hasUiSoftware: false,
            },
            manualAcquisition: false,
          },
        },
        createdBy: 'app',
      },
      clock,
    );
    const workflow = { kind: 'shippingLabelPublishing', subjectId: label.run_id, firstStep: 'created' };
    await queueWorkflow(transaction, workflow, clock);
    return label;
  });
}

const keyOf = (label: ShippingLabel, accountId = label.account_id) => ({
  accountId,
  productId: label.product_id,
  submissionId: label.submission_id,
  labelId: label.id,
});

async function hold(database: Database, { run_id: runId }: ShippingLabel): Promise<void> {
  await database.updateTable('workflows').set({ step: 'microsoftApproval' }).where('subject_id', '=', runId).execute();
  await database.transaction().execute(async (transaction) => {
    await setApprover(transaction, runId, 'person');
    await updateLabelProgress(transaction, runId, { step: 'microsoftApproval', state: 'started' }, clock());
  });
}

testOnEachDatabase('a label is found by its owner and its readers, with all its numbers', async (database) => {
  const label = await makeLabel(database);
  const found = await findShippingLabel(database, keyOf(label));
  assert.equal(found?.access, 'owner');
  assert.deepEqual(readTargeting(found?.label.targeting ?? ''), TARGETING);
  assert.deepEqual(readPublishing(found?.label.publishing ?? null)?.visibleToAccounts, [READER, label.account_id]);
  assert.equal((await findShippingLabel(database, keyOf(label, READER)))?.access, 'reader');
  assert.equal(await findShippingLabel(database, keyOf(label, 5n)), undefined);
  assert.equal(await findShippingLabel(database, { ...keyOf(label), productId: 5n }), undefined);
  assert.equal(await isReaderOfSubmission(database, keyOf(label, READER)), true);
  assert.equal(await isReaderOfSubmission(database, keyOf(label)), false);
  for (const [accountId, count] of [
    [label.account_id, 1],
    [READER, 1],
    [5n, 0],
  ] as const) {
    const page = await listShippingLabels(database, keyOf(label, accountId), { after: 0n, limit: 10 });
    assert.equal(page.rows.length, count);
  }
});

testOnEachDatabase('an update starts only from the state that was read', async (database) => {
  const seen = await makeLabel(database);
  const update = async (label: ShippingLabel) =>
    await database
      .transaction()
      .execute((transaction) =>
        startUpdate(
          transaction,
          { label, targeting: TARGETING, businessJustification: 'because', requestedBy: 'app' },
          clock,
        ),
      );
  assert.equal(await update(seen), undefined, 'its first run is under way');
  await database.transaction().execute(async (transaction) => {
    await updateLabelProgress(transaction, seen.run_id, { step: 'finalizePublishing', state: 'completed' }, clock());
    await endRun(transaction, seen.run_id, 'completed', clock());
  });
  const runs = await Promise.all([update(seen), update(seen), update(seen)]);
  assert.equal(runs.filter((run) => run !== undefined).length, 1);
  assert.equal((await database.selectFrom('shipping_label_runs').select('id').execute()).length, 2);
  const after = await findShippingLabel(database, keyOf(seen));
  assert.equal(
    readPublishing(after?.label.publishing ?? null)?.additionalInfoForMsApproval.businessJustification,
    'because',
  );
});

testOnEachDatabase('a cancelled label is lost to the worker that had its workflow', async (database) => {
  const label = await makeLabel(database);
  const cancel = async () =>
    await database.transaction().execute((transaction) => cancelRun(transaction, label, 'cancelled', clock));
  assert.equal(await cancel(), false, 'it is not in approval yet');
  await hold(database, label);
  const workflow = await database.selectFrom('workflows').selectAll().executeTakeFirstOrThrow();
  assert.equal(await cancel(), true);
  assert.equal(await cancel(), false);
  assert.equal(await changeWorkflow(database, workflow, { step: 'publishing' }, clock()), undefined);
  const cancelled = await findShippingLabel(database, keyOf(label));
  assert.equal(cancelled?.label.step_state, 'failed');
  assert.deepEqual(
    readTargeting(cancelled?.label.targeting ?? '').hardwareIds.map(({ distributionState }) => distributionState),
    ['notSet', 'added', 'added'],
  );
});

testOnEachDatabase('a held label is listed until it is decided about, once', async (database) => {
  const label = await makeLabel(database);
  assert.deepEqual(await listHeldLabels(database, label.account_id, 10), []);
  await hold(database, label);
  assert.equal((await listHeldLabels(database, label.account_id, 10))[0]?.product_name, 'Echo');
  assert.deepEqual(await listHeldLabels(database, READER, 10), []);
  await database.updateTable('workflows').set({ due_at: '2999-01-01T00:00:00.000Z' }).execute();
  const decide = async (decision: 'approved' | 'rejected') =>
    await database
      .transaction()
      .execute((transaction) =>
        recordLabelApproval(transaction, { run_id: label.run_id, decision, reason: '', decided_by: 'app' }, clock),
      );
  const decisions = await Promise.all([decide('approved'), decide('rejected')]);
  assert.equal(decisions.filter((decision) => decision !== undefined).length, 1);
  assert.equal(await findHeldLabel(database, label.account_id, label.id), undefined);
  const { due_at } = await database.selectFrom('workflows').select('due_at').executeTakeFirstOrThrow();
  assert.equal(due_at, clock().toISOString());
});

test('what is pending becomes true when a run succeeds, and nothing when it does not', () => {
  const stateOf = ({ hardwareIds, chids }: Targeting) =>
    [...hardwareIds, ...chids].map(({ distributionState }) => distributionState);
  assert.deepEqual(stateOf(settleTargeting(TARGETING)), ['added', 'added', 'added']);
  const published = {
    ...TARGETING,
    restrictedToAudiences: [],
    coEngDriverPublishInfo: { flooringBuildNumber: 16299n },
  };
  const withdrawn = withdrawTargeting(TARGETING, published);
  assert.deepEqual(stateOf(withdrawn), ['notSet', 'added', 'added', 'unknown', 'added']);
  assert.deepEqual(withdrawn.restrictedToAudiences, []);
  assert.deepEqual(withdrawn.coEngDriverPublishInfo, { flooringBuildNumber: 16299n });
  assert.deepEqual(withdrawTargeting(TARGETING, undefined).restrictedToAudiences, ['a']);
});

testOnEachDatabase('an account has the built-in audiences and its own, as many as are allowed', async (database) => {
  const { id: accountId } = await createAccount(database, { name: 'Contoso' }, clock);
  const add = async (id?: string) =>
    await database
      .transaction()
      .execute((transaction) =>
        addAudience(
          transaction,
          accountId,
          { name: 'n', description: '', audienceName: 'a', ...(id !== undefined && { id }) },
          clock,
        ),
      );
  const own = 'ABCDEF00-0000-0000-0000-000000000001';
  assert.equal((await add(own))?.id, own.toLowerCase());
  assert.equal(await add(own), undefined);
  assert.equal(await add('9f4f44d8-bfec-48c6-a02c-2d9ea220f6e2'), undefined, 'a built-in one');
  assert.equal((await listAudiences(database, accountId)).length, 2);
  await database
    .insertInto('audiences')
    .values(
      Array.from({ length: MAXIMUM_AUDIENCES - 1 }, (_, index) => ({
        account_id: accountId,
        id: `own-${index}`,
        name: 'n',
        description: '',
        audience_name: 'a',
        created_at: clock().toISOString(),
      })),
    )
    .execute();
  assert.equal(await add(), undefined);
  const remove = async () =>
    await database.transaction().execute((transaction) => removeAudience(transaction, accountId, own));
  assert.deepEqual([await remove(), await remove()], [true, false]);
});
