// The client's preprod methods against a service that throttles, forgets tokens, breaks off and sends wrong bytes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import {
  createHardwareClient,
  DownloadIntegrityError,
  PreprodFailedError,
  SINGLE_UPLOAD_BYTES,
  WaitTimeoutError,
} from '../../src/index.ts';
import { answer, startFaultyService } from './faulty-service.ts';

const retry = { attempts: 4, baseDelayMs: 1, maximumDelayMs: 50 };
const ID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
const ASSET = '7d444840-9dc0-41d1-b245-5ffdce74fad2';
const PACKAGES = '/v2.0/my/hardware/preprod/packages';

function packageJson(signingStatus: string, more = ''): string {
  return `{"id":"${ID}","etag":"\\"1\\"","lastModified":"2022-03-28T23:31:17.014Z","signingStatus":"${signingStatus}"${more}}`;
}

function assetJson(contentHash: string): string {
  return `{"id":"${ASSET}","packageId":"${ID}","assetType":"SignedFilesZip","createdDate":"2022-03-28T23:45:25.501Z","contentHash":"${contentHash}"}`;
}

async function clientFor(context: TestContext, handler: Parameters<typeof startFaultyService>[1]) {
  const service = await startFaultyService(context, handler);
  let given = 0;
  const getToken = async () => ({ token: `token-${++given}`, expiresOnTimestamp: Date.now() + 3_600_000 });
  return { service, client: createHardwareClient({ url: service.url, credential: { getToken }, retry }) };
}

test('bytes are sent as one octet-stream with a token, and again after 429 and after a refused token', async (t) => {
  const statuses = [401, 429, 201];
  const { client, service } = await clientFor(t, (_request, response) => {
    const status = statuses.shift() ?? 500;
    answer(response, status, status === 201 ? packageJson('NotStarted') : '{}', { 'retry-after': '0' });
  });
  const progress: number[] = [];
  const content = Buffer.from('the package');
  const submitted = await client.submitPreprodPackage(content, { onProgress: (bytes) => progress.push(bytes) });
  assert.equal(submitted.id, ID);
  assert.deepEqual(
    service.requests.map(({ method, path, headers, body }) => [
      `${method} ${path}`,
      headers['content-type'],
      headers['content-length'],
      headers.authorization,
      body.toString(),
    ]),
    ['Bearer token-1', 'Bearer token-2', 'Bearer token-2'].map((authorization) => [
      `PUT ${PACKAGES}`,
      'application/octet-stream',
      '11',
      authorization,
      'the package',
    ]),
  );
  assert.deepEqual(progress, [11]);
});

test('a failed submission is not made again: it may have had its effect', async (t) => {
  const { client, service } = await clientFor(t, (_request, response) => answer(response, 500, '{}'));
  await assert.rejects(client.submitPreprodPackage(Buffer.from('x')), { status: 500 });
  assert.equal(service.requests.length, 1);
});

test('a large file is streamed piece by piece, and its length is announced', async (t) => {
  const { client, service } = await clientFor(t, (_request, response) =>
    answer(response, 201, packageJson('NotStarted')),
  );
  const size = SINGLE_UPLOAD_BYTES + 12_345;
  let longest = 0;
  let last = 0;
  const reader = {
    size,
    read: async (offset: number, length: number) => {
      longest = Math.max(longest, length);
      return Buffer.alloc(length, offset / 1024 / 1024);
    },
  };
  await client.submitPreprodPackage(reader, {
    onProgress: (bytes) => {
      last = bytes;
    },
  });
  const [request] = service.requests;
  assert.equal(request?.headers['content-length'], String(size));
  assert.equal(request?.body.length, size);
  assert.equal(request?.body[5 * 1024 * 1024], 5);
  assert.ok(longest <= 1024 * 1024);
  assert.equal(last, size);
});

test('a stream is sent once, and not again when it is throttled', async (t) => {
  const statuses = [201, 429];
  const { client, service } = await clientFor(t, (_request, response) => {
    const status = statuses.shift() ?? 500;
    answer(response, status, status === 201 ? packageJson('NotStarted') : '{}', { 'retry-after': '0' });
  });
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a');
    yield Buffer.from('bc');
  }
  await client.submitPreprodPackage(chunks());
  assert.equal(service.requests[0]?.body.toString(), 'abc');
  await assert.rejects(client.submitPreprodPackage(chunks()), { status: 429 });
  assert.equal(service.requests.length, 2);
});

