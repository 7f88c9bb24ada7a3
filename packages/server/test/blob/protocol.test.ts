// The wire protocol, request by request: what clients without an SDK send, and each refusal.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { Crc64 } from '@assay/hardware-api';
import { generateBlobSASQueryParameters, SASProtocol, StorageSharedKeyCredential } from '@azure/storage-blob';
import { type BlobServer, startBlobServer } from './blob-server.ts';

const BLOCK_BLOB = { 'x-ms-blob-type': 'BlockBlob' };
const put = (url: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'PUT', body, headers: { ...BLOCK_BLOB, ...headers } });

async function assertRefused(response: Response, status: number, code: string): Promise<string> {
  const document = await response.text();
  assert.equal(response.status, status, document);
  assert.equal(response.headers.get('x-ms-error-code'), code);
  assert.match(response.headers.get('x-ms-request-id') ?? '', /^[0-9a-f-]{36}$/);
  assert.match(response.headers.get('content-type') ?? '', /^application\/xml/);
  assert.match(document, new RegExp(`^<\\?xml version="1.0" encoding="utf-8"\\?><Error><Code>${code}</Code><Message>`));
  return document;
}

/** A request written by hand: fetch would add headers of its own. */
function raw(
  url: string,
  method: string,
  headers: Record<string, string | number>,
  chunks: readonly string[] = [],
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('latin1').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.on('error', reject);
    for (const chunk of chunks) request.write(chunk);
    request.end();
  });
}

async function upload(server: BlobServer, content: string, headers: Record<string, string> = {}): Promise<Response> {
  const response = await put(server.url('a.cab', 'rwl'), content, headers);
  assert.equal(response.status, 201, await response.clone().text());
  return response;
}

test('the headers of an upload and of a download', async (t) => {
  const server = await startBlobServer(t);
  const uploaded = await upload(server, 'hello', { 'x-ms-version': '2021-12-02', 'x-ms-client-request-id': 'ID #1' });
  assert.equal(uploaded.headers.get('x-ms-version'), '2021-12-02');
  assert.equal(uploaded.headers.get('x-ms-client-request-id'), 'ID #1');
  assert.equal(uploaded.headers.get('x-ms-request-server-encrypted'), 'false');
  assert.match(uploaded.headers.get('etag') ?? '', /^"0x[0-9A-F]{16}"$/);
  assert.ok(Math.abs(Date.parse(uploaded.headers.get('date') ?? '') - Date.now()) < 60_000);
  assert.equal(await uploaded.text(), '');

  const response = await fetch(server.url('a.cab', 'rl', 'Signed_1.zip'), { headers: { Authorization: 'Bearer x' } });
  assert.equal(await response.text(), 'hello');
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-length'), '5');
  assert.equal(response.headers.get('content-type'), 'text/plain;charset=UTF-8');
  assert.equal(response.headers.get('content-disposition'), 'attachment; filename=Signed_1.zip');
  assert.equal(response.headers.get('etag'), uploaded.headers.get('etag'));
  assert.equal(response.headers.get('last-modified'), uploaded.headers.get('last-modified'));
  assert.equal(response.headers.get('accept-ranges'), 'bytes');
  assert.equal(response.headers.get('x-ms-blob-type'), 'BlockBlob');
  assert.equal(response.headers.get('x-ms-server-encrypted'), 'false');
  assert.equal(response.headers.get('x-ms-version'), '2024-11-04');

  const head = await fetch(server.url('a.cab', 'rl'), { method: 'HEAD', headers: { Range: 'bytes=1-2' } });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get('content-length'), '5');
  const missing = await fetch(server.url('b.cab', 'rl'), { method: 'HEAD' });
  assert.equal(missing.status, 404);
  assert.equal(missing.headers.get('x-ms-error-code'), 'BlobNotFound');
});

