// r and s side by side become the DER that everybody else reads.
import assert from 'node:assert/strict';
import { sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { ecdsaSignatureToDer } from '../src/ecdsa-signature.ts';
import { makeKeyPair } from './support/authority.ts';

for (const curve of ['ec', 'P-384', 'P-521'] as const) {
  test(`signatures on ${curve}, many, so that r and s begin with every kind of byte`, () => {
    const { privateKey, publicKey } = makeKeyPair(curve);
    for (let index = 0; index < 100; index++) {
      const message = Uint8Array.of(index);
      const raw = sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      const der = ecdsaSignatureToDer(raw);
      assert.ok(der !== undefined && verify('sha256', message, publicKey, der));
    }
  });
}

test('numbers with leading zeros, and what cannot be a signature', () => {
  const hex = (raw: string) => Buffer.from(ecdsaSignatureToDer(Buffer.from(raw, 'hex')) ?? []).toString('hex');
  assert.equal(hex('00010080'), '300702010102020080');
  assert.equal(hex('00000000'), '3006020100020100');
  for (const raw of ['', '000000', '00'.repeat(134)]) assert.equal(hex(raw), '');
});
