// Waiting, at a service that says odd things: steps as numbers, a completed step before there is a result, null for a workflow.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  createHardwareClient,
  ShippingLabelFailedError,
  SubmissionFailedError,
  WaitTimeoutError,
} from '../../src/index.ts';
import { answer, startFaultyService } from './faulty-service.ts';

const ID = '1152921504621441930';
const PRODUCT = '13635057453741329';
const credential = { getToken: async () => ({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }) };
const quick = { timeoutMs: 10_000, pollIntervalMs: 1 };
const SIGNED = '{"type":"signedPackage","url":"http://127.0.0.1/a"}';
const METADATA = '{"type":"driverMetadata","url":"http://127.0.0.1/b"}';

/** A client of a service that gives one answer after the other; the last is repeated. A number is a status. */
async function clientOf(context: TestContext, answers: readonly (string | number)[]) {
  let next = 0;
  const service = await startFaultyService(context, (_request, response) => {
    const current = answers[Math.min(next++, answers.length - 1)] ?? 500;
    if (typeof current === 'number') answer(response, current, '{"error":{"code":"x","message":"x"}}');
    else answer(response, 200, current);
  });
  const retry = { attempts: 2, baseDelayMs: 1, maximumDelayMs: 2 };
  return { client: createHardwareClient({ url: service.url, credential, retry }), service };
}

function submission(workflow: string, items = ''): string {
  const status = `"commitStatus":"commitComplete","workflowStatus":${workflow}`;
  return `{"id":${ID},"productId":${PRODUCT},"name":"n","type":"initial","links":[],${status},"downloads":{"items":[${items}],"messages":null}}`;
}

function workflow(step: string | number, state: string | null): string {
  return JSON.stringify({ currentStep: step, state, messages: null });
}

test('only the signed package ends the wait, however early a step says completed', async (t) => {
  const { client } = await clientOf(t, [
    submission('null'),
    submission(workflow('packageInfoValidation', 'started')),
    submission(workflow('scanning', 'completed')),
    submission(workflow('finalizeIngestion', 'completed')),
    submission(workflow('finalizeIngestion', 'completed'), SIGNED),
  ]);
  const seen: string[] = [];
  const final = await client.waitForSubmission(PRODUCT, ID, {
    ...quick,
    onProgress: ({ workflowStatus }) => seen.push(workflowStatus?.currentStep ?? 'none'),
  });
  assert.deepEqual(seen, ['none', 'packageInfoValidation', 'scanning', 'finalizeIngestion', 'finalizeIngestion']);
  assert.equal(final.downloads?.items.length, 1);
});

test('a completed workflow that never gets a signed package runs out of time', async (t) => {
  const { client } = await clientOf(t, [submission(workflow('finalizeIngestion', 'completed'))]);
  await assert.rejects(client.waitForSubmission(PRODUCT, ID, { timeoutMs: 60, pollIntervalMs: 5 }), WaitTimeoutError);
});

test('steps may be numbers; they are shown as text', async (t) => {
  const { client } = await clientOf(t, [submission(workflow(3, 'started')), submission(workflow(8, 'x'), SIGNED)]);
  const final = await client.waitForSubmission(PRODUCT, ID, quick);
  assert.equal(final.workflowStatus?.currentStep as string, '8');
});

test('failed ends it in any spelling, and so does canceled', async (t) => {
  for (const state of ['failed', 'Failed', 'FAILED', 'Canceled']) {
    const { client } = await clientOf(t, [submission(workflow(5, state))]);
    await assert.rejects(client.waitForSubmission(PRODUCT, ID, quick), SubmissionFailedError);
  }
});

test('a submission that is not found yet is looked for again, one that was there is not', async (t) => {
  const done = submission(workflow('finalizeIngestion', 'completed'), SIGNED);
  const young = await clientOf(t, [404, 404, done]);
  await young.client.waitForSubmission(PRODUCT, ID, quick);
  const gone = await clientOf(t, [submission('null'), 404, done]);
  await assert.rejects(gone.client.waitForSubmission(PRODUCT, ID, quick), { status: 404 });
  const never = await clientOf(t, [404]);
  await assert.rejects(never.client.waitForSubmission(PRODUCT, ID, quick), { status: 404 });
  assert.equal(never.service.requests.length, 5);
});

test('403 and a token that stays refused end it, 429 and 503 do not', async (t) => {
  for (const status of [403, 401]) {
    const { client } = await clientOf(t, [status]);
    await assert.rejects(client.waitForSubmission(PRODUCT, ID, quick), { status });
  }
  const { client } = await clientOf(t, [429, 503, 500, 503, submission(workflow('x', 'y'), SIGNED)]);
  await client.waitForSubmission(PRODUCT, ID, quick);
});

test('driver metadata is waited for after the signed package', async (t) => {
  const done = workflow('finalizeIngestion', 'completed');
  const { client } = await clientOf(t, [submission(done, SIGNED), submission(done, `${SIGNED},${METADATA}`)]);
  const final = await client.waitForSubmission(PRODUCT, ID, { ...quick, waitFor: 'driverMetadata' });
  assert.equal(final.downloads?.items.length, 2);
  const late = await clientOf(t, [submission(done, SIGNED)]);
  await assert.rejects(
    late.client.waitForSubmission(PRODUCT, ID, { timeoutMs: 40, pollIntervalMs: 5, waitFor: 'driverMetadata' }),
    /is signed but had no driverMetadata/,
  );
});

function label(step: string, state: string): string {
  const ids = `"id":${ID},"productId":${PRODUCT},"submissionId":${ID}`;
  return `{${ids},"workflowStatus":{"currentStep":"${step}","state":"${state}","messages":["why"]},"links":[],"name":"l","destination":"windowsUpdate"}`;
}

test('a shipping label is waited for until it is published or shared, or only until its approval', async (t) => {
  const path = { productId: PRODUCT, submissionId: ID, shippingLabelId: ID };
  const ways = [
    [label('microsoftApproval', 'started'), label('publishing', 'completed'), label('finalizePublishing', 'completed')],
    [label('processSharing', 'completed'), label('FinalizeSharing', 'Completed')],
    [label('finalizePublishing', 'started'), label('finalizePublishing', 'published')],
  ];
  for (const way of ways) {
    const { client, service } = await clientOf(t, way);
    await client.waitForShippingLabel(path, quick);
    assert.equal(service.requests.length, way.length);
  }
  const { client, service } = await clientOf(t, [label('created', 'started'), label('microsoftApproval', 'started')]);
  await client.waitForShippingLabel(path, { ...quick, until: 'microsoftApproval' });
  assert.equal(service.requests.length, 2);
  const failed = await clientOf(t, [label('publishJobValidation', 'failed')]);
  await assert.rejects(failed.client.waitForShippingLabel(path, quick), (error) => {
    assert.ok(error instanceof ShippingLabelFailedError);
    assert.deepEqual(error.messages, ['why']);
    return true;
  });
  const stuck = await clientOf(t, [label('publishing', 'started')]);
  await assert.rejects(stuck.client.waitForShippingLabel(path, { timeoutMs: 30, pollIntervalMs: 5 }), WaitTimeoutError);
});
