// The certificate table: several entries, other types, both ways to count padding; and tables that hide something.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bytesSource, ParseError, pe, readPeImage, rewriteBytes, signFile, verifyFile } from '../../src/index.ts';
import { PeChecksum } from '../../src/pe/checksum.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';

const authority = makeAuthority('rsa');
const trust = { anchors: [authority.root] };
/** Of an image of 64 bits by `makePeImage`. */
const ENTRY_OFFSET = 0x80 + 24 + 112 + 32;
const SIZE = 4096;

const TYPE = { x509: 1, pkcs7: 2, stack: 4, guid: 0x0ef1 } as const;

async function signatureOf(image: Uint8Array, programName: string): Promise<Uint8Array> {
  const source = bytesSource(image);
  const content = await pe.content(source, 'sha256');
  return pe.sign(content, { key: authority.key, digestAlgorithm: 'sha256', programName });
}

interface EntryOptions {
  readonly type?: number;
  readonly revision?: number;
  /** dwLength, when it is another than that of header and data. */
  readonly length?: number;
  /** How many bytes of which value follow the data; up to a multiple of 8 zeros when absent. */
  readonly padding?: Uint8Array;
}

function entry(data: Uint8Array, { type = TYPE.pkcs7, revision = 0x0200, length, padding }: EntryOptions = {}): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(length ?? 8 + data.length);
  header.writeUInt16LE(revision, 4);
  header.writeUInt16LE(type, 6);
  return Buffer.concat([header, data, padding ?? new Uint8Array(-(8 + data.length) & 7)]);
}

/** The image with this table, its directory entry set. */
function withTable(image: Uint8Array, table: Uint8Array): Uint8Array {
  const file = Uint8Array.from([...image, ...table]);
  const view = new DataView(file.buffer);
  view.setUint32(ENTRY_OFFSET, image.length, true);
  view.setUint32(ENTRY_OFFSET + 4, table.length, true);
  return file;
}

const image = makePeImage({ size: SIZE, bits: 64 });
const first = await signatureOf(image, 'First');
const second = await signatureOf(image, 'Second entry');

async function namesIn(file: Uint8Array): Promise<(string | undefined)[]> {
  const signatures = await pe.readSignatures(bytesSource(file));
  return signatures.map((signature) => pe.openSignature(signature).opusInfo.programName);
}

async function assertChecksum(file: Uint8Array): Promise<void> {
  const { checksum, checksumOffset } = await readPeImage(bytesSource(file));
  const cleared = Uint8Array.from(file).fill(0, checksumOffset, checksumOffset + 4);
  const sum = new PeChecksum();
  sum.add(cleared, 0);
  assert.equal(checksum, sum.value(file.length));
}

describe('reading', () => {
  for (const [name, table] of [
    ['dwLength without the padding', Buffer.concat([entry(first), entry(second)])],
    [
      'dwLength with the padding',
      Buffer.concat([first, second].map((der) => entry(der, { length: Math.ceil((8 + der.length) / 8) * 8 }))),
    ],
    [
      'no padding at the end of the table',
      Buffer.concat([entry(first), entry(second, { padding: new Uint8Array(0) })]),
    ],
    ['revision 1', Buffer.concat([entry(first, { revision: 0x0100 }), entry(second)])],
    [
      'entries of other types between them',
      Buffer.concat([
        entry(authority.root.bytes, { type: TYPE.x509 }),
        entry(first),
        entry(Buffer.alloc(24, 7), { type: TYPE.guid }),
        entry(second),
        entry(Buffer.alloc(3, 9), { type: TYPE.stack }),
      ]),
    ],
  ] as const) {
    test(`two signatures, ${name}`, async () => {
      const file = withTable(image, table);
      assert.deepEqual(await namesIn(file), ['First', 'Second entry']);
      const { ok, signatures } = await verifyFile(bytesSource(file), trust);
      assert.deepEqual([ok, ...signatures.map((signature) => signature.ok)], [true, true, true]);
    });
  }

  for (const [name, table] of [
    ['8 zeros after the signature', entry(first, { length: 16 + first.length, padding: new Uint8Array(16) })],
    ['a byte in the padding', entry(first, { padding: paddingWith(first, 1) })],
    [
      'a byte in the padding that dwLength counts',
      entry(first, { padding: paddingWith(first, 1), length: roundUp(8 + first.length) }),
    ],
    [
      'a byte in the padding of another type',
      entry(Buffer.alloc(3), { type: TYPE.x509, padding: Buffer.from('0000000001', 'hex') }),
    ],
    ['dwLength 0', entry(first, { length: 0 })],
    ['dwLength 7', entry(first, { length: 7 })],
    ['a dwLength beyond the table', entry(first, { length: 64 + first.length })],
    ['a dwLength of 4 GB', entry(first, { length: 0xffff_ffff })],
    ['a dwLength that cuts the signature', entry(first, { length: first.length })],
    ['an empty signature', entry(new Uint8Array(0))],
    ['a signature that claims more than its entry', entry(Buffer.from('3084ffffffff000000', 'hex'))],
    ['half a header at the end', Buffer.concat([entry(first), Buffer.alloc(4, 1)])],
    ['33 entries', Buffer.concat(Array.from({ length: 33 }, () => entry(Buffer.alloc(8), { type: TYPE.x509 })))],
  ] as const) {
    test(`refused: ${name}`, async () => {
      const file = withTable(image, table);
      await assert.rejects(
        pe.readSignatures(bytesSource(file)),
        (error) => error instanceof ParseError && error.offset !== undefined && error.offset >= SIZE,
      );
      assert.equal((await verifyFile(bytesSource(file), trust)).ok, false);
    });
  }

  test('any bytes in the place of a table give signatures or a ParseError', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.boolean(), async (bytes, framed) => {
        const file = withTable(image, framed ? entry(bytes) : bytes);
        try {
          await pe.readSignatures(bytesSource(file));
        } catch (error) {
          assert.ok(error instanceof ParseError, String(error));
        }
      }),
    );
  });
});

