// Rehearsals that leave the signing of packages out: nobody's identity is asked for, but a signature that is there must hold.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ApiCaller, Submission } from '../pipeline/api-caller.ts';
import { echoFiles, makeCabinet, signCabinet, strangersKey, submissionKey } from '../pipeline/submitted-cabinet.ts';
import { makeHlkx, signHlkx } from '../pipeline/submitted-hlkx.ts';
import { type RehearsedService, runRehearsal } from './rehearsed-service.ts';

describe('a rehearsal that takes packages with any signature', () => {
  const cleanups: (() => unknown)[] = [];
  let service: RehearsedService;
  let api: ApiCaller;
  before(async () => {
    service = await runRehearsal({ after: (hook) => cleanups.push(hook) }, { packageSignature: 'any' });
    api = service.api;
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  async function completed(bytes: Uint8Array, properties?: object): Promise<Submission> {
    const finished = await api.finished(await api.submit(bytes, undefined, properties));
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
    assert.ok((await api.download(finished, 'signedPackage')).length > 0);
    return finished;
  }

  async function report(submission: Submission): Promise<string> {
    const url = submission.downloads.items.find(({ type }) => type === 'certificationReport')?.url ?? '';
    const answer = await fetch(`${url}&format=html`, { headers: { authorization: `Bearer ${await api.token()}` } });
    assert.equal(answer.status, 200);
    return await answer.text();
  }

  test('takes an unsigned cabinet, and the report says so', async () => {
    const text = await report(await completed(await makeCabinet(echoFiles())));
    assert.match(text, /the package was not signed/);
    assert.match(text, /nobody’s identity was checked/);
    assert.doesNotMatch(text, /submitter’s signature, its layout/);
  });

  test('takes a cabinet that a stranger signed, and the report says so', async () => {
    const text = await report(await completed(await signCabinet(await makeCabinet(echoFiles()), strangersKey())));
    assert.match(text, /not registered to the account/);
  });

  test('takes a cabinet with a registered signature as ever', async () => {
    const text = await report(
      await completed(await signCabinet(await makeCabinet(echoFiles()), submissionKey(service.credentials))),
    );
    assert.doesNotMatch(text, /not registered|not signed:|nobody’s identity/);
    assert.match(text, /submitter’s signature, its layout/);
  });

  test('takes an HLK package, unsigned or by a stranger', async () => {
    await completed(await makeHlkx(), { testHarness: 'hlk' });
    await completed(await signHlkx(await makeHlkx(), strangersKey()), { testHarness: 'hlk' });
  });

  test('refuses a cabinet that was changed after it was signed, whoever signed it', async () => {
    for (const key of [strangersKey(), submissionKey(service.credentials)]) {
      const cabinet = Buffer.from(await signCabinet(await makeCabinet(echoFiles()), key));
      const date = cabinet.readUInt32LE(16) + 10;
      cabinet[date] = (cabinet[date] ?? 0) ^ 1;
      const finished = await api.finished(await api.submit(cabinet));
      assert.equal(finished.commitStatus, 'commitFailed');
      assert.match(finished.workflowStatus.messages.join(), /SignatureValidationFailed\..*does not hold/);
    }
  });

  test('refuses what is wrong with the package itself', async () => {
    const finished = await api.finished(
      await api.submit(await makeCabinet({ ...echoFiles(), 'readme.txt': Buffer.from('x') })),
    );
    assert.match(finished.workflowStatus.messages.join(), /files at the root/);
  });
});

test('a rehearsal asks for a registered signature unless told otherwise', async (t) => {
  const { api } = await runRehearsal(t, {});
  const finished = await api.finished(await api.submit(await makeCabinet(echoFiles())));
  assert.match(finished.workflowStatus.messages.join(), /SignatureValidationFailed\..*is not signed/);
});
