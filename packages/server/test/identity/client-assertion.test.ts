import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SignJWT } from 'jose';
import { createTokenIssuer } from '../../src/identity/index.ts';
import { addApplicationCertificate, removeApplicationCertificate } from '../../src/store/application-certificates.ts';
import { buildTestApp, RESOURCE, type TestApp, V2 } from '../http/test-app.ts';
import {
  type ApplicationKey,
  ASSERTION_TYPE,
  type AssertionChanges,
  digestOf,
  makeApplicationKey,
  makeAssertion,
} from './application-key.ts';

interface Setting {
  readonly built: TestApp;
  readonly key: ApplicationKey;
}

async function setUp(t: TestContext): Promise<Setting> {
  const built = await buildTestApp(t);
  const key = makeApplicationKey(built.clock.now);
  await addApplicationCertificate(built.database, built.tenant.clientId, key.certificate, built.clock.read);
  return { built, key };
}

const formOf = ({ tenant }: TestApp, assertion: string): URLSearchParams =>
  new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: tenant.clientId,
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: assertion,
    resource: RESOURCE,
    scope: `${RESOURCE}/.default`,
  });

function ask({ app, tenant }: TestApp, form: URLSearchParams, version = '/v2.0') {
  return app.inject({ method: 'POST', url: `/${tenant.tenantId}/oauth2${version}/token`, payload: form.toString() });
}

async function answerTo({ built, key }: Setting, changes: AssertionChanges = {}) {
  return ask(built, formOf(built, await makeAssertion(built, key, changes)));
}

test('an assertion gets a token that works, on both endpoints', async (t) => {
  const { built, key } = await setUp(t);
  for (const version of ['', '/v2.0']) {
    const response = await ask(built, formOf(built, await makeAssertion(built, key)), version);
    assert.equal(response.statusCode, 200, response.body);
    const { access_token: token } = response.json<{ access_token: string }>();
    const list = await built.app.inject({ url: `${V2}/products`, headers: { authorization: `Bearer ${token}` } });
    assert.equal(list.statusCode, 200);
  }
});

test('the certificate may be named in each of the ways that clients use', async (t) => {
  const setting = await setUp(t);
  const { key } = setting;
  const chain = [Buffer.from(key.certificate.bytes).toString('base64')];
  const sha1 = digestOf('sha1', key);
  const headers: readonly Readonly<Record<string, unknown>>[] = [
    { alg: 'RS256', 'x5t#S256': undefined, x5t: sha1 },
    { alg: 'RS256', 'x5t#S256': undefined, x5t: sha1, x5c: chain },
    { alg: 'PS256', x5c: chain },
    { alg: 'PS256', 'x5t#S256': undefined, x5c: chain },
    { alg: 'RS256', 'x5t#S256': undefined, kid: Buffer.from(sha1, 'base64url').toString('hex').toUpperCase() },
    { alg: 'RS256', 'x5t#S256': undefined, kid: sha1 },
    { alg: 'PS256', typ: 'JWT', x5t: sha1 },
  ];
  for (const header of headers) {
    const response = await answerTo(setting, { header });
    assert.equal(response.statusCode, 200, `${JSON.stringify(header)}: ${response.body}`);
  }
});

test('the audience may be either token endpoint or either issuer, whatever the case', async (t) => {
  const setting = await setUp(t);
  const base = `http://localhost/${setting.built.tenant.tenantId}`;
  for (const aud of [
    `${base}/oauth2/v2.0/token`,
    `${base}/oauth2/token`,
    `${base}/v2.0`,
    `${base}/`,
    base.toUpperCase(),
    ['https://elsewhere.example', `${base}/oauth2/token/`],
  ]) {
    const response = await answerTo(setting, { claims: { aud } });
    assert.equal(response.statusCode, 200, `${aud}: ${response.body}`);
  }
});

test('the client id in the claims is compared without case', async (t) => {
  const setting = await setUp(t);
  const clientId = setting.built.tenant.clientId.toUpperCase();
  assert.equal((await answerTo(setting, { claims: { iss: clientId, sub: clientId } })).statusCode, 200);
});