function roundUp(size: number): number {
  return Math.ceil(size / 8) * 8;
}

/** Padding that ends with this byte, one stretch longer when there would be none. */
function paddingWith(signature: Uint8Array, last: number): Uint8Array {
  const padding = new Uint8Array(-(8 + signature.length) & 7 || 8);
  padding[padding.length - 1] = last;
  return padding;
}

describe('writing', () => {
  const x509 = entry(authority.root.bytes, { type: TYPE.x509 });
  const other = entry(second);
  const stack = entry(Buffer.alloc(3, 9), { type: TYPE.stack, padding: new Uint8Array(0) });

  test('appending nests into the first signature and keeps every other entry byte for byte', async () => {
    const file = withTable(image, Buffer.concat([x509, entry(first), other, stack]));
    const source = bytesSource(file);
    const appended = await rewriteBytes(
      source,
      await pe.embedSignature(source, await signatureOf(image, 'Third'), 'append'),
    );
    assert.deepEqual(await namesIn(appended), ['First', 'Second entry']);
    const [primary, untouched] = await pe.readSignatures(bytesSource(appended));
    assert.ok(primary && untouched);
    assert.deepEqual(
      pe.openSignature(primary).nested.map((der) => pe.openSignature(der).opusInfo.programName),
      ['Third'],
    );
    assert.equal(pe.openSignature(untouched).nested.length, 0);
    const table = Buffer.from(appended.subarray(SIZE));
    assert.deepEqual(table.subarray(0, x509.length), x509);
    assert.deepEqual(table.subarray(table.length - stack.length - other.length), Buffer.concat([other, stack]));
    assert.equal((await readPeImage(bytesSource(appended))).certificateTable?.size, table.length);
    await assertChecksum(appended);
    const { ok, signatures } = await verifyFile(bytesSource(appended), trust);
    assert.deepEqual([ok, signatures.length], [true, 3]);
  });

  test('appending beside entries of other types only makes the first signature, behind them', async () => {
    const source = bytesSource(withTable(image, Buffer.concat([x509, stack])));
    const appended = await rewriteBytes(source, await pe.embedSignature(source, first, 'append'));
    assert.deepEqual(await namesIn(appended), ['First']);
    assert.deepEqual(
      Buffer.from(appended.subarray(SIZE, SIZE + x509.length + stack.length)),
      Buffer.concat([x509, stack]),
    );
    await assertChecksum(appended);
  });

  test('replacing leaves one entry', async () => {
    const source = bytesSource(withTable(image, Buffer.concat([x509, entry(first), other, stack])));
    const signed = await rewriteBytes(source, await signFile(source, { key: authority.key, programName: 'Only' }));
    assert.deepEqual(await namesIn(signed), ['Only']);
    const length = new DataView(signed.buffer).getUint32(SIZE, true);
    assert.equal(length, signed.length - SIZE);
    assert.equal(length % 8, 0);
    await assertChecksum(signed);
  });

  test('appending to a table that cannot be read is refused', async () => {
    const source = bytesSource(withTable(image, entry(Buffer.from('3003020105', 'hex'))));
    await assert.rejects(pe.embedSignature(source, first, 'append'), ParseError);
  });
});

test('an image without a directory entry for the table is refused, saying why', async () => {
  const few = Uint8Array.from(image);
  new DataView(few.buffer).setUint32(0x80 + 24 + 108, 4, true);
  await assert.rejects(
    signFile(bytesSource(few), { key: authority.key }),
    (error) =>
      error instanceof ParseError &&
      error.code === 'no-certificate-directory' &&
      error.offset === 0x80 + 24 + 108 &&
      /4 data directories/.test(error.message),
  );
});
