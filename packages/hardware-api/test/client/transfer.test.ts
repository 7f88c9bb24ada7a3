// Upload and download against a blob endpoint that throttles, cuts connections and changes its mind.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { DownloadIntegrityError, downloadBlob, type RetryEvent, uploadBlob } from '../../src/index.ts';
import { startFaultyService } from './faulty-service.ts';

const retry = { attempts: 4, baseDelayMs: 1, maximumDelayMs: 20 };

test('a small package goes up in one Put Blob, again after a fault', async (t) => {
  const content = randomBytes(1000);
  let faults = 2;
  const service = await startFaultyService(t, (_request, response) => {
    if (faults-- > 0) response.destroy();
    else response.writeHead(201).end();
  });
  assert.equal(await uploadBlob(`${service.url}/a/b/c?sig=x`, content, { retry }), 1000);
  const last = service.requests.at(-1);
  assert.equal(last?.headers['x-ms-blob-type'], 'BlockBlob');
  assert.ok(last?.headers['x-ms-version']);
  assert.deepEqual(last?.body, content);
});

for (const kind of ['reader', 'stream'] as const) {
  test(`a large ${kind} goes up in blocks, several at once, each retried, in the right order`, async (t) => {
    const content = randomBytes(100_000);
    const blocks = new Map<string, Buffer>();
    let assembled = Buffer.alloc(0);
    let atOnce = 0;
    let mostAtOnce = 0;
    let faults = 3;
    const service = await startFaultyService(t, async ({ path, body }, response) => {
      const query = new URL(path, 'http://x').searchParams;
      if (query.get('comp') === 'blocklist') {
        const ids = [...body.toString().matchAll(/<Latest>([^<]+)<\/Latest>/g)].map((match) => match[1] ?? '');
        assembled = Buffer.concat(ids.map((id) => blocks.get(id) ?? Buffer.alloc(0)));
        response.writeHead(201).end();
        return;
      }
      mostAtOnce = Math.max(mostAtOnce, ++atOnce);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
      atOnce--;
      if (faults-- > 0) {
        response.writeHead(503).end();
        return;
      }
      blocks.set(query.get('blockid') ?? '', body);
      response.writeHead(201).end();
    });
    async function* stream() {
      for (let offset = 0; offset < content.length; offset += 777) yield content.subarray(offset, offset + 777);
    }
    const reader = {
      size: content.length,
      read: async (offset: number, length: number) => content.subarray(offset, offset + length),
    };
    const size = await uploadBlob(`${service.url}/a/b/c?sig=x`, kind === 'reader' ? reader : stream(), {
      retry,
      blockBytes: 8192,
      singleUploadBytes: 0,
    });
    assert.equal(size, content.length);
    assert.deepEqual(assembled, content);
    assert.ok(mostAtOnce > 1 && mostAtOnce <= 4, `${mostAtOnce} at once`);
  });
}

test('an upload that is refused ends with the code of the blob endpoint', async (t) => {
  const service = await startFaultyService(t, (_request, response) => {
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(
      '<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code><Message>Signature not valid.\nTime:1</Message></Error>',
    );
  });
  await assert.rejects(uploadBlob(`${service.url}/a/b/c`, new Uint8Array(1), { retry }), {
    status: 403,
    code: 'AuthenticationFailed',
    message: 'Signature not valid.',
  });
});

test('a download that breaks goes on where it stopped and has the right hash', async (t) => {
  const content = randomBytes(300_000);
  let breaks = 3;
  const service = await startFaultyService(t, ({ headers }, response) => {
    const start = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
    if (start > 0) assert.equal(headers['if-match'], '"v1"');
    const rest = content.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      etag: '"v1"',
      'content-length': rest.length,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
    });
    if (breaks-- > 0) response.write(rest.subarray(0, 50_000), () => setTimeout(() => response.destroy(), 20));
    else response.end(rest);
  });
  const received: Uint8Array[] = [];
  const sha256 = createHash('sha256').update(content).digest('hex');
  const result = await downloadBlob(
    `${service.url}/a/b/c`,
    { write: (bytes) => void received.push(bytes) },
    {
      retry,
      digest: createHash('sha256'),
      expectedSha256: sha256,
    },
  );
  assert.deepEqual(Buffer.concat(received), content);
  assert.deepEqual(result, { size: content.length, sha256, etag: '"v1"', contentMd5: undefined });
  assert.equal(service.requests.length, 4);
});

