// Keys on PKCS#11 tokens, with SoftHSM as the module: found, signed with, refused, lost and found again.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import koffi from 'koffi';
import { openSigningKey, type Pkcs11Location, parsePkcs11Uri } from '../../src/index.ts';
import { intermediate, issue, makeKeyPair, pem, root } from '../support/authority.ts';
import { hasTools, softHsmModule } from '../support/external-tool.ts';
import { assertSigns, assertSignsImages, isRefusal } from '../support/signing.ts';
import { makeSoftHsm, PIN, type SoftHsm } from '../support/soft-hsm.ts';

let skipped: string | undefined;
const suite = {
  skip(message?: string) {
    skipped = message;
  },
};
const module = hasTools(suite, 'softhsm2-util', 'pkcs11-tool') ? softHsmModule(suite) : undefined;

describe('PKCS#11', { skip: skipped ?? false }, () => {
  const rsa = makeKeyPair('rsa');
  const ec = makeKeyPair('ec');
  const p384 = makeKeyPair('P-384');
  const twin = makeKeyPair('rsa');
  let hsm: SoftHsm;

  const open = (location: Partial<Pkcs11Location>) =>
    openSigningKey({ kind: 'pkcs11', module: module ?? '', tokenLabel: 'Signing', pin: PIN, ...location });
  const file = (name: string, contents: string): string => {
    const path = join(hsm.folder, name);
    writeFileSync(path, contents);
    return path;
  };

  before(() => {
    hsm = makeSoftHsm(module ?? '');
    hsm.addToken('Signing');
    hsm.importKey('Signing', 'release', 'a1', rsa.privateKey);
    hsm.importCertificate('Signing', 'release', 'a1', issue('RSA on a token', rsa.publicKey));
    hsm.importCertificate('Signing', 'issuer', 'ff', intermediate);
    hsm.importKey('Signing', 'curve', 'b2', ec.privateKey);
    hsm.importCertificate('Signing', 'curve', 'b2', issue('EC on a token', ec.publicKey));
    hsm.importKey('Signing', 'bare', 'c3', p384.privateKey);
    hsm.addToken('Twins');
    hsm.importKey('Twins', 'same', '01', twin.privateKey);
    hsm.importKey('Twins', 'same', '02', rsa.privateKey);
  });
  after(() => hsm.remove());

  test('an RSA key signs an image that osslsigncode accepts; its issuer is on the token too', async (t) => {
    const key = await open({ keyLabel: 'release' });
    assert.equal(key.certificate.commonName, 'RSA on a token');
    assert.deepEqual(
      key.chain.map(({ commonName }) => commonName),
      ['Test Intermediate'],
    );
    assert.equal(key.description, "PKCS#11 token 'Signing', key 'release'");
    await assertSignsImages(t, key);
    for (const algorithm of ['sha1', 'sha256', 'sha384', 'sha512'] as const) await assertSigns(key, algorithm);
    await key.close();
  });

  test('an EC key, by its id', async (t) => {
    const key = await open({ keyId: 'B2' });
    assert.equal(key.certificate.commonName, 'EC on a token');
    await assertSignsImages(t, key);
    // The digest is longer than the order of the curve.
    for (const algorithm of ['sha1', 'sha256', 'sha384', 'sha512'] as const) await assertSigns(key, algorithm);
    await key.close();
  });

  test('a certificate from a file, with its issuers in any order', async (t) => {
    const leaf = issue('P-384 with a file', p384.publicKey);
    const key = await open({ keyLabel: 'bare', certificateFile: file('bare.pem', pem(root, intermediate, leaf)) });
    assert.deepEqual(
      [key.certificate, ...key.chain].map(({ commonName }) => commonName),
      ['P-384 with a file', 'Test Intermediate', 'Test Root'],
    );
    await assertSigns(key, 'sha384');
    await assertSignsImages(t, key);
    await key.close();
  });

  test('a URI as p11tool prints it', async () => {
    const uri = `pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;token=Signing;id=%A1;object=release;type=private?module-path=${module}&pin-source=${file('pin', `${PIN}\n`)}`;
    const key = await openSigningKey({ module: '', ...parsePkcs11Uri(uri) });
    await assertSigns(key, 'sha256');
    await key.close();
  });

  test('signatures that are asked for at once are all made, and the event loop goes on meanwhile', async () => {
    const [one, two] = await Promise.all([open({ keyLabel: 'release' }), open({ keyLabel: 'curve' })]);
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    await Promise.all(Array.from({ length: 20 }, (_, index) => assertSigns(index % 2 === 0 ? one : two, 'sha256')));
    clearInterval(timer);
    assert.ok(ticks > 0);
    const last = assertSigns(one, 'sha256');
    await one.close();
    await last;
    await assert.rejects(assertSigns(one, 'sha256'), isRefusal('key-closed'));
    // The login is one for the whole process: closing one key must not log the other out.
    await assertSigns(two, 'sha256');
    await two.close();
    await two.close();
  });

  test('a wrong PIN, no PIN, and no secret in what is said', async () => {
    await assert.rejects(
      open({ keyLabel: 'release', pin: '9999-wrong' }),
      isRefusal('wrong-pin', /PIN/, ['9999-wrong']),
    );
    const { pin: _pin, ...withoutPin } = { kind: 'pkcs11', module: module ?? '', pin: PIN } as const;
    await assert.rejects(openSigningKey({ ...withoutPin, tokenLabel: 'Signing' }), isRefusal('pin-needed', /Signing/));
  });

  test('a module that is not there or is none', async () => {
    await assert.rejects(open({ module: join(hsm.folder, 'absent.so') }), isRefusal('module-not-loaded', /absent\.so/));
    await assert.rejects(open({ module: file('text.so', 'no module') }), isRefusal('module-not-loaded', /text\.so/));
  });

  test('a token that is not there, and too many tokens', async () => {
    await assert.rejects(
      open({ tokenLabel: 'Sining' }),
      isRefusal('token-not-found', /'Sining'; present: (?=.*'Signing').*'Twins'/),
    );
    const { tokenLabel: _label, ...anyToken } = {
      kind: 'pkcs11',
      module: module ?? '',
      pin: PIN,
      tokenLabel: '',
    } as const;
    await assert.rejects(
      openSigningKey(anyToken),
      isRefusal('ambiguous-token', /'Signing'.*'Twins'|'Twins'.*'Signing'/s),
    );
  });

  test('a key that is not there, and two of the same label', async () => {
    await assert.rejects(open({ keyLabel: 'relase' }), isRefusal('key-not-found', /relase.*'release' \(id a1\)/s));
    await assert.rejects(open({ keyId: 'xyz' }), isRefusal('key-not-found', /hexadecimal/));
    const twins = { tokenLabel: 'Twins', keyLabel: 'same' };
    await assert.rejects(open(twins), isRefusal('ambiguous-key', /id 01.*id 02|id 02.*id 01/s));
    const certificateFile = file('twin.pem', pem(issue('Twin', twin.publicKey)));
    const key = await open({ ...twins, certificateFile });
    await assertSigns(key, 'sha256');
    await key.close();
    await assert.rejects(open({ ...twins, keyId: '02', certificateFile }), isRefusal('key-mismatch', /Twin/));
  });

  test('a key without a certificate', async () => {
    await assert.rejects(open({ keyLabel: 'bare' }), isRefusal('certificate-not-found', /EC on a token/));
    await assertSessionsAreClosed();
  });

  /** Whether failed attempts left nothing behind: the module was finalized, so it must not know an initialized state. */
  async function assertSessionsAreClosed(): Promise<void> {
    const getInfo = koffi.load(module ?? '').func('C_GetSlotList', 'unsigned long', ['uint8_t', 'void *', 'void *']);
    assert.equal(getInfo(1, null, new BigUint64Array(1)), 0x190, 'CKR_CRYPTOKI_NOT_INITIALIZED');
  }

  test('a session that was lost is opened again, once', async () => {
    const native = koffi.load(module ?? '');
    const key = await open({ keyLabel: 'release' });
    const slots = new BigUint64Array(8);
    const list = native.func('C_GetSlotList', 'unsigned long', ['uint8_t', 'void *', 'void *']);
    const count = BigUint64Array.of(8n);
    assert.equal(list(1, slots, count), 0);
    const closeAll = native.func('C_CloseAllSessions', 'unsigned long', ['unsigned long']);
    for (const slot of slots.subarray(0, Number(count[0]))) closeAll(slot);
    await assertSigns(key, 'sha256');
    assert.equal(native.func('C_Finalize', 'unsigned long', ['void *'])(null), 0);
    await assertSigns(key, 'sha256');
    await key.close();
    await assertSessionsAreClosed();
  });

  test('a key that wants the PIN for each signature', async () => {
    const publicKey = hsm.generateKey('Signing', 'each time', 'd4', ['--key-type', 'rsa:2048', '--always-auth']);
    hsm.importCertificate('Signing', 'each time', 'd4', issue('Each time', publicKey));
    const key = await open({ keyLabel: 'each time' });
    await assertSigns(key, 'sha256');
    await assertSigns(key, 'sha256');
    await key.close();
  });

  test('a token that says nothing of the public key: the certificate with the same id', async () => {
    const publicKey = hsm.generateKey('Signing', 'silent', 'e5', ['--key-type', 'EC:prime256v1']);
    hsm.importCertificate('Signing', 'silent', 'e5', issue('Silent', publicKey));
    hsm.removePublicKey('Signing', 'e5');
    const key = await open({ keyLabel: 'silent' });
    assert.equal(key.certificate.commonName, 'Silent');
    await assertSigns(key, 'sha256');
    await key.close();
    const certificateFile = file('other.pem', pem(intermediate, issue('Not silent', ec.publicKey)));
    const mistaken = await open({ keyLabel: 'silent', certificateFile });
    await assert.rejects(assertSigns(mistaken, 'sha256'), isRefusal('key-mismatch', /Not silent/));
    await mistaken.close();
  });

  test('a token that only hashes for itself, and one that does not sign at all', async () => {
    hsm.limitMechanisms(['CKM_SHA256_RSA_PKCS', 'CKM_ECDSA']);
    const rsaKey = await open({ keyLabel: 'release' });
    await assertSigns(rsaKey, 'sha256');
    await assert.rejects(assertSigns(rsaKey, 'sha512'), isRefusal('unsupported-key', /RSA and sha512/));
    await rsaKey.close();
    hsm.limitMechanisms([]);
  });
});
