import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concealSecrets } from '../../src/http/request-log.ts';
import { buildTestApp, createInitialSubmission, V2 } from './test-app.ts';

test('signatures in a URL are concealed however their name is spelled', () => {
  const cases: readonly [string, string][] = [
    ['/a/b', '/a/b'],
    ['/a/b?sv=1&sig=abc%3D&se=2', '/a/b?sv=1&sig=REDACTED&se=2'],
    ['/a/b?SIG=abc', '/a/b?SIG=REDACTED'],
    ['/a/b?%73ig=abc&x', '/a/b?%73ig=REDACTED&x'],
    ['/a/b?sig=a=b=c', '/a/b?sig=REDACTED'],
    ['/a/b?sig', '/a/b?sig=REDACTED'],
    ['/a/b?%zz=1&sig=a', '/a/b?%zz=1&sig=REDACTED'],
    ['/a/b?signature=1', '/a/b?signature=1'],
    ['/t/oauth2/token?client_secret=s', '/t/oauth2/token?client_secret=REDACTED'],
  ];
  for (const [url, expected] of cases) assert.equal(concealSecrets(url), expected);
});

test('the log holds neither tokens nor secrets nor signatures', async (t) => {
  const lines: string[] = [];
  const built = await buildTestApp(t, { logger: { level: 'trace', stream: { write: (line) => lines.push(line) } } });
  const { path } = await createInitialSubmission(built);
  const authorization = await built.authorize();
  const submission = await built.app.inject({ url: path, headers: { authorization } });
  const [, signature = ''] = /[?&]sig=([^"&]+)/.exec(submission.body) ?? [];
  const [, url = ''] = /"url":"http:\/\/localhost([^"]+)"/.exec(submission.body) ?? [];
  await built.app.inject({ method: 'PUT', url, headers: { 'x-ms-blob-type': 'BlockBlob' }, payload: 'x' });
  await built.database.schema.dropTable('downloads').execute();
  await built.database.schema.dropTable('submissions').execute();
  assert.equal((await built.app.inject({ url: path, headers: { authorization } })).statusCode, 500);
  assert.equal((await built.app.inject(`${V2}/products`)).statusCode, 401);

  const log = lines.join('');
  assert.ok(log.includes('sig=REDACTED'), 'the request to the blob endpoint is logged');
  assert.ok(log.includes('no such table'), 'the cause of the failure is logged');
  const [, token = ''] = authorization.split(' ');
  for (const secret of [token, token.split('.')[2] ?? '', signature, decodeURIComponent(signature)]) {
    assert.ok(secret.length > 20);
    assert.equal(log.includes(secret), false);
  }
  assert.equal(log.includes(built.tenant.clientSecret), false);
});