const other = makeApplicationKey(new Date('2026-03-04T05:06:07.890Z'));
const now = Math.floor(Date.parse('2026-03-04T05:06:07.890Z') / 1000);

const REFUSALS: readonly (readonly [name: string, code: number, changes: AssertionChanges])[] = [
  ['another key under the name of the certificate', 700027, { key: other.privateKey }],
  [
    'a certificate that is not registered',
    700027,
    { header: { 'x5t#S256': digestOf('sha256', other) }, key: other.privateKey },
  ],
  [
    'a registered thumbprint beside a chain of another certificate',
    700027,
    { header: { x5c: [Buffer.from(other.certificate.bytes).toString('base64')] }, key: other.privateKey },
  ],
  ['a right SHA-256 beside a wrong SHA-1', 700027, { header: { x5t: digestOf('sha1', other) } }],
  ['no named certificate', 5002723, { header: { 'x5t#S256': undefined } }],
  ['another algorithm', 50027, { header: { alg: 'RS512' } }],
  ['an issuer that is another application', 700021, { claims: { iss: randomUUID() } }],
  ['a subject that is another application', 700021, { claims: { sub: randomUUID() } }],
  ['no subject', 700021, { claims: { sub: undefined } }],
  ['another audience', 700023, { claims: { aud: 'https://login.microsoftonline.com/common/oauth2/v2.0/token' } }],
  ['no audience', 700023, { claims: { aud: undefined } }],
  ['an assertion that has expired', 700024, { claims: { nbf: now - 1200, exp: now - 300 } }],
  ['an assertion that is not valid yet', 700024, { claims: { nbf: now + 301 } }],
  ['an assertion that is valid for years', 700024, { claims: { exp: now + 400 * 86_400 } }],
  ['no expiry', 50027, { claims: { exp: undefined } }],
  ['no id', 50027, { claims: { jti: undefined } }],
  ['an empty id', 50027, { claims: { jti: '' } }],
];

for (const [name, code, changes] of REFUSALS) {
  test(`${name} is refused with AADSTS${code}`, async (t) => {
    const response = await answerTo(await setUp(t), changes);
    assert.equal(response.statusCode, 401, response.body);
    const body = response.json<{ error: string; error_codes: number[] }>();
    assert.equal(body.error, 'invalid_client');
    assert.deepEqual(body.error_codes, [code]);
  });
}

test('a clock that is a few minutes off does not matter', async (t) => {
  const setting = await setUp(t);
  assert.equal((await answerTo(setting, { claims: { nbf: now + 290, exp: now + 900 } })).statusCode, 200);
  assert.equal((await answerTo(setting, { claims: { nbf: now - 900, exp: now - 290 } })).statusCode, 200);
});

test('text that is no assertion is refused in the same shape', async (t) => {
  const { built, key } = await setUp(t);
  const good = await makeAssertion(built, key);
  const [header = '', , signature = ''] = good.split('.');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  const payload = Buffer.from('{"exp":1').toString('base64url');
  for (const text of ['x', 'a.b', 'a.b.c', `${none}.${payload}.`, `${header}.${payload}.${signature}`, '....']) {
    const response = await ask(built, formOf(built, text));
    assert.equal(response.statusCode, 401, `${text}: ${response.body}`);
    assert.equal(response.json<{ error: string }>().error, 'invalid_client');
  }
});

test('an HMAC with the public certificate as its key is refused', async (t) => {
  const setting = await setUp(t);
  const { clientId } = setting.built.tenant;
  const forged = await new SignJWT({ iss: clientId, sub: clientId, exp: now + 600, jti: 'x' })
    .setProtectedHeader({ alg: 'HS256', 'x5t#S256': digestOf('sha256', setting.key) })
    .sign(setting.key.certificate.bytes);
  const response = await ask(setting.built, formOf(setting.built, forged));
  assert.deepEqual(response.json<{ error_codes: number[] }>().error_codes, [50027]);
});

