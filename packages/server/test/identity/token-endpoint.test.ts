import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { createTokenIssuer } from '../../src/identity/index.ts';
import { changeApplication } from '../../src/store/accounts.ts';
import {
  addClientSecret,
  listClientSecrets,
  removeClientSecret,
  TooManySecrets,
} from '../../src/store/client-secrets.ts';
import { buildTestApp, RESOURCE, type TestApp, V2 } from '../http/test-app.ts';

interface EntraError {
  readonly error: string;
  readonly error_description: string;
  readonly error_codes: readonly number[];
  readonly timestamp: string;
  readonly trace_id: string;
  readonly correlation_id: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const formOf = ({ tenant }: TestApp): Record<string, string> => ({
  grant_type: 'client_credentials',
  client_id: tenant.clientId,
  client_secret: tenant.clientSecret,
  resource: RESOURCE,
  scope: `${RESOURCE}/.default`,
});

function ask(
  { app, tenant }: TestApp,
  form: Record<string, string> | string,
  { version = 'v1', tenantId = tenant.tenantId, headers = {} as Record<string, string> } = {},
) {
  const payload = typeof form === 'string' ? form : new URLSearchParams(form).toString();
  const url = `/${tenantId}/oauth2${version === 'v2' ? '/v2.0' : ''}/token`;
  return app.inject({ method: 'POST', url, payload, headers });
}

const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

test('the v1 endpoint writes its numbers as strings of digits', async (t) => {
  const built = await buildTestApp(t);
  const response = await ask(built, formOf(built), { headers: FORM_TYPE });
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['cache-control'], 'no-store');
  const { access_token: token, ...rest } = response.json<Record<string, unknown>>();
  const now = Math.floor(built.clock.now.getTime() / 1000);
  assert.deepEqual(rest, {
    token_type: 'Bearer',
    expires_in: '3600',
    ext_expires_in: '3600',
    expires_on: String(now + 3600),
    not_before: String(now),
    resource: RESOURCE,
  });
  assert.equal(typeof token, 'string');
});

test('the v2 endpoint writes numbers and takes resource beside scope', async (t) => {
  const built = await buildTestApp(t);
  const response = await ask(built, formOf(built), { version: 'v2', headers: FORM_TYPE });
  assert.equal(response.statusCode, 200);
  const { access_token: token, ...rest } = response.json<Record<string, unknown>>();
  assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600 });
  const list = await built.app.inject({ url: `${V2}/products`, headers: { authorization: `Bearer ${token}` } });
  assert.equal(list.statusCode, 200);
});

test('a token checks against the published keys and says who, where and in which roles', async (t) => {
  const built = await buildTestApp(t);
  const keys = (await built.app.inject(`/${built.tenant.tenantId}/discovery/v2.0/keys`)).json<JSONWebKeySet>();
  const { access_token: token } = (await ask(built, formOf(built), { version: 'v2' })).json();
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys), {
    audience: RESOURCE,
    issuer: `http://localhost/${built.tenant.tenantId}/v2.0`,
    currentDate: built.clock.now,
  });
  assert.equal(protectedHeader.alg, 'RS256');
  assert.equal(payload.appid, built.tenant.clientId);
  assert.equal(payload.tid, built.tenant.tenantId);
  assert.deepEqual(payload.roles, ['Manager']);
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 3600);
  for (const key of keys.keys)
    assert.deepEqual([key.d, key.p, key.q, key.use], [undefined, undefined, undefined, 'sig']);
});

test('the form is read whatever type it announces, encoded or not', async (t) => {
  const built = await buildTestApp(t);
  const raw = Object.entries(formOf(built))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  assert.ok(raw.includes('resource=https://manage'), 'the colon and the slashes are not encoded');
  for (const type of [undefined, 'application/json', 'text/plain', 'nonsense', 'multipart/form-data; boundary=x']) {
    const response = await ask(built, raw, { headers: type === undefined ? {} : { 'content-type': type } });
    assert.equal(response.statusCode, 200, `${type}: ${response.body}`);
  }
  const lines = raw.replaceAll('&', '\r\n&');
  assert.equal((await ask(built, lines)).statusCode, 200, 'line ends between parameters do not matter');
  const slash = { ...formOf(built), resource: `${RESOURCE}/` };
  assert.equal((await ask(built, slash)).json<{ resource: string }>().resource, `${RESOURCE}/`);
});

