// Keys in files, plain and encrypted, by openssl and by Node, with certificates in any order.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { writePkcs12 } from '@assay/authenticode';
import { openSigningKey } from '../../src/index.ts';
import { intermediate, issue, makeKeyPair, pem, pkcs8, root } from '../support/authority.ts';
import { hasTools, newFolder, runTool } from '../support/external-tool.ts';
import { assertSigns, assertSignsImages, isRefusal } from '../support/signing.ts';

const PASSWORD = 'geheim ☺';
const rsa = makeKeyPair('rsa');
const ec = makeKeyPair('ec');
const rsaLeaf = issue('RSA signer', rsa.publicKey);
const ecLeaf = issue('EC signer', ec.publicKey);
const folder = newFolder({
  'key.pem': pkcs8(rsa.privateKey),
  'ec.pem': pkcs8(ec.privateKey),
  'chain.pem': pem(root, intermediate, rsaLeaf),
  'ec-chain.pem': pem(intermediate, ecLeaf, root),
  'leaf.der': rsaLeaf.bytes,
  'nothing.pem': 'nothing here',
});
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

test('a PKCS#12 file', async (t) => {
  const pkcs12 = writePkcs12({
    privateKey: rsa.privateKey,
    certificate: rsaLeaf,
    chain: [intermediate, root],
    password: PASSWORD,
    iterations: 1000,
  });
  writeFileSync(at('key.p12'), pkcs12);
  const key = await openSigningKey({ kind: 'pkcs12', file: at('key.p12'), password: PASSWORD });
  assert.equal(key.certificate.commonName, 'RSA signer');
  assert.match(key.description, /^PKCS#12 file '.*key\.p12'$/);
  await assertSignsImages(t, key);
  await key.close();
  await assert.rejects(
    openSigningKey({ kind: 'pkcs12', file: at('key.p12'), password: 'wr0ng-pass' }),
    isRefusal('wrong-password', /give the right password/, ['wr0ng-pass', PASSWORD]),
  );
  await assert.rejects(
    openSigningKey({ kind: 'pkcs12', file: at('absent.p12'), password: PASSWORD }),
    isRefusal('unreadable-file', /absent\.p12.*ENOENT/),
  );
  await assert.rejects(
    openSigningKey({ kind: 'pkcs12', file: at('nothing.pem'), password: PASSWORD }),
    isRefusal('unreadable-key', /nothing\.pem/),
  );
});

for (const [name, source, args] of [
  ['PKCS#8, not encrypted', 'key.pem', undefined],
  ['PKCS#8 with PBES2', 'key.pem', ['pkcs8', '-topk8', '-v2', 'aes-256-cbc']],
  ['PKCS#8 with scrypt', 'key.pem', ['pkcs8', '-topk8', '-scrypt']],
  ['PKCS#8 with PBE-SHA1-3DES', 'key.pem', ['pkcs8', '-topk8', '-v1', 'PBE-SHA1-3DES']],
  [
    'PKCS#8 with PBE-SHA1-RC2-128',
    'key.pem',
    ['pkcs8', '-topk8', '-v1', 'PBE-SHA1-RC2-128', '-provider', 'legacy', '-provider', 'default'],
  ],
  [
    'PKCS#8 with PBE-SHA1-RC2-40',
    'key.pem',
    ['pkcs8', '-topk8', '-v1', 'PBE-SHA1-RC2-40', '-provider', 'legacy', '-provider', 'default'],
  ],
  ['PKCS#1, encrypted', 'key.pem', ['rsa', '-traditional', '-aes128']],
  ['SEC1, encrypted', 'ec.pem', ['ec', '-aes256']],
] as const) {
  test(`a PEM file: ${name}`, async (t) => {
    if (!hasTools(t, 'openssl')) return;
    const certificateFile = at(source === 'ec.pem' ? 'ec-chain.pem' : 'chain.pem');
    if (args === undefined) {
      const key = await openSigningKey({ kind: 'pem', keyFile: at(source), certificateFile });
      await assertSignsImages(t, key);
      return;
    }
    const [command, ...options] = args;
    const made = runTool(
      'openssl',
      [command, '-in', source, '-out', 'made.pem', '-passout', `pass:${PASSWORD}`, ...options],
      folder,
    );
    assert.equal(made.status, 0, made.output);
    const location = { kind: 'pem', keyFile: at('made.pem'), certificateFile } as const;
    const key = await openSigningKey({ ...location, password: PASSWORD });
    assert.deepEqual(
      key.chain.map(({ commonName }) => commonName),
      ['Test Intermediate', 'Test Root'],
    );
    for (const algorithm of ['sha256', 'sha384', 'sha512'] as const) await assertSigns(key, algorithm);
    await assert.rejects(
      openSigningKey({ ...location, password: 'wr0ng-pass' }),
      isRefusal('wrong-password', /made\.pem/, ['wr0ng-pass']),
    );
    await assert.rejects(openSigningKey(location), isRefusal('wrong-password', /a password is needed/));
  });
}

test('a password for a key that is not encrypted is not needed and does no harm', async () => {
  const location = { kind: 'pem', keyFile: at('key.pem'), certificateFile: at('chain.pem'), password: 'x' } as const;
  await assertSigns(await openSigningKey(location), 'sha256');
});

test('key and certificates in one file, the certificate alone in DER', async () => {
  writeFileSync(at('all.pem'), pem(intermediate, rsaLeaf) + pkcs8(rsa.privateKey));
  const together = await openSigningKey({ kind: 'pem', keyFile: at('all.pem'), certificateFile: at('all.pem') });
  assert.equal(together.chain.length, 1);
  await assertSigns(together, 'sha256');
  const alone = await openSigningKey({ kind: 'pem', keyFile: at('key.pem'), certificateFile: at('leaf.der') });
  assert.equal(alone.chain.length, 0);
});

test('of a renewed certificate, the one that is valid for longest', async () => {
  const renewed = issue('RSA signer, renewed', rsa.publicKey, 700);
  writeFileSync(at('renewed.pem'), pem(rsaLeaf, renewed, intermediate));
  const key = await openSigningKey({ kind: 'pem', keyFile: at('key.pem'), certificateFile: at('renewed.pem') });
  assert.equal(key.certificate.commonName, 'RSA signer, renewed');
});

test('what does not fit is refused', async () => {
  const open = (keyFile: string, certificateFile: string) =>
    openSigningKey({ kind: 'pem', keyFile: at(keyFile), certificateFile: at(certificateFile) });
  await assert.rejects(open('key.pem', 'ec-chain.pem'), isRefusal('key-mismatch', /EC signer/));
  await assert.rejects(open('nothing.pem', 'chain.pem'), isRefusal('key-not-found', /nothing\.pem/));
  await assert.rejects(open('key.pem', 'nothing.pem'), isRefusal('certificate-not-found', /nothing\.pem/));
  await assert.rejects(open('key.pem', 'key.pem'), isRefusal('certificate-not-found', /holds no certificate/));
  writeFileSync(at('ed.pem'), pkcs8((await import('node:crypto')).generateKeyPairSync('ed25519').privateKey));
  await assert.rejects(open('ed.pem', 'chain.pem'), isRefusal('key-mismatch'));
});
