// PKCS#12 both ways between openssl and us; keys in PEM.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  createLocalKey,
  encodePem,
  keyMatchesCertificate,
  ParseError,
  readPkcs12,
  readPrivateKeyPem,
  SigningError,
  writePkcs12,
} from '../../src/index.ts';
import { makeAuthority } from '../support/authority.ts';
import { damagedCopies } from '../support/damage.ts';
import { hasTool, makeFolder, runTool } from '../support/external-tool.ts';

const rsa = makeAuthority('rsa');
const ec = makeAuthority('ec');
const PASSWORD = 'pässwörd ☺';

function contentsOf({ leafKeys, leaf, intermediate, root }: typeof rsa) {
  return { privateKey: leafKeys.privateKey, certificate: leaf, chain: [intermediate, root] };
}

function isPkcs12Error(code: string) {
  return (error: unknown) => error instanceof ParseError && error.format === 'pkcs12' && error.code === code;
}

/** A folder with the RSA authority's PEM files. */
function pemFolder(t: TestContext): string {
  return makeFolder(t, {
    'key.pem': rsa.leafKeys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
    'leaf.pem': encodePem('CERTIFICATE', rsa.leaf.bytes),
    'chain.pem': encodePem('CERTIFICATE', rsa.root.bytes) + encodePem('CERTIFICATE', rsa.intermediate.bytes),
  });
}

for (const authority of [rsa, ec]) {
  test(`what is written is read again (${authority.leafKeys.privateKey.asymmetricKeyType})`, () => {
    const bytes = writePkcs12({
      ...contentsOf(authority),
      password: PASSWORD,
      friendlyName: 'Größe',
      iterations: 1000,
    });
    const { privateKey, certificate, chain } = readPkcs12(bytes, PASSWORD);
    assert.ok(privateKey.equals(authority.leafKeys.privateKey));
    assert.equal(certificate.thumbprint, authority.leaf.thumbprint);
    assert.deepEqual(
      chain.map(({ commonName }) => commonName),
      ['Test Intermediate', 'Test Root'],
    );
    assert.throws(() => readPkcs12(bytes, 'another'), isPkcs12Error('wrong-password'));
    assert.throws(() => readPkcs12(bytes, ''), isPkcs12Error('wrong-password'));
  });
}

test('openssl reads what is written here', (t) => {
  if (!hasTool(t, 'openssl')) return;
  const folder = makeFolder(t, {
    'a.p12': writePkcs12({ ...contentsOf(rsa), password: PASSWORD, friendlyName: 'my signer' }),
  });
  const { status, output } = runTool(
    'openssl',
    ['pkcs12', '-in', 'a.p12', '-passin', `pass:${PASSWORD}`, '-nodes'],
    folder,
  );
  assert.equal(status, 0, output);
  assert.match(output, /friendlyName: my signer/);
  assert.equal(output.match(/BEGIN CERTIFICATE/g)?.length, 3);
  assert.ok(readPrivateKeyPem(output.slice(output.indexOf('-----BEGIN PRIVATE'))).equals(rsa.leafKeys.privateKey));
});

for (const [name, options] of [
  ['default (AES-256)', []],
  ['-legacy (RC2-40 and 3DES)', ['-legacy']],
  ['RC2-128', ['-legacy', '-certpbe', 'PBE-SHA1-RC2-128', '-keypbe', 'PBE-SHA1-RC2-128']],
  ['two-key 3DES', ['-legacy', '-certpbe', 'PBE-SHA1-2DES', '-keypbe', 'PBE-SHA1-2DES']],
  ['AES-128 and SHA-512 MAC', ['-certpbe', 'AES-128-CBC', '-keypbe', 'AES-192-CBC', '-macalg', 'sha512']],
  ['nothing encrypted', ['-certpbe', 'NONE', '-keypbe', 'NONE']],
] as const) {
  test(`openssl's files are read: ${name}`, (t) => {
    if (!hasTool(t, 'openssl')) return;
    const folder = pemFolder(t);
    for (const password of [PASSWORD, '']) {
      const files = ['-inkey', 'key.pem', '-in', 'leaf.pem', '-certfile', 'chain.pem', '-out', 'a.p12'];
      const made = runTool(
        'openssl',
        ['pkcs12', '-export', ...files, '-passout', `pass:${password}`, ...options],
        folder,
      );
      assert.equal(made.status, 0, made.output);
      const bytes = readFileSync(join(folder, 'a.p12'));
      const { privateKey, certificate, chain } = readPkcs12(bytes, password);
      assert.ok(privateKey.equals(rsa.leafKeys.privateKey));
      assert.equal(certificate.commonName, 'Test Signer');
      assert.deepEqual(
        chain.map(({ commonName }) => commonName),
        ['Test Intermediate', 'Test Root'],
      );
      assert.throws(() => readPkcs12(bytes, 'wrong'), isPkcs12Error('wrong-password'));
    }
  });
}

