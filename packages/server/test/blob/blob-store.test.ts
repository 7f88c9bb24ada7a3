// The store below the protocol: what is on the disk and in the tables after each thing that can happen.
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { testOnEachLocation } from '../store/test-databases.ts';
import { type BlobServer, chunksOf, startBlobServer } from './blob-server.ts';

const CONTAINER = 'ingestion';
const TYPE = { contentType: 'application/octet-stream' };
const HOUR_MS = 3_600_000;
const text = (value: string) => chunksOf(Buffer.from(value));

/** A submission that was committed with a content. */
async function commitSubmission({ database }: BlobServer, content: string): Promise<void> {
  const moment = new Date().toISOString();
  const author = { created_by: 'test', created_at: moment, updated_at: moment };
  await database
    .insertInto('accounts')
    .values({ id: 1n, name: 'a', legal_name: 'a', tenant_id: 't', created_at: moment })
    .execute();
  await database
    .insertInto('products')
    .values({
      id: 1n,
      account_id: 1n,
      shared_product_id: 1n,
      product_name: 'p',
      test_harness: 'attestation',
      properties: '{}',
      is_committed: 0n,
      is_extension_inf: 0n,
      updated_by: 'test',
      ...author,
    })
    .execute();
  await database
    .insertInto('submissions')
    .values({
      id: 1n,
      product_id: 1n,
      account_id: 1n,
      name: 's',
      type: 'initial',
      commit_status: 'commitReceived',
      current_step: null,
      step_state: null,
      messages: '[]',
      is_extension_inf: null,
      is_universal: null,
      is_declarative_inf: null,
      upload_blob: 'a.cab',
      package_content: content,
      ...author,
    })
    .execute();
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if (await condition()) return;
    await delay(10);
  }
  assert.fail('The condition did not come true.');
}

testOnEachLocation('a content that a submission was committed with outlives its blob', async (t, location) => {
  const server = await startBlobServer(t, { location });
  const { blob: first } = await server.blobs.put(CONTAINER, 'a.cab', text('first'), TYPE);
  await commitSubmission(server, first.content);
  const { blob: second } = await server.blobs.put(CONTAINER, 'a.cab', text('second'), TYPE);
  assert.equal(await readFile(server.blobs.contentPath(first.content), 'utf8'), 'first');
  const { blob: third } = await server.blobs.put(CONTAINER, 'a.cab', text('third'), TYPE);
  assert.equal(existsSync(server.blobs.contentPath(second.content)), false);
  server.advance(2 * HOUR_MS);
  await server.blobs.sweep();
  assert.deepEqual((await server.files()).sort(), [first.content, third.content].sort());
  assert.equal(await server.blobs.delete(CONTAINER, 'a.cab'), true);
  assert.equal(await server.blobs.delete(CONTAINER, 'a.cab'), false);
  assert.deepEqual(await server.files(), [first.content]);
});

testOnEachLocation('a sweep removes old files that nothing refers to, and nothing else', async (t, location) => {
  const server = await startBlobServer(t, { location });
  const { blob } = await server.blobs.put(CONTAINER, 'a.cab', text('kept'), TYPE);
  await server.blobs.putBlock(CONTAINER, 'b.cab', 'QUFB', text('block'));
  const orphan = randomUUID();
  const fresh = randomUUID();
  const old = new Date(Date.now() - 2 * HOUR_MS);
  for (const name of [orphan, fresh]) {
    await mkdir(join(server.directory, 'content', name.slice(0, 2)), { recursive: true });
    await writeFile(server.blobs.contentPath(name), 'orphan');
    await writeFile(join(server.directory, 'incoming', name), 'unfinished');
  }
  await writeFile(`${server.blobs.contentPath(orphan)}.blocks`, '[]');
  await utimes(server.blobs.contentPath(orphan), old, old);
  await utimes(join(server.directory, 'incoming', orphan), old, old);
  await utimes(server.blobs.contentPath(blob.content), old, old);
  assert.deepEqual(await server.blobs.sweep(), { removed: 2 });
  const files = await server.files();
  assert.equal(files.length, 4);
  assert.equal(files.filter((name) => name === fresh).length, 2);
  assert.ok(files.includes(blob.content));

  server.advance(8 * 24 * HOUR_MS);
  await server.blobs.sweep();
  assert.deepEqual(await server.files(), [blob.content]);
  assert.deepEqual((await server.blobs.listBlocks(CONTAINER, 'b.cab')).uncommitted, []);
});

testOnEachLocation('a caller who hangs up midway leaves nothing', async (t, location) => {
  const server = await startBlobServer(t, { location });
  for (const query of ['', '&comp=block&blockid=QUFB']) {
    const request = httpRequest(server.url('a.cab', 'rwl') + query, {
      method: 'PUT',
      headers: { 'x-ms-blob-type': 'BlockBlob', 'Content-Length': 10_000_000 },
    });
    request.on('error', () => undefined);
    request.write(randomBytes(3_000_000));
    await waitFor(async () => (await server.files()).length === 1);
    request.destroy();
    await waitFor(async () => (await server.files()).length === 0);
  }
  assert.equal(await server.blobs.find(CONTAINER, 'a.cab'), undefined);
  assert.deepEqual((await server.blobs.listBlocks(CONTAINER, 'a.cab')).uncommitted, []);
});

test('a reader keeps the bytes that it began with while the blob is replaced', async (t) => {
  const server = await startBlobServer(t);
  const bytes = randomBytes(5_000_000);
  await server.blobs.put(CONTAINER, 'a.cab', chunksOf(bytes), TYPE);
  const response = await fetch(server.url('a.cab', 'rl'));
  await server.blobs.put(CONTAINER, 'a.cab', text('new'), TYPE);
  assert.equal(Buffer.compare(Buffer.from(await response.arrayBuffer()), bytes), 0);
});

