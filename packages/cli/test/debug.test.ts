// --debug: what it shows, and that nothing it shows can be used.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { clientSecretCredential, createHardwareClient } from '@assay/hardware-api';
import { createDebugFetch, describeRetry } from '../src/debugging/debug-fetch.ts';
import { createMask, maskForm, maskHeader, maskJson } from '../src/debugging/mask.ts';
import { makeDriverFolder } from './driver-folder.ts';
import { runAssay } from './run-assay.ts';
import { startServerProcess } from './running-server.ts';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';

test('signatures, tokens and known secrets are masked wherever they stand', () => {
  const mask = createMask(['p&ss/wörd']);
  for (const [text, masked] of [
    ['https://b.example/c/d?sv=1&sig=a%2Bb%3D&se=2', 'https://b.example/c/d?sv=1&sig=***&se=2'],
    ['https://b.example/c?SIG=abc', 'https://b.example/c?SIG=***'],
    ['"https:\\u0026sig=abc"', '"https:\\u0026sig=***"'],
    ['&amp;sig=abc&amp;se=1', '&amp;sig=***&amp;se=1'],
    ['https%3A%2F%2Fb%3Fsv%3D1%26sig%3Dabc', 'https%3A%2F%2Fb%3Fsv%3D1%26sig%3D***'],
    [`token ${JWT}.`, 'token ***.'],
    ['x p&ss/wörd y', 'x *** y'],
    [`x=${encodeURIComponent('p&ss/wörd')}`, 'x=***'],
    ['https%3A%2F%2Fb%3Fsig%3Dabc%26se%3D1', 'https%3A%2F%2Fb%3Fsig%3D***'],
    ['nothing to hide: design=1', 'nothing to hide: design=1'],
  ] as const) {
    assert.equal(mask(text), masked);
  }
  const odd = 'q"uo\\te (and) more';
  for (const text of [JSON.stringify({ odd }), new URLSearchParams({ odd }).toString(), odd]) {
    assert.match(createMask([odd])(text), /^(?:\{"odd":"\*\*\*"\}|odd=\*\*\*|\*\*\*)$/);
  }
  assert.equal(
    maskJson('{"id":1152921504606846977,"access_token" : "a\\"b"}', mask),
    '{"id":1152921504606846977,"access_token" : "***"}',
  );
  assert.equal(
    maskForm('client_id=c&client_secret=s%26t&client_assertion=x', mask),
    'client_id=c&client_secret=***&client_assertion=***',
  );
  assert.equal(maskHeader('Authorization', 'Bearer abc', mask), 'Bearer ***');
  assert.equal(maskHeader('cookie', 'a=b', mask), '***');
});

test('requests, answers and waits are shown; secrets, tokens and blobs are not', async (t) => {
  let calls = 0;
  const service = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://service');
    response.setHeader('content-type', 'application/json');
    if (pathname.endsWith('/token')) {
      response.end(JSON.stringify({ access_token: 'opaque-token', expires_in: 3600 }));
    } else if (calls++ === 0) {
      response.writeHead(503, { 'retry-after': '0', 'ms-requestid': 'first' });
      response.end('{"error":{"code":"busy","message":"try again"}}');
    } else {
      response.setHeader('ms-requestid', 'second');
      response.end(`{"id":1152921504606846977,"downloads":{"items":[{"url":"https://b.example/c?sig=SIGNATURE"}]}}`);
    }
  });
  t.after(() => service.close());
  await once(service.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  let shown = '';
  const write = (text: string) => {
    shown += text;
  };
  const transport = {
    fetch: createDebugFetch({ mask: createMask(), write }),
    onRetry: (event: Parameters<typeof describeRetry>[0]) => write(describeRetry(event)),
  };
  const identity = { authority: url, tenantId: 't', clientId: 'c', clientSecret: 'the-secret' };
  const client = createHardwareClient({ url, credential: clientSecretCredential(identity, transport), ...transport });
  await client.getSubmission('1', '2');

  assert.match(shown, /^POST http:\S+\/t\/oauth2\/v2\.0\/token {2}200 {2}\d+ ms$/m);
  assert.match(shown, /^ {2}> grant_type=client_credentials&client_id=c&client_secret=\*\*\*/m);
  assert.match(shown, /^ {2}< \{"access_token":"\*\*\*","expires_in":3600\}$/m);
  assert.match(shown, /^GET \S+\/submissions\/2 {2}503 {2}\d+ ms {2}request first$/m);
  assert.match(shown, /^retry 2 in \d+\.\d s: .*503 busy$/m);
  assert.match(shown, /^ {2}> authorization: Bearer \*\*\*$/m);
  assert.match(shown, /"id":1152921504606846977,.*sig=\*\*\*"/);
  assert.ok(!/the-secret|opaque-token|SIGNATURE/.test(shown), shown);

  shown = '';
  const blob = await transport.fetch(`${url}/blob?sig=SIGNATURE`, { method: 'PUT', body: '{"in":"the blob"}' });
  assert.equal(blob.status, 200);
  assert.ok(!shown.includes('the blob') && !shown.includes('"id"'), shown);
  assert.match(shown, /^PUT .*sig=\*\*\* {2}200/m);

  shown = '';
  await assert.rejects(transport.fetch('http://127.0.0.1:1/', {}));
  assert.match(shown, /^GET http:\/\/127\.0\.0\.1:1\/ {2}no answer/m);
});

test('a whole submission with ASSAY_DEBUG shows everything but what could be used', async (t) => {
  const server = await startServerProcess(t);
  await makeDriverFolder(server.directory, 'echo');
  const { submissionCertificate, submissionCertificatePassword, clientSecret } = server.credentials;
  const key = ['--sign', submissionCertificate, '--password', submissionCertificatePassword];
  const packed = await runAssay(server.directory, ['pack', 'echo', '--out', 'echo.cab', ...key]);
  assert.equal(packed.code, 0, packed.stderr);
  const args = ['submit', 'echo.cab', '--signatures', 'WINDOWS_v100_X64_GE_FULL', '--out', 's.zip'];
  const { code, stdout, stderr } = await runAssay(server.directory, args, { ASSAY_DEBUG: '1' });
  assert.equal(code, 0, stderr);
  for (const line of [/^POST .*\/oauth2\/v2\.0\/token {2}200/m, /^PUT .*sig=\*\*\*/m, /^POST .*\/commit {2}20/m]) {
    assert.match(stderr, line);
  }
  for (const text of [stdout, stderr]) {
    assert.ok(!text.includes(clientSecret) && !text.includes(submissionCertificatePassword));
    assert.ok(!/sig(?:=|%3D)(?!\*\*\*)/i.test(text));
    assert.ok(!/eyJ[\w-]{8,}\.[\w-]+\./.test(text));
  }
});
