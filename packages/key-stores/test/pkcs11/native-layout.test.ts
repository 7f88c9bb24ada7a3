// How structures lie in memory, also on systems that the tests do not run on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  attributeTemplate,
  functionListLayout,
  initializeArguments,
  layOut,
  mechanismWithoutParameter,
  type NativeLayout,
  newTokenInfo,
  readAttributeLengths,
  readTokenInfo,
} from '../../src/pkcs11/native-layout.ts';

const UNIX: NativeLayout = { ulongBytes: 8, pointerBytes: 8, packed: false, littleEndian: true };
const WINDOWS: NativeLayout = { ulongBytes: 4, pointerBytes: 8, packed: true, littleEndian: true };
const BIG_ENDIAN: NativeLayout = { ...UNIX, littleEndian: false };

test('gaps on Unix, none on Windows', () => {
  assert.deepEqual(layOut(UNIX, [2, 'pointer', 'ulong', 1]), { offsets: [0, 8, 16, 24], size: 32 });
  assert.deepEqual(layOut(WINDOWS, [2, 'pointer', 'ulong', 1]), { offsets: [0, 2, 10, 14], size: 15 });
});

test('CK_FUNCTION_LIST', () => {
  for (const [layout, first] of [
    [UNIX, 8],
    [WINDOWS, 2],
  ] as const) {
    const { offsetOf, size } = functionListLayout(layout);
    assert.equal(offsetOf('C_Initialize'), first);
    assert.equal(offsetOf('C_Sign'), first + 43 * 8);
    assert.equal(size, first + 44 * 8);
  }
});

test('CK_ATTRIBUTE, CK_MECHANISM and CK_C_INITIALIZE_ARGS', () => {
  const value = Uint8Array.of(9, 9, 9);
  const address = () => 0x1122n;
  const hex = (layout: NativeLayout) =>
    Buffer.from(attributeTemplate(layout, [{ type: 0x102, value }, { type: 3 }], address).bytes).toString('hex');
  assert.equal(
    hex(UNIX),
    `0201${'00'.repeat(6)}2211${'00'.repeat(6)}03${'00'.repeat(7)}03${'00'.repeat(7)}${'00'.repeat(16)}`,
  );
  assert.equal(hex(WINDOWS), `020100002211${'00'.repeat(6)}0300000003000000${'00'.repeat(12)}`);
  assert.equal(
    hex(BIG_ENDIAN),
    `${'00'.repeat(6)}0102${'00'.repeat(6)}1122${'00'.repeat(7)}03${'00'.repeat(7)}03${'00'.repeat(16)}`,
  );
  assert.equal(
    Buffer.from(mechanismWithoutParameter(WINDOWS, 0x1041).bytes).toString('hex'),
    `41100000${'00'.repeat(12)}`,
  );
  assert.equal(mechanismWithoutParameter(UNIX, 1).bytes.length, 24);
  assert.equal(initializeArguments(UNIX, 2).bytes.length, 48);
  assert.equal(initializeArguments(UNIX, 2).bytes[32], 2);
  assert.equal(initializeArguments(WINDOWS, 2).bytes.length, 44);
});

test('lengths that a module gives back, and those that it does not know', () => {
  for (const layout of [UNIX, WINDOWS]) {
    const template = attributeTemplate(layout, [{ type: 1 }, { type: 2 }], () => 0n);
    const size = template.bytes.length / 2;
    template.writeUlong(size - layout.ulongBytes, 77);
    template.bytes.fill(0xff, template.bytes.length - layout.ulongBytes);
    assert.deepEqual(readAttributeLengths(template, 2), [77, undefined]);
  }
});

test('CK_TOKEN_INFO', () => {
  for (const [layout, size] of [
    [UNIX, 208],
    [WINDOWS, 160],
  ] as const) {
    const memory = newTokenInfo(layout);
    assert.equal(memory.bytes.length, size);
    memory.bytes.set(Buffer.from('Größe'.padEnd(32)), 0);
    memory.bytes.set(Buffer.from('0123'.padEnd(16, '\0')), 80);
    memory.writeUlong(96, 0x404);
    const { label, serial, flags } = readTokenInfo(memory);
    assert.deepEqual({ label, serial, flags }, { label: 'Größe', serial: '0123', flags: 0x404 });
  }
});
