// The DER writer: shortest forms, DER order, round trips through the reader.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeDer, readBigInteger, readOid, readString, readTime, write } from '../../src/der/index.ts';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

test('integers survive the round trip in their shortest form', () => {
  for (const value of [0n, 1n, 127n, 128n, 255n, 256n, -1n, -128n, -129n, 2n ** 63n, -(2n ** 63n), 2n ** 160n - 1n]) {
    assert.equal(readBigInteger(decodeDer(write.integer(value)), 'number'), value);
  }
  assert.equal(hex(write.integer(0x10010001)), '020410010001');
  assert.equal(hex(write.integer(Uint8Array.of(0, 0, 0x80))), '02020080');
  assert.equal(hex(write.integer(Uint8Array.of(0, 0))), '020100');
});

test('lengths take the shortest form at every border', () => {
  for (const [length, header] of [
    [0, '0400'],
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65535, '0482ffff'],
    [65536, '0483010000'],
  ] as const) {
    const encoded = write.octetString(new Uint8Array(length));
    assert.equal(hex(encoded).slice(0, header.length), header);
    assert.equal(decodeDer(encoded).value.length, length);
  }
});

test('object identifiers survive the round trip', () => {
  for (const oid of [
    '0.0',
    '0.39',
    '1.0',
    '1.39',
    '2.0',
    '2.999',
    '1.3.6.1.4.1.311.2.1.4',
    '2.25.340282366920938463463374607431768211455',
  ]) {
    assert.equal(readOid(decodeDer(write.oid(oid)), 'identifier'), oid);
  }
  for (const bad of ['', '1', '3.1', '1.40', '1.2.', '1.02', '1.2.x']) assert.throws(() => write.oid(bad), RangeError);
});

test('a SET OF is sorted by encoding, shorter before longer with the same start', () => {
  const parts = [
    write.octetString(Uint8Array.of(2)),
    write.boolean(true),
    write.octetString(Uint8Array.of(1)),
    write.octetString(Uint8Array.of(1, 0)),
  ];
  assert.equal(hex(write.setOf(parts)), '310d' + '0101ff' + '040101' + '040102' + '04020100');
});

test('named bits have no trailing zeros', () => {
  assert.equal(hex(write.namedBits([])), '030100');
  assert.equal(hex(write.namedBits([0])), '03020780');
  assert.equal(hex(write.namedBits([5, 6])), '03020106');
  assert.equal(hex(write.namedBits([0, 8])), '0303078080');
});

test('strings and times survive the round trip', () => {
  for (const encode of [write.utf8String, write.bmpString]) {
    assert.equal(readString(decodeDer(encode('Grüße ☺')), 'text'), 'Grüße ☺');
  }
  for (const encode of [write.printableString, write.ia5String]) {
    assert.equal(readString(decodeDer(encode("it's (A-Z) 0.9")), 'text'), "it's (A-Z) 0.9");
  }
  assert.throws(() => write.printableString('a@b'), RangeError);
  assert.throws(() => write.ia5String('ü'), RangeError);
  for (const iso of [
    '1950-01-01T00:00:00.000Z',
    '2049-12-31T23:59:59.000Z',
    '2050-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.000Z',
  ]) {
    assert.equal(readTime(decodeDer(write.certificateTime(new Date(iso))), 'time').toISOString(), iso);
  }
  assert.throws(() => write.utcTime(new Date('2050-01-01T00:00:00Z')), RangeError);
});

test('context tags wrap and replace', () => {
  assert.equal(hex(write.contextExplicit(0, write.nullValue())), 'a0020500');
  assert.equal(hex(write.contextImplicit(2, new Uint8Array(0))), '8200');
});
