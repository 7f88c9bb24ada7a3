// Every step of a label may be run again after it ran without being recorded: it then gives the same and changes nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shippingLabelPublishing, shippingLabelSharing } from '../../src/workflow/shipping-label/index.ts';
import type { StepContext, StepOutput, WorkflowDefinition } from '../../src/workflow/workflow.ts';
import { createLabelledSubmission, labelServices, publishingLabel, sharingLabel } from '../http/labelled-submission.ts';
import { buildTestApp, type TestApp } from '../http/test-app.ts';

/** Runs each step three times, records what the last run gave, and gives the outputs by step. */
async function walkThrice(
  { database }: TestApp,
  definition: WorkflowDefinition,
  subjectId: bigint,
): Promise<Map<string, StepOutput>> {
  const outputs = new Map<string, StepOutput>();
  const context: StepContext = {
    workflowId: 'test',
    subjectId,
    attempt: 1,
    signal: new AbortController().signal,
    output: <T>(name: string) => outputs.get(name) as T,
  };
  for (const step of definition.steps) {
    const before = await database.selectFrom('shipping_labels').selectAll().executeTakeFirstOrThrow();
    const results = [await step.run(context), await step.run(context), await step.run(context)];
    const given = results.flatMap((result) => (result.kind === 'completed' ? [result] : []));
    assert.equal(given.length, 3, `${step.name} ${JSON.stringify(results)}`);
    for (const { output } of given) assert.deepEqual(output, given[0]?.output, step.name);
    const after = await database.selectFrom('shipping_labels').selectAll().executeTakeFirstOrThrow();
    assert.deepEqual({ ...after }, { ...before }, `${step.name} changes rows only when it is recorded`);
    await database.transaction().execute(async (transaction) => await given[2]?.apply?.(transaction));
    outputs.set(step.name, given[2]?.output ?? null);
  }
  return outputs;
}

test('publishing', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  assert.equal((await built.call('POST', labels, publishingLabel())).statusCode, 201);
  const { run_id: runId } = await built.database.selectFrom('shipping_labels').selectAll().executeTakeFirstOrThrow();
  const outputs = await walkThrice(built, shippingLabelPublishing(labelServices(built)), runId);
  assert.equal(outputs.size, 8);
  const blobs = await built.database.selectFrom('blobs').selectAll().where('container', '=', 'updates').execute();
  assert.equal(blobs.length, 1);
});

test('sharing', async (t) => {
  const built = await buildTestApp(t);
  const receiver = await built.addTenant();
  const { labels } = await createLabelledSubmission(built);
  assert.equal((await built.call('POST', labels, sharingLabel(receiver))).statusCode, 201);
  const { run_id: runId } = await built.database.selectFrom('shipping_labels').selectAll().executeTakeFirstOrThrow();
  const outputs = await walkThrice(built, shippingLabelSharing(labelServices(built)), runId);
  assert.equal(outputs.size, 6);
  assert.equal((await built.database.selectFrom('shares').selectAll().execute()).length, 1);
});

test('a request that changed behind the back of its run is not published', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  assert.equal((await built.call('POST', labels, publishingLabel())).statusCode, 201);
  const label = await built.database.selectFrom('shipping_labels').selectAll().executeTakeFirstOrThrow();
  const { steps } = shippingLabelPublishing(labelServices(built));
  const context: StepContext = {
    workflowId: 'test',
    subjectId: label.run_id,
    attempt: 1,
    signal: new AbortController().signal,
    output: <T>() => ({ fingerprint: '0'.repeat(64), blob: '' }) as T,
  };
  for (const name of ['publishJobValidation', 'publishing']) {
    const step = steps.find((candidate) => candidate.name === name);
    assert.ok(step);
    await assert.rejects(step.run(context), /is not as it was when run/);
  }
});
