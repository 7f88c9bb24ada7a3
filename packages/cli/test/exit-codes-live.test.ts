// Each exit code of the table, from a command that runs against a server.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { clientSecretCredential, createHardwareClient, type HardwareClient } from '@assay/hardware-api';
import { EXIT, EXIT_CODE_MEANINGS, type ExitCode } from '../src/exit-codes.ts';
import { makeDriverFolder } from './driver-folder.ts';
import { type Finished, finish, runAssay, startAssay, temporaryDirectory } from './run-assay.ts';
import { type RunningAssay, startServerProcess } from './running-server.ts';

const seen = new Set<ExitCode>([EXIT.ok]);

function expectCode(result: Finished, code: ExitCode, stderr: RegExp): void {
  assert.equal(result.code, code, result.stderr);
  assert.match(result.stderr, stderr);
  seen.add(code);
}

/** A service that gives tokens and answers everything else with one status; its address. */
async function startFaultyService(context: TestContext, status: number): Promise<string> {
  const server = createServer((request, response) => {
    const wantsToken = request.url?.endsWith('/token') === true;
    const body = wantsToken
      ? { access_token: 'a-token', token_type: 'Bearer', expires_in: 3599 }
      : { error: { code: `http${status}`, message: 'Not today.' } };
    request.resume();
    response.writeHead(wantsToken ? 200 : status, { 'content-type': 'application/json', 'retry-after': '0' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Variables for a client of other addresses than those of a running server. */
function identity(url: string, authority: string): Record<string, string> {
  return {
    ...{ ASSAY_URL: url, AZURE_AUTHORITY_HOST: authority, AZURE_TENANT_ID: '11111111-2222-3333-4444-555555555555' },
    ...{ AZURE_CLIENT_ID: '11111111-2222-3333-4444-666666666666', AZURE_CLIENT_SECRET: 'a-secret' },
  };
}

/** A client of the running server, for what has to be there before a command can fail. */
function clientOf({ url, credentials }: RunningAssay): HardwareClient {
  return createHardwareClient({ url, credential: clientSecretCredential({ ...credentials, authority: url }) });
}

/** A submission of a package, committed; as PRODUCT/SUBMISSION. */
async function submit(server: RunningAssay, cabinet: string): Promise<string> {
  const client = clientOf(server);
  const product = await client.createProduct({
    productName: 'Echo',
    testHarness: 'attestation',
    requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
  });
  const submission = await client.createSubmission(product.id, { name: 'Echo', type: 'initial' });
  const bytes = await readFile(join(server.directory, cabinet));
  await client.uploadPackage(submission, bytes);
  await client.commitSubmission(product.id, submission.id);
  return `${product.id}/${submission.id}`;
}

async function pack(server: RunningAssay, cabinet: string, ...options: string[]): Promise<void> {
  const { code, stderr } = await runAssay(server.directory, ['pack', 'echo', '--out', cabinet, ...options]);
  assert.equal(code, 0, stderr);
}

test('every exit code, from commands against a server', async (t) => {
  const server = await startServerProcess(t, ['--manual-review', 'always']);
  const { directory, credentials } = server;
  await makeDriverFolder(directory, 'echo');
  const { submissionCertificate, submissionCertificatePassword } = credentials;
  const key = ['--sign', submissionCertificate, '--password', submissionCertificatePassword];
  await pack(server, 'echo.cab', ...key);
  await pack(server, 'unsigned.cab');
  const held = await submit(server, 'echo.cab');

  await t.test('2: an argument that names nothing', async () => {
    expectCode(await runAssay(directory, ['product', 'show', 'abc']), EXIT.usage, /names no product/);
  });
  await t.test('3: an id that nothing has', async () => {
    expectCode(await runAssay(directory, ['product', 'show', '1']), EXIT.notFound, /entityNotFound/i);
  });
  await t.test('4: a wrong secret', async () => {
    const { tenantId, clientId } = credentials;
    const wrong = { ...identity(server.url, server.url), AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId };
    expectCode(await runAssay(directory, ['product', 'list'], wrong), EXIT.authentication, /invalid_client/);
  });
  await t.test('5: a second commit', async () => {
    const again = await runAssay(directory, ['submission', 'commit', held]);
    expectCode(again, EXIT.invalidState, /requestInvalidForCurrentState/i);
  });
  await t.test('5: an upload after the commit', async () => {
    const late = await runAssay(directory, ['submission', 'upload', held, 'echo.cab']);
    expectCode(late, EXIT.invalidState, /takes no package/);
  });
  await t.test('7: a package that the workflow refuses', async () => {
    const refused = await submit(server, 'unsigned.cab');
    const waited = await runAssay(directory, ['submission', 'wait', refused, '-o', 'json']);
    expectCode(waited, EXIT.workflowFailed, /SignatureValidationFailed/);
    assert.equal(JSON.parse(waited.stdout).id, refused.split('/')[1]);
  });
  await t.test('8: a file that is not there', async () => {
    const missing = await runAssay(directory, ['submission', 'upload', held, 'nowhere.cab']);
    expectCode(missing, EXIT.inputOutput, /nowhere\.cab/);
  });
  await t.test('8: a download with another digest than it should have', async () => {
    const args = [
      'submission',
      'download',
      held,
      '--type',
      'initialPackage',
      '--out',
      'x.cab',
      '--sha256',
      '0'.repeat(64),
    ];
    expectCode(await runAssay(directory, args), EXIT.inputOutput, /SHA-256|digest/i);
  });
  await t.test('9: a submission that is held longer than the wait', async () => {
    const waited = await runAssay(directory, ['submission', 'wait', held, '--timeout', '1s']);
    expectCode(waited, EXIT.timeout, /after 1 s/);
  });
  await t.test('10: a product that the service refuses, and one that is not even sent', async () => {
    const args = ['api', 'POST', 'products', '--field', 'productName=Echo', '--field', 'testHarness=none'];
    expectCode(await runAssay(directory, args), EXIT.validationFailed, /testHarness/);
    const unsent = await runAssay(directory, [
      'product',
      'create',
      '--name',
      'x',
      '--signatures',
      'WINDOWS_x',
      '--debug',
    ]);
    expectCode(unsent, EXIT.validationFailed, /not a known operating system code/);
    assert.doesNotMatch(unsent.stderr, /^POST/m);
  });
  await t.test('130: Ctrl-C while waiting', async () => {
    const child = startAssay(directory, ['submission', 'wait', held]);
    child.stderr.once('data', () => child.kill('SIGINT'));
    expectCode(await finish(child), EXIT.interrupted, /manualReview/);
  });
});

test('1, 6 and 8: a service that is broken, throttles, or is not there', async (t) => {
  const directory = await temporaryDirectory(t);
  const create = ['product', 'create', '--name', 'Echo'];
  const broken = await startFaultyService(t, 500);
  expectCode(await runAssay(directory, create, identity(broken, broken)), EXIT.unexpected, /Not today/);
  const busy = await startFaultyService(t, 429);
  expectCode(await runAssay(directory, create, identity(busy, busy)), EXIT.rateLimited, /HTTP 429/);
  const nowhere = identity('http://127.0.0.1:9', busy);
  expectCode(await runAssay(directory, create, nowhere), EXIT.inputOutput, /no answer/);
});

test('no code of the table was left out', () => {
  const codes = EXIT_CODE_MEANINGS.map(([code]) => code);
  assert.deepEqual(
    codes.filter((code) => !seen.has(code)),
    [],
  );
});
