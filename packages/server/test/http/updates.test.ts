import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorBody, Product, Submission } from '@assay/hardware-api';
import type { LightMyRequestResponse } from 'fastify';
import { readAudit } from '../../src/store/audit.ts';
import type { Submission as SubmissionRow } from '../../src/store/schema.ts';
import { testOnEachLocation } from '../store/test-databases.ts';
import {
  ATTESTATION_PRODUCT,
  bodyOf,
  buildTestApp,
  createInitialSubmission,
  idOf,
  type TestApp,
  V2,
} from './test-app.ts';

const V1 = '/v1.0/my/hardware';
const PRODUCT = {
  ...ATTESTATION_PRODUCT,
  testHarness: 'hlk',
  announcementDate: '2026-05-01T00:00:00Z',
  marketingNames: ['Echo One'],
  firmwareVersion: '9.9',
};
const DATE = '2026-12-24T00:00:00Z';

type Progress = Partial<Pick<SubmissionRow, 'commit_status' | 'current_step' | 'step_state'>>;
const RUNNING: Progress = { commit_status: 'commitComplete', current_step: 'signing', step_state: 'started' };
const COMPLETED: Progress = {
  commit_status: 'commitComplete',
  current_step: 'finalizeIngestion',
  step_state: 'completed',
};
const FAILED: Progress = { commit_status: 'commitComplete', current_step: 'validation', step_state: 'failed' };
const COMMIT_FAILED: Progress = {
  commit_status: 'commitFailed',
  current_step: 'packageInfoValidation',
  step_state: 'failed',
};

async function setProgress({ database }: TestApp, submissionId: string, progress: Progress): Promise<void> {
  await database.updateTable('submissions').set(progress).where('id', '=', BigInt(submissionId)).execute();
}

const productAt = async (built: TestApp, path: string): Promise<Product> =>
  bodyOf<Product>(await built.call('GET', path));

function assertRefused(response: LightMyRequestResponse, status: number, code: string, message: string): void {
  assert.equal(response.statusCode, status, response.body);
  const { error, message: outer } = bodyOf<ErrorBody>(response);
  assert.deepEqual([error.code, error.message, outer], [code, message, message]);
}

function assertNoContent(response: LightMyRequestResponse): void {
  assert.deepEqual([response.statusCode, response.body], [204, '']);
}

async function updatesIn({ database }: TestApp): Promise<string[]> {
  const entries = await Array.fromAsync(readAudit(database));
  return entries.map(({ action }) => action).filter((action) => action.endsWith('.update'));
}

test('a product takes another announcement date, marketing names and name, and nothing else', async (t) => {
  const built = await buildTestApp(t);
  const { productId } = await createInitialSubmission(built, V2, PRODUCT);
  const path = `${V2}/products/${productId}`;
  const before = await productAt(built, path);
  built.clock.advance(60_000);
  assertNoContent(
    await built.call('PATCH', path, {
      ProductName: 'ignored: the last spelling wins',
      productName: 'Echo Two',
      AnnouncementDate: '2026-12-24',
      marketingNames: [],
      firmwareVersion: '0',
      testHarness: 'attestation',
      requestedSignatures: [],
      nonsense: true,
    }),
  );
  assert.deepEqual(await productAt(built, path), {
    ...before,
    productName: 'Echo Two',
    announcementDate: DATE,
    marketingNames: [],
    updatedBy: built.tenant.clientId,
    updatedDateTime: built.clock.now.toISOString(),
  });
  const [entry] = (await Array.fromAsync(readAudit(built.database))).filter(
    ({ action }) => action === 'product.update',
  );
  assert.equal(entry?.entity, `products/${productId}`);
  assert.deepEqual(JSON.parse(entry?.details ?? ''), {
    productName: 'Echo Two',
    announcementDate: DATE,
    marketingNames: [],
  });
});

