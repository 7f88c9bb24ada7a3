import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorBody } from '@assay/hardware-api';
import { buildTestApp, createInitialSubmission, type TestApp } from './test-app.ts';

const FAR = '2999-01-01T00:00:00.000Z';

/** A committed submission whose workflow waits at manualReview. */
async function holdSubmission(built: TestApp) {
  const ids = await createInitialSubmission(built);
  await built.call('POST', `${ids.path}/commit`);
  await built.database
    .updateTable('submissions')
    .set({ current_step: 'manualReview', step_state: 'started', messages: '["Held by policy."]' })
    .execute();
  await built.database.updateTable('workflows').set({ due_at: FAR }).execute();
  return ids;
}

const dueAt = async ({ database }: TestApp): Promise<string> =>
  (await database.selectFrom('workflows').select('due_at').executeTakeFirstOrThrow()).due_at;

test('a held submission is listed until it is decided about, and the decision wakes its workflow', async (t) => {
  const built = await buildTestApp(t);
  const { productId, submissionId } = await holdSubmission(built);
  const listed = await built.call('GET', '/assay/v1/reviews');
  assert.equal(listed.statusCode, 200);
  assert.ok(listed.body.startsWith(`{"value":[{"submissionId":${submissionId},"productId":${productId},`), listed.body);
  assert.ok(listed.body.includes('"messages":["Held by policy."]'));

  const review = await built.call('POST', `/assay/v1/submissions/${submissionId}/review`, { decision: 'Approve' });
  assert.equal(review.statusCode, 200, review.body);
  const { submissionId: _id, ...rest } = review.json<Record<string, unknown>>();
  assert.deepEqual(rest, {
    decision: 'approved',
    reason: '',
    decidedBy: built.tenant.clientId,
    decidedDateTime: built.clock.now.toISOString(),
  });
  assert.equal(await dueAt(built), built.clock.now.toISOString());
  assert.equal((await built.call('GET', '/assay/v1/reviews')).body, '{"value":[]}');

  const again = await built.call('POST', `/assay/v1/submissions/${submissionId}/review`, {
    decision: 'reject',
    reason: 'changed my mind',
  });
  assert.equal(again.statusCode, 400);
  assert.equal(again.json<ErrorBody>().error.code, 'requestInvalidForCurrentState');
});

test('a rejection needs a reason, and any decision one of the two words', async (t) => {
  const built = await buildTestApp(t);
  const { submissionId } = await holdSubmission(built);
  const path = `/assay/v1/submissions/${submissionId}/review`;
  for (const [body, target] of [
    [{ decision: 'reject' }, 'reason'],
    [{ decision: 'reject', reason: '  ' }, 'reason'],
    [{ decision: 'maybe' }, 'decision'],
    [{}, 'decision'],
  ] as const) {
    const response = await built.call('POST', path, body);
    assert.equal(response.statusCode, 400);
    assert.equal(response.json<ErrorBody>().error.validationErrors[0]?.target, target);
  }
  assert.equal(await dueAt(built), FAR);
  assert.equal((await built.call('POST', path, { decision: 'reject', reason: 'unsafe' })).statusCode, 200);
});

test('a submission that is not held cannot be decided about', async (t) => {
  const built = await buildTestApp(t);
  const { submissionId } = await createInitialSubmission(built);
  const response = await built.call('POST', `/assay/v1/submissions/${submissionId}/review`, { decision: 'approve' });
  assert.equal(response.statusCode, 400);
  assert.equal(response.json<ErrorBody>().error.code, 'requestInvalidForCurrentState');
  assert.deepEqual(await built.database.selectFrom('reviews').selectAll().execute(), []);
});

test('of decisions sent at once one counts', async (t) => {
  const built = await buildTestApp(t);
  const { submissionId } = await holdSubmission(built);
  const decide = (decision: string) =>
    built.call('POST', `/assay/v1/submissions/${submissionId}/review`, { decision, reason: 'r' });
  const responses = await Promise.all([decide('approve'), decide('reject'), decide('approve')]);
  assert.deepEqual(responses.map(({ statusCode }) => statusCode).sort(), [200, 400, 400]);
});
