// Labels on their way to Windows Update: each step, the decisions of people, waiting, cancelling, and updates.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import type { ErrorBody, ShippingLabel } from '@assay/hardware-api';
import { addAudience, removeAudience } from '../../src/store/audiences.ts';
import { verifyAudit } from '../../src/store/audit.ts';
import { shippingLabelPublishing } from '../../src/workflow/shipping-label/index.ts';
import {
  createLabelledSubmission,
  finishSubmission,
  HID,
  hardwareId,
  isOver,
  labelServices,
  labelWhen,
  PCI,
  publishingLabel,
  SECOND_BUNDLE,
  SIGNED_PACKAGE,
  startLabelEngine,
} from '../http/labelled-submission.ts';
import { buildTestApp, idOf, type TestApp } from '../http/test-app.ts';
import { testOnEachLocation } from '../store/test-databases.ts';

const AUTOMATIC = {
  isAutoInstallOnApplicableSystems: true,
  manualAcquisition: false,
  additionalInfoForMsApproval: { businessJustification: 'A fix for many' },
};

type Label = ShippingLabel;

function shown({ workflowStatus }: Label): string {
  return `${workflowStatus.currentStep} ${workflowStatus.state}`;
}

function states({ targeting }: Label): string[] {
  return [...(targeting?.hardwareIds ?? []), ...(targeting?.chids ?? [])].map((entry) => entry.distributionState);
}

async function createLabel(built: TestApp, labels: string, body = publishingLabel()): Promise<string> {
  const response = await built.call('POST', labels, body);
  assert.equal(response.statusCode, 201, response.body);
  return `${labels}/${idOf(response)}`;
}

const waiting = (step: string) => (label: Label) => shown(label) === `${step} started`;

async function decide(built: TestApp, path: string, decision: string, reason?: string) {
  const id = path.slice(path.lastIndexOf('/') + 1);
  return await built.call('POST', `/assay/v1/shippingLabels/${id}/approval`, { decision, reason });
}

async function patch(built: TestApp, path: string, targeting: object): Promise<void> {
  const response = await built.call('PATCH', path, { targeting });
  assert.equal(response.statusCode, 204, response.body);
}

test('the steps have the names of the API, in its order', async (t) => {
  const built = await buildTestApp(t);
  const { steps } = shippingLabelPublishing(labelServices(built));
  assert.deepEqual(
    steps.map(({ name }) => name),
    [
      'created',
      'preProcessShippingLabel',
      'finalizePreProcessing',
      'publishJobValidation',
      'updateGeneration',
      'microsoftApproval',
      'publishing',
      'finalizePublishing',
    ],
  );
});

testOnEachLocation('a label is published, and says what went out', async (t, location) => {
  const built = await buildTestApp(t, { location });
  const { labels, submissionId } = await createLabelledSubmission(built);
  const chids = [{ chid: '346511cf-ccee-5c6d-8ee9-3c70fc7aae83' }];
  const inServicePublishInfo = { flooring: 'RS4' };
  const path = await createLabel(built, labels, publishingLabel({}, { chids, inServicePublishInfo }));
  const { problems } = startLabelEngine(t, built);
  const label = await labelWhen<Label>(built, path, isOver);
  assert.equal(shown(label), 'finalizePublishing completed', label.workflowStatus.messages.join('\n'));
  assert.deepEqual(states(label), ['added', 'added']);
  assert.deepEqual(problems, []);

  const update = await built.call('GET', `/assay/v1${path.slice(path.indexOf('/shippingLabels'))}/update`);
  assert.equal(update.statusCode, 200, update.body);
  assert.ok(update.body.includes(`"submissionId": ${submissionId},`), 'ids keep all their digits');
  const description = update.json<Record<string, unknown>>();
  assert.deepEqual(description.package, {
    fileName: `Signed_${submissionId}.zip`,
    sha256: createHash('sha256').update(SIGNED_PACKAGE).digest('hex'),
    length: SIGNED_PACKAGE.length,
  });
  assert.deepEqual(description.targeting, {
    add: { hardwareIds: [hardwareId()], chids: [chids[0]?.chid] },
    remove: { hardwareIds: [], chids: [] },
    hardwareIds: [hardwareId()],
    chids: [chids[0]?.chid],
    restrictedToAudiences: [],
    inServicePublishInfo,
  });
  const [run] = await built.database.selectFrom('shipping_label_runs').selectAll().execute();
  assert.equal(run?.outcome, 'completed');
  assert.equal(run?.update_blob, createHash('sha256').update(update.body).digest('hex'));
  const actions = await built.database.selectFrom('audit_entries').select('action').orderBy('sequence').execute();
  assert.deepEqual(
    actions.map(({ action }) => action).filter((action) => action.startsWith('shippingLabel')),
    ['shippingLabel.create', 'shippingLabel.publish', 'shippingLabel.complete'],
  );
  assert.equal((await verifyAudit(built.database)).ok, true);
});

