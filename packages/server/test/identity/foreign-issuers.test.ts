import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createBlobStore, createSas } from '../../src/blob/index.ts';
import { createApp } from '../../src/http/index.ts';
import { createForeignIssuers } from '../../src/identity/foreign-issuers.ts';
import {
  AuthenticationError,
  createTokenIssuer,
  type ForeignIssuer,
  type TokenIssuer,
} from '../../src/identity/index.ts';
import { changeApplication } from '../../src/store/accounts.ts';
import { buildTestApp, RESOURCE, type TestApp, V2 } from '../http/test-app.ts';
import { ForeignAuthority } from './foreign-authority.ts';

const TENANT = '9F1E2D3C-0000-4000-8000-000000000001';
const AUDIENCE = 'api://assay';

interface Setting {
  readonly built: TestApp;
  readonly authority: ForeignAuthority;
  readonly issuer: TokenIssuer;
  readonly log: Record<string, unknown>[];
  claims(changes?: Readonly<Record<string, unknown>>): Record<string, unknown>;
  authenticate(token: string): ReturnType<TokenIssuer['authenticate']>;
}

async function setUp(t: TestContext, changes: Partial<ForeignIssuer> = {}): Promise<Setting> {
  const built = await buildTestApp(t);
  const authority = await ForeignAuthority.start(t);
  const log: Record<string, unknown>[] = [];
  const configured: ForeignIssuer = {
    issuer: authority.issuer,
    audiences: [AUDIENCE],
    accounts: { [TENANT.toLowerCase()]: String(built.tenant.accountId) },
    applications: { 'entra-application': built.tenant.clientId },
    ...changes,
  };
  const issuer = await createTokenIssuer({
    database: built.database,
    keyFile: join(built.directory, 'token-key.pem'),
    clock: built.clock.read,
    foreignIssuers: [configured],
    keyCooldownMs: 0,
    log: (event) => void log.push(event),
  });
  const now = (): number => Math.floor(built.clock.now.getTime() / 1000);
  return {
    built,
    authority,
    issuer,
    log,
    claims: (more = {}) => ({
      aud: AUDIENCE,
      tid: TENANT,
      appid: 'entra-application',
      iat: now(),
      nbf: now(),
      exp: now() + 3600,
      ...more,
    }),
    authenticate: (token) => issuer.authenticate(`Bearer ${token}`),
  };
}

const refused = (reason: RegExp) => (error: Error) => {
  assert.ok(error instanceof AuthenticationError, String(error.stack));
  assert.match(error.message, reason);
  return true;
};

test('a foreign token speaks for the application and the account that it is mapped to, in its roles here', async (t) => {
  const { built, authority, claims, authenticate } = await setUp(t);
  const principal = await authenticate(await authority.token(claims({ roles: ['Everything'] })));
  assert.deepEqual(principal, {
    clientId: built.tenant.clientId,
    accountId: built.tenant.accountId,
    roles: ['Manager'],
  });
  assert.ok(await authenticate(await authority.token(claims({ appid: undefined, azp: 'ENTRA-APPLICATION' }))));
  assert.ok(await authenticate(await authority.token(claims(), { typ: 'at+jwt' })));
  // An application that is not mapped must have the same client id here.
  assert.ok(await authenticate(await authority.token(claims({ appid: built.tenant.clientId.toUpperCase() }))));
  assert.equal(authority.fetches, 1, 'the keys were fetched once');
  assert.ok(await authenticate((await built.authorize()).slice('Bearer '.length)), 'our own tokens go on working');
});

test('each algorithm of the list works, others do not', async (t) => {
  const { authority, claims, authenticate } = await setUp(t);
  for (const alg of ['RS256', 'PS256', 'ES256'] as const) {
    await authority.addKey(alg, alg);
    assert.ok(await authenticate(await authority.token(claims(), { kid: alg })), alg);
  }
  await authority.addKey('RS512', 'RS512');
  await assert.rejects(authenticate(await authority.token(claims(), { kid: 'RS512' })), refused(/not valid/));
});

test('the configuration may allow fewer algorithms', async (t) => {
  const { authority, claims, authenticate } = await setUp(t, { algorithms: ['ES256'] });
  await assert.rejects(authenticate(await authority.token(claims())), refused(/not valid/));
});