testOnEachLocation('readers and writers of one blob do not disturb each other', async (t, location) => {
  const server = await startBlobServer(t, { location });
  const versions = [1, 2, 3, 4].map((value) => Buffer.alloc(200_000, value));
  await server.blobs.put(CONTAINER, 'a.cab', chunksOf(Buffer.alloc(200_000)), TYPE);
  const writers = versions.map(async (bytes) => {
    for (let turn = 0; turn < 5; turn += 1) await server.blobs.put(CONTAINER, 'a.cab', chunksOf(bytes), TYPE);
  });
  const readers = [1, 2, 3, 4].map(async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      const bytes = new Uint8Array(await (await fetch(server.url('a.cab', 'rl'))).arrayBuffer());
      assert.equal(bytes.length, 200_000);
      assert.ok(bytes.every((byte) => byte === bytes[0]));
    }
  });
  await Promise.all([...writers, ...readers]);
  assert.equal((await server.files()).length, 1);
});

testOnEachLocation('a finished local file becomes a blob, once', async (t, location) => {
  const server = await startBlobServer(t, { location });
  const path = join(server.directory, 'signed.zip');
  const bytes = randomBytes(10_000);
  await writeFile(path, bytes);
  const options = { contentType: 'application/zip' };
  const first = await server.blobs.adopt('downloads', 'signed', path, options);
  assert.equal(existsSync(path), false);
  assert.equal(first.sha256, createHash('sha256').update(bytes).digest('hex'));
  assert.equal(first.length, 10_000n);
  await writeFile(path, bytes);
  const again = await server.database
    .transaction()
    .execute((transaction) => server.blobs.adopt('downloads', 'signed', path, { ...options, transaction }));
  assert.equal(again.content, first.content);
  assert.equal(again.etag, first.etag);
  await writeFile(path, 'other');
  const other = await server.blobs.adopt('downloads', 'signed', path, options);
  assert.notEqual(other.content, first.content);
  const chunks: Buffer[] = [];
  for await (const chunk of server.blobs.openRead(other, { start: 1, end: 3 })) chunks.push(chunk as Buffer);
  assert.equal(Buffer.concat(chunks).toString(), 'the');
  assert.deepEqual(await server.files(), [other.content]);
});

testOnEachLocation('an adoption whose transaction fails changes nothing', async (t, location) => {
  const server = await startBlobServer(t, { location });
  const path = join(server.directory, 'signed.zip');
  await writeFile(path, 'bytes');
  await assert.rejects(
    server.database.transaction().execute(async (transaction) => {
      await server.blobs.adopt('downloads', 'signed', path, { contentType: 'application/zip', transaction });
      throw new Error('crash');
    }),
    /crash/,
  );
  assert.equal(await server.blobs.find('downloads', 'signed'), undefined);
  server.advance(2 * HOUR_MS);
  assert.deepEqual(await server.blobs.sweep(), { removed: 1 });
});

test('only names of contents become paths', async (t) => {
  const { blobs } = await startBlobServer(t);
  for (const name of ['', '../../etc/passwd', 'a', `${randomUUID()}/..`]) {
    assert.throws(() => blobs.contentPath(name), RangeError);
  }
});

test('memory stays bounded while a large body comes in', async (t) => {
  const server = await startBlobServer(t);
  const chunk = Buffer.alloc(1024 * 1024, 7);
  let produced = 0;
  async function* produce(): AsyncGenerator<Uint8Array> {
    for (; produced < 300; produced += 1) yield Buffer.from(chunk);
  }
  const before = process.memoryUsage().arrayBuffers;
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().arrayBuffers);
  }, 5);
  const { blob } = await server.blobs.put(CONTAINER, 'large.cab', produce(), TYPE);
  clearInterval(timer);
  assert.equal(blob.length, 300n * 1024n * 1024n);
  assert.ok(peak - before < 150 * 1024 * 1024, `peak ${(peak - before) / 1024 / 1024} MiB`);
});

testOnEachLocation('of two who create a blob at once, one is told that it exists', async (t, location) => {
  const { blobs, files } = await startBlobServer(t, { location });
  for (let turn = 0; turn < 5; turn += 1) {
    const name = `new-${turn}`;
    const precondition = (current: object | undefined): void => {
      if (current) throw new Error('exists');
    };
    const results = await Promise.allSettled(
      ['one', 'two', 'three'].map((value) => blobs.put(CONTAINER, name, text(value), { ...TYPE, precondition })),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  }
  assert.equal((await files()).length, 5);
});

testOnEachLocation('blocks put at once and listed at once make whole blobs', async (t, location) => {
  const { blobs, files } = await startBlobServer(t, { location });
  const ids = [1, 2, 3, 4, 5, 6, 7, 8].map((value) => Buffer.of(value).toString('base64'));
  const bytes = randomBytes(8 * 100_000);
  const put = (id: string, index: number) =>
    blobs.putBlock(CONTAINER, 'a.cab', id, chunksOf(bytes.subarray(index * 100_000, (index + 1) * 100_000)));
  await Promise.all(ids.map(put));
  await Promise.all(ids.map(put));
  const list = ids.map((id) => ({ id, list: 'latest' as const }));
  await Promise.all([1, 2, 3].map(() => blobs.putBlockList(CONTAINER, 'a.cab', list, TYPE)));
  const blob = await blobs.find(CONTAINER, 'a.cab');
  assert.equal(blob?.sha256, createHash('sha256').update(bytes).digest('hex'));
  const lists = await blobs.listBlocks(CONTAINER, 'a.cab');
  assert.deepEqual([lists.committed.length, lists.uncommitted.length], [8, 0]);
  assert.equal((await files()).length, 2);
});