test('an assertion works once, on whichever replica it comes in', async (t) => {
  const { built, key } = await setUp(t);
  const replica = await createTokenIssuer({
    database: built.database,
    keyFile: join(built.directory, 'token-key.pem'),
    clock: built.clock.read,
  });
  const assertion = await makeAssertion(built, key);
  assert.equal((await ask(built, formOf(built, assertion))).statusCode, 200);
  const again = await ask(built, formOf(built, assertion));
  assert.deepEqual([again.statusCode, again.json<{ error_codes: number[] }>().error_codes], [401, [50027]]);
  const issue = () => replica.issue(built.tenant.tenantId, formOf(built, assertion), 'v2', 'http://localhost');
  await assert.rejects(issue(), /'jti' was used before/);
  // Many at once: one wins.
  const raced = formOf(built, await makeAssertion(built, key));
  const statuses = (await Promise.all([1, 2, 3, 4].map(() => ask(built, raced)))).map(({ statusCode }) => statusCode);
  assert.deepEqual(statuses.sort(), [200, 401, 401, 401]);
});

test('a refused request does not use the assertion up; remembered ids go when they have expired', async (t) => {
  const { built, key } = await setUp(t);
  const assertion = await makeAssertion(built, key);
  const wrong = formOf(built, assertion);
  wrong.set('scope', 'https://graph.microsoft.com/.default');
  assert.equal((await ask(built, wrong)).statusCode, 400);
  assert.equal((await ask(built, formOf(built, assertion))).statusCode, 200);
  built.clock.advance(3_600_000);
  assert.equal((await ask(built, formOf(built, await makeAssertion(built, key)))).statusCode, 200);
  const { count } = await built.database
    .selectFrom('assertion_ids')
    .select((row) => row.fn.countAll<bigint>().as('count'))
    .executeTakeFirstOrThrow();
  assert.equal(count, 1n);
});

test('a certificate that was removed, or that expired, stops working at once', async (t) => {
  const { built, key } = await setUp(t);
  const ask1 = async () => (await ask(built, formOf(built, await makeAssertion(built, key)))).statusCode;
  assert.equal(await ask1(), 200);
  built.clock.advance(11 * 86_400_000);
  const expired = await ask(built, formOf(built, await makeAssertion(built, key)));
  assert.equal(expired.statusCode, 401);
  assert.match(expired.body, /The key used is expired/);
  built.clock.advance(-11 * 86_400_000);
  assert.equal(await ask1(), 200);
  await removeApplicationCertificate(built.database, built.tenant.clientId, key.certificate.thumbprint.toUpperCase());
  assert.equal(await ask1(), 401);
});

test('another application cannot use the certificate', async (t) => {
  const { built, key } = await setUp(t);
  const intruder = await built.addTenant();
  const base = `http://localhost/${intruder.tenantId}`;
  const claims = { iss: intruder.clientId, sub: intruder.clientId, aud: `${base}/oauth2/v2.0/token` };
  const form = formOf(built, await makeAssertion(built, key, { claims }));
  form.set('client_id', intruder.clientId);
  const url = `/${intruder.tenantId}/oauth2/v2.0/token`;
  const response = await built.app.inject({ method: 'POST', url, payload: form.toString() });
  assert.deepEqual(response.json<{ error_codes: number[] }>().error_codes, [700027]);
});

test('a secret and an assertion together, or another type of assertion, are malformed', async (t) => {
  const { built, key } = await setUp(t);
  const both = formOf(built, await makeAssertion(built, key));
  both.set('client_secret', built.tenant.clientSecret);
  const saml = formOf(built, await makeAssertion(built, key));
  saml.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer');
  const untyped = formOf(built, await makeAssertion(built, key));
  untyped.delete('client_assertion_type');
  for (const form of [both, saml, untyped]) {
    const response = await ask(built, form);
    assert.equal(response.statusCode, 400, response.body);
    assert.equal(response.json<{ error: string }>().error, 'invalid_request');
  }
});
