// Kills the service with SIGKILL in the middle of every step, twice: as soon as the step shows, and when its work is done
// but not yet recorded. Started again on the same data it goes on, and signs each file once.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bytesSource, parsePemCertificates, verifyFile } from '@assay/authenticode';
import { openDatabase } from '../../src/store/database.ts';
import { listSignatures, verifySignatureLog } from '../../src/store/signatures.ts';
import { ApiCaller, type Submission } from './api-caller.ts';
import { readCredentials } from './running-service.ts';
import { unzip } from './signed-package.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from './submitted-cabinet.ts';

/** Least time of each step: long enough that a poll sees it and a kill lands in it. */
const STEP_DURATION_MS = 1_000;

const STEPS = [
  'packageInfoValidation',
  'preparation',
  'scanning',
  'validation',
  'catalogCreation',
  'manualReview',
  'signing',
  'finalizeIngestion',
];

async function start(dataDirectory: string): Promise<ChildProcess> {
  const options = JSON.stringify({ stepDurationMs: STEP_DURATION_MS, manualReview: 'always' });
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serve.ts'), dataDirectory, options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(child.stdout ?? child, 'data'),
    once(child, 'exit').then(() => {
      throw new Error('the service did not start');
    }),
  ]);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

test('a service that is killed in every step completes the submission and signs once', async (t) => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'assay-test-'));
  let child = await start(dataDirectory);
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) await kill(child);
    rmSync(dataDirectory, { recursive: true, force: true });
  });
  let api = new ApiCaller(readCredentials(dataDirectory));
  const bytes = await signCabinet(await makeCabinet(echoFiles()), submissionKey(readCredentials(dataDirectory)));
  const submission = await api.submit(bytes);
  const kills: string[] = [];

  for (const step of STEPS) {
    for (const moment of ['as it shows', 'before it is recorded']) {
      const seen = await api.until(
        submission,
        ({ workflowStatus }) => STEPS.indexOf(workflowStatus.currentStep) >= STEPS.indexOf(step),
      );
      assert.equal(seen.workflowStatus.currentStep, step, 'the poll comes before the step is over');
      assert.equal(seen.workflowStatus.state, 'started', seen.workflowStatus.messages.join());
      if (step === 'manualReview' && moment === 'before it is recorded') {
        const review = await api.call('POST', `/assay/v1/submissions/${submission.id}/review`, {
          decision: 'approve',
          reason: 'ok',
        });
        assert.equal(review.status, 200);
      }
      if (moment === 'before it is recorded')
        await new Promise((resolve) => setTimeout(resolve, STEP_DURATION_MS * 0.6));
      await kill(child);
      kills.push(`${step} ${moment}`);
      child = await start(dataDirectory);
      api = new ApiCaller(readCredentials(dataDirectory));
    }
  }
  assert.equal(kills.length, 2 * STEPS.length);

  const finished = await api.finished(submission, neverCompletedWithoutPackage);
  assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
  const files = unzip(await api.download(finished, 'signedPackage'));
  const anchors = parsePemCertificates(readFileSync(join(dataDirectory, 'ca.pem'), 'utf8'));
  for (const name of ['echo.sys', 'echo.cat']) {
    const verification = await verifyFile(bytesSource(files.get(`drivers/echo/${name}`) ?? new Uint8Array()), {
      anchors,
    });
    assert.equal(verification.ok, true, JSON.stringify(verification.problems));
    assert.equal(verification.signatures.length, 1, `${name} carries one signature`);
  }
  // Its files go after the submission is completed, not with it.
  const leftBehind = () => readdirSync(join(dataDirectory, 'work'));
  for (let tries = 0; tries < 100 && leftBehind().length > 0; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await kill(child);

  const database = await openDatabase({ file: join(dataDirectory, 'assay.db') });
  t.after(() => database.destroy());
  const signatures = await listSignatures(database, finished.id);
  assert.deepEqual(signatures.map(({ subject }) => subject).sort(), ['echo/echo.cat', 'echo/echo.sys']);
  assert.deepEqual(await verifySignatureLog(database), { ok: true, entries: 2n });
  assert.deepEqual(leftBehind(), [], 'nothing of the submission is left behind');
});

function neverCompletedWithoutPackage(current: Submission): void {
  if (current.workflowStatus.state !== 'completed') return;
  assert.ok(current.downloads.items.some((item) => item.type === 'signedPackage'));
}
