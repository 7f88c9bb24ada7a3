// PKCS#11 URIs.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { parsePkcs11Uri } from '../../src/index.ts';
import { newFolder } from '../support/external-tool.ts';
import { isRefusal } from '../support/signing.ts';

test('what a URI can say', () => {
  assert.deepEqual(
    parsePkcs11Uri(
      'pkcs11:token=My%20token;serial=0123;object=Schl%C3%BCssel;id=%01%Ab%ff;slot-id=7;type=private?module-path=/usr/lib/a.so&pin-value=1%3B2',
    ),
    {
      kind: 'pkcs11',
      tokenLabel: 'My token',
      tokenSerial: '0123',
      keyLabel: 'Schlüssel',
      keyId: '01abff',
      slot: 7,
      module: '/usr/lib/a.so',
      pin: '1;2',
    },
  );
  assert.deepEqual(parsePkcs11Uri('pkcs11:'), { kind: 'pkcs11' });
  assert.deepEqual(parsePkcs11Uri('pkcs11:id=ab?x-vendor=1'), { kind: 'pkcs11', keyId: '6162' });
});

test('a PIN from a file, by path and by URI', (t) => {
  const folder = newFolder({ pin: '0042\r\nnot this\n', long: 'x'.repeat(5000) });
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'pin');
  assert.equal(parsePkcs11Uri(`pkcs11:?pin-source=${encodeURIComponent(path)}`).pin, '0042');
  assert.equal(parsePkcs11Uri(`pkcs11:?pin-source=${encodeURIComponent(pathToFileURL(path).href)}`).pin, '0042');
  for (const [source, message] of [
    [join(folder, 'absent'), /ENOENT/],
    [join(folder, 'long'), /too long/],
    ['|cat pin', /command/],
  ] as const) {
    const uri = `pkcs11:?pin-source=${encodeURIComponent(source)}`;
    assert.throws(() => parsePkcs11Uri(uri), isRefusal('bad-pkcs11-uri', message));
  }
});

for (const [uri, message] of [
  ['pkcs12:token=a', /does not begin/],
  ['pkcs11:token=a;token=b', /twice/],
  ['pkcs11:token', /without a name or a value/],
  ['pkcs11:token=%4', /hexadecimal digits/],
  ['pkcs11:library-version=3', /'library-version', which cannot be used/],
  ['pkcs11:type=secret-key', /not a private key/],
  ['pkcs11:slot-id=0x1', /not a number/],
  ['pkcs11:token=a?module-name=softhsm2', /module-path/],
] as const) {
  test(`refused: ${uri}`, () => assert.throws(() => parsePkcs11Uri(uri), isRefusal('bad-pkcs11-uri', message)));
}

test('whatever is written into a URI is read from it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.uint8Array({ minLength: 1, maxLength: 20 }), (label, id) => {
      const text = label.toWellFormed();
      const hex = Buffer.from(id).toString('hex');
      const location = parsePkcs11Uri(
        `pkcs11:object=${encodeURIComponent(text).replaceAll("'", '%27')};id=${hex.replaceAll(/../g, '%$&')}`,
      );
      assert.deepEqual(location, { kind: 'pkcs11', keyLabel: text, keyId: hex });
    }),
  );
});