test('a key and a certificate that do not belong together are refused', () => {
  const mixed = { privateKey: ec.leafKeys.privateKey, certificate: rsa.leaf, chain: [] };
  const isMismatch = (error: unknown) => error instanceof SigningError && error.code === 'key-mismatch';
  assert.throws(() => createLocalKey(mixed), isMismatch);
  assert.throws(() => writePkcs12({ ...mixed, password: 'x' }), isMismatch);
});

test('a file that asks for endless work is refused', () => {
  const bytes = writePkcs12({ ...contentsOf(ec), password: 'x', iterations: 1000 });
  const at = Buffer.from(bytes).lastIndexOf(Buffer.from('020203e8', 'hex'));
  const hostile = Buffer.concat([bytes.subarray(0, at), Buffer.from('02047fffffff', 'hex')]);
  const grown = growLengths(hostile, 2);
  assert.throws(() => readPkcs12(grown, 'x'), isPkcs12Error('bad-iterations'));
});

/** Adds `by` to the length of the outermost SEQUENCE and of the last part in it. */
function growLengths(bytes: Buffer, by: number): Uint8Array {
  const outerLength = bytes.readUInt16BE(2);
  bytes.writeUInt16BE(outerLength + by, 2);
  const contentsAt = 4 + 3;
  const macAt = contentsAt + 4 + bytes.readUInt16BE(contentsAt + 2);
  bytes[macAt + 1] = (bytes[macAt + 1] ?? 0) + by;
  return bytes;
}

test('damaged files are refused with ParseError', () => {
  const bytes = writePkcs12({ ...contentsOf(ec), password: 'x', iterations: 1 });
  for (const damaged of damagedCopies(bytes, 1500)) {
    try {
      readPkcs12(damaged, 'x');
    } catch (error) {
      assert.ok(error instanceof ParseError, String(error));
    }
  }
});

test('private keys in PEM, plain and encrypted', () => {
  const { privateKey } = rsa.leafKeys;
  const plain = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  assert.ok(readPrivateKeyPem(plain).equals(privateKey));
  const encrypted = privateKey
    .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'secret' })
    .toString();
  assert.ok(readPrivateKeyPem(encrypted, 'secret').equals(privateKey));
  const isPemError = (code: string) => (error: unknown) => error instanceof ParseError && error.code === code;
  assert.throws(() => readPrivateKeyPem(encrypted), isPemError('password-needed'));
  assert.throws(() => readPrivateKeyPem(encrypted, 'wrong'), isPemError('wrong-password'));
  assert.throws(() => readPrivateKeyPem('nonsense'), isPemError('no-private-key'));
  assert.throws(
    () => readPrivateKeyPem('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'),
    isPemError('unreadable-key'),
  );
});

for (const [scheme, provider] of [
  ['PBE-SHA1-3DES', []],
  ['PBE-SHA1-RC2-40', ['-provider', 'legacy', '-provider', 'default']],
  ['PBE-SHA1-RC2-128', ['-provider', 'legacy', '-provider', 'default']],
] as const) {
  test(`an encrypted PKCS#8 of openssl is read: ${scheme}`, (t) => {
    if (!hasTool(t, 'openssl')) return;
    const folder = pemFolder(t);
    const args = ['pkcs8', '-topk8', '-in', 'key.pem', '-out', 'a.pem', '-v1', scheme, '-passout', `pass:${PASSWORD}`];
    const made = runTool('openssl', [...args, ...provider], folder);
    assert.equal(made.status, 0, made.output);
    const text = readFileSync(join(folder, 'a.pem'), 'utf8');
    assert.ok(readPrivateKeyPem(text, PASSWORD).equals(rsa.leafKeys.privateKey));
    assert.throws(
      () => readPrivateKeyPem(text, 'wrong'),
      (error: unknown) => error instanceof ParseError && error.format === 'pkcs8' && error.code === 'wrong-password',
    );
  });
}

test('a key is found among certificates and parameters in the same text', () => {
  const key = ec.leafKeys.privateKey.export({ format: 'pem', type: 'sec1' }).toString();
  const text = `${encodePem('CERTIFICATE', ec.leaf.bytes)}-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${key}`;
  assert.ok(readPrivateKeyPem(text).equals(ec.leafKeys.privateKey));
});

test('damaged encrypted keys are refused with ParseError', () => {
  const der = ec.leafKeys.privateKey.export({ format: 'der', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'x' });
  for (const damaged of damagedCopies(der, 300)) {
    try {
      readPrivateKeyPem(encodePem('ENCRYPTED PRIVATE KEY', damaged), 'x');
    } catch (error) {
      assert.ok(error instanceof ParseError, String(error));
    }
  }
});

test('a comparison of keys of different types does not spoil the next key that is read', () => {
  const pem = rsa.leafKeys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  assert.equal(keyMatchesCertificate(ec.leafKeys.privateKey, rsa.leaf), false);
  assert.ok(readPrivateKeyPem(pem).equals(rsa.leafKeys.privateKey));
});
