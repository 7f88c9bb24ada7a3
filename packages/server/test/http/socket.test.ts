import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import type { Submission } from '@assay/hardware-api';
import { bodyOf, buildTestApp, createInitialSubmission, type TestApp, V2 } from './test-app.ts';

async function listen({ app }: TestApp): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}

/** Sends these very bytes and gives all that comes back. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  const chunks = await socket.toArray();
  return Buffer.concat(chunks as Uint8Array[]).toString('latin1');
}

test('a commit of length zero without a type is accepted from a plain socket', async (t) => {
  const built = await buildTestApp(t);
  const { path } = await createInitialSubmission(built);
  const authorization = await built.authorize();
  const head = `POST ${path}/commit HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${authorization}\r\nConnection: close\r\n`;
  const answer = await exchange(await listen(built), `${head}Content-Length: 0\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 202 Accepted\r\n/);
  assert.match(answer, /\r\ncontent-length: 0\r\n/i);
});

test('what is no HTTP is refused and the server goes on', async (t) => {
  const built = await buildTestApp(t);
  const port = await listen(built);
  assert.match(await exchange(port, 'NONSENSE\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(await exchange(port, `GET /healthz HTTP/1.1\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  assert.match(
    await exchange(port, 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 200 /,
  );
});

test('a package may be larger than any JSON body', async (t) => {
  const built = await buildTestApp(t);
  const { path } = await createInitialSubmission(built);
  const [item] = bodyOf<Submission>(await built.call('GET', path)).downloads?.items ?? [];
  const { pathname, search } = new URL(item?.url ?? '');
  const payload = Buffer.alloc(3 * 1024 * 1024, 7);
  const put = await built.app.inject({
    method: 'PUT',
    url: pathname + search,
    headers: { 'x-ms-blob-type': 'BlockBlob' },
    payload,
  });
  assert.equal(put.statusCode, 201, put.body);
  const { length } = await built.database.selectFrom('blobs').select('length').executeTakeFirstOrThrow();
  assert.equal(length, BigInt(payload.length));
});

test('closing lets a request that is under way end', async (t) => {
  const built = await buildTestApp(t);
  const authorization = await built.authorize();
  const port = await listen(built);
  const payload = '{"productName":"late","testHarness":"hlk"}';
  const slow = request({
    host: '127.0.0.1',
    port,
    path: `${V2}/products`,
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', 'content-length': payload.length },
  });
  slow.write(payload.slice(0, 10));
  await once(built.app.server, 'request');
  const closed = built.app.close();
  slow.end(payload.slice(10));
  const [response] = await once(slow, 'response');
  assert.equal(response.statusCode, 201);
  response.resume();
  const start = performance.now();
  await closed;
  assert.ok(performance.now() - start < 3_000, 'a connection that is kept alive does not hold up the end');
});