test('audience, tenant, application, times and kind of token must be right', async (t) => {
  const { built, authority, claims, authenticate } = await setUp(t);
  const stranger = await built.addTenant();
  const seconds = Math.floor(built.clock.now.getTime() / 1000);
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{ aud: 'api://other' }, /another resource. Ask for api:\/\/assay/],
    [{ aud: undefined }, /not valid/],
    [{ tid: '00000000-0000-0000-0000-000000000000' }, /No account here belongs to the "tid"/],
    [{ tid: undefined }, /No account here/],
    [{ tid: 7 }, /No account here/],
    [{ appid: 'unmapped' }, /application of the access token is not known here/],
    [{ appid: undefined }, /names no application/],
    [{ appid: stranger.clientId }, /not known here/],
    [{ exp: seconds - 61 }, /expired/],
    [{ exp: undefined }, /not valid/],
    [{ nbf: seconds + 61 }, /not valid/],
    [{ scp: 'user_impersonation' }, /stands for a person/],
  ];
  for (const [change, reason] of cases) {
    await assert.rejects(authenticate(await authority.token(claims(change))), refused(reason), JSON.stringify(change));
  }
  await assert.rejects(
    authenticate(await authority.token(claims(), { typ: 'dpop+jwt' })),
    refused(/no.* access token/),
  );
  assert.ok(await authenticate(await authority.token(claims({ exp: seconds - 59 }))), 'clocks differ a little');
});

test('a disabled application is refused', async (t) => {
  const { built, authority, claims, authenticate } = await setUp(t);
  await changeApplication(built.database, built.tenant.clientId, { disabledAt: built.clock.now });
  await assert.rejects(authenticate(await authority.token(claims())), refused(/disabled/));
});

test('a changed or foreign signature is refused; what was signed is compared byte by byte', async (t) => {
  const { authority, claims, authenticate } = await setUp(t);
  const token = await authority.token(claims());
  const [header = '', payload = '', signature = ''] = token.split('.');
  const same = JSON.stringify(JSON.parse(Buffer.from(payload, 'base64url').toString()), undefined, 1);
  // The same claims, spaced otherwise: not what was signed.
  const spaced = Buffer.from(same).toString('base64url');
  await assert.rejects(authenticate(`${header}.${spaced}.${signature}`), refused(/not valid/));
  const impostor = await ForeignAuthority.start(t);
  const key = impostor.keys.get('first');
  assert.ok(key);
  await assert.rejects(authenticate(await authority.token(claims(), { key })), refused(/not valid/));
  await assert.rejects(authenticate(await impostor.token(claims())), AuthenticationError);
});

test('the claims that name tenant and application can be others; an issuer without tenants has one account', async (t) => {
  const { built, authority, claims } = await setUp(t);
  const account = String(built.tenant.accountId);
  const issuers = createForeignIssuers({
    issuers: [
      {
        issuer: authority.issuer,
        audiences: [AUDIENCE],
        account,
        applicationClaims: ['sub'],
        applications: { 'repo:contoso/driver:ref:refs/heads/main': built.tenant.clientId },
      },
    ],
    clock: built.clock.read,
  });
  const token = await authority.token(claims({ tid: undefined, sub: 'repo:contoso/driver:ref:refs/heads/main' }));
  assert.deepEqual(await issuers.authenticate(token), {
    clientId: built.tenant.clientId,
    accountId: built.tenant.accountId,
  });
});

test("a token that Microsoft issued for Microsoft's own service is refused unless the entry allows it", async (t) => {
  const built = await buildTestApp(t);
  const authority = await ForeignAuthority.start(t);
  const issuer = 'https://login.microsoftonline.com/contoso/v2.0';
  const entry: ForeignIssuer = {
    issuer,
    jwksUri: authority.jwksUri,
    audiences: [AUDIENCE, RESOURCE],
    account: String(built.tenant.accountId),
  };
  const exp = Math.floor(built.clock.now.getTime() / 1000) + 60;
  const claims = { iss: issuer, exp, appid: built.tenant.clientId };
  const strict = createForeignIssuers({ issuers: [entry], clock: built.clock.read });
  for (const aud of [RESOURCE, `${RESOURCE}/`, [AUDIENCE, RESOURCE]]) {
    const token = await authority.token({ ...claims, aud });
    assert.equal(strict.covers(token), true);
    await assert.rejects(strict.authenticate(token), refused(/issued by Microsoft for Microsoft/));
  }
  assert.ok(await strict.authenticate(await authority.token({ ...claims, aud: AUDIENCE })));
  const allowing = { ...entry, allowMicrosoftAudience: true };
  const lenient = createForeignIssuers({ issuers: [allowing], clock: built.clock.read });
  assert.ok(await lenient.authenticate(await authority.token({ ...claims, aud: RESOURCE })));
});

