// What becomes of a package while no authority gives time stamps.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { createCatalog, SigningError } from '@assay/authenticode';
import type { StepServices } from '../../src/workflow/ingestion/ingestion-services.ts';
import { signing } from '../../src/workflow/ingestion/signing.ts';
import { openStaging } from '../../src/workflow/ingestion/staging.ts';
import type { StepContext } from '../../src/workflow/workflow.ts';
import { temporaryFolder } from '../pipeline/running-service.ts';

const SUBJECT = 7n;

test('a package without stamps is tried again soon, then says which authority failed and why, and waits', async (t) => {
  const workDirectory = temporaryFolder(t);
  const catalog = createCatalog({ members: [], attributes: [] });
  const sha256 = createHash('sha256').update(catalog).digest('hex');
  writeFileSync((await openStaging(workDirectory, SUBJECT)).path(sha256), catalog);
  let failure: Error = new SigningError('timestamp-failed', 'no authority: http://stamps.example/: it is asleep');
  const services = {
    workDirectory,
    inspector: { open: async () => ({}) },
    subjects: { load: async () => ({ account: { legal_name: 'Contoso' }, entity: 'e', profile: 'attestation' }) },
    signing: {
      profile: () => ({ name: 'attestation', digestAlgorithm: 'sha256' }),
      sign: () => Promise.reject(failure),
    },
  } as unknown as StepServices;
  const outputs: Readonly<Record<string, unknown>> = {
    preparation: { files: [] },
    catalogCreation: { catalogs: [{ folder: 'a', path: 'a/a.cat', sha256, size: catalog.length }] },
  };
  const run = (attempt: number) =>
    signing(services).run({
      workflowId: 'w',
      subjectId: SUBJECT,
      attempt,
      signal: new AbortController().signal,
      output: (step: string) => outputs[step],
    } as StepContext);

  for (const attempt of [1, 2, 3]) await assert.rejects(run(attempt), failure);
  for (const attempt of [4, 4]) {
    const result = await run(attempt);
    assert.ok(result.kind === 'waiting');
    assert.ok(result.retryAfterMs > 0);
    assert.match(
      result.messages.join(),
      /^The package waits for time stamps, .*: no authority: http:\/\/stamps\.example\/: it is asleep\. The service goes on trying/,
    );
  }
  failure = new SigningError('signing-failed', 'the token was unplugged');
  await assert.rejects(run(4), failure, 'anything else is a fault like any other');
});