describe('approval', () => {
  test('a label with automatic install waits for a Manager, who sees what it publishes', async (t) => {
    const built = await buildTestApp(t);
    const { labels } = await createLabelledSubmission(built);
    const path = await createLabel(built, labels, publishingLabel({}, {}, AUTOMATIC));
    const { engine } = startLabelEngine(t, built);
    const held = await labelWhen<Label>(built, path, (label) => label.workflowStatus.messages.length > 0);
    assert.equal(shown(held), 'microsoftApproval started');
    assert.deepEqual(held.workflowStatus.messages, ['The shipping label waits for the approval of a Manager.']);
    assert.deepEqual(states(held), ['pendingAdd']);
    const list = (await built.call('GET', '/assay/v1/shippingLabels/held')).json<{
      value: Record<string, unknown>[];
    }>();
    assert.equal(list.value.length, 1);
    assert.equal(list.value[0]?.businessJustification, 'A fix for many');
    assert.equal(list.value[0]?.requestedBy, built.tenant.clientId);
    assert.equal((await decide(built, path, 'reject')).statusCode, 400);
    assert.equal((await decide(built, path, 'perhaps')).statusCode, 400);

    const approved = await decide(built, path, 'Approve', 'looks fine');
    assert.equal(approved.statusCode, 200, approved.body);
    assert.equal(approved.json<{ decision: string }>().decision, 'approved');
    engine.wake();
    assert.equal(shown(await labelWhen<Label>(built, path, isOver)), 'finalizePublishing completed');
    assert.equal((await built.call('GET', '/assay/v1/shippingLabels/held')).body, '{"value":[]}');
    const late = await decide(built, path, 'approve');
    assert.equal(late.json<ErrorBody>().error.code, 'requestInvalidForCurrentState');
  });

  test('a rejected label says why, targets nothing, and can be asked for again', async (t) => {
    const built = await buildTestApp(t);
    const { labels } = await createLabelledSubmission(built);
    const chids = [{ chid: '346511cf-ccee-5c6d-8ee9-3c70fc7aae83' }];
    const path = await createLabel(built, labels, publishingLabel({}, { chids }, AUTOMATIC));
    const { engine } = startLabelEngine(t, built);
    await labelWhen<Label>(built, path, (label) => label.workflowStatus.messages.length > 0);
    assert.equal((await decide(built, path, 'reject', 'not tested enough')).statusCode, 200);
    engine.wake();
    const rejected = await labelWhen<Label>(built, path, isOver);
    assert.equal(shown(rejected), 'microsoftApproval failed');
    assert.deepEqual(rejected.workflowStatus.messages, ['The shipping label was rejected: not tested enough']);
    assert.deepEqual(states(rejected), ['notSet', 'unknown']);

    await patch(built, path, {
      hardwareIds: [{ action: 'add', ...hardwareId() }],
      chids: [{ action: 'remove', ...chids[0] }],
    });
    engine.wake();
    await labelWhen<Label>(built, path, (label) => label.workflowStatus.messages.length > 0 && !isOver(label));
    assert.equal((await decide(built, path, 'approve')).statusCode, 200);
    engine.wake();
    const published = await labelWhen<Label>(built, path, isOver);
    assert.equal(shown(published), 'finalizePublishing completed');
    assert.deepEqual(states(published), ['added']);
  });

  test('the policy may ask for all labels, or for none', async (t) => {
    const built = await buildTestApp(t);
    const { labels } = await createLabelledSubmission(built);
    const manual = startLabelEngine(t, built, { approval: 'manual' });
    const plain = await createLabel(built, labels);
    manual.engine.wake();
    await labelWhen<Label>(built, plain, (label) => label.workflowStatus.messages.length > 0);
    await manual.engine.stop();
    const automatic = await createLabel(built, labels, publishingLabel({}, {}, AUTOMATIC));
    const none = startLabelEngine(t, built, { approval: 'automatic' });
    assert.equal(shown(await labelWhen<Label>(built, automatic, isOver)), 'finalizePublishing completed');
    await none.engine.stop();
  });

  test('a label that nobody has to approve stays at the step long enough for clients that wait for it', async (t) => {
    const built = await buildTestApp(t);
    const { labels } = await createLabelledSubmission(built);
    const path = await createLabel(built, labels);
    const { engine } = startLabelEngine(t, built, { approvalHoldMs: 6_000 });
    const label = await labelWhen<Label>(built, path, waiting('microsoftApproval'));
    assert.deepEqual(label.workflowStatus.messages, []);
    assert.equal((await built.call('GET', '/assay/v1/shippingLabels/held')).body, '{"value":[]}');
    assert.equal((await decide(built, path, 'approve')).statusCode, 400);
    built.clock.advance(6_000);
    engine.wake();
    assert.equal(shown(await labelWhen<Label>(built, path, isOver)), 'finalizePublishing completed');
  });
});

