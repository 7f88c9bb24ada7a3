// The DER reader: views and offsets, the values of X.690, and every way in which hostile DER is refused.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decodeDer,
  readBigInteger,
  readBitString,
  readBoolean,
  readOid,
  readSmallInteger,
  readString,
  readTime,
} from '../../src/der/index.ts';
import { ParseError } from '../../src/index.ts';

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

function refuses(action: () => unknown, code: string, offset?: number): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof ParseError);
    assert.equal(error.format, 'der');
    assert.equal(error.code, code);
    if (offset !== undefined) assert.equal(error.offset, offset);
    return true;
  });
}

describe('structure', () => {
  test('elements are views of the input and know where they stand', () => {
    const input = bytes('30 0a 02 01 05 a0 05 04 03 02 01 07');
    const root = decodeDer(input);
    const [number, wrapper] = root.children();
    assert.equal(root.bytes.buffer, input.buffer);
    assert.equal(number?.offset, 2);
    assert.equal(wrapper?.offset, 5);
    const string = wrapper?.inner();
    assert.equal(string?.offset, 7);
    assert.equal(string?.valueOffset, 9);
    assert.equal(string?.inner().offset, 9);
    assert.equal(string && readSmallInteger(string.inner(), 'number'), 7);
  });

  for (const [name, hex, code] of [
    ['an empty input', '', 'truncated'],
    ['a lone tag', '30', 'truncated'],
    ['an indefinite length', '30 80 02 01 01 00 00', 'indefinite-length'],
    ['a long form below 128', '04 81 01 00', 'non-minimal-length'],
    ['a long form with a leading zero', `04 82 00 80 ${'00'.repeat(128)}`, 'non-minimal-length'],
    ['a length that ends early', '04 82 01', 'truncated'],
    ['a length of nine octets', '04 89 01 00 00 00 00 00 00 00 00', 'length-too-long'],
    ['content that is missing', '04 05 01 02', 'truncated'],
    ['four gigabytes that are not there', '04 84 ff ff ff ff 00', 'truncated'],
    ['a high tag number', '1f 81 01 00', 'high-tag-number'],
    ['bytes after the end', '05 00 00', 'trailing-data'],
  ] as const) {
    test(`refuses ${name}`, () => refuses(() => decodeDer(bytes(hex)), code));
  }

  test('refuses a child that is longer than its parent, with the offset of the child', () => {
    refuses(() => decodeDer(bytes('30 03 04 05 00')).children(), 'truncated', 2);
  });

  test('refuses parts of a primitive element', () => {
    refuses(() => decodeDer(bytes('04 01 00')).children(), 'not-constructed');
  });

  test('refuses two elements where one belongs', () => {
    refuses(() => decodeDer(bytes('a0 04 05 00 05 00')).inner(), 'trailing-data', 4);
  });

  test('refuses nesting beyond the limit without recursion', () => {
    let nested = bytes('05 00');
    for (let depth = 0; depth < 100; depth++) nested = Uint8Array.of(0xa0, ...lengthOf(nested), ...nested);
    refuses(() => {
      for (let element = decodeDer(nested); ; ) element = element.inner();
    }, 'too-deep');
  });

  test('refuses more elements than the limit', () => {
    refuses(
      () => decodeDer(bytes(`30 14 ${'05 00'.repeat(10)}`), { maximumElements: 10 }).children(),
      'too-many-elements',
    );
  });

  test('reports missing, unexpected and mistaken parts', () => {
    const root = decodeDer(bytes('30 05 02 01 05 05 00'));
    const parts = root.parts(0x30, 'pair');
    assert.equal(parts.optional(0x04), undefined);
    parts.next('number');
    refuses(() => parts.end(), 'unexpected-part', 5);
    parts.next('nothing');
    parts.end();
    refuses(() => parts.next('third'), 'missing-part', 7);
    refuses(() => root.expect(0x31, 'set'), 'unexpected-tag', 0);
  });
});