test('the body is opaque whatever its content type says', async (t) => {
  const server = await startBlobServer(t);
  const url = server.url('a.cab', 'rwl');
  for (const type of [
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json',
    'application/zip',
    'nonsense',
    ';;;',
  ]) {
    const response = await raw(url, 'PUT', { ...BLOCK_BLOB, 'Content-Type': type, 'Content-Length': 5 }, ['a=b&{']);
    assert.equal(response.status, 201, `${type}: ${response.body}`);
    const download = await raw(url, 'GET', {});
    assert.equal(download.body, 'a=b&{');
    assert.equal(download.headers['content-type'], type);
  }
  const untyped = await raw(url, 'PUT', { ...BLOCK_BLOB, 'Content-Length': 3 }, ['abc']);
  assert.equal(untyped.status, 201);
  assert.equal((await raw(url, 'GET', {})).headers['content-type'], 'application/octet-stream');
});

test('a chunked body is accepted, one of no known length is not', async (t) => {
  const server = await startBlobServer(t);
  const url = server.url('a.cab', 'rwl');
  const chunked = await raw(url, 'PUT', { ...BLOCK_BLOB, 'Transfer-Encoding': 'chunked' }, ['ab', 'cd']);
  assert.equal(chunked.status, 201);
  assert.equal((await raw(url, 'GET', {})).body, 'abcd');
  // Node's clients always announce a length, so this one is written by hand.
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(`PUT ${pathname}${search} HTTP/1.1\r\nHost: x\r\nx-ms-blob-type: BlockBlob\r\nConnection: close\r\n\r\n`);
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 411 /);
  assert.match(answer, /x-ms-error-code: MissingContentLengthHeader/);
  assert.equal((await raw(url, 'GET', {})).body, 'abcd');
});

test('ranges', async (t) => {
  const server = await startBlobServer(t);
  await upload(server, '0123456789');
  const url = server.url('a.cab', 'rl');
  for (const [headers, body, contentRange] of [
    [{ Range: 'bytes=2-4' }, '234', 'bytes 2-4/10'],
    [{ 'x-ms-range': 'bytes=8-' }, '89', 'bytes 8-9/10'],
    [{ Range: 'bytes=0-0', 'x-ms-range': 'bytes=5-99' }, '56789', 'bytes 5-9/10'],
    [{ Range: 'bytes=-1' }, '9', 'bytes 9-9/10'],
  ] as [Record<string, string>, string, string][]) {
    const response = await fetch(url, { headers });
    assert.equal(response.status, 206);
    assert.equal(response.headers.get('content-range'), contentRange);
    assert.equal(response.headers.get('content-length'), String(body.length));
    assert.equal(await response.text(), body);
  }
  const beyond = await fetch(url, { headers: { Range: 'bytes=10-' } });
  assert.equal(beyond.headers.get('content-range'), 'bytes */10');
  await assertRefused(beyond, 416, 'InvalidRange');
  const stale = await fetch(url, { headers: { Range: 'bytes=2-4', 'If-Range': '"0x0"' } });
  assert.equal(stale.status, 200);
  assert.equal(await stale.text(), '0123456789');
  const checked = await fetch(url, { headers: { Range: 'bytes=2-4', 'x-ms-range-get-content-crc64': 'true' } });
  assert.equal(checked.headers.get('x-ms-content-crc64'), new Crc64().update(Buffer.from('234')).digestBase64());
  assert.equal(await checked.text(), '234');
  const whole = await fetch(url, { headers: { 'x-ms-range-get-content-md5': 'true' } });
  await assertRefused(whole, 400, 'InvalidHeaderValue');
  await assertRefused(await fetch(url, { headers: { 'x-ms-range': 'lines=1-2' } }), 400, 'InvalidHeaderValue');

  await upload(server, '');
  await assertRefused(await fetch(url, { headers: { Range: 'bytes=0-' } }), 416, 'InvalidRange');
  assert.equal(await (await fetch(url)).text(), '');
});

