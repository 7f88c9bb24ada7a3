// How clients publish and share drivers with shipping labels.
import assert from 'node:assert/strict';
import { held } from './held.ts';
import { type Service, startForFile, V2 } from './service.ts';
import type { Answer } from './wire.ts';

const service = startForFile({ labelApprovalHoldMs: 300 });

const MANUAL = {
  isAutoInstallDuringOSUpgrade: false,
  isAutoInstallOnApplicableSystems: false,
  manualAcquisition: true,
};

/** The fields of a label that publishes everything a submission has, as the metadata names it. */
async function publishing(answer: Answer, fields: object = {}): Promise<object> {
  return {
    name: 'publish',
    destination: 'windowsUpdate',
    publishingSpecifications: { goLiveDate: '', ...MANUAL, ...fields },
    targeting: { hardwareIds: await service.hardwareIds(answer) },
  };
}

async function createLabel(path: string, fields: object): Promise<Answer> {
  const answer = await service.call('POST', `${path}/shippingLabels`, fields);
  assert.equal(answer.status, 201, answer.text);
  return answer;
}

const ended = ({ currentStep, state }: { currentStep: string; state: string }): boolean =>
  state === 'failed' || (state === 'completed' && /^finalize(?:Publishing|Sharing)$/.test(currentStep));

/** Every answer about a label until its workflow ends. */
async function watchLabel(caller: Service, path: string): Promise<Answer[]> {
  const seen: Answer[] = [];
  for (;;) {
    const answer = await caller.call('GET', `${path}?includeTargetingInfo=true`);
    assert.equal(answer.status, 200, answer.text);
    seen.push(answer);
    if (ended(answer.json.workflowStatus)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

held(['C-207', 'C-318', 'C-319'], async () => {
  const { path, answer } = await service.finished();
  const partner = await service.addAccount(['Manager']);
  const visibleToAccounts = [partner.credentials.sellerId];
  const label = await createLabel(path, await publishing(answer, { visibleToAccounts }));
  const self = `${path}/shippingLabels/${label.json.id}`;
  const bare = await service.call('GET', self);
  assert.equal('targeting' in bare.json, false);
  assert.deepEqual(bare.json.publishingSpecifications.visibleToAccounts.map(String), visibleToAccounts);
  assert.match(bare.text, /"visibleToAccounts":\[\d+\]/);
  assert.deepEqual(bare.json.publishingSpecifications.additionalInfoForMsApproval.affectedOems, []);
  const whole = await service.call('GET', `${self}?includeTargetingInfo=true`);
  for (const list of ['hardwareIds', 'chids', 'restrictedToAudiences']) {
    assert.ok(Array.isArray(whole.json.targeting[list]), list);
  }
  assert.equal(whole.json.targeting.hardwareIds.length, 2);
  await watchLabel(service, self);
});

held('C-208', async () => {
  const { path, answer } = await service.finished();
  const label = await createLabel(path, await publishing(answer));
  const self = `${path}/shippingLabels/${label.json.id}`;
  for (;;) {
    const { currentStep, state } = (await service.call('GET', self)).json.workflowStatus;
    assert.ok(!ended({ currentStep, state }), `${currentStep} ${state}`);
    if (currentStep === 'microsoftApproval') break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const cancelled = await service.call('PUT', `${self}/cancel`);
  assert.equal(cancelled.status, 204, cancelled.text);
  assert.equal((await service.call('GET', self)).json.workflowStatus.state, 'failed');
});

held('C-223', async () => {
  const { path, answer } = await service.finished();
  const label = await createLabel(path, await publishing(answer));
  const self = `${path}/shippingLabels/${label.json.id}`;
  await watchLabel(service, self);
  const [first] = await service.hardwareIds(answer);
  const changes = { targeting: { hardwareIds: [{ action: 'remove', ...first }] } };
  const answered = await service.call('PATCH', self, changes);
  assert.equal(answered.status, 204, answered.text);
  assert.equal(answered.bytes.length, 0);
  const last = (await watchLabel(service, self)).at(-1);
  assert.equal(last?.json.workflowStatus.state, 'completed', last?.text ?? '');
});

held('C-609', async () => {
  const { path, answer } = await service.finished();
  const label = await createLabel(path, await publishing(answer));
  const statuses = (await watchLabel(service, `${path}/shippingLabels/${label.json.id}`)).map(
    ({ json }) => json.workflowStatus as { currentStep: string; state: string },
  );
  const untilApproval = statuses.find(({ currentStep }) => currentStep === 'microsoftApproval');
  assert.equal(untilApproval?.state, 'started', 'a client that waits for the approval step sees it');
  const untilPublished = statuses.find(({ state }) => /^(?:completed|published|failed)$/i.test(state));
  assert.deepEqual(untilPublished, statuses.at(-1), 'a client that waits for completed waits until the end');
  assert.equal(untilPublished?.state, 'completed');

  const partner = await service.addAccount(['Manager']);
  const sharing = await createLabel(path, {
    name: 'share',
    destination: 'anotherPartner',
    recipientSpecifications: { receiverPublisherId: partner.credentials.sellerId, enforceChidTargeting: false },
    targeting: { hardwareIds: await service.hardwareIds(answer) },
  });
  const shared = (await watchLabel(service, `${path}/shippingLabels/${sharing.json.id}`)).at(-1);
  assert.deepEqual(
    [shared?.json.workflowStatus.currentStep, shared?.json.workflowStatus.state],
    ['finalizeSharing', 'completed'],
    shared?.text ?? '',
  );
});

held('C-206', async () => {
  const { path, answer } = await service.finished();
  const partner = await service.addAccount(['Manager']);
  const label = await createLabel(path, {
    name: 'share',
    destination: 'anotherPartner',
    recipientSpecifications: { receiverPublisherId: partner.credentials.sellerId },
    targeting: { hardwareIds: await service.hardwareIds(answer) },
  });
  await watchLabel(service, `${path}/shippingLabels/${label.json.id}`);
  const { productId, id } = answer.json;
  for (const spelling of ['sourcepubliherid', 'sourcepublisherid', 'sourcePubliherId']) {
    const ids = `${service.credentials.sellerId}/sourceproductid/${productId}/sourcesubmissionid/${id}`;
    const found = await partner.call('GET', `${V2}/products/relationships/${spelling}/${ids}`);
    assert.equal(found.status, 200, found.text);
    assert.notEqual(String(found.json.id), String(id), 'the receiver has ids of its own');
    const own = await partner.call('GET', `${V2}/products/${found.json.productId}/submissions/${found.json.id}`);
    assert.equal(own.status, 200);
  }
});

held('C-205', async () => {
  const made = await service.call('POST', '/assay/v1/audiences', { name: 'Ring 1', audienceName: 'ring1' });
  assert.equal(made.status, 201, made.text);
  for (const path of ['audiences', 'audience', 'Audience/']) {
    const answer = await service.call('GET', `${V2}/${path}`);
    assert.equal(answer.status, 200, path);
    assert.ok(
      answer.json.value.some(({ id }: { id: string }) => id === made.json.id),
      path,
    );
  }
});