test('a label with a go-live date waits for it', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  const goLiveDate = new Date(built.clock.now.getTime() + 30 * 60_000).toISOString();
  const path = await createLabel(built, labels, publishingLabel({}, {}, { goLiveDate }));
  const { engine } = startLabelEngine(t, built);
  const label = await labelWhen<Label>(built, path, ({ workflowStatus }) => workflowStatus.messages.length > 0);
  assert.equal(shown(label), 'publishing started');
  assert.deepEqual(label.workflowStatus.messages, [`The shipping label goes live on ${goLiveDate}.`]);
  assert.deepEqual(states(label), ['pendingAdd']);
  built.clock.advance(29 * 60_000);
  engine.wake();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(shown(await labelWhen<Label>(built, path, () => true)), 'publishing started');
  built.clock.advance(60_000);
  engine.wake();
  assert.equal(shown(await labelWhen<Label>(built, path, isOver)), 'finalizePublishing completed');
});

describe('cancelling', () => {
  testOnEachLocation('stops a label in approval and takes back what it asked for', async (t, location) => {
    const built = await buildTestApp(t, { location });
    const { labels } = await createLabelledSubmission(built);
    const path = await createLabel(built, labels, publishingLabel({}, {}, AUTOMATIC));
    const early = await built.call('PUT', `${path}/cancel`);
    assert.equal(early.json<ErrorBody>().error.code, 'requestInvalidForCurrentState');
    const { engine, problems } = startLabelEngine(t, built);
    await labelWhen<Label>(built, path, (label) => label.workflowStatus.messages.length > 0);
    const cancelled = await built.call('PUT', `${path}/cancel`);
    assert.equal(cancelled.statusCode, 204, cancelled.body);
    const label = await labelWhen<Label>(built, path, isOver);
    assert.equal(shown(label), 'microsoftApproval failed');
    assert.deepEqual(label.workflowStatus.messages, ['The shipping label was cancelled.']);
    assert.deepEqual(states(label), ['notSet']);
    assert.equal((await decide(built, path, 'approve')).statusCode, 400);
    assert.equal((await built.call('PUT', `${path}/cancel`)).statusCode, 400);
    engine.wake();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(shown(await labelWhen<Label>(built, path, () => true)), 'microsoftApproval failed');
    assert.deepEqual(problems, []);
  });

  test('stops a label that is being rolled out, and none that is published', async (t) => {
    const built = await buildTestApp(t);
    const { labels } = await createLabelledSubmission(built);
    const rollingOut = await createLabel(
      built,
      labels,
      publishingLabel({}, {}, { goLiveDate: '2999-01-01T00:00:00Z' }),
    );
    const published = await createLabel(built, labels);
    startLabelEngine(t, built);
    await labelWhen<Label>(built, rollingOut, waiting('publishing'));
    await labelWhen<Label>(built, published, isOver);
    assert.equal((await built.call('PUT', `${rollingOut}/cancel`)).statusCode, 204);
    assert.equal(shown(await labelWhen<Label>(built, rollingOut, isOver)), 'publishing failed');
    assert.equal((await built.call('PUT', `${published}/cancel`)).statusCode, 400);
  });

  test('of an update leaves what was published before', async (t) => {
    const built = await buildTestApp(t);
    const { labels } = await createLabelledSubmission(built);
    const kept = hardwareId();
    const removed = hardwareId(PCI, 'WINDOWS_v100_X64_RS3_FULL');
    const limits = { inServicePublishInfo: { flooring: 'RS3' } };
    const body = publishingLabel({}, { hardwareIds: [kept, removed], ...limits }, AUTOMATIC);
    const path = await createLabel(built, labels, body);
    const { engine } = startLabelEngine(t, built);
    await labelWhen<Label>(built, path, (label) => label.workflowStatus.messages.length > 0);
    await decide(built, path, 'approve');
    engine.wake();
    await labelWhen<Label>(built, path, isOver);
    await patch(built, path, {
      hardwareIds: [
        { action: 'remove', ...removed },
        { action: 'add', ...hardwareId(PCI, 'WINDOWS_v100_X64_RS3_FULL', SECOND_BUNDLE) },
      ],
      restrictedToAudiences: ['9f4f44d8-bfec-48c6-a02c-2d9ea220f6e2'],
      coEngDriverPublishInfo: { flooringBuildNumber: 17000 },
    });
    engine.wake();
    await labelWhen<Label>(built, path, (label) => label.workflowStatus.messages.length > 0);
    assert.equal((await built.call('PUT', `${path}/cancel`)).statusCode, 204);
    const label = await labelWhen<Label>(built, path, isOver);
    assert.deepEqual(states(label), ['added', 'added', 'notSet']);
    assert.deepEqual(label.targeting?.restrictedToAudiences, []);
    assert.deepEqual(label.targeting?.inServicePublishInfo, limits.inServicePublishInfo);
    assert.equal(label.targeting?.coEngDriverPublishInfo, undefined);
  });
});

