// The official client, unmodified, against our URLs.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { BlockBlobClient, type RestError } from '@azure/storage-blob';
import { startBlobServer } from './blob-server.ts';

const MIB = 1024 * 1024;

function contentOf({ readableStreamBody }: Awaited<ReturnType<BlockBlobClient['download']>>): Promise<Buffer> {
  return readableStreamBody ? buffer(readableStreamBody) : Promise.resolve(Buffer.alloc(0));
}

test('a small upload in one request, its properties, and a download', async (t) => {
  const server = await startBlobServer(t);
  const client = new BlockBlobClient(server.url('package.cab', 'rwl'));
  assert.equal(client.containerName, 'ingestion');
  assert.equal(client.name, 'package.cab');
  assert.equal(await client.exists(), false);
  const bytes = randomBytes(100_000);
  const uploaded = await client.upload(bytes, bytes.length, {
    blobHTTPHeaders: { blobContentType: 'application/vnd.ms-cab-compressed' },
  });
  assert.equal(await client.exists(), true);
  const properties = await client.getProperties();
  assert.equal(properties.contentLength, bytes.length);
  assert.equal(properties.contentType, 'application/vnd.ms-cab-compressed');
  assert.equal(properties.etag, uploaded.etag);
  assert.deepEqual(properties.lastModified, uploaded.lastModified);
  assert.equal(properties.blobType, 'BlockBlob');
  assert.deepEqual(await client.downloadToBuffer(), bytes);
  const stored = await server.blobs.find('ingestion', 'package.cab');
  assert.equal(stored?.sha256, createHash('sha256').update(bytes).digest('hex'));
});

test('a stream in blocks, four at once, and a download in ranges', async (t) => {
  const server = await startBlobServer(t);
  const bytes = randomBytes(9 * MIB + 12_345);
  const writer = new BlockBlobClient(server.url('big.cab', 'rwl'));
  await writer.uploadStream(Readable.from([bytes.subarray(0, 5 * MIB), bytes.subarray(5 * MIB)]), MIB, 4);
  const reader = new BlockBlobClient(server.url('big.cab', 'rl', 'Signed_1.zip'));
  const downloaded = await reader.downloadToBuffer(undefined, undefined, { blockSize: MIB, concurrency: 4 });
  assert.equal(Buffer.compare(downloaded, bytes), 0);
  const part = await reader.downloadToBuffer(MIB + 1, 2 * MIB, { blockSize: 700_000 });
  assert.equal(Buffer.compare(part, bytes.subarray(MIB + 1, 3 * MIB + 1)), 0);
  const response = await reader.download();
  assert.equal(response.contentDisposition, 'attachment; filename=Signed_1.zip');
  assert.equal((await contentOf(response)).length, bytes.length);
  const list = await reader.getBlockList('all');
  assert.equal(list.committedBlocks?.length, 10);
  assert.equal(list.uncommittedBlocks?.length ?? 0, 0);
  assert.equal((await server.files()).length, 2, 'the content and the note of its blocks');
});

test('a file in blocks with checksums, and a download to a file', async (t) => {
  const server = await startBlobServer(t);
  const directory = await mkdtemp(join(tmpdir(), 'assay-blob-sdk-'));
  t.after(() => rm(directory, { recursive: true }));
  const bytes = randomBytes(3 * MIB + 1);
  await writeFile(join(directory, 'in'), bytes);
  const client = new BlockBlobClient(server.url('file.cab', 'rwl'));
  const blobContentMD5 = createHash('md5').update(bytes).digest();
  await client.uploadFile(join(directory, 'in'), {
    blockSize: MIB,
    maxSingleShotSize: 1000,
    concurrency: 4,
    blobHTTPHeaders: { blobContentMD5 },
  });
  await client.downloadToFile(join(directory, 'out'));
  assert.equal(Buffer.compare(await readFile(join(directory, 'out')), bytes), 0);
  assert.deepEqual(Buffer.from((await client.getProperties()).contentMD5 ?? []), blobContentMD5);

  await assert.rejects(
    client.uploadFile(join(directory, 'in'), {
      blockSize: MIB,
      maxSingleShotSize: 1000,
      blobHTTPHeaders: { blobContentMD5: randomBytes(16) },
    }),
    (error: RestError) => error.code === 'Md5Mismatch',
  );
  const range = await client.download(0, 1000, { rangeGetContentMD5: true });
  assert.deepEqual(Buffer.from(range.contentMD5 ?? []), createHash('md5').update(bytes.subarray(0, 1000)).digest());
  assert.equal(Buffer.compare(await contentOf(range), bytes.subarray(0, 1000)), 0);
});

