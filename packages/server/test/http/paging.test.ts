import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorBody, ProductList } from '@assay/hardware-api';
import {
  ATTESTATION_PRODUCT,
  bodyOf,
  buildTestApp,
  createInitialSubmission,
  idOf,
  type TestApp,
  type TestTenant,
  V2,
} from './test-app.ts';

async function addProducts(built: TestApp, count: number, tenant?: TestTenant): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    built.clock.advance(1);
    ids.push(idOf(await built.call('POST', `${V2}/products`, ATTESTATION_PRODUCT, tenant)));
  }
  return ids;
}

const nextOf = (list: ProductList): string | undefined => list.links.find(({ rel }) => rel === 'next_link')?.href;
const idsOf = (list: ProductList): string[] => list.value.map(({ id }) => String(id));
const tokenOf = (href: string | undefined): string => new URL(href ?? '').searchParams.get('continuationToken') ?? '';

test('next_link walks through all rows once, those added meanwhile included', async (t) => {
  const built = await buildTestApp(t);
  const ids = await addProducts(built, 5);
  const seen: string[] = [];
  let url: string | undefined = `${V2}/products?pageSize=2`;
  while (url !== undefined) {
    const response = await built.call('GET', url);
    assert.equal(response.statusCode, 200, response.body);
    const list: ProductList = bodyOf<ProductList>(response);
    assert.ok(list.value.length <= 2);
    seen.push(...idsOf(list));
    if (seen.length === 4) ids.push(...(await addProducts(built, 2)));
    const next = nextOf(list);
    url = next === undefined ? undefined : new URL(next).pathname + new URL(next).search;
  }
  assert.deepEqual(seen, ids);
});

test('a page that holds everything has no next_link', async (t) => {
  const built = await buildTestApp(t);
  await addProducts(built, 2);
  for (const query of ['', '?pageSize=2', '?PAGESIZE=3', '/?pagesize=50']) {
    const list = bodyOf<ProductList>(await built.call('GET', `${V2}/products${query}`));
    assert.deepEqual([list.value.length, nextOf(list)], [2, undefined], query);
  }
});

test('a token that was changed, or made for another list or account, is invalid input', async (t) => {
  const built = await buildTestApp(t);
  await addProducts(built, 2);
  const { productId } = await createInitialSubmission(built);
  const other = await built.addTenant();
  await addProducts(built, 2, other);
  const token = tokenOf(nextOf(bodyOf<ProductList>(await built.call('GET', `${V2}/products?pageSize=1`))));
  assert.match(token, /^[A-Za-z0-9_-]{32}$/);
  const last = token.at(-1) === 'A' ? 'B' : 'A';
  const tries: readonly [path: string, token: string, tenant: TestTenant][] = [
    [`${V2}/products`, `${token.slice(0, -1)}${last}`, built.tenant],
    [`${V2}/products`, `AAAA${token.slice(4)}`, built.tenant],
    [`${V2}/products`, token.slice(0, 11), built.tenant],
    [`${V2}/products`, '', built.tenant],
    [`${V2}/products`, `${token}=`, built.tenant],
    [`${V2}/products`, '%F0%9F%98%80', built.tenant],
    [`${V2}/products`, token, other],
    [`${V2}/products/${productId}/submissions`, token, built.tenant],
  ];
  for (const [path, changed, tenant] of tries) {
    const response = await built.call('GET', `${path}?pageSize=1&continuationToken=${changed}`, undefined, tenant);
    assert.equal(response.statusCode, 400, `${path} ${changed}`);
    const { error } = response.json<ErrorBody>();
    assert.deepEqual([error.code, error.validationErrors[0]?.target], ['invalidInput', 'continuationToken']);
  }
  const again = await built.call('GET', `${V2}/products?pageSize=1&continuationToken=${token}`);
  assert.equal(again.statusCode, 200);
});

test('a page size that is none is invalid input', async (t) => {
  const built = await buildTestApp(t);
  for (const size of ['0', '-1', 'x', '1001', '1.5', '', '1e2']) {
    const response = await built.call('GET', `${V2}/products?pageSize=${size}`);
    assert.equal(response.statusCode, 400, size);
    assert.equal(response.json<ErrorBody>().error.validationErrors[0]?.target, 'pageSize');
  }
});