test('wrong bytes, and a service that ignores the range, are errors', async (t) => {
  let first = true;
  const service = await startFaultyService(t, ({ path }, response) => {
    response.writeHead(200, { 'content-length': 100_000 });
    if (path === '/ignores-range' && first)
      response.write(Buffer.alloc(10), () => setTimeout(() => response.destroy(), 20));
    else response.end(Buffer.alloc(100_000));
    first = false;
  });
  const sink = { write: () => undefined };
  await assert.rejects(downloadBlob(`${service.url}/ignores-range`, sink, { retry }), DownloadIntegrityError);
  await assert.rejects(
    downloadBlob(`${service.url}/b`, sink, { retry, digest: createHash('sha256'), expectedSha256: '00' }),
    DownloadIntegrityError,
  );
});

test('an empty download is complete', async (t) => {
  const service = await startFaultyService(t, (_request, response) => {
    response.writeHead(200, { 'content-length': 0 }).end();
  });
  assert.deepEqual(await downloadBlob(service.url, { write: () => undefined }, { retry }), {
    size: 0,
    sha256: undefined,
    etag: undefined,
    contentMd5: undefined,
  });
});

test('an upload that the service takes and never answers is broken off and made again', async (t) => {
  let silent = 1;
  const service = await startFaultyService(t, (_request, response) => {
    if (silent-- > 0) return;
    response.writeHead(201).end();
  });
  const events: RetryEvent[] = [];
  const options = { retry, idleTimeoutMs: 200, onRetry: (event: RetryEvent) => void events.push(event) };
  assert.equal(await uploadBlob(`${service.url}/a/b/c`, randomBytes(1000), options), 1000);
  assert.deepEqual(
    events.map(({ what, attempt, error }) => [what, attempt, error.code]),
    [['upload', 1, 'noAnswer']],
  );
});

test('an upload holds no more blocks than go up at once', async (t) => {
  const blockBytes = 1000;
  let arrived = 0;
  let read = 0;
  let most = 0;
  const service = await startFaultyService(t, async ({ path }, response) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
    if (path.includes('comp=block&')) arrived++;
    response.writeHead(201).end();
  });
  const reader = {
    size: 40 * blockBytes,
    async read(_offset: number, length: number) {
      most = Math.max(most, ++read - arrived);
      return new Uint8Array(length);
    },
  };
  await uploadBlob(`${service.url}/a/b/c?sig=x`, reader, { retry, blockBytes, singleUploadBytes: 0 });
  assert.equal(arrived, 40);
  assert.ok(most <= 4, `${most} blocks at once`);
});

test('a download that breaks off before its first byte does not go on with another blob unnoticed', async (t) => {
  let tries = 0;
  const service = await startFaultyService(t, ({ headers }, response) => {
    if (++tries === 1) {
      response.writeHead(200, { etag: '"v1"', 'content-length': 4 }).flushHeaders();
      setTimeout(() => response.destroy(), 20);
    } else if (headers['if-match'] === '"v1"') {
      response.writeHead(412).end();
    } else {
      response.writeHead(200, { etag: '"v2"', 'content-length': 4 }).end('new!');
    }
  });
  await assert.rejects(downloadBlob(service.url, { write: () => undefined }, { retry }), (error) => {
    assert.ok(error instanceof DownloadIntegrityError);
    assert.equal(error.code, 'changed');
    return true;
  });
});
