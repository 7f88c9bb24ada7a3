import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { decodeJwt, SignJWT } from 'jose';
import { AuthenticationError, createTokenIssuer } from '../../src/identity/index.ts';
import { ATTESTATION_PRODUCT, buildTestApp, RESOURCE, type TestApp, V2 } from '../http/test-app.ts';

type Claims = Readonly<Record<string, unknown>>;

async function ownKey({ directory }: TestApp): Promise<KeyObject> {
  return createPrivateKey(await readFile(join(directory, 'token-key.pem'), 'utf8'));
}

/** A token like ours with other claims, signed with our own key unless told otherwise. */
async function forge(
  built: TestApp,
  claims: Claims,
  { key, alg = 'RS256' }: { key?: KeyObject | Uint8Array; alg?: string } = {},
): Promise<string> {
  const genuine = decodeJwt((await built.authorize()).slice('Bearer '.length));
  return new SignJWT({ ...genuine, ...claims })
    .setProtectedHeader({ alg, typ: 'JWT' })
    .sign(key ?? (await ownKey(built)));
}

async function assertRefused(t: TestContext, built: TestApp, authorization: string | undefined): Promise<void> {
  const response = await built.app.inject({
    url: `${V2}/products`,
    headers: authorization === undefined ? {} : { authorization },
  });
  assert.equal(response.statusCode, 401, `${t.name}: ${response.body}`);
  assert.equal(response.json<{ error: { code: string } }>().error.code, 'unauthorized');
  assert.match(String(response.headers['www-authenticate']), /^Bearer authorization_uri="http:\/\/localhost"/);
}

test('without a token the answer is 401 with a challenge that names no error', async (t) => {
  const built = await buildTestApp(t);
  await assertRefused(t, built, undefined);
  const response = await built.app.inject(`${V2}/products`);
  assert.equal(String(response.headers['www-authenticate']).includes('error='), false);
});

test('a header that holds no bearer token is refused', async (t) => {
  const built = await buildTestApp(t);
  for (const header of [
    'Bearer',
    'Bearer ',
    'Basic dXNlcjpwdw==',
    'Bearer a b',
    'Bearer not.a.token',
    'x'.repeat(9000),
  ]) {
    await assertRefused(t, built, header);
  }
  const response = await built.app.inject({ url: `${V2}/products`, headers: { authorization: 'Bearer a.b.c' } });
  assert.match(String(response.headers['www-authenticate']), /error="invalid_token", error_description="[^"\\]+"$/);
});

test('the scheme is compared without case', async (t) => {
  const built = await buildTestApp(t);
  const authorization = (await built.authorize()).replace('Bearer', 'bearer');
  const response = await built.app.inject({ url: `${V2}/products`, headers: { authorization } });
  assert.equal(response.statusCode, 200);
});

test('a token works for 60 minutes and not a second longer', async (t) => {
  const built = await buildTestApp(t);
  const [remembered, fresh] = [await built.authorize(), await built.authorize()];
  assert.ok(await built.issuer.authenticate(remembered));
  built.clock.advance(3_599_000);
  assert.ok(await built.issuer.authenticate(remembered));
  built.clock.advance(1_000);
  await assertRefused(t, built, remembered);
  await assertRefused(t, built, fresh);
});

test('a changed payload or signature is refused', async (t) => {
  const built = await buildTestApp(t);
  const authorization = await built.authorize();
  const [head, payload = '', signature = ''] = authorization.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
  const changed = Buffer.from(JSON.stringify({ ...claims, roles: ['Manager'], x: 1 })).toString('base64url');
  await assertRefused(t, built, `${head}.${changed}.${signature}`);
  await assertRefused(t, built, `${head}.${payload}.${signature.slice(0, -4)}AAAA`);
  await assertRefused(t, built, `${head}.${payload}.`);
});

