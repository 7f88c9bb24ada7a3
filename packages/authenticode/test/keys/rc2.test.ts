// RC2 against the vectors of RFC 2268.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decryptRc2Cbc } from '../../src/keys/rc2.ts';

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

// The test vectors of RFC 2268 §5: key, effective bits, plaintext, ciphertext.
for (const [key, effectiveBits, plain, encrypted] of [
  ['0000000000000000', 63, '0000000000000000', 'ebb773f993278eff'],
  ['ffffffffffffffff', 64, 'ffffffffffffffff', '278b27e42e2f0d49'],
  ['3000000000000000', 64, '1000000000000001', '30649edf9be7d2c2'],
  ['88', 64, '0000000000000000', '61a8a244adacccf0'],
  ['88bca90e90875a', 64, '0000000000000000', '6ccf4308974c267f'],
  ['88bca90e90875a7f0f79c384627bafb2', 64, '0000000000000000', '1a807d272bbe5db1'],
  ['88bca90e90875a7f0f79c384627bafb2', 128, '0000000000000000', '2269552ab0f85ca6'],
  ['88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e', 129, '0000000000000000', '5b78d3a43dfff1f1'],
] as const) {
  test(`RFC 2268: ${effectiveBits} effective bits of a ${key.length * 4}-bit key`, () => {
    const iv = new Uint8Array(8);
    assert.deepEqual(decryptRc2Cbc({ key: bytes(key), effectiveBits, iv }, bytes(encrypted)), bytes(plain));
  });
}

test('blocks are chained', () => {
  const key = bytes('88bca90e90875a7f0f79c384627bafb2');
  const block = bytes('2269552ab0f85ca6');
  const iv = bytes('0102030405060708');
  const result = decryptRc2Cbc({ key, effectiveBits: 128, iv }, Uint8Array.from([...block, ...block]));
  assert.deepEqual(result, Uint8Array.from([...iv, ...block]));
});
