// The command line from end to end against `assay serve`: pack, submit, verify, doctor, review, and how failures end.
import assert from 'node:assert/strict';
import { access, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDriverFolder, makeSigningFiles } from './driver-folder.ts';
import { finish, runAssay, startAssay } from './run-assay.ts';
import { type RunningAssay, startServerProcess } from './running-server.ts';

const SIGNATURES = ['--signatures', 'WINDOWS_v100_X64_GE_FULL'];

async function packEcho(server: RunningAssay, out: string): Promise<void> {
  await rm(join(server.directory, 'echo'), { recursive: true, force: true });
  await makeDriverFolder(server.directory, 'echo');
  const { submissionCertificate, submissionCertificatePassword } = server.credentials;
  const key = ['--sign', submissionCertificate, '--password', submissionCertificatePassword];
  const { code, stderr } = await runAssay(server.directory, ['pack', 'echo', '--out', out, ...key]);
  assert.equal(code, 0, stderr);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

test('a driver goes in and comes back signed, and everything verifies', async (t) => {
  const server = await startServerProcess(t);
  const { directory } = server;
  await packEcho(server, 'echo.cab');
  const args = ['submit', 'echo.cab', '--name', 'Echo', ...SIGNATURES, '--out', 'result/signed.zip', '-o', 'json'];
  const { code, stdout, stderr } = await runAssay(directory, args);
  assert.equal(code, 0, stderr);
  const result = JSON.parse(stdout);
  assert.match(result.productId, /^\d{16,}$/);
  assert.match(result.submissionId, /^\d{19}$/);
  assert.equal(result.state, 'completed');
  const { size } = await stat(join(directory, 'result', 'signed.zip'));
  assert.equal(result.signedPackage.size, size);
  assert.match(stderr, /packageInfoValidation started/);
  assert.deepEqual(await readdir(join(directory, 'result')), ['signed.zip']);

  const verified = await runAssay(directory, ['verify', 'result/signed.zip', '-o', 'json']);
  assert.equal(verified.code, 0, verified.stderr);
  const files: { file: string; catalog?: string }[] = JSON.parse(verified.stdout).files;
  assert.ok(files.some(({ file, catalog }) => file.endsWith('echo.sys') && catalog === undefined));
  assert.ok(files.some(({ file, catalog }) => file.endsWith('echo.sys') && catalog?.endsWith('echo.cat')));
  assert.ok(files.some(({ file, catalog }) => file.endsWith('echo.inf') && catalog?.endsWith('echo.cat')));

  const bytes = await readFile(join(directory, 'result', 'signed.zip'));
  bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
  await writeFile(join(directory, 'tampered.zip'), bytes);
  assert.notEqual((await runAssay(directory, ['verify', 'tampered.zip'])).code, 0);

  const again = await runAssay(directory, args);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /already done/);
  assert.equal(JSON.parse(again.stdout).submissionId, result.submissionId);

  await writeFile(join(directory, 'taken.zip'), 'something else');
  const other = [...args.filter((part) => part !== 'result/signed.zip'), '--debug'];
  other.splice(other.indexOf('--out') + 1, 0, 'taken.zip');
  const taken = await runAssay(directory, other);
  assert.equal(taken.code, 2, 'a file that exists is not replaced');
  const renamed = await runAssay(directory, [...args, '--name', 'Echo 2']);
  assert.equal(renamed.code, 5, renamed.stderr);
  assert.match(renamed.stderr, /--start-over/);
});

test('doctor finds all well, then says what is not', async (t) => {
  const server = await startServerProcess(t);
  const healthy = await runAssay(server.directory, ['doctor', '-o', 'json']);
  assert.equal(healthy.code, 0, healthy.stdout);
  assert.ok(!healthy.stdout.includes(server.credentials.clientSecret));
  const checks: { name: string; status: string }[] = JSON.parse(healthy.stdout).checks;
  for (const name of [
    'node',
    'credentials file',
    'service',
    'clock',
    'token',
    'API',
    'CA certificate',
    'submission certificate',
  ]) {
    assert.equal(checks.find((check) => check.name === name)?.status, 'ok', name);
  }

  await writeFile(join(server.directory, 'wrong'), 'wrong-secret');
  const refused = await runAssay(server.directory, ['doctor', '--client-secret-file', 'wrong']);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /^fail {2}token: invalid_client/m);

  assert.equal(await server.stop('SIGINT'), 0);
  const stopped = await runAssay(server.directory, ['doctor']);
  assert.equal(stopped.code, 1);
  assert.match(stopped.stdout, /^fail {2}service: .*does not answer/m);
  assert.match(stopped.stdout, /assay serve/);
});