test('only RS256 with our key is accepted', async (t) => {
  const built = await buildTestApp(t);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await assertRefused(t, built, `Bearer ${await forge(built, {}, { key: privateKey })}`);
  await assertRefused(t, built, `Bearer ${await forge(built, {}, { alg: 'RS512' })}`);
  await assertRefused(t, built, `Bearer ${await forge(built, {}, { alg: 'PS256' })}`);
  const [jwk] = built.issuer.jwks().keys;
  const publicBytes = new TextEncoder().encode(JSON.stringify(jwk));
  await assertRefused(t, built, `Bearer ${await forge(built, {}, { alg: 'HS256', key: publicBytes })}`);
  const [, payload] = (await built.authorize()).split('.');
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  await assertRefused(t, built, `Bearer ${none}.${payload}.`);
});

test('audience, issuer, tenant and times must be ours even under our signature', async (t) => {
  const built = await buildTestApp(t);
  const { tenantId } = built.tenant;
  const now = Math.floor(built.clock.now.getTime() / 1000);
  const wrong: readonly Claims[] = [
    { aud: 'https://graph.microsoft.com' },
    { aud: `${RESOURCE}.evil.example` },
    { aud: undefined },
    { iss: 'https://sts.example/' },
    { iss: `http://localhost/${tenantId}/v2.0/` },
    { iss: `http://localhost/x/${tenantId}/` },
    { iss: undefined },
    { tid: '00000000-0000-0000-0000-000000000009' },
    { tid: undefined },
    { appid: '00000000-0000-0000-0000-000000000009' },
    { appid: undefined },
    { exp: now },
    { exp: undefined },
    { nbf: now + 1 },
  ];
  for (const claims of wrong) {
    const token = await forge(built, claims);
    await assert.rejects(built.issuer.authenticate(`Bearer ${token}`), AuthenticationError, JSON.stringify(claims));
  }
  assert.ok(await built.issuer.authenticate(`Bearer ${await forge(built, {})}`), 'unchanged claims are accepted');
  assert.ok(await built.issuer.authenticate(`Bearer ${await forge(built, { aud: `${RESOURCE}/` })}`));
});

test('with a public address only tokens issued under it are accepted', async (t) => {
  const built = await buildTestApp(t);
  const issuer = await createTokenIssuer({
    database: built.database,
    keyFile: join(built.directory, 'token-key.pem'),
    clock: built.clock.read,
    publicUrl: 'https://hdc.example',
  });
  await assert.rejects(issuer.authenticate(await built.authorize()), AuthenticationError);
  const token = await forge(built, { iss: `https://hdc.example/${built.tenant.tenantId}/` });
  assert.ok(await issuer.authenticate(`Bearer ${token}`));
});

test('an application that loses its roles or is removed loses access at once', async (t) => {
  const built = await buildTestApp(t);
  const authorization = await built.authorize();
  const get = () => built.app.inject({ url: `${V2}/products`, headers: { authorization } });
  assert.equal((await get()).statusCode, 200);
  await built.database.updateTable('applications').set({ roles: '[]' }).execute();
  const forbidden = await get();
  assert.equal(forbidden.statusCode, 403);
  assert.equal(forbidden.json<{ error: { code: string } }>().error.code, 'forbidden');
  await built.database.deleteFrom('client_secrets').execute();
  await built.database.deleteFrom('applications').execute();
  assert.equal((await get()).statusCode, 401);
});

test('a driver submitter may submit but not review; a label owner may look only', async (t) => {
  const built = await buildTestApp(t);
  const submitter = await built.addTenant(['Driver Submitter']);
  const owner = await built.addTenant(['Shipping Label Owner']);
  assert.equal((await built.call('GET', `${V2}/products`, undefined, submitter)).statusCode, 200);
  assert.equal((await built.call('GET', '/assay/v1/reviews', undefined, submitter)).statusCode, 403);
  assert.equal((await built.call('GET', `${V2}/products`, undefined, owner)).statusCode, 200);
  assert.equal((await built.call('POST', `${V2}/products`, ATTESTATION_PRODUCT, owner)).statusCode, 403);
  assert.equal((await built.call('GET', '/assay/v1/reviews', undefined, owner)).statusCode, 403);
});