test('conditions on reading', async (t) => {
  const server = await startBlobServer(t);
  const uploaded = await upload(server, 'hello');
  const etag = uploaded.headers.get('etag') ?? '';
  const modified = uploaded.headers.get('last-modified') ?? '';
  const earlier = new Date(Date.parse(modified) - 1000).toUTCString();
  const url = server.url('a.cab', 'rl');
  for (const [headers, status] of [
    [{ 'If-Match': etag }, 200],
    [{ 'If-Match': `"x", ${etag}` }, 200],
    [{ 'If-Match': etag.replaceAll('"', '') }, 200],
    [{ 'If-Match': '*' }, 200],
    [{ 'If-Match': '"x"' }, 412],
    [{ 'If-Match': `W/${etag}` }, 412],
    [{ 'If-None-Match': '"x"' }, 200],
    [{ 'If-None-Match': etag }, 304],
    [{ 'If-None-Match': `W/${etag}` }, 304],
    [{ 'If-Modified-Since': modified }, 304],
    [{ 'If-Modified-Since': earlier }, 200],
    [{ 'If-Modified-Since': modified, 'If-None-Match': '"x"' }, 200],
    [{ 'If-Unmodified-Since': modified }, 200],
    [{ 'If-Unmodified-Since': earlier }, 412],
    [{ 'If-Unmodified-Since': 'yesterday' }, 400],
  ] as [Record<string, string>, number][]) {
    for (const method of ['GET', 'HEAD']) {
      const response = await raw(url, method, headers);
      assert.equal(response.status, status, `${method} ${JSON.stringify(headers)}`);
      if (status === 304) assert.equal(response.headers.etag, etag);
      if (status === 304 || method === 'HEAD') assert.equal(response.body, '');
    }
  }
});

test('conditions on writing', async (t) => {
  const server = await startBlobServer(t);
  const url = server.url('a.cab', 'rwl');
  await assertRefused(await put(url, 'x', { 'If-Match': '*' }), 412, 'ConditionNotMet');
  const uploaded = await upload(server, 'hello', { 'If-None-Match': '*' });
  const etag = uploaded.headers.get('etag') ?? '';
  await assertRefused(await put(url, 'x', { 'If-None-Match': '*' }), 409, 'BlobAlreadyExists');
  await assertRefused(await put(url, 'x', { 'If-None-Match': etag }), 412, 'ConditionNotMet');
  await assertRefused(await put(url, 'x', { 'If-Match': '"0x0"' }), 412, 'ConditionNotMet');
  assert.equal(await (await fetch(url)).text(), 'hello');
  await upload(server, 'new', { 'If-Match': etag });
  assert.equal(await (await fetch(url)).text(), 'new');
});

test('checksums that are sent are checked and given back', async (t) => {
  const server = await startBlobServer(t);
  const url = server.url('a.cab', 'rwl');
  const md5 = createHash('md5').update('hello').digest('base64');
  const crc64 = new Crc64().update(Buffer.from('hello')).digestBase64();
  const uploaded = await upload(server, 'hello', { 'Content-MD5': md5, 'x-ms-content-crc64': crc64 });
  assert.equal(uploaded.headers.get('content-md5'), md5);
  assert.equal(uploaded.headers.get('x-ms-content-crc64'), crc64);
  assert.equal((await fetch(url)).headers.get('content-md5'), md5);
  const part = await fetch(url, { headers: { Range: 'bytes=0-1' } });
  assert.equal(part.headers.get('x-ms-blob-content-md5'), md5);
  assert.equal(part.headers.get('content-md5'), null);

  await assertRefused(await put(url, 'hellO', { 'Content-MD5': md5 }), 400, 'Md5Mismatch');
  await assertRefused(await put(url, 'hellO', { 'x-ms-content-crc64': crc64 }), 400, 'Crc64Mismatch');
  await assertRefused(await put(url, 'hellO', { 'x-ms-blob-content-md5': md5 }), 400, 'Md5Mismatch');
  await assertRefused(await put(url, 'hello', { 'Content-MD5': 'abc' }), 400, 'InvalidMd5');
  await assertRefused(await put(url, 'hello', { 'x-ms-content-crc64': 'abc' }), 400, 'InvalidCrc64');
  const block = `${url}&comp=block&blockid=QUFB`;
  await assertRefused(await put(block, 'hellO', { 'Content-MD5': md5 }), 400, 'Md5Mismatch');
  assert.equal((await put(block, 'hello', { 'Content-MD5': md5 })).headers.get('content-md5'), md5);
  await assertRefused(await put(`${url}&comp=blocklist`, '<BlockList/>', { 'Content-MD5': md5 }), 400, 'Md5Mismatch');
  assert.equal(await (await fetch(url)).text(), 'hello');
});

