import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { ErrorBody, HardwareIdCombination, Product, ProductList, Submission } from '@assay/hardware-api';
import type { LightMyRequestResponse } from 'fastify';
import { createBlobStore } from '../../src/blob/index.ts';
import { readAudit } from '../../src/store/audit.ts';
import type { DatabaseLocation } from '../../src/store/database.ts';
import { revokeShare, shareSubmission } from '../../src/store/sharing.ts';
import { UPLOAD_CONTAINER } from '../../src/store/submissions.ts';
import { startEngine } from '../../src/workflow/engine.ts';
import { publisherMetadata } from '../../src/workflow/publisher-metadata/index.ts';
import { HARDWARE_ID, insertCompletedSubmission, METADATA } from '../store/completed-submission.ts';
import { testOnEachLocation } from '../store/test-databases.ts';
import { bodyOf, buildTestApp, createInitialSubmission, type TestApp, type TestTenant, V2 } from './test-app.ts';

const V1 = '/v1.0/my/hardware';
const SIGNED = 'the signed package';

interface Sharing {
  readonly built: TestApp;
  readonly receiver: TestTenant;
  /** Ids of the publisher. */
  readonly source: { readonly productId: bigint; readonly submissionId: bigint };
  /** Paths of the receiver. */
  readonly product: string;
  readonly submission: string;
  share(labelId: bigint, hardwareIds?: readonly HardwareIdCombination[]): Promise<void>;
  revoke(labelId: bigint): Promise<void>;
  /** Sends a request as the receiver. */
  call(method: 'GET' | 'POST' | 'PATCH' | 'PUT', path: string, payload?: unknown): Promise<LightMyRequestResponse>;
}

/** A publisher, the first tenant, that shares a completed submission with a second account by label 1. */
async function setUp(
  t: Parameters<typeof buildTestApp>[0],
  options: { readonly hardwareIds?: readonly HardwareIdCombination[]; readonly location?: DatabaseLocation } = {},
): Promise<Sharing> {
  const built = await buildTestApp(t, options.location === undefined ? {} : { location: options.location });
  const { database, clock, directory } = built;
  const blobs = createBlobStore({ database, directory: join(directory, 'blobs'), clock: clock.read });
  const receiver = await built.addTenant(['Driver Submitter']);
  const { product, submission } = await insertCompletedSubmission(database, built.tenant.accountId, clock.read);
  for (const [name, text] of [
    [`signed-${submission.id}`, SIGNED],
    [`metadata-${submission.id}`, JSON.stringify(METADATA)],
  ] as const) {
    await blobs.put(UPLOAD_CONTAINER, name, Readable.from([Buffer.from(text)]), { contentType: 'application/json' });
  }
  const share = (labelId: bigint, hardwareIds: readonly HardwareIdCombination[] = []) =>
    database
      .transaction()
      .execute((transaction) =>
        shareSubmission(
          transaction,
          { sourceSubmissionId: submission.id, receiverAccountId: receiver.accountId, labelId, hardwareIds },
          clock.read,
        ),
      );
  const { productId, submissionId } = await share(1n, options.hardwareIds);
  const engine = startEngine({
    database,
    clock: clock.read,
    definitions: [publisherMetadata({ database, blobs, clock: clock.read })],
  });
  t.after(() => engine.stop());
  return {
    built,
    receiver,
    source: { productId: product.id, submissionId: submission.id },
    product: `${V2}/products/${productId}`,
    submission: `${V2}/products/${productId}/submissions/${submissionId}`,
    share: async (labelId, hardwareIds) => void (await share(labelId, hardwareIds)),
    revoke: (labelId) =>
      database.transaction().execute((transaction) => revokeShare(transaction, { labelId }, clock.read)),
    call: async (method, path, payload) => {
      const response = await built.call(method, path, payload, receiver);
      engine.wake();
      return response;
    },
  };
}

function assertRefused(response: LightMyRequestResponse, status: number, code: string, message: string): void {
  assert.equal(response.statusCode, status, response.body);
  const { error } = bodyOf<ErrorBody>(response);
  assert.deepEqual([error.code, error.message], [code, message]);
}

