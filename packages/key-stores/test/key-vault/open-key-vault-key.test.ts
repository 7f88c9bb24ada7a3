// Keys in Azure Key Vault, against a vault on this machine that speaks its REST interface.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openSigningKey } from '../../src/index.ts';
import { intermediate, issue, makeKeyPair, pem, root } from '../support/authority.ts';
import { hasTools, newFolder } from '../support/external-tool.ts';
import { type FakeVault, startVault, TENANT } from '../support/fake-vault.ts';
import { assertSigns, assertSignsImages, isRefusal } from '../support/signing.ts';

const VERSION = '0123456789abcdef0123456789abcdef';
const rsa = makeKeyPair('rsa');
const ec = makeKeyPair('ec');
const p384 = makeKeyPair('P-384');
const bare = makeKeyPair('rsa');
const folder = newFolder({
  'chain.pem': pem(root, intermediate),
  'bare.pem': pem(root, intermediate, issue('Bare key', bare.publicKey)),
  'other.pem': pem(issue('Another', rsa.publicKey)),
});
let vault: FakeVault;

before(async () => {
  vault = await startVault({
    release: { ...rsa, certificate: issue('RSA in a vault', rsa.publicKey) },
    curve: { ...ec, certificate: issue('EC in a vault', ec.publicKey) },
    'curve-384': { ...p384, certificate: issue('P-384 in a vault', p384.publicKey) },
    mixed: { ...rsa, certificate: issue('Of another key', bare.publicKey) },
    bare,
  });
});
after(async () => {
  await vault.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = (path: string, certificateFile?: string) =>
  openSigningKey(
    {
      kind: 'keyVault',
      url: `${vault.url}${path}`,
      ...(certificateFile === undefined ? {} : { certificateFile: join(folder, certificateFile) }),
    },
    { credential: vault.credential },
  );

test('a certificate with an RSA key signs an image that osslsigncode accepts', async (t) => {
  vault.requests.length = 0;
  vault.tokenRequests.length = 0;
  const key = await open('/certificates/release', 'chain.pem');
  assert.equal(key.certificate.commonName, 'RSA in a vault');
  assert.equal(key.description, `Key Vault key ${vault.url}/keys/release/${VERSION}`);
  await assertSignsImages(t, key);
  for (const algorithm of ['sha256', 'sha384', 'sha512'] as const) await assertSigns(key, algorithm);
  await assert.rejects(assertSigns(key, 'sha1'), isRefusal('unsupported-digest', /sha1.*sha256/));
  assert.equal(vault.requests[0], 'GET /certificates/release');
  assert.ok(vault.requests.includes(`POST /keys/release/${VERSION}/sign`));
  for (const { scopes, tenantId } of vault.tokenRequests) {
    assert.deepEqual([scopes].flat(), ['https://vault.azure.net/.default']);
    assert.equal(tenantId, TENANT);
  }
  await key.close();
  await assert.rejects(assertSigns(key, 'sha256'), isRefusal('key-closed'));
});

test('EC keys sign with the digest of their curve', async (t) => {
  if (!hasTools(t, 'openssl')) return;
  const key = await open(`/certificates/curve/${VERSION}`, 'chain.pem');
  await assertSignsImages(t, key);
  await assert.rejects(assertSigns(key, 'sha384'), isRefusal('unsupported-digest', /take sha256/));
  const larger = await open('/keys/curve-384', 'chain.pem').catch((error: unknown) => error);
  assert.ok(isRefusal('key-mismatch', /Test Root/)(larger));
  await assertSigns(await open('/keys/curve-384'), 'sha384');
});

test('a key without a certificate in the vault', async (t) => {
  const key = await open('/keys/bare', 'bare.pem');
  assert.deepEqual(
    [key.certificate, ...key.chain].map(({ commonName }) => commonName),
    ['Bare key', 'Test Intermediate', 'Test Root'],
  );
  await assertSignsImages(t, key);
  await assert.rejects(open('/keys/bare'), isRefusal('certificate-not-found', /bare/));
  await assert.rejects(open('/keys/bare', 'other.pem'), isRefusal('key-mismatch', /Another/));
});

test('a signature that does not fit the certificate is not handed out', async () => {
  await assert.rejects(assertSigns(await open('/certificates/mixed'), 'sha256'), isRefusal('key-mismatch'));
});

test('what the vault does not have or does not allow', async () => {
  await assert.rejects(
    open('/certificates/absent'),
    isRefusal('certificate-not-found', /'absent'.*CertificateNotFound/),
  );
  await assert.rejects(open('/keys/absent', 'bare.pem'), isRefusal('key-not-found', /'absent'/));
  vault.refusals.push({ status: 403, code: 'Forbidden', message: 'Caller is not authorized\r\nCaller: appid=1' });
  await assert.rejects(
    open('/certificates/release'),
    isRefusal('key-vault-refused', /Forbidden.*Key Vault Crypto User/),
  );
  const key = await open('/certificates/release');
  await assertSigns(key, 'sha256');
  vault.refusals.push({ status: 403, code: 'Forbidden', message: 'Operation sign is not allowed on this key' });
  await assert.rejects(assertSigns(key, 'sha256'), isRefusal('key-vault-refused', /Operation sign is not allowed/));
});

test('a vault that is busy is asked again', async () => {
  vault.refusals.push({ status: 429, code: 'Throttled', message: 'slow down' });
  vault.refusals.push({ status: 503, code: 'Busy', message: 'later' });
  const key = await open('/certificates/release');
  vault.refusals.push({ status: 429, code: 'Throttled', message: 'slow down' });
  await assertSigns(key, 'sha256');
  assert.equal(vault.refusals.length, 0);
});

test('no token for a vault that asks for one of another domain', async () => {
  for (const resource of ['https://management.azure.com', 'https://azure.net.example', 'nonsense']) {
    vault.resource = resource;
    vault.tokenRequests.length = 0;
    await assert.rejects(open('/certificates/release'), isRefusal('key-vault-refused'));
    assert.equal(vault.tokenRequests.length, 0);
  }
  vault.resource = 'https://vault.azure.net';
});

test('a login that fails, and a vault that cannot be reached', async () => {
  const credential = {
    getToken: async () => {
      throw Object.assign(new Error('no credential\nwith a secret line'), { name: 'CredentialUnavailableError' });
    },
  };
  const location = { kind: 'keyVault', url: `${vault.url}/certificates/release` } as const;
  await assert.rejects(
    openSigningKey(location, { credential }),
    isRefusal('key-vault-refused', /nobody is logged in/, ['secret line']),
  );
  const nowhere = { kind: 'keyVault', url: 'https://name.invalid/certificates/a' } as const;
  await assert.rejects(
    openSigningKey(nowhere, { credential: vault.credential }),
    isRefusal('key-vault-unreachable', /ENOTFOUND/),
  );
});

for (const url of [
  'http://a.vault.azure.net/keys/a',
  'https://a.vault.azure.net/secrets/a',
  'https://a.vault.azure.net/',
  'https://a.vault.azure.net/keys/a/b/c',
  'https://user:hunter2@a.vault.azure.net/keys/a',
  'https://a.vault.azure.net/keys/a?sig=hunter2',
  'nonsense',
]) {
  test(`not an address of a key: ${url}`, async () => {
    const { credential } = vault;
    await assert.rejects(
      openSigningKey({ kind: 'keyVault', url }, { credential }),
      isRefusal('bad-key-vault-url', /NAME\.vault/, ['hunter2']),
    );
  });
}