test('blocks and block lists that cannot be', async (t) => {
  const server = await startBlobServer(t);
  const url = server.url('a.cab', 'rwl');
  const block = (id: string): string => `${url}&comp=block&blockid=${encodeURIComponent(id)}`;
  const list = (entries: string): Promise<Response> =>
    put(`${url}&comp=blocklist`, `<BlockList>${entries}</BlockList>`);
  for (const id of ['', 'no base64', Buffer.alloc(65).toString('base64')]) {
    await assertRefused(await put(block(id), 'x'), 400, 'InvalidQueryParameterValue');
  }
  await assertRefused(await put(block('QUFB'), ''), 400, 'InvalidHeaderValue');
  assert.equal((await put(block('QUFB'), 'abc')).status, 201);
  await assertRefused(await put(block('QUFBQUFB'), 'abc'), 400, 'InvalidBlobOrBlock');
  await assertRefused(await list('<Latest>QUFD</Latest>'), 400, 'InvalidBlockList');
  await assertRefused(await list('<Committed>QUFB</Committed>'), 400, 'InvalidBlockList');
  await assertRefused(await put(`${url}&comp=blocklist`, 'no xml'), 400, 'InvalidXmlDocument');
  await assertRefused(await fetch(url), 404, 'BlobNotFound');
  const waiting = await fetch(`${url}&comp=blocklist&blocklisttype=all`);
  assert.match(await waiting.text(), /<UncommittedBlocks><Block><Name>QUFB<\/Name><Size>3<\/Size><\/Block>/);
  await assertRefused(await fetch(`${url}&comp=blocklist&blocklisttype=x`), 400, 'InvalidQueryParameterValue');
  const committed = await fetch(`${url}&comp=blocklist`, {
    method: 'PUT',
    body: '<?xml version="1.0" encoding="utf-8"?><BlockList><Uncommitted>QUFB</Uncommitted></BlockList>',
    headers: { 'x-ms-blob-content-type': 'application/zip' },
  });
  assert.equal(committed.status, 201);
  const download = await fetch(url);
  assert.equal(download.headers.get('content-type'), 'application/zip');
  assert.equal(await download.text(), 'abc');
});

test('requests that are not supported', async (t) => {
  const server = await startBlobServer(t);
  const url = server.url('a.cab', 'rwl');
  const type = (value: string): Promise<Response> => put(url, 'x', { 'x-ms-blob-type': value });
  await assertRefused(await fetch(url, { method: 'PUT', body: 'x' }), 400, 'MissingRequiredHeader');
  await assertRefused(await type('PageBlob'), 400, 'InvalidHeaderValue');
  await assertRefused(await type('AppendBlob'), 400, 'InvalidHeaderValue');
  for (const name of ['x-ms-meta-a', 'x-ms-tags', 'x-ms-lease-id', 'x-ms-encryption-key', 'x-ms-structured-body']) {
    const document = await assertRefused(await put(url, 'x', { [name]: 'x' }), 400, 'UnsupportedHeader');
    assert.match(document, new RegExp(`<HeaderName>${name}</HeaderName>`));
  }
  await assertRefused(await put(`${url}&comp=metadata`, ''), 400, 'InvalidQueryParameterValue');
  await assertRefused(await put(`${url}&comp=%3Cpage%3E`, ''), 400, 'InvalidQueryParameterValue');
  await assertRefused(await fetch(`${url}&snapshot=x`), 403, 'AuthenticationFailed');
  await assertRefused(await fetch(`${url}&versionid=x`), 400, 'UnsupportedQueryParameter');
  await assertRefused(await fetch(url, { method: 'POST', body: 'x' }), 405, 'UnsupportedHttpVerb');
  await assertRefused(await fetch(url, { method: 'DELETE' }), 403, 'AuthorizationPermissionMismatch');
  await assertRefused(await fetch(server.url('a.cab', 'd'), { method: 'DELETE' }), 405, 'UnsupportedHttpVerb');
  await assertRefused(await fetch(`${server.baseUrl}/assaystore/ingestion`), 400, 'InvalidUri');
  await assertRefused(await fetch(`${server.baseUrl}/assaystore/No_Name/x`), 400, 'InvalidUri');
  await assertRefused(await fetch(server.url('missing.cab', 'rl')), 404, 'BlobNotFound');
  assert.deepEqual(await server.files(), []);
});

