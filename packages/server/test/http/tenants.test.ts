import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProductList } from '@assay/hardware-api';
import { ATTESTATION_PRODUCT, bodyOf, buildTestApp, createInitialSubmission, V2 } from './test-app.ts';

test('what belongs to another account answers exactly as if it did not exist', async (t) => {
  const built = await buildTestApp(t);
  const { productId, submissionId } = await createInitialSubmission(built);
  const stranger = await built.addTenant();
  const [absentProduct, absentSubmission] = ['10000000000000001', '1152921504606846977'];
  const requests: readonly ['GET' | 'POST', (product: string, submission: string) => string, unknown?][] = [
    ['GET', (product) => `/products/${product}`],
    ['GET', (product) => `/products/${product}/submissions`],
    ['POST', (product) => `/products/${product}/submissions`, { name: 'mine', type: 'initial' }],
    ['POST', (product) => `/products/${product}/submissions`, { nonsense: true }],
    ['GET', (product, submission) => `/products/${product}/submissions/${submission}`],
    ['POST', (product, submission) => `/products/${product}/submissions/${submission}/commit`],
  ];
  for (const [method, path, payload] of requests) {
    const theirs = await built.call(method, V2 + path(productId, submissionId), payload, stranger);
    const nobodys = await built.call(method, V2 + path(absentProduct, absentSubmission), payload, stranger);
    assert.equal(theirs.statusCode, 404, `${method} ${path('p', 's')}`);
    assert.equal(nobodys.statusCode, 404);
    assert.equal(theirs.body, nobodys.body);
  }
  const review = (id: string) =>
    built.call('POST', `/assay/v1/submissions/${id}/review`, { decision: 'approve' }, stranger);
  assert.equal((await review(submissionId)).body, (await review(absentSubmission)).body);

  const list = bodyOf<ProductList>(await built.call('GET', `${V2}/products`, undefined, stranger));
  assert.deepEqual(list.value, []);
  await built.call('POST', `${V2}/products`, ATTESTATION_PRODUCT, stranger);
  const own = bodyOf<ProductList>(await built.call('GET', `${V2}/products`));
  assert.deepEqual(
    own.value.map(({ id }) => String(id)),
    [productId],
  );
  const submission = await built.database.selectFrom('submissions').selectAll().executeTakeFirstOrThrow();
  assert.equal(submission.commit_status, 'commitPending');
});