test('overwriting is allowed unless the caller forbids it', async (t) => {
  const server = await startBlobServer(t);
  const client = new BlockBlobClient(server.url('package.cab', 'rwl'));
  const first = await client.upload('first', 5, { conditions: { ifNoneMatch: '*' } });
  await assert.rejects(
    client.upload('second', 6, { conditions: { ifNoneMatch: '*' } }),
    (error: RestError) => error.statusCode === 409 && error.code === 'BlobAlreadyExists',
  );
  assert.equal((await client.downloadToBuffer()).toString(), 'first');
  await client.upload('second', 6);
  assert.equal((await client.downloadToBuffer()).toString(), 'second');
  await assert.rejects(
    client.upload('third', 5, { conditions: { ifMatch: first.etag ?? '' } }),
    (error: RestError) => error.statusCode === 412 && error.code === 'ConditionNotMet',
  );
  await assert.rejects(
    client.downloadToBuffer(0, 5, { conditions: { ifMatch: first.etag ?? '' } }),
    (error: RestError) => error.statusCode === 412,
  );
  assert.equal((await server.files()).length, 1, 'what was replaced is gone');
});

test('an empty blob', async (t) => {
  const server = await startBlobServer(t);
  const client = new BlockBlobClient(server.url('empty.cab', 'rwl'));
  await client.upload('', 0);
  assert.equal((await client.getProperties()).contentLength, 0);
  const response = await client.download();
  assert.equal(response.contentLength, 0);
  assert.equal((await contentOf(response)).length, 0);
  await client.commitBlockList([]);
  assert.equal((await client.getProperties()).contentLength, 0);
});

test('parallel uploads to one blob end in one of the two', async (t) => {
  const server = await startBlobServer(t);
  const [one, two] = [Buffer.alloc(3 * MIB, 1), Buffer.alloc(3 * MIB, 2)];
  for (const options of [{}, { maxSingleShotSize: 1000, blockSize: MIB }]) {
    const results = await Promise.allSettled(
      [one, two].map((bytes) => new BlockBlobClient(server.url('raced.cab', 'rwl')).uploadData(bytes, options)),
    );
    assert.ok(results.some(({ status }) => status === 'fulfilled'));
    const bytes = await new BlockBlobClient(server.url('raced.cab', 'rl')).downloadToBuffer();
    assert.ok(bytes.equals(one) || bytes.equals(two));
  }
});

test('a block list that is sent again, as after a lost answer, succeeds again', async (t) => {
  const server = await startBlobServer(t);
  const client = new BlockBlobClient(server.url('again.cab', 'rwl'));
  const id = Buffer.from('0001').toString('base64');
  const other = Buffer.from('0002').toString('base64');
  await client.stageBlock(id, 'abc', 3);
  await client.stageBlock(other, 'def', 3);
  await client.commitBlockList([id, other]);
  await client.commitBlockList([id, other]);
  assert.equal((await client.downloadToBuffer()).toString(), 'abcdef');
  await client.stageBlock(other, 'DEF', 3);
  await client.commitBlockList([other, id, other]);
  assert.equal((await client.downloadToBuffer()).toString(), 'DEFabcDEF');
  await assert.rejects(
    client.commitBlockList([Buffer.from('0003').toString('base64')]),
    (error: RestError) => error.statusCode === 400 && error.code === 'InvalidBlockList',
  );
});

test('what is not supported is refused with an error that the client understands', async (t) => {
  const server = await startBlobServer(t);
  const client = new BlockBlobClient(server.url('package.cab', 'rwl'));
  await client.upload('abc', 3);
  await assert.rejects(
    client.setMetadata({ a: 'b' }),
    (error: RestError) => error.code === 'InvalidQueryParameterValue',
  );
  await assert.rejects(client.delete(), (error: RestError) => error.code === 'AuthorizationPermissionMismatch');
  await assert.rejects(
    client.upload('abc', 3, { metadata: { a: 'b' } }),
    (error: RestError) => error.code === 'UnsupportedHeader',
  );
  await assert.rejects(
    client.getAppendBlobClient().create(),
    (error: RestError) => error.code === 'InvalidHeaderValue',
  );
  assert.equal((await client.downloadToBuffer()).toString(), 'abc');
});
