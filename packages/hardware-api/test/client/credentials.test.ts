// Credentials: with a secret and with a certificate at the real token endpoint, and in place of those of @azure/identity.
import assert from 'node:assert/strict';
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { createCertificate } from '@assay/authenticode';
import { openAdministration } from '@assay/server';
import { type TokenCredential as AzureTokenCredential, ClientSecretCredential } from '@azure/identity';
import {
  type AssertionKey,
  certificateAssertion,
  clientAssertionCredential,
  clientSecretCredential,
  createHardwareClient,
  HARDWARE_SCOPE,
  type RetryEvent,
  type TokenCredential,
} from '../../src/index.ts';
import { type ProxiedService, startProxiedService } from './faulty-proxy.ts';
import { answer, startFaultyService } from './faulty-service.ts';

const retry = { attempts: 3, baseDelayMs: 1, maximumDelayMs: 20 };
const identity = { authority: 'https://login.microsoftonline.com', tenantId: 'tenant', clientId: 'client' };

function partsOf(assertion: string): [header: Record<string, unknown>, claims: Record<string, unknown>] {
  const [header = '', claims = ''] = assertion.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  return [read(header), read(claims)];
}

function makeKey() {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { bytes, ...certificate } = createCertificate({
    subject: { commonName: 'CI' },
    ...pair,
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 86_400_000),
  });
  const pkcs8 = new Uint8Array(pair.privateKey.export({ format: 'der', type: 'pkcs8' }));
  return { pkcs8, bytes, certificate: { bytes, ...certificate } };
}

describe('an application with a certificate', () => {
  const key = makeKey();
  let service: ProxiedService;

  before(async () => {
    service = await startProxiedService();
    const administration = await openAdministration({ dataDirectory: service.dataDirectory });
    await administration.applicationCertificates.add(service.credentials.clientId, key.certificate);
    await administration.close();
  });
  after(async () => {
    await service?.close();
  });

  function clientWith(assertionKey: Omit<AssertionKey, 'clientId' | 'certificate'>) {
    const { authority, tenantId, clientId, url } = service.credentials;
    const getAssertion = certificateAssertion({ clientId, certificate: key.bytes, ...assertionKey });
    return createHardwareClient({
      url,
      credential: clientAssertionCredential({ authority, tenantId, clientId, getAssertion }, { retry }),
    });
  }

  async function importKey(name: string, hash = 'SHA-256'): Promise<CryptoKey> {
    return (await webcrypto.subtle.importKey('pkcs8', key.pkcs8, { name, hash }, false, ['sign'])) as CryptoKey;
  }

  test('signs in with PS256 and with RS256, from DER and from a key of Web Crypto', async () => {
    for (const assertionKey of [
      { privateKey: key.pkcs8 },
      { privateKey: key.pkcs8, algorithm: 'RS256' },
      { privateKey: await importKey('RSA-PSS') },
      { privateKey: await importKey('RSASSA-PKCS1-v1_5') },
    ] as const) {
      const products = await clientWith(assertionKey).listProducts().next();
      assert.equal(products.done, true);
    }
  });

  test('is refused with another key, and is told why', async () => {
    const credential = clientWith({ privateKey: makeKey().pkcs8 });
    await assert.rejects(credential.listProducts().next(), {
      status: 401,
      code: 'invalid_client',
      message: /AADSTS700027/,
    });
  });

  test('names its certificate as the endpoint documents it', async () => {
    const chain = [key.bytes, makeKey().bytes];
    const make = certificateAssertion({ clientId: 'c', privateKey: key.pkcs8, certificate: chain });
    const [header, claims] = partsOf(await make('https://login.example/token'));
    assert.equal(header.alg, 'PS256');
    assert.deepEqual(
      header.x5c,
      chain.map((bytes) => Buffer.from(bytes).toString('base64')),
    );
    assert.equal(Buffer.from(String(header['x5t#S256']), 'base64url').length, 32);
    assert.deepEqual([claims.aud, claims.iss, claims.sub], ['https://login.example/token', 'c', 'c']);
    assert.notEqual(partsOf(await make('https://login.example/token'))[1].jti, claims.jti);
    const older = certificateAssertion({
      clientId: 'c',
      privateKey: key.pkcs8,
      certificate: chain,
      algorithm: 'RS256',
    });
    assert.equal(Buffer.from(String(partsOf(await older('a'))[0].x5t), 'base64url').length, 20);
  });

  test('cannot be made with a key that does not fit', async () => {
    const certificate = key.bytes;
    const make = (privateKey: CryptoKey, algorithm: 'PS256' | 'RS256') =>
      certificateAssertion({ clientId: 'c', certificate, privateKey, algorithm });
    const pss = await importKey('RSA-PSS');
    assert.throws(() => make(pss, 'RS256'), /for PS256 and cannot sign with RS256/);
    const sha1 = await importKey('RSASSA-PKCS1-v1_5', 'SHA-1');
    assert.throws(() => make(sha1, 'RS256'), TypeError);
    assert.throws(() => certificateAssertion({ clientId: 'c', certificate: [], privateKey: pss }), TypeError);
    const text = new TextEncoder().encode('no key');
    await assert.rejects(
      certificateAssertion({ clientId: 'c', certificate, privateKey: text })('a'),
      /no RSA key in PKCS#8/,
    );
  });
});

test('each try has an assertion of its own, and the wait before it is told', async (t) => {
  const assertions: (string | null)[] = [];
  const service = await startFaultyService(t, ({ body }, response) => {
    assertions.push(new URLSearchParams(body.toString()).get('client_assertion'));
    if (assertions.length === 1) answer(response, 503, '{}', { 'retry-after': '0' });
    else answer(response, 200, '{"access_token":"abc","expires_in":3600}');
  });
  const audiences: string[] = [];
  const getAssertion = async (audience: string) => `assertion-${audiences.push(audience)}`;
  const events: RetryEvent[] = [];
  const credential = clientAssertionCredential(
    { authority: service.url, tenantId: 't', clientId: 'c', getAssertion },
    { retry, onRetry: (event) => void events.push(event) },
  );
  assert.equal((await credential.getToken([HARDWARE_SCOPE]))?.token, 'abc');
  assert.deepEqual(assertions, ['assertion-1', 'assertion-2']);
  assert.equal(audiences[0], `${service.url}/t/oauth2/v2.0/token`);
  assert.deepEqual(
    events.map(({ what, attempt, delayMs, error }) => [what, attempt, delayMs, error.status]),
    [['access token', 1, 0, 503]],
  );
  const form = new URLSearchParams(service.requests[0]?.body.toString());
  assert.equal(form.get('client_assertion_type'), 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
  assert.equal(form.get('scope'), HARDWARE_SCOPE);
  assert.equal(form.get('client_secret'), null);
});

test('the credentials of @azure/identity fit, and ours fit where those are asked for', async (t) => {
  // What counts is that these lines compile.
  const theirs: TokenCredential = new ClientSecretCredential('tenant', 'client', 'secret');
  const ours: AzureTokenCredential = clientSecretCredential({ ...identity, clientSecret: 'secret' });
  for (const credential of [theirs, ours]) assert.equal(typeof credential.getToken, 'function');

  const service = await startFaultyService(t, (_request, response) => void response.socket?.pause());
  const waiting: AzureTokenCredential = clientSecretCredential({
    ...identity,
    authority: service.url,
    clientSecret: 'secret',
  });
  const reason = new Error('no longer wanted');
  await assert.rejects(waiting.getToken('s', { abortSignal: AbortSignal.abort(reason) }), reason);
});