test('a submission takes another name, and nothing else', async (t) => {
  const built = await buildTestApp(t);
  const { path } = await createInitialSubmission(built);
  const before = bodyOf<Submission>(await built.call('GET', path));
  assertNoContent(
    await built.call('PATCH', path, { NAME: 'updated-1', type: 'derived', commitStatus: 'commitFailed' }),
  );
  const after = bodyOf<Submission>(await built.call('GET', path));
  assert.deepEqual({ ...after, downloads: undefined }, { ...before, name: 'updated-1', downloads: undefined });
  const link = after.links.find(({ rel }) => rel === 'update_submission');
  assert.deepEqual([link?.method, link?.href], ['PATCH', `http://localhost${path}`]);
});

test('an update that changes nothing is done, and leaves no trace', async (t) => {
  const built = await buildTestApp(t);
  const { productId, path } = await createInitialSubmission(built, V2, PRODUCT);
  const product = `${V2}/products/${productId}`;
  const before = await productAt(built, product);
  built.clock.advance(60_000);
  const bodies: readonly unknown[] = [
    undefined,
    {},
    { nonsense: 1 },
    { productName: null, announcementDate: null, marketingNames: null, name: null },
    { announcementDate: '' },
    { productName: 'Echo', announcementDate: '2026-05-01T02:00:00+02:00', marketingNames: ['Echo One'], name: 'first' },
  ];
  for (const body of bodies) {
    assertNoContent(await built.call('PATCH', product, body));
    assertNoContent(await built.call('PATCH', path, body));
  }
  assert.deepEqual(await productAt(built, product), before);
  assert.deepEqual(await updatesIn(built), []);
});