test('the secret is on no screen', async (t) => {
  const server = await startServerProcess(t);
  await packEcho(server, 'echo.cab');
  const { stdout, stderr, code } = await runAssay(server.directory, [
    ...['submit', 'echo.cab', ...SIGNATURES, '--out', 's.zip', '--debug'],
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /PUT .*sig=\*\*\*/);
  const { clientSecret, submissionCertificatePassword } = server.credentials;
  for (const secret of [clientSecret, submissionCertificatePassword]) {
    assert.ok(![stdout, stderr, server.output()].some((text) => text.includes(secret)));
  }
  assert.ok(!/sig=(?!\*\*\*)/.test(stderr));
});

test('a failed workflow ends with 7, says why, and leaves no file', async (t) => {
  const server = await startServerProcess(t);
  const { directory } = server;
  await makeDriverFolder(directory, 'echo');
  const stranger = await makeSigningFiles(directory);
  await runAssay(directory, ['pack', 'echo', '--out', 'unsigned.cab']);
  await runAssay(directory, [
    'pack',
    'echo',
    '--out',
    'other.cab',
    '--sign',
    stranger.pkcs12,
    '--password',
    stranger.password,
  ]);
  for (const cabinet of ['unsigned.cab', 'other.cab']) {
    const result = await runAssay(directory, ['submit', cabinet, ...SIGNATURES, '--out', 'signed.zip', '-o', 'json']);
    assert.equal(result.code, 7, result.stderr);
    assert.match(result.stderr, /failed at packageInfoValidation/);
    assert.match(result.stderr, /SignatureValidationFailed/);
    assert.match(JSON.parse(result.stdout).submissionId, /^\d+$/);
    assert.equal(await isThere(join(directory, 'signed.zip')), false);
  }
});

test('what cannot succeed is refused before anything is made at the service', async (t) => {
  const server = await startServerProcess(t);
  const { directory } = server;
  await packEcho(server, 'echo.cab');
  await writeFile(join(directory, 'text.cab'), 'not a cabinet, only called one');
  const whole = await readFile(join(directory, 'echo.cab'));
  await writeFile(join(directory, 'short.cab'), whole.subarray(0, 40));
  const attempts = [
    ['text.cab', ...SIGNATURES],
    ['short.cab', ...SIGNATURES],
    ['echo.cab', '--signatures', 'WINDOWS_v100_X64'],
    ['echo.cab', ...SIGNATURES, '--product-type', 'windows_v9=Touch'],
  ];
  for (const attempt of attempts) {
    const { code, stderr } = await runAssay(directory, ['submit', ...attempt, '--out', 's.zip', '--debug']);
    assert.equal(code, 10, stderr);
    assert.ok(!/^POST/m.test(stderr), stderr);
  }
  const unknown = await runAssay(directory, ['submit', 'echo.cab', '--resume', '1/2', '--out', 's.zip']);
  assert.equal(unknown.code, 3, unknown.stderr);
  const variables = { AZURE_TENANT_ID: server.credentials.tenantId, AZURE_CLIENT_ID: server.credentials.clientId };
  const denied = await runAssay(directory, ['submit', 'echo.cab', ...SIGNATURES, '--out', 's.zip'], {
    ...variables,
    AZURE_CLIENT_SECRET: 'wrong',
    ASSAY_URL: server.url,
  });
  assert.equal(denied.code, 4, denied.stderr);
  const elsewhere = await runAssay(directory, ['submit', 'missing.cab', ...SIGNATURES, '--out', 's.zip']);
  assert.equal(elsewhere.code, 8);
});

test('credentials come from the environment too', async (t) => {
  const server = await startServerProcess(t);
  await packEcho(server, 'echo.cab');
  const { tenantId, clientId, clientSecret } = server.credentials;
  await rm(join(server.data, 'credentials.json'));
  const { code, stderr } = await runAssay(server.directory, ['submit', 'echo.cab', ...SIGNATURES, '--out', 's.zip'], {
    ...{ AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: clientSecret },
    ...{ ASSAY_URL: server.url, AZURE_AUTHORITY_HOST: server.url },
  });
  assert.equal(code, 0, stderr);
  assert.ok(await isThere(join(server.directory, 's.zip')));
});

test('a held submission runs out of time, is approved, and is fetched by going on; another is rejected', async (t) => {
  const server = await startServerProcess(t, ['--manual-review', 'always']);
  const { directory } = server;
  await packEcho(server, 'echo.cab');
  const submit = ['submit', 'echo.cab', ...SIGNATURES, '--out', 's.zip', '-o', 'json'];
  const held = await runAssay(directory, [...submit, '--timeout', '5s', '--poll-interval', '200ms']);
  assert.equal(held.code, 9, held.stderr);
  assert.equal(await isThere(join(directory, 's.zip')), false);
  const { productId, submissionId, currentStep } = JSON.parse(held.stdout);
  assert.equal(currentStep, 'manualReview');
  assert.match(held.stderr, /run the same command again/);

  const list = await runAssay(directory, ['review', 'list', '-o', 'json']);
  assert.deepEqual(
    JSON.parse(list.stdout).map((item: { submissionId: string }) => item.submissionId),
    [submissionId],
  );
  const approved = await runAssay(directory, ['review', 'approve', submissionId]);
  assert.equal(approved.code, 0, approved.stderr);
  const resumed = await runAssay(directory, [
    'submit',
    'echo.cab',
    '--resume',
    `${productId}/${submissionId}`,
    '--out',
    's.zip',
  ]);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.equal((await runAssay(directory, ['verify', 's.zip'])).code, 0);
  assert.equal((await runAssay(directory, ['review', 'approve', submissionId])).code, 5);

  const second = await runAssay(directory, [
    ...submit.filter((part) => part !== '--out' && part !== 's.zip'),
    '--no-wait',
    '--start-over',
  ]);
  assert.equal(second.code, 0, second.stderr);
  const other = JSON.parse(second.stdout);
  for (let tries = 0; tries < 50; tries++) {
    const waiting = await runAssay(directory, ['review', 'reject', other.submissionId, '--reason', 'not ours']);
    if (waiting.code === 0) break;
    assert.equal(waiting.code, 5, waiting.stderr);
  }
  const rejected = await runAssay(directory, [
    ...['submit', 'echo.cab', '--resume', `${other.productId}/${other.submissionId}`, '--out', 'no.zip', '--no-state'],
  ]);
  assert.equal(rejected.code, 7, rejected.stderr);
  assert.match(rejected.stderr, /not ours/);
});

test('an interrupted wait ends with 130 and leaves no file', async (t) => {
  const server = await startServerProcess(t, ['--manual-review', 'always']);
  await packEcho(server, 'echo.cab');
  const child = startAssay(server.directory, ['submit', 'echo.cab', ...SIGNATURES, '--out', 's.zip']);
  const finished = finish(child);
  let stderr = '';
  let interrupted = false;
  child.stderr.on('data', (text: string) => {
    stderr += text;
    if (!interrupted && stderr.includes('committed')) interrupted = child.kill('SIGINT');
  });
  assert.equal((await finished).code, 130);
  assert.match(stderr, /run the same command again/);
  assert.ok(!(await readdir(server.directory)).some((name) => name.includes('s.zip')));
});

test('a second server on the same data folder, or the same port, says so', async (t) => {
  const server = await startServerProcess(t);
  const same = await runAssay(server.directory, ['serve', '--port', '0']);
  assert.equal(same.code, 5, same.stderr);
  assert.match(same.stderr, /--data/);
  const { port } = new URL(server.url);
  const taken = await runAssay(server.directory, ['serve', '--port', port, '--data', 'other']);
  assert.equal(taken.code, 8, taken.stderr);
  assert.match(taken.stderr, /--port/);
});