describe('an update', () => {
  test('adds and removes, and what is removed is gone once it is published', async (t) => {
    const built = await buildTestApp(t);
    const { labels } = await createLabelledSubmission(built);
    const path = await createLabel(built, labels);
    const { engine } = startLabelEngine(t, built);
    await labelWhen<Label>(built, path, isOver);
    const added = hardwareId(PCI, 'WINDOWS_v100_X64_RS3_FULL');
    await patch(built, path, {
      hardwareIds: [
        { action: 'remove', ...hardwareId() },
        { action: 'add', ...added },
      ],
      businessJustification: 'The first one was wrong',
    });
    engine.wake();
    const label = await labelWhen<Label>(built, path, isOver);
    assert.equal(shown(label), 'finalizePublishing completed');
    assert.deepEqual(label.targeting?.hardwareIds, [{ ...added, distributionState: 'added' }]);
    const update = await built.call('GET', `/assay/v1${path.slice(path.indexOf('/shippingLabels'))}/update`);
    const description = update.json<{ targeting: Record<string, unknown>; update: Record<string, unknown> }>();
    assert.deepEqual(description.targeting.remove, { hardwareIds: [hardwareId()], chids: [] });
    assert.equal(description.update.purpose, 'update');
    assert.equal(description.update.businessJustification, 'The first one was wrong');
  });

  test('may remove everything', async (t) => {
    const built = await buildTestApp(t);
    const { labels } = await createLabelledSubmission(built);
    const path = await createLabel(built, labels);
    const { engine } = startLabelEngine(t, built);
    await labelWhen<Label>(built, path, isOver);
    await patch(built, path, { hardwareIds: [{ action: 'remove', ...hardwareId() }] });
    engine.wake();
    const label = await labelWhen<Label>(built, path, isOver);
    assert.equal(shown(label), 'finalizePublishing completed');
    assert.deepEqual(label.targeting?.hardwareIds, []);
  });
});

