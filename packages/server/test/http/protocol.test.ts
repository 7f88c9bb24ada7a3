import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorBody, Product } from '@assay/hardware-api';
import { API_PREFIXES } from '../../src/http/api-prefixes.ts';
import { ATTESTATION_PRODUCT, bodyOf, buildTestApp, createInitialSubmission, idOf, V2 } from './test-app.ts';

test('all prefixes serve the same resources and write links of their own', async (t) => {
  const built = await buildTestApp(t);
  const { productId, submissionId } = await createInitialSubmission(built);
  for (const { path, version } of API_PREFIXES) {
    const response = await built.call('GET', `${path}/products/${productId}`);
    assert.equal(response.statusCode, 200, path);
    const [self] = bodyOf<Product>(response).links;
    assert.equal(self?.href, `http://localhost${path}/products/${productId}`);
    assert.equal(
      (await built.call('GET', `${path}/products/${productId}/submissions/${submissionId}`)).statusCode,
      200,
    );
    const missing = await built.call('GET', `${path}/products/1`);
    const expected = version === 'v1.0' ? 'EntityNotFound' : 'entityNotFound';
    assert.equal(missing.json<ErrorBody>().error.code, expected, path);
  }
});

test('links start with the address that the caller used, or with the public one', async (t) => {
  const built = await buildTestApp(t);
  const headers = { authorization: await built.authorize(), host: 'LAB-7:8080' };
  const list = await built.app.inject({ url: `${V2}/products`, headers });
  assert.ok(list.body.includes(`"http://lab-7:8080${V2}/products?pageSize=50"`), list.body);
  for (const host of ['a b', 'a/b', 'user@host', '"><', 'host:99999']) {
    const response = await built.app.inject({ url: `${V2}/products`, headers: { ...headers, host } });
    assert.equal(response.statusCode, 400, host);
  }
  const published = await buildTestApp(t, { publicUrl: 'https://hdc.example' });
  const response = await published.call('POST', `${V2}/products`, ATTESTATION_PRODUCT);
  assert.ok(response.body.includes(`"https://hdc.example${V2}/products/${idOf(response)}"`));
});

test('paths compare without case and a trailing slash never matters', async (t) => {
  const built = await buildTestApp(t);
  const { productId, submissionId } = await createInitialSubmission(built);
  for (const path of [
    `${V2}/products/`,
    `${V2}/PRODUCTS`,
    `/V2.0/My/Hardware/Products/${productId}/`,
    `${V2}/products/${productId}/Submissions/`,
    `${V2}/products/${productId}/submissions/${submissionId}/`,
  ]) {
    assert.equal((await built.call('GET', path)).statusCode, 200, path);
  }
  assert.equal((await built.call('POST', `${V2}/products/`, ATTESTATION_PRODUCT)).statusCode, 201);
  const commit = await built.call('POST', `${V2}/products/${productId}/submissions/${submissionId}/COMMIT/`);
  assert.equal(commit.statusCode, 202);
});

const CONTENT_TYPES: readonly [name: string, type: string | undefined, body: string | undefined, status: number][] = [
  ['nothing at all', undefined, undefined, 202],
  ['an empty object', 'application/json', '{}', 202],
  ['an empty body announced as JSON', 'application/json', undefined, 202],
  ['an empty body announced as JSON with a charset', 'application/json; charset=utf-8', '', 202],
  ['null', 'application/json', 'null', 202],
  ['JSON with a byte order mark', 'application/json', '\uFEFF{}', 202],
  ['JSON without a type', undefined, '{}', 202],
  ['a JSON dialect', 'application/vnd.assay+json', '{}', 202],
  ['text/json in capitals', 'TEXT/JSON; Charset="UTF-8"', '{}', 202],
  ['an empty form', 'application/x-www-form-urlencoded', undefined, 415],
  ['a form', 'application/x-www-form-urlencoded', 'a=b', 415],
  ['JSON called a form', 'application/x-www-form-urlencoded', '{}', 415],
  ['text', 'text/plain', '{}', 415],
  ['bytes', 'application/octet-stream', '{}', 415],
  ['a type that is none', 'nonsense', '{}', 415],
  ['another charset', 'application/json; charset=utf-16', '{}', 415],
  ['no JSON and no type', undefined, 'a=b', 415],
  ['malformed JSON', 'application/json', '{"a":', 400],
  ['two JSON values', 'application/json', '{}{}', 400],
];

for (const [name, type, body, status] of CONTENT_TYPES) {
  test(`a commit with ${name} is answered ${status}`, async (t) => {
    const built = await buildTestApp(t);
    const { path } = await createInitialSubmission(built);
    const response = await built.app.inject({
      method: 'POST',
      url: `${path}/commit`,
      headers: { authorization: await built.authorize(), ...(type !== undefined && { 'content-type': type }) },
      ...(body !== undefined && { payload: body }),
    });
    assert.equal(response.statusCode, status, response.body);
    if (status === 202) return;
    const { error, statusCode, httpErrorCode } = response.json<ErrorBody>();
    assert.equal(error.code, status === 415 ? 'unsupportedMediaType' : 'malformedRequest');
    assert.equal(statusCode, status === 415 ? '415 UnsupportedMediaType' : '400 BadRequest');
    assert.deepEqual([httpErrorCode, error.httpErrorCode], [status, status]);
  });
}

