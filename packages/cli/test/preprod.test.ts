// `assay preprod` against `assay serve`: send, wait, list and download, and how failures end; and `assay serve --throttle`.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDriverFolder } from './driver-folder.ts';
import { runAssay } from './run-assay.ts';
import { startServerProcess } from './running-server.ts';

test('a package is signed for preproduction, in one go and step by step', async (t) => {
  const server = await startServerProcess(t);
  const { directory, credentials } = server;
  const assay = (...args: string[]) => runAssay(directory, args);
  await makeDriverFolder(directory, 'echo');
  const { submissionCertificate, submissionCertificatePassword } = credentials;
  const key = ['--sign', submissionCertificate, '--password', submissionCertificatePassword];
  assert.equal((await assay('pack', 'echo', '--out', 'echo.cab', ...key)).code, 0);

  const whole = await assay('preprod', 'submit', 'echo.cab', '--out', 'signed.zip', '-o', 'json');
  assert.equal(whole.code, 0, whole.stderr);
  const result = JSON.parse(whole.stdout);
  assert.equal(result.signingStatus, 'Succeeded');
  const bytes = await readFile(join(directory, 'signed.zip'));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  assert.deepEqual(
    [result.signedPackage.size, result.signedPackage.sha256, result.assets[0].contentHash],
    [bytes.length, sha256, sha256],
  );
  const verified = await assay('verify', 'signed.zip');
  assert.equal(verified.code, 0, verified.stderr);
  assert.equal((await assay('preprod', 'submit', 'echo.cab', '--out', 'signed.zip')).code, 2, 'a file is not replaced');

  const sent = await assay('preprod', 'submit', 'echo.cab');
  assert.equal(sent.code, 0, sent.stderr);
  const id = /^id +(\S+)$/m.exec(sent.stdout)?.[1] ?? '';
  const waited = await assay('preprod', 'wait', id, '--timeout', '60s');
  assert.equal(waited.code, 0, waited.stderr);
  assert.match(waited.stdout, /^signingStatus +Succeeded$/m);
  const status = await assay('preprod', 'status', id, '-o', 'json');
  const assets = await assay('preprod', 'assets', id, '-o', 'json');
  assert.deepEqual(JSON.parse(status.stdout).assets, JSON.parse(assets.stdout));
  const download = await assay('preprod', 'download', id, '--out', 'again.zip');
  assert.equal(download.code, 0, download.stderr);
  assert.ok((await stat(join(directory, 'again.zip'))).size > 0);

  assert.equal((await assay('preprod', 'status', '00000000-0000-4000-8000-000000000000')).code, 3);
  await writeFile(join(directory, 'text.cab'), 'no cabinet');
  assert.equal((await assay('preprod', 'submit', 'text.cab')).code, 10);
  assert.equal((await assay('pack', 'echo', '--out', 'unsigned.cab')).code, 0);
  const refused = await assay('preprod', 'submit', 'unsigned.cab', '--out', 'never.zip', '-o', 'json');
  assert.equal(refused.code, 7, refused.stderr);
  assert.match(refused.stderr, /warning: .*not signed/);
  assert.match(refused.stderr, /The preprod package failed\.\\nSignatureValidationFailed/);
  const failed = JSON.parse(refused.stdout);
  assert.equal(failed.signingStatus, 'Failed');
  const nothing = await assay('preprod', 'download', failed.id, '--out', 'never.zip');
  assert.equal(nothing.code, 5);
  assert.match(nothing.stderr, /is Failed and has no signed files/);
  await assert.rejects(stat(join(directory, 'never.zip')));
});

test('serve --throttle limits the calls of an account', async (t) => {
  const { url, credentials } = await startServerProcess(t, ['--throttle', 'strict']);
  const { tenantId, clientId, clientSecret } = credentials;
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const answer = await fetch(`${url}/${tenantId}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...form, resource: 'https://manage.devcenter.microsoft.com' }),
  });
  const { access_token } = (await answer.json()) as { access_token: string };
  const seen = new Map<number, string | null>();
  for (let call = 0; call < 25; call += 1) {
    const response = await fetch(`${url}/v2.0/my/hardware/products`, {
      headers: { authorization: `bearer ${access_token}` },
    });
    seen.set(response.status, response.headers.get('retry-after'));
    await response.body?.cancel();
  }
  assert.deepEqual([...seen.keys()].sort(), [200, 429]);
  assert.match(seen.get(429) ?? '', /^\d{1,2}$/);
});