const REFUSALS: readonly {
  readonly name: string;
  readonly change: Record<string, string | undefined>;
  readonly version?: string;
  readonly tenantId?: string;
  readonly status: number;
  readonly error: string;
  readonly code: number;
}[] = [
  {
    name: 'a wrong secret',
    change: { client_secret: 'wrong' },
    status: 401,
    error: 'invalid_client',
    code: 7000215,
  },
  {
    name: 'no secret',
    change: { client_secret: undefined },
    status: 401,
    error: 'invalid_client',
    code: 7000216,
  },
  {
    name: 'an unknown application',
    change: { client_id: '00000000-0000-0000-0000-000000000001' },
    status: 400,
    error: 'unauthorized_client',
    code: 700016,
  },
  {
    name: 'a client assertion that is no JWT',
    change: {
      client_secret: undefined,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: 'a.b.c',
    },
    status: 401,
    error: 'invalid_client',
    code: 50027,
  },
  {
    name: 'no client_id',
    change: { client_id: undefined },
    status: 400,
    error: 'invalid_request',
    code: 900144,
  },
  {
    name: 'no grant_type',
    change: { grant_type: undefined },
    status: 400,
    error: 'invalid_request',
    code: 900144,
  },
  {
    name: 'another grant type',
    change: { grant_type: 'password' },
    status: 400,
    error: 'unsupported_grant_type',
    code: 70003,
  },
  { name: 'no resource', change: { resource: '' }, status: 400, error: 'invalid_request', code: 900144 },
  {
    name: 'another resource',
    change: { resource: 'https://graph.microsoft.com' },
    status: 400,
    error: 'invalid_resource',
    code: 500011,
  },
  {
    name: 'another scope',
    change: { scope: 'https://graph.microsoft.com/.default' },
    version: 'v2',
    status: 400,
    error: 'invalid_resource',
    code: 500011,
  },
  {
    name: 'a scope that is no .default',
    change: { scope: RESOURCE },
    version: 'v2',
    status: 400,
    error: 'invalid_scope',
    code: 1002012,
  },
  {
    name: 'an unknown tenant',
    change: {},
    tenantId: '00000000-0000-0000-0000-000000000002',
    status: 400,
    error: 'invalid_request',
    code: 90002,
  },
];