test('bodies that cannot be read are refused with every fault', async (t) => {
  const built = await buildTestApp(t);
  const { productId, path } = await createInitialSubmission(built);
  const product = `${V2}/products/${productId}`;
  const refused = await built.call('PATCH', product, {
    productName: ' ',
    announcementDate: 'soon',
    marketingNames: ['a', 1],
  });
  assert.equal(refused.statusCode, 400);
  assert.equal(bodyOf<ErrorBody>(refused).error.code, 'invalidInput');
  assert.deepEqual(
    bodyOf<ErrorBody>(refused).error.validationErrors.map(({ target }) => target),
    ['announcementDate', 'marketingNames[1]', 'productName'],
  );
  const targetsOf = async (target: string, body: unknown): Promise<string[]> =>
    bodyOf<ErrorBody>(await built.call('PATCH', target, body)).error.validationErrors.map(({ target: name }) => name);
  assert.deepEqual(await targetsOf(product, []), ['']);
  assert.deepEqual(await targetsOf(path, { name: '' }), ['name']);
  assert.deepEqual(await targetsOf(path, { name: 7 }), ['name']);
  const form = await built.app.inject({
    method: 'PATCH',
    url: product,
    headers: { authorization: await built.authorize(), 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'productName=x',
  });
  assert.equal(form.statusCode, 415);
  assert.equal((await productAt(built, product)).productName, 'Echo');
});

test('a product without an initial submission cannot be updated', async (t) => {
  const built = await buildTestApp(t);
  for (const [prefix, code] of [
    [V2, 'updateUnauthorized'],
    [V1, 'UpdateUnauthorized'],
  ] as const) {
    const path = `${prefix}/products/${idOf(await built.call('POST', `${prefix}/products`, PRODUCT))}`;
    for (const body of [{ marketingNames: ['x'] }, {}]) {
      const response = await built.call('PATCH', path, body);
      assertRefused(response, 403, code, 'Cannot update product without an initial submission');
    }
  }
});

test('what has failed cannot be updated', async (t) => {
  const built = await buildTestApp(t);
  for (const [prefix, code] of [
    [V2, 'updateUnauthorized'],
    [V1, 'UpdateUnauthorized'],
  ] as const) {
    for (const progress of [FAILED, COMMIT_FAILED]) {
      const { productId, submissionId, path } = await createInitialSubmission(built, prefix, PRODUCT);
      await setProgress(built, submissionId, progress);
      const product = await built.call('PATCH', `${prefix}/products/${productId}`, { marketingNames: ['x'] });
      assertRefused(product, 403, code, 'Cannot update product because the workflow has failed');
      const submission = await built.call('PATCH', path, { name: 'x' });
      assertRefused(submission, 403, code, 'Cannot update the submission since the workflows have failed');
    }
  }
});

test('a failed derived submission does not lock its product', async (t) => {
  const built = await buildTestApp(t);
  const { productId, submissionId } = await createInitialSubmission(built, V2, PRODUCT);
  await setProgress(built, submissionId, COMPLETED);
  const product = `${V2}/products/${productId}`;
  const derived = idOf(await built.call('POST', `${product}/submissions`, { name: 'second', type: 'derived' }));
  await setProgress(built, derived, FAILED);
  assertNoContent(await built.call('PATCH', product, { productName: 'Echo Two' }));
  assertNoContent(await built.call('PATCH', `${product}/submissions/${submissionId}`, { name: 'the first' }));
  assert.equal((await built.call('PATCH', `${product}/submissions/${derived}`, { name: 'x' })).statusCode, 403);
});

test('the announcement date is fixed once ingestion has finished', async (t) => {
  const built = await buildTestApp(t);
  for (const [prefix, code] of [
    [V2, 'updateUnauthorized'],
    [V1, 'UpdateUnauthorized'],
  ] as const) {
    const { productId, submissionId } = await createInitialSubmission(built, prefix, PRODUCT);
    const path = `${prefix}/products/${productId}`;
    await setProgress(built, submissionId, RUNNING);
    assertNoContent(await built.call('PATCH', path, { announcementDate: DATE }));
    await setProgress(built, submissionId, COMPLETED);
    assertRefused(
      await built.call('PATCH', path, { announcementDate: '2027-01-01', productName: 'not this either' }),
      403,
      code,
      'Announcement Date cannot be updated after the ingestion process is finished',
    );
    assertNoContent(await built.call('PATCH', path, { announcementDate: DATE, productName: 'Echo Two' }));
    const { announcementDate, productName } = await productAt(built, path);
    assert.deepEqual([announcementDate, productName], [DATE, 'Echo Two']);
  }
});

test('the product name does not change while a workflow runs', async (t) => {
  const built = await buildTestApp(t);
  for (const [prefix, code] of [
    [V2, 'updateUnauthorized'],
    [V1, 'UpdateUnauthorized'],
  ] as const) {
    const { productId, submissionId } = await createInitialSubmission(built, prefix, PRODUCT);
    const path = `${prefix}/products/${productId}`;
    assertNoContent(await built.call('PATCH', path, { productName: 'while pending' }));
    await setProgress(built, submissionId, RUNNING);
    const message = 'Product Name cannot be updated at this time. Please re-try';
    assertRefused(await built.call('PATCH', path, { productName: 'x' }), 403, code, message);
    assertNoContent(await built.call('PATCH', path, { productName: 'while pending', marketingNames: ['x'] }));
    await setProgress(built, submissionId, COMPLETED);
    assertNoContent(await built.call('PATCH', path, { productName: 'when done' }));
    const derived = await built.call('POST', `${path}/submissions`, { name: 'second', type: 'derived' });
    await setProgress(built, idOf(derived), RUNNING);
    assertRefused(await built.call('PATCH', path, { productName: 'x' }), 403, code, message);
  }
});

test('what does not exist, or belongs to somebody else, is not found', async (t) => {
  const built = await buildTestApp(t);
  const { productId, path } = await createInitialSubmission(built);
  const stranger = await built.addTenant();
  for (const product of [productId, '10000000000000001', 'x', '0']) {
    for (const body of [{ productName: 'x' }, { productName: 7 }]) {
      const who = product === productId ? stranger : built.tenant;
      const response = await built.call('PATCH', `${V2}/products/${product}`, body, who);
      assertRefused(response, 404, 'entityNotFound', 'Product not found');
    }
  }
  for (const [target, who] of [
    [path, stranger],
    [`${V2}/products/${productId}/submissions/1152921504606846977`, built.tenant],
    [`${V2}/products/10000000000000001/submissions/${path.split('/').at(-1)}`, built.tenant],
    [`${V2}/products/${productId}/submissions/x`, built.tenant],
  ] as const) {
    assertRefused(await built.call('PATCH', target, { name: 'x' }, who), 404, 'entityNotFound', 'No submission found');
  }
  assert.deepEqual(await updatesIn(built), []);
});

test('the older version updates with PUT as well; the current one does not', async (t) => {
  const built = await buildTestApp(t);
  const { productId, path } = await createInitialSubmission(built, V1, PRODUCT);
  assertNoContent(await built.call('PUT', `${V1}/products/${productId}/`, { productName: 'Echo Two' }));
  assertNoContent(await built.call('PUT', path, { name: 'second' }));
  assert.equal((await productAt(built, `${V2}/products/${productId}`)).productName, 'Echo Two');
  assert.equal((await built.call('PUT', `${V2}/products/${productId}`, { productName: 'x' })).statusCode, 404);
});

test('only who may submit may update; every role may read', async (t) => {
  const built = await buildTestApp(t);
  const { productId, path } = await createInitialSubmission(built);
  for (const [role, status] of [
    ['Manager', 204],
    ['Driver Submitter', 204],
    ['Shipping Label Owner', 403],
    ['Shipping Label Promoter', 403],
  ] as const) {
    await built.database
      .updateTable('applications')
      .set({ roles: JSON.stringify([role]) })
      .execute();
    const product = `${V2}/products/${productId}`;
    assert.equal((await built.call('PATCH', product, { productName: role })).statusCode, status);
    assert.equal((await built.call('PATCH', path, { name: role })).statusCode, status);
    assert.equal((await built.call('POST', `${path}/createpublishermetadata`)).statusCode, status === 204 ? 400 : 403);
    for (const readable of [product, `${V2}/products`, path, `${product}/submissions`]) {
      assert.equal((await built.call('GET', readable)).statusCode, 200, `${role} ${readable}`);
    }
  }
});

testOnEachLocation('of updates at the same time none is lost', async (t, location) => {
  const built = await buildTestApp(t, { location });
  const { productId } = await createInitialSubmission(built, V2, PRODUCT);
  const path = `${V2}/products/${productId}`;
  for (let round = 0; round < 5; round += 1) {
    const changes = {
      productName: `Echo ${round}`,
      announcementDate: `2026-06-0${round + 1}T00:00:00Z`,
      marketingNames: [`name ${round}`],
    };
    const responses = await Promise.all(
      Object.entries(changes).map(([name, value]) => built.call('PATCH', path, { [name]: value })),
    );
    for (const response of responses) assertNoContent(response);
    const { productName, announcementDate, marketingNames } = await productAt(built, path);
    assert.deepEqual({ productName, announcementDate, marketingNames }, changes);
  }
});

testOnEachLocation('a commit and a new product name come in one order or the other', async (t, location) => {
  const built = await buildTestApp(t, { location });
  for (let round = 0; round < 8; round += 1) {
    const { productId, path } = await createInitialSubmission(built, V2, PRODUCT);
    const product = `${V2}/products/${productId}`;
    const [commit, update] = await Promise.all([
      built.call('POST', `${path}/commit`),
      built.call('PATCH', product, { productName: 'Echo Two' }),
    ]);
    assert.equal(commit.statusCode, 202);
    const { productName, isCommitted } = await productAt(built, product);
    assert.equal(isCommitted, true);
    const entries = await Array.fromAsync(readAudit(built.database, { entity: `products/${productId}` }));
    const renamed = entries.some(({ action }) => action === 'product.update');
    assert.deepEqual(
      [update.statusCode, productName, renamed],
      renamed ? [204, 'Echo Two', true] : [403, 'Echo', false],
    );
  }
});
