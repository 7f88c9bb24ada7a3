// The built-in time-stamping authority over HTTP, as the tools of others use it.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  ASSAY_TIMESTAMP_POLICY,
  bytesSource,
  createTimestamper,
  httpTimestampTransport,
  parseTimestampResponse,
  verifyFile,
  verifyTimestampToken,
} from '@assay/authenticode';
import { buildTestApp } from '../http/test-app.ts';
import { type RunningService, runService, temporaryFolder } from '../pipeline/running-service.ts';
import { echoFiles } from '../pipeline/submitted-cabinet.ts';
import { hasTools, runTool } from './external-tools.ts';
import { makeKey, writeKey } from './signing-keys.ts';

describe('POST /timestamp', () => {
  const cleanups: (() => unknown)[] = [];
  let service: RunningService;
  let url: string;
  before(async () => {
    service = await runService({ after: (cleanup: () => unknown) => void cleanups.push(cleanup) } as never);
    url = `${service.credentials.url}/timestamp`;
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  const post = (body: Uint8Array | string, type = 'application/timestamp-query') =>
    fetch(url, { method: 'POST', body: Buffer.from(body), headers: type === '' ? {} : { 'content-type': type } });

  test('gives openssl a token that it verifies, and shows', async (t) => {
    if (!hasTools(t, 'openssl')) return;
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'data'), 'something to be stamped');
    for (const algorithm of ['sha256', 'sha384', 'sha512']) {
      await runTool('openssl', ['ts', '-query', '-data', 'data', `-${algorithm}`, '-cert', '-out', 'query'], folder);
      const answer = await post(readFileSync(join(folder, 'query')));
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-type'), 'application/timestamp-reply');
      writeFileSync(join(folder, 'reply'), Buffer.from(await answer.arrayBuffer()));
      const ca = join(service.dataDirectory, 'ca.pem');
      const verified = ['ts', '-verify', '-queryfile', 'query', '-in', 'reply', '-CAfile', ca];
      assert.match(await runTool('openssl', verified, folder), /Verification: OK/);
      const shown = await runTool('openssl', ['ts', '-reply', '-in', 'reply', '-text'], folder);
      assert.ok(shown.includes(`Policy OID: ${ASSAY_TIMESTAMP_POLICY}`), shown);
    }
  });

  test('stamps what osslsigncode signs', async (t) => {
    if (!hasTools(t, 'osslsigncode')) return;
    const folder = temporaryFolder(t);
    const key = makeKey();
    writeKey(folder, 'pw', key);
    writeFileSync(join(folder, 'echo.sys'), echoFiles()['echo\\echo.sys'] ?? '');
    const sign = ['sign', '-pkcs12', 'key.p12', '-pass', 'pw', '-ts', url, '-in', 'echo.sys', '-out', 'signed.sys'];
    await runTool('osslsigncode', sign, folder);
    const verification = await verifyFile(bytesSource(readFileSync(join(folder, 'signed.sys'))), {
      anchors: [key.certificate],
      timestampAnchors: [service.authority],
    });
    assert.equal(verification.ok, true);
    const [stamp] = verification.signatures[0]?.timestamps ?? [];
    assert.deepEqual(stamp?.problems, []);
  });

  test('gives each of many at once a number of its own', async () => {
    const timestamper = createTimestamper({ urls: [url], send: httpTimestampTransport() });
    const message = Buffer.from('a message');
    const tokens = await Promise.all(Array.from({ length: 20 }, () => timestamper(message)));
    const serials = tokens.map((token) => {
      const { problems, serialNumber, time } = verifyTimestampToken(token, { message, anchors: [service.authority] });
      assert.deepEqual(problems, []);
      assert.ok(Math.abs((time?.getTime() ?? 0) - Date.now()) < 60_000);
      return serialNumber;
    });
    assert.equal(new Set(serials).size, tokens.length);
  });

  test('refuses what is no request, whatever its type, and what is too large', async () => {
    for (const [body, type] of [
      ['not DER', 'application/timestamp-query'],
      ['', ''],
      [new Uint8Array(10_000), 'text/html'],
    ] as const) {
      const answer = await post(body, type);
      assert.equal(answer.status, 200);
      const response = parseTimestampResponse(new Uint8Array(await answer.arrayBuffer()));
      assert.equal(response.status, 'rejection');
      assert.equal(response.token, undefined);
      assert.deepEqual(response.failures, ['badDataFormat']);
    }
    const tooLarge = await post(new Uint8Array(16 * 1024 + 1));
    assert.equal(tooLarge.status, 413);
    assert.equal(tooLarge.headers.get('content-type'), 'application/json; charset=utf-8');
    assert.equal((await fetch(url)).status, 404);
  });
});

test('an application without an authority says that it makes no time stamps', async (t) => {
  const { app } = await buildTestApp(t);
  const answer = await app.inject({ method: 'POST', url: '/timestamp', payload: Buffer.from('x') });
  assert.equal(answer.statusCode, 404);
  assert.match(answer.body, /This server makes no time stamps/);
});
