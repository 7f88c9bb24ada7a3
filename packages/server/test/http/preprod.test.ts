// The five methods of "Manage Preprod Submissions", with the page's own samples, on the application without its workers.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ErrorBody, PreprodAsset, PreprodPackage } from '@assay/hardware-api';
import { createBlobStore } from '../../src/blob/index.ts';
import { verifyAudit } from '../../src/store/audit.ts';
import { addPreprodAsset, endPreprodPackage, PREPROD_CONTAINER } from '../../src/store/preprod.ts';
import { bodyOf, buildTestApp, type TestApp, type TestTenant, V2 } from './test-app.ts';

const PACKAGES = `${V2}/preprod/packages`;
const ABSENT = '00000000-0000-4000-8000-000000000000';

/** The answer to step 3 of "Create and submit a product for signing". */
const SUBMITTED_SAMPLE = {
  id: 'string',
  etag: 'string',
  lastModified: '2022-03-28T23:31:17.014Z',
  signingStatus: 'NotStarted',
  error: { message: 'string' },
};

/** The answer to step 4. */
const PACKAGE_SAMPLE = {
  id: 'string',
  etag: 'string',
  lastModified: '2022-03-28T23:45:25.501Z',
  signingStatus: 'NotStarted',
  error: { message: 'string' },
  assets: [
    {
      id: 'string',
      packageId: 'string',
      assetType: 'string',
      createdDate: '2022-03-28T23:45:25.501Z',
      contentHash: 'string',
    },
  ],
  assetsContinuationToken: 'string',
};

/** Holds an answer against a sample: the same properties but for those left out, of the same types. */
function assertLikeSample(actual: unknown, sample: unknown, leftOut: readonly string[] = []): void {
  if (typeof sample !== 'object' || sample === null) {
    assert.equal(typeof actual, typeof sample);
    return;
  }
  if (Array.isArray(sample)) {
    assert.ok(Array.isArray(actual));
    for (const element of actual) assertLikeSample(element, sample[0]);
    return;
  }
  const expected = Object.entries(sample).filter(([name]) => !leftOut.includes(name));
  assert.deepEqual(Object.keys(actual as object).sort(), expected.map(([name]) => name).sort());
  for (const [name, value] of expected) assertLikeSample((actual as Record<string, unknown>)[name], value);
}

async function submit(built: TestApp, bytes: Uint8Array | string = 'package', tenant?: TestTenant) {
  const response = await built.app.inject({
    method: 'PUT',
    url: PACKAGES,
    headers: { authorization: await built.authorize(tenant) },
    payload: Buffer.from(bytes),
  });
  assert.equal(response.statusCode, 201, response.body);
  return bodyOf<PreprodPackage>(response);
}

/** What the workflow's last step leaves. */
async function succeed({ database, directory, clock }: TestApp, packageId: string, zip: Uint8Array): Promise<string> {
  const blobs = createBlobStore({ database, directory: join(directory, 'blobs'), clock: clock.read });
  const file = join(directory, 'signed.zip');
  await writeFile(file, zip);
  const assetId = `11111111-1111-4111-8111-${packageId.slice(-12)}`;
  const { sha256 } = await blobs.adopt(PREPROD_CONTAINER, assetId, file, { contentType: 'application/zip' });
  await database.transaction().execute(async (transaction) => {
    const { id } = await transaction
      .selectFrom('preprod_packages')
      .select('id')
      .where('package_id', '=', packageId)
      .executeTakeFirstOrThrow();
    await addPreprodAsset(transaction, { assetId, subjectId: id, contentHash: sha256 }, clock.read);
    await endPreprodPackage(transaction, id, { signingStatus: 'Succeeded', step: 'finalizePreprod' }, clock.read);
  });
  return assetId;
}

