// Steps that are held and steps that fail because a fault says so: seen through the API they are like the real thing.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import {
  clientSecretCredential,
  createHardwareClient,
  type HardwareClient,
  PreprodFailedError,
} from '@assay/hardware-api';
import { failureMessage, isStepName, KNOWN_MESSAGES } from '../../src/rehearsal/steps/index.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from '../pipeline/submitted-cabinet.ts';
import { type RehearsedService, runRehearsal } from './rehearsed-service.ts';

const TIMEOUT_MS = 30_000;

describe('the known messages', () => {
  test('belong to steps that exist', () => {
    for (const [name, { step, message }] of Object.entries(KNOWN_MESSAGES)) {
      assert.ok(isStepName(step), name);
      assert.notEqual(message, '');
    }
  });

  test('are found by name in any case, by step, and any other text is taken as it is', () => {
    const { message } = KNOWN_MESSAGES.CaRootNotApproved;
    assert.equal(failureMessage('packageInfoValidation', 'carootNotApproved'), message);
    assert.equal(failureMessage('packageInfoValidation'), 'SignatureValidationFailed');
    assert.equal(failureMessage('signing', 'The HSM is on fire.'), 'The HSM is on fire.');
    assert.match(failureMessage('signing'), /signing failed/);
  });
});

describe('a fault of a step', () => {
  const cleanups: (() => unknown)[] = [];
  let service: RehearsedService;
  let client: HardwareClient;
  let bytes: Uint8Array;
  before(async () => {
    service = await runRehearsal({ after: (hook) => cleanups.push(hook) }, {});
    const { credentials } = service;
    client = createHardwareClient({ url: credentials.url, credential: clientSecretCredential(credentials) });
    bytes = await signCabinet(await makeCabinet(echoFiles()), submissionKey(credentials));
  });
  afterEach(() => service.rehearse('DELETE', '/faults'));
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  async function add(fault: object): Promise<string> {
    const { status, body } = await service.rehearse('POST', '/faults', fault);
    assert.equal(status, 201, JSON.stringify(body));
    const { id = '' } = (body as { faults: { id: string }[] }).faults[0] ?? {};
    return id;
  }

  test('lets a step fail with the text that was asked for, and a report as of a real failure', async () => {
    await add({ fault: 'fail', step: 'scanning', message: 'A worm.' });
    const { api } = service;
    const failed = await api.finished(await api.submit(bytes));
    assert.equal(failed.commitStatus, 'commitComplete');
    const { currentStep, state, messages, errorReport = '' } = failed.workflowStatus;
    assert.deepEqual(
      { currentStep, state, messages },
      { currentStep: 'scanning', state: 'failed', messages: ['A worm.'] },
    );
    const report = (await (await fetch(errorReport)).json()) as object;
    assert.deepEqual(report, {
      submissionId: String(failed.id),
      step: 'scanning',
      messages: ['A worm.'],
      findings: [],
      findingsLeftOut: 0,
    });
    assert.equal((await api.finished(await api.submit(bytes))).workflowStatus.state, 'completed', 'once by default');
  });

  test('at the first step shows a failed commit, in the words of the service', async () => {
    await add({ fault: 'fail', step: 'packageInfoValidation' });
    const { api } = service;
    const failed = await api.finished(await api.submit(bytes));
    assert.equal(failed.commitStatus, 'commitFailed');
    assert.deepEqual(failed.workflowStatus.messages, ['SignatureValidationFailed']);
  });

  test('holds a step until the fault is removed', async () => {
    const id = await add({ fault: 'stuck', step: 'signing', times: 1 });
    const { api } = service;
    const submission = await api.submit(bytes);
    const held = await api.until(submission, ({ workflowStatus }) => workflowStatus.currentStep === 'signing');
    assert.equal(held.workflowStatus.state, 'started');
    const other = await api.finished(await api.submit(bytes));
    assert.equal(other.workflowStatus.state, 'completed', 'the fault is for one workflow, and others pass it');
    assert.equal((await api.get(submission)).workflowStatus.currentStep, 'signing');
    await service.rehearse('DELETE', `/faults/${id}`);
    assert.equal((await api.finished(submission)).workflowStatus.state, 'completed');
  });

  test('holds a step for some seconds, and another lets it fail then', async () => {
    await add({ fault: 'stuck', step: 'validation', seconds: 1 });
    await add({ fault: 'fail', step: 'validation', message: 'ArchitectureMismatch' });
    const { api } = service;
    const begun = performance.now();
    const failed = await api.finished(await api.submit(bytes));
    assert.ok(performance.now() - begun >= 1_000);
    assert.deepEqual(failed.workflowStatus.messages, [KNOWN_MESSAGES.ArchitectureMismatch.message]);
  });

  test('holds a package at manual review, though nobody reviews', async () => {
    const id = await add({ fault: 'stuck', step: 'manualReview' });
    const { api } = service;
    const submission = await api.submit(bytes);
    await api.until(submission, ({ workflowStatus }) => workflowStatus.currentStep === 'manualReview');
    await service.rehearse('DELETE', `/faults/${id}`);
    assert.equal((await api.finished(submission)).workflowStatus.state, 'completed');
  });

  test('is for preprod packages too', async () => {
    const id = await add({ fault: 'stuck', step: 'packageInfoValidation' });
    await add({ fault: 'fail', step: 'finalizePreprod', message: 'No room.' });
    const submitted = await client.submitPreprodPackage(bytes);
    let status: string;
    do {
      status = (await client.getPreprodPackage(submitted.id)).signingStatus;
    } while (status === 'NotStarted');
    assert.equal(status, 'Processing');
    await service.rehearse('DELETE', `/faults/${id}`);
    await assert.rejects(client.waitForPreprodPackage(submitted.id, { timeoutMs: TIMEOUT_MS }), (error) => {
      assert.ok(error instanceof PreprodFailedError);
      assert.match(JSON.stringify(error.package.error), /No room\./);
      return true;
    });
  });

  test('is refused for a step that there is not', async () => {
    const { status, body } = await service.rehearse('POST', '/faults', { fault: 'stuck', step: 'scaning' });
    assert.equal(status, 400);
    assert.match(JSON.stringify(body), /scanning/);
  });
});

test('a step that is stuck is so after a restart, and goes on without the fault', async (t) => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'assay-test-'));
  const rehearsal = { faults: [{ fault: 'stuck', step: 'preparation' }] } as const;
  const isStuck = ({ workflowStatus: { currentStep, state } }: Awaited<ReturnType<RehearsedService['api']['get']>>) =>
    currentStep === 'preparation' && state === 'started';
  const first = await runRehearsal(t, rehearsal, { dataDirectory });
  const bytes = await signCabinet(await makeCabinet(echoFiles()), submissionKey(first.credentials));
  const submission = await first.api.submit(bytes);
  await first.api.until(submission, isStuck);
  await first.stop();

  const second = await runRehearsal(t, rehearsal, { dataDirectory });
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  assert.ok(isStuck(await second.api.get(submission)));
  await second.stop();

  const third = await runRehearsal(t, {}, { dataDirectory });
  t.after(() => rmSync(dataDirectory, { recursive: true, force: true }));
  assert.equal((await third.api.finished(submission)).workflowStatus.state, 'completed');
});