test('a body in another encoding, in broken UTF-8, nested without end or too long is refused', async (t) => {
  const built = await buildTestApp(t);
  const send = async (payload: string | Buffer, headers: Record<string, string> = {}) =>
    built.app.inject({
      method: 'POST',
      url: `${V2}/products`,
      headers: { authorization: await built.authorize(), 'content-type': 'application/json', ...headers },
      payload,
    });
  assert.equal((await send('{}', { 'content-encoding': 'gzip' })).statusCode, 415);
  assert.equal((await send(Buffer.from([0x7b, 0xff, 0x7d]))).statusCode, 400);
  assert.equal((await send('['.repeat(500_000))).statusCode, 400);
  const nested = await send(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
  assert.equal(nested.statusCode, 400);
  const long = await send(JSON.stringify({ productName: 'x'.repeat(1024 * 1024) }));
  assert.deepEqual([long.statusCode, long.json<ErrorBody>().error.code], [413, 'payloadTooLarge']);
});

test('a GET may carry any content type', async (t) => {
  const built = await buildTestApp(t);
  const headers = { authorization: await built.authorize(), 'content-type': 'application/x-www-form-urlencoded' };
  assert.equal((await built.app.inject({ url: `${V2}/products`, headers })).statusCode, 200);
});

test('unknown paths and methods answer 404 in the error body of their version', async (t) => {
  const built = await buildTestApp(t);
  const { path } = await createInitialSubmission(built);
  const cases: readonly ['GET' | 'PATCH' | 'PUT' | 'DELETE', string, string][] = [
    ['GET', '/', 'entityNotFound'],
    ['GET', `${V2}/nothing`, 'entityNotFound'],
    ['GET', '/v1.0/my/hardware/nothing', 'EntityNotFound'],
    ['GET', '/api/v1/hardware/', 'EntityNotFound'],
    ['PATCH', `${V2}/products`, 'entityNotFound'],
    ['PUT', path, 'entityNotFound'],
    ['PUT', `${path}/commit`, 'entityNotFound'],
    ['DELETE', path, 'entityNotFound'],
  ];
  for (const [method, url, code] of cases) {
    const response = await built.call(method, url, method === 'GET' ? undefined : { name: 'other' });
    assert.equal(response.statusCode, 404, `${method} ${url}`);
    const body = response.json<ErrorBody>();
    assert.deepEqual([body.error.code, body.statusCode], [code, '404 NotFound']);
    assert.ok(response.headers['ms-requestid']);
  }
  const broken = await built.app.inject({
    method: 'PUT',
    url: `${V2}/nothing`,
    headers: { 'content-type': 'application/json' },
    payload: '{',
  });
  assert.equal(broken.statusCode, 404);
});

test('a path that is no URL is malformed', async (t) => {
  const { app } = await buildTestApp(t);
  const response = await app.inject(`${V2}/products/%zz`);
  assert.deepEqual([response.statusCode, response.json<ErrorBody>().error.code], [400, 'malformedRequest']);
  assert.ok(response.headers['ms-requestid']);
});

test("the caller's ids come back when they are sane, fresh ones otherwise", async (t) => {
  const built = await buildTestApp(t);
  const headers = { 'ms-correlationid': '5f0e2b6e-0000-4000-8000-000000000001', 'MS-RequestId': 'build-42' };
  for (const url of [`${V2}/products`, '/nowhere', '/healthz', `/${built.tenant.tenantId}/discovery/keys`]) {
    const response = await built.app.inject({ url, headers });
    assert.equal(response.headers['ms-correlationid'], headers['ms-correlationid'], url);
    assert.equal(response.headers['ms-requestid'], 'build-42', url);
  }
  for (const odd of ['', 'a b', 'x'.repeat(200), 'é', '<script>']) {
    const response = await built.app.inject({ url: '/healthz', headers: { 'ms-requestid': odd } });
    assert.match(String(response.headers['ms-requestid']), /^[0-9a-f-]{36}$/, odd);
  }
  const [one, two] = [await built.app.inject('/healthz'), await built.app.inject('/healthz')];
  assert.notEqual(one.headers['ms-requestid'], two.headers['ms-requestid']);
});

test('an error of our own shows nothing of the inside', async (t) => {
  const built = await buildTestApp(t);
  const authorization = await built.authorize();
  await built.database.schema.dropTable('downloads').execute();
  await built.database.schema.dropTable('submissions').execute();
  await built.database.schema.dropTable('products').execute();
  const response = await built.app.inject({ url: `${V2}/products`, headers: { authorization } });
  assert.equal(response.statusCode, 500);
  assert.deepEqual(response.json<ErrorBody>(), {
    error: {
      code: 'internalServerError',
      message: 'The server met an unexpected error.',
      validationErrors: [],
      httpErrorCode: 500,
    },
    statusCode: '500 InternalServerError',
    message: 'The server met an unexpected error.',
    httpErrorCode: 500,
  });
  assert.equal(response.headers['x-powered-by'], undefined);
  assert.equal(response.headers.server, undefined);
});

test('health is 200 while the database answers and 503 when it does not', async (t) => {
  const built = await buildTestApp(t);
  assert.equal((await built.app.inject('/healthz')).statusCode, 200);
  await built.database.schema.dropTable('client_secrets').execute();
  await built.database.schema.dropTable('applications').execute();
  await built.database.schema.dropTable('submission_certificates').execute();
  await built.database.schema.dropTable('downloads').execute();
  await built.database.schema.dropTable('submissions').execute();
  await built.database.schema.dropTable('products').execute();
  await built.database.schema.dropTable('accounts').execute();
  assert.equal((await built.app.inject('/healthz')).statusCode, 503);
});
