// action.yml: its steps are run in bash as GitHub's runner would, against a service of ours. GitHub itself is not there, and
// the installation of the packages is left out: it is `npm ci` in a copy of this repository.
import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { temporaryDirectory } from '../../packages/cli/test/run-assay.ts';
import { startServerProcess } from '../../packages/cli/test/running-server.ts';
import { readAction, runAction } from './composite-action.ts';

const ROOT = join(import.meta.dirname, '..', '..');

test('the example workflow and the action know each other', async () => {
  const action = await readAction(join(ROOT, 'action.yml'));
  const workflow = parse(await readFile(join(ROOT, 'examples', 'ci', 'github-attestation.yml'), 'utf8')) as {
    jobs: Record<string, { steps: { uses?: string; with?: Record<string, string> }[] }>;
  };
  const uses = Object.values(workflow.jobs)
    .flatMap(({ steps }) => steps)
    .filter(({ uses }) => uses?.includes('/assay@'));
  assert.equal(uses.length, 2);
  for (const { with: inputs = {} } of uses) {
    for (const name of Object.keys(inputs)) assert.ok(name in action.inputs, name);
  }
});

test('the action packs, lints, signs, rehearses and submits', async (t) => {
  const server = await startServerProcess(t);
  const folder = await temporaryDirectory(t);
  await cp(join(ROOT, 'examples', 'echo', 'driver'), join(folder, 'build', 'echo'), { recursive: true });
  const { tenantId, clientId, clientSecret, submissionCertificate, submissionCertificatePassword } = server.credentials;
  const { PATH = '', HOME = '' } = process.env;
  const result = await runAction(await readAction(join(ROOT, 'action.yml')), {
    cwd: folder,
    actionPath: ROOT,
    replace: { 'Install assay': (await installStep()).replace(/^\s*npm ci .*$/m, '') },
    environment: {
      PATH,
      HOME,
      ASSAY_KEY_PASSWORD: submissionCertificatePassword,
      ASSAY_URL: server.url,
      AZURE_AUTHORITY_HOST: server.url,
      AZURE_TENANT_ID: tenantId,
      AZURE_CLIENT_ID: clientId,
      AZURE_CLIENT_SECRET: clientSecret,
    },
    inputs: {
      drivers: 'build/echo\n',
      package: 'echo.cab',
      name: 'Echo "1.0" $(touch injected)',
      signatures: 'WINDOWS_v100_X64_GE_FULL',
      certificate: submissionCertificate,
      'rehearse-faults': 'throttle:1:1\nlost:commitSubmission\n',
      submit: 'true',
    },
  });
  assert.deepEqual(result.ran, ['Install assay', 'Lint', 'Pack and sign', 'Rehearse', 'Submit']);
  assert.match(result.outputs['product-id'] ?? '', /^\d+$/);
  assert.match(result.outputs['submission-id'] ?? '', /^\d+$/);
  const signed = await readFile(join(folder, result.outputs['signed-package'] ?? 'absent'));
  assert.equal(signed.subarray(0, 2).toString('latin1'), 'PK');
  assert.match(result.summary, /commitSubmission|\/commit/);
  assert.ok(!result.printed.includes(clientSecret) && !result.printed.includes(submissionCertificatePassword));
  await assert.rejects(readFile(join(folder, 'injected')), { code: 'ENOENT' });
});

async function installStep(): Promise<string> {
  const { runs } = await readAction(join(ROOT, 'action.yml'));
  return runs.steps.find(({ name }) => name === 'Install assay')?.run ?? '';
}