async function contentFiles({ directory }: TestApp): Promise<string[]> {
  const entries = await readdir(join(directory, 'blobs'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

async function assertNothingKept(built: TestApp): Promise<void> {
  assert.deepEqual(await contentFiles(built), []);
  for (const table of ['blobs', 'preprod_packages', 'workflows', 'audit_entries'] as const) {
    const { count } = await built.database
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<bigint>().as('count'))
      .executeTakeFirstOrThrow();
    assert.equal(count, 0n, table);
  }
}

test('a package is submitted as the C# sample does it, and the answer has the shape of the sample', async (t) => {
  const built = await buildTestApp(t);
  await built.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = built.app.server.address() as AddressInfo;
  // PutAsync("preprod/packages", new ByteArrayContent(…)): a length, no Content-Type, lower-case scheme, Accept: */*.
  const token = (await built.authorize()).replace(/^Bearer /, '');
  const headers = { accept: '*/*', authorization: `bearer ${token}`, 'content-length': 7 };
  const sent = httpRequest({ host: '127.0.0.1', port, path: PACKAGES, method: 'PUT', headers });
  sent.end('package');
  const [response] = await once(sent, 'response');
  assert.equal(response.statusCode, 201);
  const chunks: Buffer[] = await response.toArray();
  const submitted = JSON.parse(Buffer.concat(chunks).toString()) as PreprodPackage;
  assertLikeSample(submitted, SUBMITTED_SAMPLE, ['error']);
  assert.match(submitted.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.match(submitted.etag, /^"0x[0-9A-F]{16}"$/);
  assert.equal(submitted.lastModified, '2026-03-04T05:06:07.890Z');
  assert.equal(submitted.signingStatus, 'NotStarted');

  const row = await built.database.selectFrom('preprod_packages').selectAll().executeTakeFirstOrThrow();
  assert.deepEqual([row.account_id, row.created_by], [built.tenant.accountId, built.tenant.clientId]);
  const workflow = await built.database.selectFrom('workflows').selectAll().executeTakeFirstOrThrow();
  assert.deepEqual(
    [workflow.kind, workflow.subject_id, workflow.step, workflow.state],
    ['preprod', row.id, 'packageInfoValidation', 'queued'],
  );
  const entry = await built.database.selectFrom('audit_entries').selectAll().executeTakeFirstOrThrow();
  assert.deepEqual(
    [entry.action, entry.entity, entry.actor],
    ['preprod.submit', `preprod/packages/${submitted.id}`, built.tenant.clientId],
  );
  assert.equal((await verifyAudit(built.database)).ok, true);
});

test('the path, with a slash or without, and the content type do not matter', async (t) => {
  const built = await buildTestApp(t);
  const authorization = await built.authorize();
  const prefixes = [V2, '/v1.0/my/hardware', '/api/v1.0/my/hardware', '/api/v1.0/hardware', '/api/v1/hardware'];
  for (const prefix of prefixes) {
    for (const path of ['/preprod/packages', '/preprod/packages/', '/Preprod/Packages']) {
      for (const type of [undefined, 'application/octet-stream', 'application/json', 'nonsense', 'a/b; charset="']) {
        const headers = { authorization, ...(type !== undefined && { 'content-type': type }) };
        const url = prefix + path;
        const response = await built.app.inject({ method: 'PUT', url, headers, payload: Buffer.from('{not json') });
        assert.equal(response.statusCode, 201, `${url} ${type}: ${response.body}`);
      }
    }
  }
  const rows = await built.database.selectFrom('blobs').select(['container', 'length', 'content_type']).execute();
  assert.equal(rows.length, prefixes.length * 15);
  assert.ok(rows.every((row) => row.container === 'preprod' && row.length === 9n));
});

test('a package that succeeded shows its asset, in the shape of the sample', async (t) => {
  const built = await buildTestApp(t);
  const submitted = await submit(built);
  const pending = bodyOf<PreprodPackage>(await built.call('GET', `${PACKAGES}/${submitted.id}`));
  assert.deepEqual(pending, submitted);
  assert.equal((await built.call('GET', `${PACKAGES}/${submitted.id}/assets`)).body, '[]');

  const zip = Buffer.from('signed files');
  built.clock.advance(60_000);
  const assetId = await succeed(built, submitted.id, zip);
  const response = await built.call('GET', `${PACKAGES}/${submitted.id}/`);
  assert.equal(response.statusCode, 200, response.body);
  const succeeded = bodyOf<PreprodPackage>(response);
  assertLikeSample(succeeded, PACKAGE_SAMPLE, ['error']);
  assert.equal(succeeded.signingStatus, 'Succeeded');
  assert.equal(succeeded.lastModified, '2026-03-04T05:07:07.890Z');
  assert.notEqual(succeeded.etag, submitted.etag);
  const asset: PreprodAsset = {
    id: assetId,
    packageId: submitted.id,
    assetType: 'SignedFilesZip',
    createdDate: '2026-03-04T05:07:07.890Z',
    contentHash: createHash('sha256').update(zip).digest('hex'),
  };
  assert.deepEqual(succeeded.assets, [asset]);
  assert.deepEqual(bodyOf(await built.call('GET', `${PACKAGES}/${submitted.id}/assets`)), [asset]);
  assert.deepEqual(bodyOf(await built.call('GET', `${PACKAGES}/${submitted.id}/assets/${assetId}`)), asset);
  assert.deepEqual(
    bodyOf(await built.call('GET', `${PACKAGES}/${submitted.id.toUpperCase()}/assets/${assetId.toUpperCase()}`)),
    asset,
  );
});

test('a package that failed says why, and has no assets', async (t) => {
  const built = await buildTestApp(t);
  const { id } = await submit(built);
  await built.database.transaction().execute(async (transaction) => {
    const row = await transaction.selectFrom('preprod_packages').select('id').executeTakeFirstOrThrow();
    const end = { signingStatus: 'Failed', step: 'validation', messages: ['One fault.', 'And another.'] } as const;
    await endPreprodPackage(transaction, row.id, end, built.clock.read);
  });
  const failed = bodyOf<PreprodPackage>(await built.call('GET', `${PACKAGES}/${id}`));
  assertLikeSample(failed, SUBMITTED_SAMPLE);
  assert.equal(failed.signingStatus, 'Failed');
  assert.equal(failed.error?.message, 'One fault.\nAnd another.');
  assert.equal((await built.call('GET', `${PACKAGES}/${id}/assets`)).body, '[]');
});

test('an asset is downloaded whole, in ranges and under conditions', async (t) => {
  const built = await buildTestApp(t);
  const { id } = await submit(built);
  const zip = Buffer.from(Array.from({ length: 3000 }, (_, index) => index % 251));
  const url = `${PACKAGES}/${id}/assets/${await succeed(built, id, zip)}/download`;
  const authorization = await built.authorize();
  const get = (headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
    built.app.inject({ method, url, headers: { authorization, ...headers } });

  const whole = await get({ accept: '*/*' });
  assert.equal(whole.statusCode, 200);
  assert.deepEqual(whole.rawPayload, zip);
  const { etag, 'content-type': type, 'content-length': length, 'content-disposition': disposition } = whole.headers;
  assert.deepEqual([type, length, whole.headers['accept-ranges']], ['application/zip', '3000', 'bytes']);
  assert.equal(disposition, `attachment; filename="Signed_${id}.zip"`);
  assert.ok(whole.headers['last-modified']);
  assert.match(String(etag), /^"[^"]+"$/);
  const names = Object.keys(whole.headers).filter((name) => name.startsWith('x-ms-'));
  assert.deepEqual(names, [], 'nothing of blob storage shows');

  const part = await get({ range: 'bytes=1000-' });
  assert.equal(part.statusCode, 206);
  assert.equal(part.headers['content-range'], 'bytes 1000-2999/3000');
  assert.deepEqual(part.rawPayload, zip.subarray(1000));
  assert.deepEqual((await get({ range: 'bytes=-5' })).rawPayload, zip.subarray(2995));
  const beyond = await get({ range: 'bytes=3000-' });
  assert.deepEqual([beyond.statusCode, beyond.headers['content-range']], [416, 'bytes */3000']);
  assert.equal(beyond.json<ErrorBody>().error.code, 'rangeNotSatisfiable');
  assert.equal((await get({ range: 'bytes=0-9', 'if-range': '"other"' })).statusCode, 200);
  assert.equal((await get({ range: 'bytes=0-9', 'if-range': String(etag) })).statusCode, 206);

  const unchanged = await get({ 'if-none-match': String(etag) });
  assert.deepEqual([unchanged.statusCode, unchanged.body, unchanged.headers.etag], [304, '', etag]);
  const changed = await get({ 'if-match': '"other"' });
  assert.deepEqual([changed.statusCode, changed.json<ErrorBody>().error.code], [412, 'preconditionFailed']);
  assert.equal((await get({ 'if-modified-since': 'nonsense' })).statusCode, 400);

  const head = await get({ range: 'bytes=0-9' }, 'HEAD');
  assert.deepEqual([head.statusCode, head.body, head.headers['content-length']], [200, '', '3000']);
});

test("another account's package, assets and download are as if they did not exist", async (t) => {
  const built = await buildTestApp(t);
  const { id } = await submit(built);
  const assetId = await succeed(built, id, Buffer.from('zip'));
  const stranger = await built.addTenant();
  const own = await submit(built, 'their own', stranger);
  const paths: readonly ((packageId: string, asset: string) => string)[] = [
    (packageId) => `/${packageId}`,
    (packageId) => `/${packageId}/assets`,
    (packageId, asset) => `/${packageId}/assets/${asset}`,
    (packageId, asset) => `/${packageId}/assets/${asset}/download`,
  ];
  for (const path of paths) {
    const theirs = await built.call('GET', PACKAGES + path(id, assetId), undefined, stranger);
    const nobodys = await built.call('GET', PACKAGES + path(ABSENT, ABSENT), undefined, stranger);
    const noId = await built.call('GET', PACKAGES + path('17', 'x'), undefined, stranger);
    for (const response of [theirs, nobodys, noId]) {
      assert.equal(response.statusCode, 404, response.body);
      assert.equal(response.body, nobodys.body);
    }
  }
  const crossed = await built.call('GET', `${PACKAGES}/${own.id}/assets/${assetId}`, undefined, stranger);
  assert.equal(crossed.statusCode, 404, 'an asset is found under its own package only');
});

test('a token and a submitting role are needed, and nothing is kept without', async (t) => {
  const built = await buildTestApp(t);
  const anonymous = await built.app.inject({ method: 'PUT', url: PACKAGES, payload: Buffer.alloc(100_000) });
  assert.equal(anonymous.statusCode, 401);
  assert.match(String(anonymous.headers['www-authenticate']), /^Bearer /);
  for (const role of ['Shipping Label Owner', 'Shipping Label Promoter'] as const) {
    const tenant = await built.addTenant([role]);
    const headers = { authorization: await built.authorize(tenant) };
    assert.equal((await built.app.inject({ method: 'PUT', url: PACKAGES, headers, payload: 'x' })).statusCode, 403);
    assert.equal((await built.call('GET', `${PACKAGES}/${ABSENT}`, undefined, tenant)).statusCode, 403);
  }
  await assertNothingKept(built);
  const submitter = await built.addTenant(['Driver Submitter']);
  await submit(built, 'package', submitter);
});

test('no body, a compressed one and one that is too large are refused, and leave nothing', async (t) => {
  const built = await buildTestApp(t, { maximumBlobSize: 1000 });
  const authorization = await built.authorize();
  const put = (payload: Buffer | undefined, headers: Record<string, string> = {}) =>
    built.app.inject({
      method: 'PUT',
      url: PACKAGES,
      headers: { authorization, ...headers },
      ...(payload !== undefined && { payload }),
    });
  for (const empty of [await put(undefined), await put(Buffer.alloc(0))]) {
    assert.equal(empty.statusCode, 400);
    assert.match(empty.json<ErrorBody>().error.message, /no body/);
  }
  const compressed = await put(Buffer.from('x'), { 'content-encoding': 'gzip' });
  assert.equal(compressed.statusCode, 415);
  const announced = await put(Buffer.alloc(1001));
  assert.deepEqual([announced.statusCode, announced.json<ErrorBody>().error.code], [413, 'payloadTooLarge']);
  assert.match(announced.json<ErrorBody>().error.message, /1000 bytes/);

  await built.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = built.app.server.address() as AddressInfo;
  const chunked = httpRequest({ host: '127.0.0.1', port, path: PACKAGES, method: 'PUT', headers: { authorization } });
  for (let index = 0; index < 5; index += 1) chunked.write(Buffer.alloc(300));
  chunked.end();
  const [response] = await once(chunked, 'response');
  assert.equal(response.statusCode, 413);
  response.resume();
  await assertNothingKept(built);
  assert.equal((await put(Buffer.alloc(1000))).statusCode, 201);
});

test('an upload that is cut off leaves nothing', async (t) => {
  const built = await buildTestApp(t);
  await built.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = built.app.server.address() as AddressInfo;
  const authorization = await built.authorize();
  const heads = ['Content-Length: 3000000', 'Transfer-Encoding: chunked'];
  for (const head of heads) {
    const socket = connect(port, '127.0.0.1');
    socket.write(`PUT ${PACKAGES} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n${head}\r\n\r\n`);
    const chunk = Buffer.alloc(1_500_000);
    socket.write(head.startsWith('Transfer') ? `${chunk.length.toString(16)}\r\n` : '');
    socket.write(chunk);
    await waitUntil(async () => (await contentFiles(built)).length > 0);
    socket.destroy();
    await waitUntil(async () => (await contentFiles(built)).length === 0);
  }
  await assertNothingKept(built);
});

test('when its row cannot be written, the package is not kept either', async (t) => {
  const built = await buildTestApp(t);
  await built.database.schema.alterTable('workflows').renameTo('workflows_gone').execute();
  const headers = { authorization: await built.authorize() };
  const response = await built.app.inject({ method: 'PUT', url: PACKAGES, headers, payload: 'package' });
  assert.equal(response.statusCode, 500);
  await built.database.schema
    .alterTable('workflows_gone' as 'workflows')
    .renameTo('workflows')
    .execute();
  await assertNothingKept(built);
});

test('a large package goes through in little memory', async (t) => {
  const built = await buildTestApp(t);
  await built.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = built.app.server.address() as AddressInfo;
  const headers = { authorization: await built.authorize() };
  const sent = httpRequest({ host: '127.0.0.1', port, path: PACKAGES, method: 'PUT', headers });
  const answered = once(sent, 'response');
  const chunk = Buffer.alloc(1024 * 1024, 7);
  const before = process.memoryUsage().rss;
  let highest = 0;
  for (let index = 0; index < 300; index += 1) {
    if (!sent.write(chunk)) await once(sent, 'drain');
    highest = Math.max(highest, process.memoryUsage().rss);
  }
  sent.end();
  const [response] = await answered;
  assert.equal(response.statusCode, 201);
  response.resume();
  const { length } = await built.database.selectFrom('blobs').select('length').executeTakeFirstOrThrow();
  assert.equal(length, 300n * 1024n * 1024n);
  assert.ok(highest - before < 150 * 1024 * 1024, `${Math.round((highest - before) / 1024 / 1024)} MiB more`);
});

async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