test('waiting ends with success, with failure and its reason, or with time', async (t) => {
  const states = ['NotStarted', 'Processing', 'succeeded', 'Processing', 'failed'];
  const { client } = await clientFor(t, (_request, response) => {
    const state = states.shift() ?? 'Processing';
    answer(response, 200, packageJson(state, state === 'failed' ? ',"error":{"message":"The INF is wrong."}' : ''));
  });
  const seen: string[] = [];
  const options = { timeoutMs: 2000, pollIntervalMs: 1 };
  await client.waitForPreprodPackage(ID, { ...options, onProgress: ({ signingStatus }) => seen.push(signingStatus) });
  assert.deepEqual(seen, ['NotStarted', 'Processing', 'succeeded']);
  await assert.rejects(client.waitForPreprodPackage(ID, options), (error) => {
    assert.ok(error instanceof PreprodFailedError);
    assert.equal(error.message, 'The INF is wrong.');
    assert.equal(error.package.id, ID);
    return true;
  });
  await assert.rejects(client.waitForPreprodPackage(ID, { timeoutMs: 5, pollIntervalMs: 1 }), (error) => {
    assert.ok(error instanceof WaitTimeoutError);
    assert.match(error.message, /still Processing/);
    return true;
  });
});

test('a download goes with the token, goes on where it broke off, and is held against the content hash', async (t) => {
  const bytes = Buffer.from('signed files');
  const sha256 = createHash('sha256').update(bytes).digest();
  let contentHash = sha256.toString('hex').toUpperCase();
  let breaks = 1;
  const { client, service } = await clientFor(t, (request, response) => {
    if (!request.path.endsWith('/download')) return answer(response, 200, assetJson(contentHash));
    const from = Number(/bytes=(\d+)-/.exec(String(request.headers.range))?.[1] ?? 0);
    const range = from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { etag: '"e"', 'content-length': bytes.length - from, ...range });
    if (breaks-- > 0) response.write(bytes.subarray(0, 5), () => setTimeout(() => response.destroy(), 20));
    else response.end(bytes.subarray(from));
  });
  const download = async (): Promise<string> => {
    const chunks: Uint8Array[] = [];
    const sink = { write: (chunk: Uint8Array) => void chunks.push(chunk) };
    await client.downloadPreprodAsset(ID, ASSET, sink, { digest: createHash('sha256') });
    return Buffer.concat(chunks).toString();
  };
  assert.equal(await download(), 'signed files');
  const downloads = service.requests.filter(({ path }) => path === `${PACKAGES}/${ID}/assets/${ASSET}/download`);
  assert.deepEqual(
    downloads.map(({ headers }) => [headers.authorization, headers.accept, headers.range, headers['if-match']]),
    [
      ['Bearer token-1', '*/*', undefined, undefined],
      ['Bearer token-1', '*/*', 'bytes=5-', '"e"'],
    ],
  );
  assert.ok(downloads.every(({ headers }) => headers['x-ms-version'] === undefined));
  contentHash = sha256.toString('base64');
  assert.equal(await download(), 'signed files');
  contentHash = '0'.repeat(64);
  await assert.rejects(download(), DownloadIntegrityError);
  contentHash = 'not a hash that we know';
  assert.equal(await download(), 'signed files');
});

test('assets come as the bare array that the service sends', async (t) => {
  const { client, service } = await clientFor(t, (request, response) =>
    answer(response, 200, request.path.endsWith('/assets') ? `[${assetJson('h')}]` : assetJson('h')),
  );
  const [asset] = await client.listPreprodAssets(ID);
  assert.deepEqual(asset, await client.getPreprodAsset(ID, ASSET));
  await client.getPreprodPackage('a/../b').catch(() => undefined);
  assert.equal(service.requests.at(-1)?.path, `${PACKAGES}/a%2F..%2Fb`);
});

test('a token that is refused in the middle of a download is renewed, and the download goes on', async (t) => {
  const bytes = Buffer.from('signed files');
  const tokens: (string | undefined)[] = [];
  const { client } = await clientFor(t, (request, response) => {
    if (!request.path.endsWith('/download')) return answer(response, 200, assetJson('?'));
    const { authorization, range } = request.headers;
    tokens.push(authorization);
    const head = { etag: '"e"', 'content-length': bytes.length };
    if (range === undefined) {
      response.writeHead(200, head).write(bytes.subarray(0, 5), () => setTimeout(() => response.destroy(), 20));
    } else if (authorization === 'Bearer token-1') {
      answer(response, 401, '{}');
    } else {
      response.writeHead(206, { ...head, 'content-length': 7, 'content-range': 'bytes 5-11/12' });
      response.end(bytes.subarray(5));
    }
  });
  const chunks: Uint8Array[] = [];
  await client.downloadPreprodAsset(ID, ASSET, { write: (chunk) => void chunks.push(chunk) });
  assert.equal(Buffer.concat(chunks).toString(), 'signed files');
  assert.deepEqual(tokens, ['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
});

test('ids stay the strings that they are, also those of digits alone', async (t) => {
  const id = '1152921504621441930';
  const asset = assetJson('h').replace(ASSET, id);
  const { client } = await clientFor(t, (_request, response) =>
    answer(response, 200, packageJson('Succeeded', `,"assets":[${asset}]`).replace(`"id":"${ID}"`, `"id":"${id}"`)),
  );
  const found = await client.getPreprodPackage(id);
  assert.deepEqual([found.id, found.assets?.[0]?.id, found.assets?.[0]?.packageId], [id, id, ID]);
});
