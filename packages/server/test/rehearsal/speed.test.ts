// How long the steps of a rehearsal last, and that a submission which takes its time keeps no other one waiting.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { describe, test } from 'node:test';
import { createPace } from '../../src/rehearsal/steps/index.ts';
import { STEP_NAMES, type WorkflowKind } from '../../src/rehearsal/steps/step-names.ts';
import { ingestion } from '../../src/workflow/ingestion/index.ts';
import { preprod } from '../../src/workflow/preprod/index.ts';
import { publisherMetadata } from '../../src/workflow/publisher-metadata/index.ts';
import { shippingLabelPublishing, shippingLabelSharing } from '../../src/workflow/shipping-label/index.ts';
import { temporaryFolder } from '../pipeline/running-service.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from '../pipeline/submitted-cabinet.ts';
import { runRehearsal } from './rehearsed-service.ts';

const KINDS = Object.keys(STEP_NAMES) as WorkflowKind[];

/** Minutes of all steps of one workflow. */
function minutes(pace: ReturnType<typeof createPace>, kind: WorkflowKind, workflowId: string): number {
  const lengths = STEP_NAMES[kind].map((step) => pace({ kind, step, workflowId }));
  return lengths.reduce((sum, length) => sum + length, 0) / 60_000;
}

describe('the pace', () => {
  test('knows the steps of every kind of workflow', () => {
    const services = {} as never;
    const definitions = [ingestion, preprod, publisherMetadata, shippingLabelPublishing, shippingLabelSharing].map(
      (define) => define(services),
    );
    assert.deepEqual(
      Object.fromEntries(definitions.map(({ kind, steps }) => [kind, steps.map(({ name }) => name)])),
      STEP_NAMES,
    );
  });

  test('is that of the real service: an attestation takes 5 to 30 minutes, 10 on average', () => {
    const pace = createPace({ speed: 'realistic' });
    const all = Array.from({ length: 400 }, (_, index) => minutes(pace, 'ingestion', `w${index}`));
    assert.ok(Math.min(...all) >= 5 && Math.max(...all) <= 30, `${Math.min(...all)} to ${Math.max(...all)}`);
    const average = all.reduce((sum, length) => sum + length, 0) / all.length;
    assert.ok(average > 8.5 && average < 11.5, `${average}`);
    const labels = Array.from({ length: 100 }, (_, index) => minutes(pace, 'shippingLabelPublishing', `l${index}`));
    assert.ok(Math.max(...labels) < 60);
  });

  test('follows from the seed and the order of the workflows', () => {
    const draw = (seed: number, prefix: string): number[] => {
      const pace = createPace({ seed, speed: 'realistic' });
      return [0, 1, 2].map((index) => minutes(pace, 'ingestion', `${prefix}${index}`));
    };
    assert.deepEqual(draw(7, 'a'), draw(7, 'b'));
    assert.notDeepEqual(draw(7, 'a'), draw(8, 'a'));
    assert.equal(new Set(draw(7, 'a')).size, 3, 'no two take the same time');
  });

  test('can be a factor, a second for each step, or nothing', () => {
    const at = (speed: 'instant' | 'brisk' | 'realistic' | number) => minutes(createPace({ speed }), 'ingestion', 'w');
    assert.equal(at('instant'), 0);
    assert.equal(at(0), 0);
    assert.equal(at('brisk') * 60, 7, 'manual review takes no time');
    assert.ok(Math.abs(at(0.01) * 100 - at('realistic')) < 0.01);
    for (const kind of KINDS) assert.ok(minutes(createPace({ speed: 'brisk' }), kind, 'w') > 0, kind);
  });

  test('gives way to the length of a single step', () => {
    const pace = createPace({ speed: 'brisk', stepDurationsMs: { scanning: 5 } });
    assert.equal(pace({ kind: 'ingestion', step: 'scanning', workflowId: 'w' }), 5);
    assert.equal(pace({ kind: 'preprod', step: 'scanning', workflowId: 'w' }), 5);
    assert.equal(pace({ kind: 'ingestion', step: 'signing', workflowId: 'w' }), 1_000);
  });

  test('refuses what cannot be', () => {
    assert.throws(() => createPace({ stepDurationsMs: { scaning: 5 } }), /no workflow step "scaning".*scanning/);
    assert.throws(() => createPace({ stepDurationsMs: { scanning: -1 } }), /scanning cannot last -1 ms/);
    assert.throws(() => createPace({ speed: -1 }), /speed -1/);
    assert.throws(() => createPace({ speed: Number.NaN }), /speed NaN/);
  });
});

test('more submissions take their time than there are workers, and keep no other one waiting', async (t) => {
  const dataDirectory = temporaryFolder({ after: () => undefined });
  const slow = { dataDirectory, concurrency: 2 };
  const first = await runRehearsal(t, { stepDurationsMs: { scanning: 3_600_000 } }, slow);
  const bytes = await signCabinet(await makeCabinet(echoFiles()), submissionKey(first.credentials));
  const submissions = await Promise.all([1, 2, 3].map(() => first.api.submit(bytes)));
  for (const submission of submissions) {
    const held = await first.api.until(submission, ({ workflowStatus }) => workflowStatus.currentStep === 'scanning');
    assert.equal(held.workflowStatus.state, 'started');
  }
  const refused = await first.api.finished(await first.api.submit(Buffer.from('MZ no package')));
  assert.equal(refused.workflowStatus.state, 'failed');
  for (const submission of submissions) {
    assert.equal((await first.api.get(submission)).workflowStatus.currentStep, 'scanning');
  }
  await first.stop();

  // Started again at another pace, it does not keep to the old one.
  const second = await runRehearsal(t, {}, slow);
  t.after(() => rmSync(dataDirectory, { recursive: true, force: true }));
  for (const submission of submissions) {
    assert.equal((await second.api.finished(submission)).workflowStatus.state, 'completed');
  }
});

test('a step shows as started all the time', async (t) => {
  const { api, credentials } = await runRehearsal(t, { stepDurationsMs: { scanning: 700, signing: 700 } });
  const bytes = await signCabinet(await makeCabinet(echoFiles()), submissionKey(credentials));
  const seen = new Map<string, number>();
  const begun = performance.now();
  await api.finished(await api.submit(bytes), ({ workflowStatus: { currentStep, state } }) => {
    if (currentStep !== 'finalizeIngestion') assert.equal(state, 'started');
    seen.set(currentStep, (seen.get(currentStep) ?? 0) + 1);
  });
  assert.ok(performance.now() - begun >= 1_400, 'the steps took their time');
  assert.ok((seen.get('scanning') ?? 0) > 1 && (seen.get('signing') ?? 0) > 1);
  assert.equal(seen.has('manualReview'), false);
});