const readSubmission = async ({ call, submission }: Sharing): Promise<Submission> =>
  bodyOf<Submission>(await call('GET', submission));

function fetchBlob({ built }: Sharing, url: string): Promise<LightMyRequestResponse> {
  const { pathname, search } = new URL(url);
  return built.app.inject({ url: pathname + search });
}

/** The text of a download, once it is there. */
async function download(sharing: Sharing, type: string): Promise<string> {
  for (;;) {
    const { downloads } = await readSubmission(sharing);
    const item = downloads?.items.find((candidate) => candidate.type === type);
    if (item !== undefined) return (await fetchBlob(sharing, item.url)).body;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const typesIn = (submission: Submission): string[] => (submission.downloads?.items ?? []).map(({ type }) => type);

test('the receiver sees a product of its own that names its source', async (t) => {
  const sharing = await setUp(t);
  const { built, call, product, source } = sharing;
  const seen = bodyOf<Product>(await call('GET', product));
  const own = bodyOf<Product>(await built.call('GET', `${V2}/products/${source.productId}`));
  assert.deepEqual([own.originType, own.sourceProductId, own.sourcePublisherId, own.message], ['author', 0, 0, '']);
  assert.deepEqual(
    [seen.originType, BigInt(seen.sourceProductId ?? 0), BigInt(seen.sourcePublisherId ?? 0), seen.message],
    ['publisher', source.productId, built.tenant.accountId, ''],
  );
  assert.equal(seen.sharedProductId, own.sharedProductId);
  assert.notEqual(seen.id, own.id);
  assert.equal(seen.isCommitted, true);
  assert.deepEqual([seen.productName, seen.marketingNames], [own.productName, own.marketingNames]);
  const list = bodyOf<ProductList>(await call('GET', `${V2}/products`));
  assert.deepEqual(list.value, [seen]);
  const submissions = bodyOf<{ value: Submission[] }>(await call('GET', `${product}/submissions`));
  assert.equal(submissions.value.length, 1);
});

test('the receiver reads and downloads; there is no package of its own to upload or change', async (t) => {
  const sharing = await setUp(t);
  const seen = await readSubmission(sharing);
  assert.deepEqual(typesIn(seen), ['signedPackage']);
  assert.deepEqual(
    seen.links.map(({ rel }) => rel),
    ['self'],
  );
  assert.equal(seen.commitStatus, 'commitComplete');
  assert.deepEqual(seen.workflowStatus, { currentStep: 'finalizeIngestion', state: 'completed', messages: [] });
  const [item] = seen.downloads?.items ?? [];
  const query = new URL(item?.url ?? '').searchParams;
  assert.equal(query.get('sp'), 'rl');
  assert.match(query.get('rscd') ?? '', new RegExp(`filename="?Signed_${seen.id}\\.zip`));
  assert.equal(await download(sharing, 'signedPackage'), SIGNED);
});

test('the receiver may not change, submit or commit', async (t) => {
  const { call, product, submission } = await setUp(t);
  for (const [version, spelling] of [
    [V2, (code: string) => code],
    [V1, (code: string) => code.charAt(0).toUpperCase() + code.slice(1)],
  ] as const) {
    const [productPath, submissionPath] = [product.replace(V2, version), submission.replace(V2, version)];
    const unauthorized = spelling('updateUnauthorized');
    for (const body of [{ marketingNames: ['x'] }, { productName: 'x' }, {}]) {
      const update = await call('PATCH', productPath, body);
      assertRefused(update, 403, unauthorized, 'Not authorized to update the product');
    }
    for (const body of [{ name: 'x' }, {}]) {
      const update = await call('PATCH', submissionPath, body);
      assertRefused(update, 403, unauthorized, 'Not authorized to update the submission');
    }
    for (const type of ['initial', 'derived']) {
      const creation = await call('POST', `${productPath}/submissions`, { name: 'x', type });
      assert.deepEqual(
        [creation.statusCode, bodyOf<ErrorBody>(creation).error.code],
        [400, spelling('readOnlyProduct')],
      );
    }
    const commit = await call('POST', `${submissionPath}/commit`);
    const invalid = spelling('requestInvalidForCurrentState');
    assertRefused(commit, 400, invalid, 'Only pending submissions can be committed.');
  }
  assert.equal(bodyOf<Product>(await call('GET', product)).productName, 'Echo');
});

test('the ids of one side mean nothing to the other', async (t) => {
  const { built, call, product, submission, source } = await setUp(t);
  const [productId, submissionId] = [`${source.productId}`, `${source.submissionId}`];
  assert.equal((await call('GET', `${V2}/products/${productId}`)).statusCode, 404);
  assert.equal((await call('GET', `${V2}/products/${productId}/submissions/${submissionId}`)).statusCode, 404);
  assert.equal((await call('GET', `${product}/submissions/${submissionId}`)).statusCode, 404);
  assert.equal((await built.call('GET', product)).statusCode, 404);
  assert.equal((await built.call('GET', submission)).statusCode, 404);
  assert.equal((await built.call('POST', `${submission}/createpublishermetadata`)).statusCode, 404);
});

test('createpublishermetadata gives the receiver the whole metadata when all is shared', async (t) => {
  const sharing = await setUp(t);
  const { call, submission } = sharing;
  for (const path of [
    `${submission}/createpublishermetadata`,
    `${submission}/CreatePublisherMetadata/`,
    `${submission.replace(V2, V1)}/createPublisherMetadata`,
  ]) {
    const response = await call('POST', path, path.endsWith('/') ? {} : undefined);
    assert.deepEqual([response.statusCode, response.body], [202, '']);
  }
  assert.deepEqual(JSON.parse(await download(sharing, 'driverMetadata')), METADATA);
  const seen = await readSubmission(sharing);
  assert.deepEqual(typesIn(seen), ['signedPackage', 'driverMetadata']);
  assert.match(seen.downloads?.items[1]?.url ?? '', new RegExp(`DriverMetadata_${seen.id}\\.json`));
  // Once it is there, asking again does nothing.
  assert.equal((await call('POST', `${submission}/createpublishermetadata`)).statusCode, 202);
  assert.deepEqual(typesIn(await readSubmission(sharing)), ['signedPackage', 'driverMetadata']);
});

testOnEachLocation('metadata holds what is shared, and follows when that changes', async (t, location) => {
  const sharing = await setUp(t, { location, hardwareIds: [HARDWARE_ID] });
  const { call, submission } = sharing;
  const requests = await Promise.all([1, 2, 3].map(() => call('POST', `${submission}/createpublishermetadata`)));
  for (const { statusCode } of requests) assert.equal(statusCode, 202);
  const [[bundleId, bundle] = []] = Object.entries(METADATA.BundleInfoMap);
  const echo = bundle?.InfInfoMap['echo.inf'];
  const device = echo?.OSPnPInfoMap.WINDOWS_v100_X64_GE_FULL?.['root\\echo'];
  assert.ok(bundleId !== undefined && bundle !== undefined && echo !== undefined && device !== undefined);
  const only = (devices: object) => ({
    BundleInfoMap: {
      [bundleId]: {
        ...bundle,
        InfInfoMap: { 'echo.inf': { ...echo, OSPnPInfoMap: { WINDOWS_v100_X64_GE_FULL: devices } } },
      },
    },
  });
  assert.deepEqual(JSON.parse(await download(sharing, 'driverMetadata')), only({ 'root\\echo': device }));

  await sharing.share(2n, [{ ...HARDWARE_ID, pnpString: 'root\\echo2' }]);
  const both = only({ 'root\\echo': device, 'root\\echo2': device });
  assert.deepEqual(JSON.parse(await download(sharing, 'driverMetadata')), both);
  await sharing.share(3n);
  assert.deepEqual(JSON.parse(await download(sharing, 'driverMetadata')), METADATA);
  await sharing.revoke(3n);
  await sharing.revoke(1n);
  assert.deepEqual(JSON.parse(await download(sharing, 'driverMetadata')), only({ 'root\\echo2': device }));
});

test('createpublishermetadata for an own submission waits for its workflow and then has nothing to do', async (t) => {
  const { built, source } = await setUp(t);
  const { path } = await createInitialSubmission(built);
  assertRefused(
    await built.call('POST', `${path}/createpublishermetadata`),
    400,
    'requestInvalidForCurrentState',
    "Driver metadata can be created once the submission's workflow has completed.",
  );
  const own = `${V2}/products/${source.productId}/submissions/${source.submissionId}`;
  const before = (await Array.fromAsync(readAudit(built.database))).length;
  const response = await built.call('POST', `${own}/createpublishermetadata`, {});
  assert.deepEqual([response.statusCode, response.body], [202, '']);
  assert.equal((await Array.fromAsync(readAudit(built.database))).length, before);
  assertRefused(
    await built.call('POST', `${V2}/products/${source.productId}/submissions/1/createpublishermetadata`),
    404,
    'entityNotFound',
    'No submission found',
  );
});

test('after the revocation the receiver is told so and has nothing left to download', async (t) => {
  const sharing = await setUp(t);
  const { built, call, product, submission, revoke, share } = sharing;
  await call('POST', `${submission}/createpublishermetadata`);
  await download(sharing, 'driverMetadata');
  await revoke(1n);
  const message = 'The publisher no longer shares this product.';
  assert.equal(bodyOf<Product>(await call('GET', product)).message, message);
  const withdrawn = await readSubmission(sharing);
  assert.deepEqual(withdrawn.downloads?.items, []);
  assert.deepEqual(withdrawn.workflowStatus?.messages, [message]);
  assert.equal(withdrawn.workflowStatus?.state, 'completed');
  const refused = await call('POST', `${submission}/createpublishermetadata`);
  assertRefused(refused, 400, 'requestInvalidForCurrentState', message);
  assert.equal((await call('PATCH', product, { productName: 'x' })).statusCode, 403);
  // The publisher's own is as it was.
  const own = `${V2}/products/${sharing.source.productId}/submissions/${sharing.source.submissionId}`;
  assert.deepEqual(typesIn(bodyOf<Submission>(await built.call('GET', own))), [
    'initialPackage',
    'signedPackage',
    'driverMetadata',
  ]);

  await share(1n);
  assert.equal(bodyOf<Product>(await call('GET', product)).message, '');
  assert.deepEqual(JSON.parse(await download(sharing, 'driverMetadata')), METADATA);
});

test("a partner's ids are translated, under both spellings and in every version", async (t) => {
  const sharing = await setUp(t);
  const { built, call, receiver, source, submission } = sharing;
  const publisher = built.tenant.accountId;
  const rest = `${publisher}/sourceproductid/${source.productId}/sourcesubmissionid/${source.submissionId}`;
  const own = await call('GET', submission);
  for (const name of ['sourcepubliherid', 'sourcepublisherid', 'SourcePublisherId']) {
    const found = await call('GET', `${V2}/products/relationships/${name}/${rest}`);
    assert.equal(found.statusCode, 200, found.body);
    assert.deepEqual(bodyOf<Submission>(found), bodyOf<Submission>(own));
    const older = bodyOf<Submission>(await call('GET', `${V1}/products/relationships/${name}/${rest}/`));
    assert.equal(older.commitStatus, 'commitCompleted');
    assert.equal(older.links[0]?.href, `http://localhost${submission.replace(V2, V1)}`);
  }
  const at = (path: string) => `${V2}/products/relationships/sourcepubliherid/${path}`;
  const wrong = [
    rest.replace(`${publisher}`, `${receiver.accountId}`),
    rest.replace(`${source.productId}`, '1'),
    rest.replace(`${source.submissionId}`, '1'),
    rest.replace(`${publisher}`, 'x'),
  ];
  for (const path of wrong) {
    assertRefused(await call('GET', at(path)), 404, 'entityNotFound', 'No submission found');
  }
  const stranger = await built.addTenant();
  for (const who of [built.tenant, stranger]) {
    const response = await built.call('GET', at(rest), undefined, who);
    assertRefused(response, 404, 'entityNotFound', 'No submission found');
  }
});
