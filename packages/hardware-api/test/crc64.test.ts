// The CRC-64 of Azure Storage: the published check value, and the same as bit by bit at every length and offset.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Crc64 } from '../src/crc64.ts';

/** By definition, one bit at a time. */
function bitByBit(bytes: Uint8Array): string {
  let crc = 0xffffffffffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n;
  }
  const wire = Buffer.alloc(8);
  wire.writeBigUInt64LE(crc ^ 0xffffffffffffffffn);
  return wire.toString('base64');
}

test('it has the check value of the catalogue', () => {
  const wire = Buffer.from(new Crc64().update(Buffer.from('123456789')).digestBase64(), 'base64');
  assert.equal(wire.readBigUInt64LE().toString(16), 'ae8b14860a799888');
});

test('it is the same as bit by bit, whatever the length and the place in memory', () => {
  const bytes = randomBytes(200);
  for (let length = 0; length < 70; length++) {
    for (const offset of [0, 1, 3, 8]) {
      const part = bytes.subarray(offset, offset + length);
      assert.equal(new Crc64().update(part).digestBase64(), bitByBit(part), `${length} bytes at ${offset}`);
    }
  }
});