for (const { name, change, version = 'v1', tenantId, status, error, code } of REFUSALS) {
  test(`${name} is refused with AADSTS${code}`, async (t) => {
    const built = await buildTestApp(t);
    const form = Object.fromEntries(
      Object.entries({ ...formOf(built), ...change }).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
    const correlation = '11111111-2222-3333-4444-555555555555';
    const response = await ask(built, form, {
      version,
      ...(tenantId !== undefined && { tenantId }),
      headers: { ...FORM_TYPE, 'client-request-id': correlation },
    });
    assert.equal(response.statusCode, status, response.body);
    assert.equal(response.headers['cache-control'], 'no-store');
    const body = response.json<EntraError>();
    assert.equal(body.error, error);
    assert.deepEqual(body.error_codes, [code]);
    assert.ok(body.error_description.startsWith(`AADSTS${code}: `), body.error_description);
    assert.equal(body.timestamp, '2026-03-04 05:06:07Z');
    assert.match(body.trace_id, UUID);
    assert.equal(body.correlation_id, correlation);
    assert.equal(response.body.includes(built.tenant.clientSecret), false);
  });
}

test('an expired secret is refused, a newer one beside it works', async (t) => {
  const built = await buildTestApp(t);
  built.clock.advance(24 * 3_600_000);
  const response = await ask(built, formOf(built));
  assert.equal(response.statusCode, 401);
  assert.deepEqual(response.json<EntraError>().error_codes, [7000222]);
  const newer = await addClientSecret(built.database, { clientId: built.tenant.clientId }, built.clock.read);
  assert.equal((await ask(built, { ...formOf(built), client_secret: newer.secret })).statusCode, 200);
});

test('secrets are rotated: the new one works beside the old, which then goes; a third is refused', async (t) => {
  const built = await buildTestApp(t);
  const { clientId } = built.tenant;
  const { database, clock } = built;
  const newer = await addClientSecret(database, { clientId }, clock.read);
  assert.equal((await ask(built, formOf(built))).statusCode, 200, 'the old one works');
  assert.equal((await ask(built, { ...formOf(built), client_secret: newer.secret })).statusCode, 200);
  await assert.rejects(addClientSecret(database, { clientId }, clock.read), (error: Error) => {
    assert.ok(error instanceof TooManySecrets);
    assert.match(error.message, /Remove the one that no client uses/);
    return true;
  });
  const old = (await listClientSecrets(database, clientId)).find(({ id }) => id !== newer.id);
  assert.equal(old?.last_used_on, '2026-03-04');
  assert.equal(await removeClientSecret(database, clientId, old.id), true);
  assert.deepEqual((await ask(built, formOf(built))).json<EntraError>().error_codes, [7000215]);
  assert.equal((await ask(built, { ...formOf(built), client_secret: newer.secret })).statusCode, 200);
  await addClientSecret(database, { clientId }, clock.read);
});

test('a disabled application gets no token, and its tokens stop working', async (t) => {
  const built = await buildTestApp(t);
  const authorization = await built.authorize();
  const get = () => built.app.inject({ url: `${V2}/products`, headers: { authorization } });
  await changeApplication(built.database, built.tenant.clientId, { disabledAt: built.clock.now });
  const response = await ask(built, formOf(built));
  assert.equal(response.statusCode, 400);
  assert.deepEqual(response.json<EntraError>().error_codes, [7000112]);
  assert.equal((await get()).statusCode, 401);
  await changeApplication(built.database, built.tenant.clientId, { disabledAt: null });
  assert.equal((await get()).statusCode, 200);
});

test('an application does not exist in another tenant', async (t) => {
  const built = await buildTestApp(t);
  const other = await built.addTenant();
  const response = await ask(built, formOf(built), { tenantId: other.tenantId });
  assert.deepEqual(response.json<EntraError>().error_codes, [700016]);
});

test('a parameter that is sent twice is refused', async (t) => {
  const built = await buildTestApp(t);
  const twice = `${new URLSearchParams(formOf(built))}&client_secret=other`;
  const response = await ask(built, twice);
  assert.deepEqual([response.statusCode, response.json<EntraError>().error_codes], [400, [9002313]]);
});

test('a form that is far too long is refused in the same shape', async (t) => {
  const built = await buildTestApp(t);
  const response = await ask(built, { ...formOf(built), padding: 'x'.repeat(100_000) });
  assert.deepEqual([response.statusCode, response.json<EntraError>().error], [400, 'invalid_request']);
});

test('the token key is private, and a second issuer on the same file gives and takes the same tokens', async (t) => {
  const built = await buildTestApp(t);
  const keyFile = join(built.directory, 'token-key.pem');
  assert.equal((await stat(keyFile)).mode & 0o777, 0o600);
  assert.ok((await readFile(keyFile, 'utf8')).startsWith('-----BEGIN PRIVATE KEY-----'));
  const replica = await createTokenIssuer({ database: built.database, keyFile, clock: built.clock.read });
  assert.deepEqual(replica.jwks(), built.issuer.jwks());
  assert.deepEqual(replica.deriveSecret('x'), built.issuer.deriveSecret('x'));
  assert.notDeepEqual(replica.deriveSecret('x'), replica.deriveSecret('y'));
  const principal = await replica.authenticate(await built.authorize());
  assert.equal(principal.accountId, built.tenant.accountId);
});

test('issuers that start at once on a missing key file agree on one key', async (t) => {
  const built = await buildTestApp(t);
  const keyFile = join(built.directory, 'fresh', 'key.pem');
  const issuers = await Promise.all(
    Array.from({ length: 4 }, () => createTokenIssuer({ database: built.database, keyFile, clock: built.clock.read })),
  );
  const [first, ...others] = issuers.map((issuer) => issuer.jwks().keys[0]?.kid);
  for (const kid of others) assert.equal(kid, first);
});