function lengthOf(content: Uint8Array): number[] {
  if (content.length < 128) return [content.length];
  return content.length < 256 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 0xff];
}

describe('values', () => {
  test('integers', () => {
    const read = (hex: string) => readBigInteger(decodeDer(bytes(hex)), 'number');
    assert.equal(read('02 01 00'), 0n);
    assert.equal(read('02 01 7f'), 127n);
    assert.equal(read('02 02 00 80'), 128n);
    assert.equal(read('02 01 80'), -128n);
    assert.equal(read('02 09 00 ff ff ff ff ff ff ff ff'), 2n ** 64n - 1n);
    refuses(() => read('02 00'), 'bad-integer');
    refuses(() => read('02 02 00 7f'), 'bad-integer');
    refuses(() => read('02 02 ff 80'), 'bad-integer');
    refuses(() => readSmallInteger(decodeDer(bytes('02 01 ff')), 'number'), 'integer-out-of-range');
    refuses(() => readSmallInteger(decodeDer(bytes('02 02 01 00')), 'number', 255), 'integer-out-of-range');
  });

  test('object identifiers', () => {
    const read = (hex: string) => readOid(decodeDer(bytes(hex)), 'identifier');
    assert.equal(read('06 06 2a 86 48 86 f7 0d'), '1.2.840.113549');
    assert.equal(read('06 01 27'), '0.39');
    assert.equal(read('06 02 88 37'), '2.999');
    refuses(() => read('06 00'), 'bad-oid');
    refuses(() => read('06 02 2a 86'), 'bad-oid');
    refuses(() => read('06 03 2a 80 01'), 'bad-oid');
  });

  test('booleans and bit strings', () => {
    assert.equal(readBoolean(decodeDer(bytes('01 01 ff')), 'flag'), true);
    refuses(() => readBoolean(decodeDer(bytes('01 01 01')), 'flag'), 'bad-boolean');
    assert.deepEqual(readBitString(decodeDer(bytes('03 02 05 a0')), 'bits'), { bytes: bytes('a0'), unusedBits: 5 });
    for (const hex of ['03 00', '03 01 01', '03 02 08 00', '03 02 05 a1']) {
      refuses(() => readBitString(decodeDer(bytes(hex)), 'bits'), 'bad-bit-string');
    }
  });

  test('strings of every kind', () => {
    const read = (hex: string) => readString(decodeDer(bytes(hex)), 'text');
    assert.equal(read('0c 03 c3 bc 21'), 'ü!');
    assert.equal(read('13 02 41 42'), 'AB');
    assert.equal(read('1e 04 00 fc 26 3a'), 'ü☺');
    assert.equal(read('14 01 fc'), 'ü');
    assert.equal(read('1c 04 00 01 f6 00'), '😀');
    for (const hex of ['0c 01 ff', '1e 01 00', '16 01 80', '1c 04 00 11 00 00', '04 01 41'])
      refuses(() => read(hex), 'bad-string');
  });

  test('times', () => {
    const read = (tag: number, text: string) =>
      readTime(decodeDer(Uint8Array.of(tag, text.length, ...Buffer.from(text))), 'time').toISOString();
    assert.equal(read(0x17, '491231235959Z'), '2049-12-31T23:59:59.000Z');
    assert.equal(read(0x17, '500101000000Z'), '1950-01-01T00:00:00.000Z');
    assert.equal(read(0x18, '20500101000000Z'), '2050-01-01T00:00:00.000Z');
    for (const [tag, text] of [
      [0x17, '4912312359Z'],
      [0x17, '490230000000Z'],
      [0x17, '4912312359590'],
      [0x17, '491231235959+0000'],
      [0x18, '20500101000000.5Z'],
      [0x18, '491231235959Z'],
      [0x04, '491231235959Z'],
    ] as const) {
      refuses(() => read(tag, text), 'bad-time');
    }
  });
});