test('a signature that does not allow the write leaves nothing behind', async (t) => {
  const server = await startBlobServer(t);
  const good = server.url('a.cab', 'rwl');
  const expired = good;
  server.advance(49 * 3_600_000);
  await assertRefused(await put(expired, 'x'), 403, 'AuthenticationFailed');
  const fresh = server.url('a.cab', 'rwl');
  await assertRefused(await put(fresh.replace('a.cab', 'b.cab'), 'x'), 403, 'AuthenticationFailed');
  await assertRefused(await put(fresh.replace('sp=rwl', 'sp=rwdl'), 'x'), 403, 'AuthenticationFailed');
  await assertRefused(await put(fresh.replace(/&sig=.*/, ''), 'x'), 403, 'AuthenticationFailed');
  await assertRefused(
    await put(fresh.replace(/\?.*/, ''), 'x', { Authorization: 'Bearer x' }),
    403,
    'AuthenticationFailed',
  );
  const readOnly = server.url('a.cab', 'rl');
  await assertRefused(await put(readOnly, 'x'), 403, 'AuthorizationPermissionMismatch');
  await assertRefused(await put(`${readOnly}&comp=block&blockid=QUFB`, 'x'), 403, 'AuthorizationPermissionMismatch');
  await assertRefused(await put(`${readOnly}&comp=blocklist`, '<BlockList/>'), 403, 'AuthorizationPermissionMismatch');
  await assertRefused(await fetch(server.url('a.cab', 'w')), 403, 'AuthorizationPermissionMismatch');
  const credential = new StorageSharedKeyCredential('assaystore', Buffer.from(server.accountKey).toString('base64'));
  const secure = generateBlobSASQueryParameters(
    {
      containerName: 'ingestion',
      blobName: 'a.cab',
      permissions: { toString: () => 'rw' } as never,
      expiresOn: new Date(Date.now() + 100 * 3_600_000),
      protocol: SASProtocol.Https,
    },
    credential,
  );
  await assertRefused(
    await put(`${server.baseUrl}/assaystore/ingestion/a.cab?${secure}`, 'x'),
    403,
    'AuthorizationProtocolMismatch',
  );
  assert.deepEqual(await server.files(), []);
  assert.deepEqual(await server.database.selectFrom('blob_blocks').selectAll().execute(), []);
});

test('a body that is too large is refused, announced or not', async (t) => {
  const server = await startBlobServer(t, { maximumSize: 1000 });
  const url = server.url('a.cab', 'rwl');
  const large = 'x'.repeat(1001);
  await assertRefused(await put(url, large), 413, 'RequestBodyTooLarge');
  const chunked = await raw(url, 'PUT', { ...BLOCK_BLOB, 'Transfer-Encoding': 'chunked' }, [large, large]);
  assert.equal(chunked.status, 413);
  assert.equal(chunked.headers['x-ms-error-code'], 'RequestBodyTooLarge');
  const half = 'x'.repeat(600);
  assert.equal((await put(`${url}&comp=block&blockid=QUFB`, half)).status, 201);
  assert.equal((await put(`${url}&comp=block&blockid=QUFB`, half)).status, 201);
  await assertRefused(await put(`${url}&comp=block&blockid=QUFC`, half), 413, 'RequestBodyTooLarge');
  await assertRefused(
    await put(`${url}&comp=blocklist`, '<BlockList><Latest>QUFB</Latest><Latest>QUFB</Latest></BlockList>'),
    413,
    'RequestBodyTooLarge',
  );
  assert.equal((await server.files()).length, 1);
  assert.equal((await put(url, 'x'.repeat(1000))).status, 201);
  assert.equal((await server.files()).length, 1);
});