test('a key that is not known is fetched once; one that is not there afterwards is refused', async (t) => {
  const { authority, claims, authenticate } = await setUp(t);
  assert.ok(await authenticate(await authority.token(claims())));
  await authority.addKey('second');
  assert.ok(await authenticate(await authority.token(claims(), { kid: 'second' })));
  assert.equal(authority.fetches, 2);
  const unpublished = await authority.token(claims(), { kid: 'second', key: authority.keys.get('second') as never });
  authority.keys.delete('second');
  assert.ok(await authenticate(unpublished), 'known until the keys are fetched again');
  await authority.addKey('third');
  const gone = await authority.token(claims(), { kid: 'third' });
  authority.keys.delete('third');
  await assert.rejects(authenticate(gone), refused(/not valid/));
  assert.equal(authority.fetches, 3);
  await assert.rejects(authenticate(unpublished), refused(/not valid/), 'withdrawn');
});

test('made-up key ids cannot make the service fetch over and over', async (t) => {
  const { built, authority, claims } = await setUp(t);
  const entry = { issuer: authority.issuer, audiences: [AUDIENCE], account: String(built.tenant.accountId) };
  const issuers = createForeignIssuers({ issuers: [entry], clock: built.clock.read });
  const key = authority.keys.get('first');
  assert.ok(key);
  assert.ok(await issuers.authenticate(await authority.token(claims())));
  for (let made = 0; made < 5; made++) {
    const token = await authority.token(claims(), { kid: `made up ${made}`, key });
    await assert.rejects(issuers.authenticate(token), AuthenticationError);
  }
  assert.equal(authority.fetches, 1);
  built.clock.advance(30_000);
  await assert.rejects(issuers.authenticate(await authority.token(claims(), { kid: 'x', key })), AuthenticationError);
  assert.equal(authority.fetches, 2, 'after the cooldown it tries once more');
});

test('keys are fetched anew in time, and go on working for a day while the issuer is down', async (t) => {
  const { built, authority, claims, authenticate, log } = await setUp(t);
  assert.ok(await authenticate(await authority.token(claims())));
  built.clock.advance(11 * 60_000);
  assert.ok(await authenticate(await authority.token(claims())));
  while (authority.fetches < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  const key = authority.keys.get('first');
  assert.ok(key);
  await authority.stop();
  built.clock.advance(23 * 3_600_000);
  assert.ok(await authenticate(await authority.token(claims())), 'with the key that is known');
  while (log.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(log[0]?.message, 'The keys of a foreign issuer could not be fetched');
  assert.equal(log[0]?.issuer, authority.issuer);
  assert.match(String(log[0]?.reason), /ECONNREFUSED|fetch failed/);
  const other = await authority.token(claims(), { kid: 'unknown', key });
  await assert.rejects(authenticate(other), refused(/not valid/));
  built.clock.advance(2 * 3_600_000);
  await assert.rejects(authenticate(await authority.token(claims())), refused(/does not answer/));
});

test('an issuer that never answered is a 401 with a line in the log, never a 500', async (t) => {
  const { built, authority, claims, issuer, log } = await setUp(t);
  const blobs = createBlobStore({
    database: built.database,
    directory: join(built.directory, 'more'),
    clock: built.clock.read,
  });
  const sas = createSas({ accountName: 'assaystore', accountKey: new Uint8Array(64), clock: built.clock.read });
  const app = await createApp({ database: built.database, issuer, blob: { blobs, sas }, clock: built.clock.read });
  t.after(() => app.close());
  const authorization = `Bearer ${await authority.token(claims())}`;
  const get = async () => (await app.inject({ url: `${V2}/products`, headers: { authorization } })).statusCode;
  for (const broken of [
    { status: 500, body: 'broken' },
    { status: 200, body: 'not json' },
    { status: 200, body: '{"keys":7}' },
    { status: 200, body: 'null' },
  ]) {
    authority.broken = broken;
    log.length = 0;
    assert.equal(await get(), 401, JSON.stringify(broken));
    assert.equal(log[0]?.level, 'warn');
    assert.equal(log[0]?.knownKeys, 'none');
  }
  authority.broken = undefined;
  authority.claimedIssuer = 'https://elsewhere.example';
  assert.equal(await get(), 401);
  assert.match(String(log.at(-1)?.reason), /another issuer/);
  authority.claimedIssuer = undefined;
  assert.equal(await get(), 200, 'as soon as it answers');
});
