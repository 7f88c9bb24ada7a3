// Labels on their way to another partner, seen from both accounts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorBody, ProductList, ShippingLabel } from '@assay/hardware-api';
import { shippingLabelSharing } from '../../src/workflow/shipping-label/index.ts';
import {
  createLabelledSubmission,
  hardwareId,
  isOver,
  labelServices,
  labelWhen,
  PCI,
  publishingLabel,
  sharingLabel,
  startLabelEngine,
} from '../http/labelled-submission.ts';
import { bodyOf, buildTestApp, idOf, type TestApp, type TestTenant, V2 } from '../http/test-app.ts';
import { testOnEachLocation } from '../store/test-databases.ts';

type Label = ShippingLabel;

function shown({ workflowStatus }: Label): string {
  return `${workflowStatus.currentStep} ${workflowStatus.state}`;
}

/** Shares with a receiver and gives both sides. */
async function share(built: TestApp, receiver: TestTenant, recipient: object = {}) {
  const { labels } = await createLabelledSubmission(built);
  const recipientSpecifications = { receiverPublisherId: String(receiver.accountId), ...recipient };
  const created = await built.call('POST', labels, sharingLabel(receiver, { recipientSpecifications }));
  assert.equal(created.statusCode, 201, created.body);
  const path = `${labels}/${idOf(created)}`;
  const label = await labelWhen<Label>(built, path, isOver);
  assert.equal(shown(label), 'finalizeSharing completed', label.workflowStatus.messages.join('\n'));
  const received = await built.database
    .selectFrom('submissions')
    .selectAll()
    .where('account_id', '=', receiver.accountId)
    .executeTakeFirstOrThrow();
  return {
    path,
    label,
    received,
    receivedLabels: `${V2}/products/${received.product_id}/submissions/${received.id}/shippingLabels`,
  };
}

/** What the receiver has once it asked for the metadata of its submission. */
async function copyMetadata({ database }: TestApp, submissionId: bigint): Promise<void> {
  const metadata = await database
    .selectFrom('downloads')
    .selectAll()
    .where('type', '=', 'driverMetadata')
    .executeTakeFirstOrThrow();
  await database
    .insertInto('downloads')
    .values({ ...metadata, submission_id: submissionId })
    .execute();
}

test('the steps have the names of the API, in its order', async (t) => {
  const built = await buildTestApp(t);
  const { steps } = shippingLabelSharing(labelServices(built));
  assert.deepEqual(
    steps.map(({ name }) => name),
    [
      'created',
      'preProcessShippingLabel',
      'finalizePreProcessing',
      'publishJobValidation',
      'processSharing',
      'finalizeSharing',
    ],
  );
});

testOnEachLocation('the receiver gets a product of its own; the label has no approval', async (t, location) => {
  const built = await buildTestApp(t, { location });
  const receiver = await built.addTenant();
  const { problems } = startLabelEngine(t, built, { approval: 'manual' });
  const { path, label, received } = await share(built, receiver);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    label.targeting?.hardwareIds.map(({ distributionState }) => distributionState),
    ['added'],
  );
  const plain = await built.call('GET', path);
  assert.deepEqual(plain.json<Label>().recipientSpecifications, {
    receiverPublisherId: String(receiver.accountId),
    enforceChidTargeting: false,
  });
  assert.equal('publishingSpecifications' in plain.json<object>(), false);
  const products = bodyOf<ProductList>(await built.call('GET', `${V2}/products`, undefined, receiver));
  assert.deepEqual(
    products.value.map(({ id, originType }) => [BigInt(id), originType]),
    [[received.product_id, 'publisher']],
  );
  assert.equal(
    (await built.call('PUT', `${path}/cancel`)).json<ErrorBody>().error.code,
    'requestInvalidForCurrentState',
  );
});

test('the receiver may publish what it got, with CHIDs when the publisher demands them, but not share it on', async (t) => {
  const built = await buildTestApp(t);
  const receiver = await built.addTenant();
  const third = await built.addTenant();
  const { engine } = startLabelEngine(t, built);
  const { received, receivedLabels } = await share(built, receiver, { enforceChidTargeting: true });
  const early = await built.call('POST', receivedLabels, publishingLabel(), receiver);
  assert.match(early.json<ErrorBody>().error.message, /createpublishermetadata/);
  await copyMetadata(built, received.id);
  const targets = async (body: object) =>
    (await built.call('POST', receivedLabels, body, receiver))
      .json<ErrorBody>()
      .error.validationErrors.map(({ target }) => target);
  assert.deepEqual(await targets(publishingLabel()), ['targeting.chids']);
  assert.deepEqual(await targets(sharingLabel(third)), ['destination', 'targeting.chids']);
  const chids = [{ chid: '346511cf-ccee-5c6d-8ee9-3c70fc7aae83' }];
  const created = await built.call('POST', receivedLabels, publishingLabel({}, { chids }), receiver);
  assert.equal(created.statusCode, 201, created.body);
  engine.wake();
  for (let look = 0; look < 500; look += 1) {
    const label = (await built.call('GET', `${receivedLabels}/${idOf(created)}`, undefined, receiver)).json<Label>();
    if (isOver(label)) {
      assert.equal(shown(label), 'finalizePublishing completed', label.workflowStatus.messages.join());
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail('the label of the receiver did not get there');
});

test('an update shares more or less; removing every hardware id takes the product back', async (t) => {
  const built = await buildTestApp(t);
  const receiver = await built.addTenant();
  const { engine } = startLabelEngine(t, built);
  const { path, received, receivedLabels } = await share(built, receiver);
  const other = hardwareId(PCI, 'WINDOWS_v100_X64_RS3_FULL');
  const update = async (hardwareIds: readonly object[]): Promise<Label> => {
    const response = await built.call('PATCH', path, { targeting: { hardwareIds } });
    assert.equal(response.statusCode, 204, response.body);
    engine.wake();
    const label = await labelWhen<Label>(built, path, isOver);
    assert.equal(shown(label), 'finalizeSharing completed', label.workflowStatus.messages.join());
    return label;
  };
  const sharedIds = async () => {
    const row = await built.database.selectFrom('shares').selectAll().executeTakeFirstOrThrow();
    return { hardwareIds: JSON.parse(row.hardware_ids) as unknown, revoked: row.revoked_at !== null };
  };
  await update([
    { action: 'add', ...other },
    { action: 'remove', ...hardwareId() },
  ]);
  assert.deepEqual(await sharedIds(), { hardwareIds: [other], revoked: false });

  const label = await update([{ action: 'remove', ...other }]);
  assert.deepEqual(label.targeting?.hardwareIds, []);
  assert.equal((await sharedIds()).revoked, true);
  const product = await built.database
    .selectFrom('products')
    .selectAll()
    .where('id', '=', received.product_id)
    .executeTakeFirstOrThrow();
  assert.equal(product.deprecated, 1n);
  const refused = await built.call('POST', receivedLabels, publishingLabel(), receiver);
  assert.equal(refused.json<ErrorBody>().error.code, 'readOnlyProduct');

  await update([{ action: 'add', ...hardwareId() }]);
  assert.deepEqual(await sharedIds(), { hardwareIds: [hardwareId()], revoked: false });
});
