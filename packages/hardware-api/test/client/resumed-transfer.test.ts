// Uploads and downloads that do not end in the process, or under the URL, in which they began: against the real service,
// through a proxy that loses, changes, cuts and stalls.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DownloadIntegrityError,
  type DownloadStart,
  downloadBlob,
  findDownload,
  type HardwareClient,
  type RetryEvent,
  type Submission,
  type UploadOptions,
  uploadBlob,
} from '../../src/index.ts';
import { isBlock, type ProxiedService, startProxiedService } from './faulty-proxy.ts';

const retry = { attempts: 4, baseDelayMs: 1, maximumDelayMs: 20 };
const once = { ...retry, attempts: 1 };
const BLOCK = 64 * 1024;
const BLOCKS = 12;
const UP = 5;
/** After this time no URL and no token works any more that is handed out now. */
const LATER_MS = 72 * 3_600_000;
const blocks: Pick<UploadOptions, 'blockBytes' | 'singleUploadBytes'> = { blockBytes: BLOCK, singleUploadBytes: 0 };

describe('a transfer', () => {
  let service: ProxiedService;
  let client: HardwareClient;
  let submission: Submission;
  let content: Buffer;

  before(async () => {
    service = await startProxiedService();
  });
  after(async () => {
    await service?.close();
  });
  beforeEach(async () => {
    service.forget();
    client = service.client({ retry });
    const product = await client.createProduct({
      productName: 'Echo',
      testHarness: 'attestation',
      deviceType: 'internal',
      requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
    });
    submission = await client.createSubmission(product.id, { name: 'Echo', type: 'initial' });
    submission = await client.getSubmission(product.id, submission.id);
    content = randomBytes(BLOCK * BLOCKS - 1000);
    service.forget();
  });

  const initialUrl = (current: Submission): string => findDownload(current, 'initialPackage') ?? '';
  const sentBlocks = () => service.requests.filter(isBlock);
  const renewed = async () => initialUrl(await client.getSubmission(submission.productId, submission.id));

  async function stored(): Promise<Buffer> {
    service.forget();
    const chunks: Uint8Array[] = [];
    const current = await client.getSubmission(submission.productId, submission.id);
    await client.download(current, 'initialPackage', { write: (bytes) => void chunks.push(bytes) });
    return Buffer.concat(chunks);
  }

  /** An upload that breaks off for good when `UP` blocks are there. */
  async function interrupt(): Promise<void> {
    let passed = 0;
    service.intervene = (request) => (isBlock(request) && ++passed > UP ? { lose: true } : undefined);
    const options = { fetch: service.fetch, retry: once, ...blocks };
    await assert.rejects(uploadBlob(initialUrl(submission), content, options), { code: 'noAnswer' });
    // What was under way when the client gave up still arrives.
    while (sentBlocks().filter(({ status }) => status === 201).length < UP) await delay(10);
    service.forget();
  }

  test('that was interrupted goes on in another client with the blocks that are missing', async () => {
    await interrupt();
    const other = service.client({ retry });
    const progress: number[] = [];
    const options = { resume: true, onProgress: (bytes: number) => void progress.push(bytes), ...blocks };
    assert.equal(await other.uploadPackage(submission, content, options), content.length);
    assert.equal(sentBlocks().length, BLOCKS - UP);
    assert.equal(progress.length, BLOCKS);
    assert.equal(progress.at(-1), content.length);
    assert.ok(service.requests.some(({ path }) => path.endsWith('comp=blocklist&blocklisttype=uncommitted')));
    assert.deepEqual(await stored(), content);
  });

  test('of a package that changed in between sends the changed blocks again', async () => {
    await interrupt();
    content[0] = (content[0] ?? 0) ^ 1;
    await client.uploadPackage(submission, content, { resume: true, ...blocks });
    assert.equal(sentBlocks().length, BLOCKS - UP + 1);
    assert.deepEqual(await stored(), content);
  });

  test('sends all blocks when nothing is there yet, and when the list of blocks is refused', async () => {
    await client.uploadPackage(submission, content, { resume: true, ...blocks });
    assert.equal(sentBlocks().length, BLOCKS);
    const refused: typeof service.fetch = async (url, init) =>
      url.includes('blocklisttype')
        ? new Response('<Error><Code>AuthorizationPermissionMismatch</Code></Error>', { status: 403 })
        : service.fetch(url, init);
    service.forget();
    await service.client({ retry, fetch: refused }).uploadPackage(submission, content, { resume: true, ...blocks });
    assert.equal(sentBlocks().length, BLOCKS);
    assert.deepEqual(await stored(), content);
  });

  test('throws away the blocks of another program whose ids are of another length', async () => {
    const id = encodeURIComponent(btoa('block-1'));
    const left = await service.fetch(`${initialUrl(submission)}&comp=block&blockid=${id}`, {
      method: 'PUT',
      body: 'left',
    });
    assert.equal(left.status, 201);
    await client.uploadPackage(submission, content, { resume: true, ...blocks });
    assert.deepEqual(await stored(), content);
  });

  for (const [way, options] of [
    ['in blocks', blocks],
    ['in one request', {}],
  ] as const) {
    test(`${way} whose bytes change on the way is refused by the service and sent again`, async () => {
      const events: RetryEvent[] = [];
      let damaged = false;
      service.intervene = ({ method, body }) => {
        if (damaged || method !== 'PUT') return undefined;
        damaged = true;
        const wrong = Buffer.from(body);
        wrong[100] = (wrong[100] ?? 0) ^ 0x10;
        return { body: wrong };
      };
      const onRetry = (event: RetryEvent) => void events.push(event);
      await service.client({ retry, onRetry }).uploadPackage(submission, content, options);
      assert.deepEqual(
        events.map(({ attempt, error }) => [attempt, error.status, error.code]),
        [[1, 400, 'Crc64Mismatch']],
      );
      assert.match(events[0]?.what ?? '', /^upload/);
      assert.deepEqual(await stored(), content);
    });
  }

  test('whose URL and token expire in the middle goes on with new ones; blocks that are up stay up', async () => {
    let passed = 0;
    service.intervene = (request) => {
      if (isBlock(request) && ++passed === 6) service.advance(LATER_MS);
      return undefined;
    };
    await client.uploadPackage(submission, content, blocks);
    const accepted = sentBlocks().filter(({ status }) => status === 201);
    assert.equal(accepted.length, BLOCKS);
    assert.ok(sentBlocks().some(({ status }) => status === 403));
    assert.ok(service.requests.some(({ status }) => status === 401));
    assert.deepEqual(await stored(), content);
  });

  test('is not renewed for ever', async () => {
    const url = initialUrl(submission).replace(/sig=[^&]*/, 'sig=AAAA');
    let renewals = 0;
    const renew = async () => {
      renewals++;
      return url;
    };
    await assert.rejects(uploadBlob(url, content, { fetch: service.fetch, retry, renew }), {
      status: 403,
      code: 'AuthenticationFailed',
    });
    assert.equal(renewals, 3);
  });

  test('that comes down in two processes and under two URLs gives the same file', async () => {
    await client.uploadPackage(submission, content);
    service.forget();
    service.intervene = ({ headers }) => (headers.range === undefined ? { cutAfter: 300_000 } : { lose: true });
    const chunks: Uint8Array[] = [];
    const sink = { write: (bytes: Uint8Array) => void chunks.push(bytes) };
    const heads: DownloadStart[] = [];
    const first = { fetch: service.fetch, retry: once, onStart: (head: DownloadStart) => void heads.push(head) };
    await assert.rejects(downloadBlob(initialUrl(submission), sink, first), { code: 'noAnswer' });
    const [start] = heads;
    const half = Buffer.concat(chunks);
    assert.ok(half.length > 0 && half.length < content.length);
    assert.equal(start?.size, content.length);

    service.forget();
    service.advance(LATER_MS);
    const digest = createHash('sha256').update(half);
    const expectedSha256 = createHash('sha256').update(content).digest('hex');
    const from = { offset: half.length, etag: start?.etag ?? '' };
    const result = await service
      .client({ retry })
      .download(submission, 'initialPackage', sink, { from, digest, expectedSha256 });
    assert.deepEqual(Buffer.concat(chunks), content);
    assert.equal(result.size, content.length);
    assert.equal(result.etag, start?.etag);
    const gets = service.requests.filter(({ headers }) => headers.range !== undefined);
    assert.deepEqual(
      gets.map(({ status, headers }) => [status, headers.range, headers['if-match']]),
      [
        [403, `bytes=${half.length - 1}-`, from.etag],
        [206, `bytes=${half.length - 1}-`, from.etag],
      ],
    );
  });

  test('that was complete already ends at once, and one of another blob says so', async () => {
    await client.uploadPackage(submission, content);
    const heads: DownloadStart[] = [];
    const sink = { write: () => assert.fail('nothing is missing') };
    const current = initialUrl(submission);
    await downloadBlob(
      current,
      { write: () => undefined },
      { fetch: service.fetch, retry, renew: renewed, onStart: (head) => void heads.push(head) },
    );
    const etag = heads[0]?.etag ?? '';
    const complete = { offset: content.length, etag };
    assert.equal((await client.download(submission, 'initialPackage', sink, { from: complete })).size, content.length);
    await client.uploadPackage(submission, randomBytes(1000));
    for (const offset of [10, content.length]) {
      await assert.rejects(
        client.download(submission, 'initialPackage', sink, { from: { offset, etag } }),
        (error) => error instanceof DownloadIntegrityError && error.code === 'changed',
      );
    }
  });

  test('that stalls is broken off and goes on where it was', async () => {
    await client.uploadPackage(submission, content);
    service.forget();
    const stalls = [100_000, 0];
    const events: RetryEvent[] = [];
    service.intervene = ({ method }) => {
      const stallAfter = method === 'GET' ? stalls.shift() : undefined;
      return stallAfter === undefined ? undefined : { stallAfter };
    };
    const chunks: Uint8Array[] = [];
    await service
      .client({ retry, onRetry: (event) => void events.push(event) })
      .download(submission, 'initialPackage', { write: (bytes) => void chunks.push(bytes) }, { idleTimeoutMs: 300 });
    assert.deepEqual(Buffer.concat(chunks), content);
    assert.deepEqual(
      events.map(({ what }) => what),
      ['download', 'download'],
    );
    assert.match(events[0]?.error.message ?? '', /stalled: not a byte arrived for 0\.3 s/);
    assert.equal(service.requests.filter(({ headers }) => headers.range !== undefined).length, 2);
  });
});