describe('a label that was made before its submission is complete', () => {
  const scanning = { at: { step: 'scanning', state: 'started' } } as const;

  async function waitingLabel(t: TestContext, hardwareIds: readonly object[]) {
    const built = await buildTestApp(t);
    const { labels, submissionId } = await createLabelledSubmission(built, scanning);
    const path = await createLabel(built, labels, publishingLabel({}, { hardwareIds }));
    const { engine } = startLabelEngine(t, built);
    const label = await labelWhen<Label>(built, path, ({ workflowStatus }) => workflowStatus.messages.length > 0);
    assert.equal(shown(label), 'publishJobValidation started');
    const goOn = (): void => {
      built.clock.advance(5_000);
      engine.wake();
    };
    return { built, path, submissionId, goOn };
  }

  test('goes on when it is, with hardware ids in the spelling of the metadata', async (t) => {
    const { built, path, submissionId, goOn } = await waitingLabel(t, [hardwareId(HID.toUpperCase())]);
    await finishSubmission(built, submissionId);
    goOn();
    const label = await labelWhen<Label>(built, path, isOver);
    assert.equal(shown(label), 'finalizePublishing completed', label.workflowStatus.messages.join('\n'));
    assert.deepEqual(label.targeting?.hardwareIds, [{ ...hardwareId(), distributionState: 'added' }]);
  });

  test('fails when its hardware ids turn out not to be in the metadata', async (t) => {
    const { built, path, submissionId, goOn } = await waitingLabel(t, [hardwareId('pci\\nowhere')]);
    await finishSubmission(built, submissionId);
    goOn();
    const label = await labelWhen<Label>(built, path, isOver);
    assert.equal(shown(label), 'publishJobValidation failed');
    assert.match(label.workflowStatus.messages.join(), /holds no hardware id "pci\\nowhere" of foo\.inf/);
    assert.deepEqual(states(label), ['notSet']);
  });

  test('fails when the driver turns out to be an extension that it does not install automatically', async (t) => {
    const { built, path, submissionId, goOn } = await waitingLabel(t, [hardwareId()]);
    await finishSubmission(built, submissionId, true);
    goOn();
    const label = await labelWhen<Label>(built, path, isOver);
    assert.equal(shown(label), 'publishJobValidation failed');
    assert.match(label.workflowStatus.messages.join(), /^Extension drivers must be published/);
  });

  test('fails with the submission', async (t) => {
    const { built, path, goOn } = await waitingLabel(t, [hardwareId()]);
    await built.database.updateTable('submissions').set({ step_state: 'failed' }).execute();
    goOn();
    assert.equal(shown(await labelWhen<Label>(built, path, isOver)), 'publishJobValidation failed');
  });
});

test('rules are checked again when the workflow runs: what they look at may have changed', async (t) => {
  const built = await buildTestApp(t);
  const { database, tenant, clock } = built;
  const audience = { name: 'a', description: '', audienceName: 'a' };
  const added = await database
    .transaction()
    .execute((transaction) => addAudience(transaction, tenant.accountId, audience, clock.read));
  const { labels } = await createLabelledSubmission(built);
  const path = await createLabel(built, labels, publishingLabel({}, { restrictedToAudiences: [added?.id] }));
  await database.transaction().execute((transaction) => removeAudience(transaction, tenant.accountId, added?.id ?? ''));
  startLabelEngine(t, built);
  const label = await labelWhen<Label>(built, path, isOver);
  assert.equal(shown(label), 'publishJobValidation failed');
  assert.match(label.workflowStatus.messages.join(), /is not an audience of this account/);
});
