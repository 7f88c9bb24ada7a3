// Cabinets that lie. Each sample is made here by changing bytes of a sound one; each test says what it tries.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesSource } from '../../src/byte-source.ts';
import { viewOf } from '../../src/bytes.ts';
import { readCabinet } from '../../src/cab/cabinet.ts';
import { cabinetChecksum } from '../../src/cab/data-block.ts';
import { extractCabinet } from '../../src/cab/extract.ts';
import type { CabinetLimits } from '../../src/cab/limits.ts';
import { ParseError } from '../../src/errors.ts';
import { extractAll, makeCabinet, noise, prose, withNeighbours } from './cabinets.ts';

const FOLDER = 36;
const FILES = 44;
const FIRST = { 'd\\a.inf': prose(40_000), 'd\\b.sys': noise(1_000) };

/** A sound cabinet with some of its bytes changed. */
async function tampered(
  change: (view: DataView, bytes: Uint8Array) => void,
  contents: Readonly<Record<string, Uint8Array>> = FIRST,
  compression: 'mszip' | 'none' = 'none',
): Promise<Uint8Array> {
  const bytes = await makeCabinet(contents, { compression });
  change(viewOf(bytes), bytes);
  return bytes;
}

/** Sets the checksum of the block at `offset` right again. */
function fixChecksum(view: DataView, offset: number): void {
  const end = offset + 8 + view.getUint16(offset + 4, true);
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const data = cabinetChecksum(bytes.subarray(offset + 8, end), 0);
  view.setUint32(offset, cabinetChecksum(bytes.subarray(offset + 4, offset + 8), data), true);
}

const dataOffset = (view: DataView): number => view.getUint32(FOLDER, true);

async function rejectsWith(code: string, bytes: Uint8Array, limits?: Partial<CabinetLimits>): Promise<void> {
  await assert.rejects(extractAll(bytes, limits), (error) => {
    assert.ok(error instanceof ParseError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

test('no cabinet: an empty file, a text, a ZIP', async () => {
  await rejectsWith('truncated', new Uint8Array(0));
  await rejectsWith('not-a-cabinet', prose(100));
  await rejectsWith('not-a-cabinet', new Uint8Array([0x50, 0x4b, 3, 4]));
});

test('cut off: at every byte of the headers and tables, and inside each block', async () => {
  const bytes = await makeCabinet(FIRST, { reserveForSignature: true });
  const tables = viewOf(bytes).getUint32(36 + 24, true);
  for (let length = 0; length < bytes.length; length += length < tables + 16 ? 1 : 97) {
    await rejectsWith(length > 0 && length < 4 ? 'not-a-cabinet' : 'truncated', bytes.slice(0, length));
  }
});

test('cut off with a size to match: the tables or the data are missing', async () => {
  const bytes = await makeCabinet(FIRST);
  for (let length = 36; length < bytes.length; length += length < 200 ? 1 : 97) {
    const cut = bytes.slice(0, length);
    viewOf(cut).setUint32(8, length, true);
    await assert.rejects(extractAll(cut), ParseError, `cut at ${length}`);
  }
});

const LIES: readonly [what: string, code: string, change: (view: DataView, bytes: Uint8Array) => void][] = [
  ['version 1.4', 'unsupported-version', (view) => view.setUint8(24, 4)],
  ['cbCabinet larger than the file', 'truncated', (view) => view.setUint32(8, view.byteLength + 1, true)],
  ['cbCabinet of 4 GB', 'truncated', (view) => view.setUint32(8, 0xffffffff, true)],
  [
    'cbCabinet smaller than the file: bytes hide behind it',
    'trailing-data',
    (view) => view.setUint32(8, view.byteLength - 1, true),
  ],
  ['cbCabinet smaller than the header', 'bad-size', (view) => view.setUint32(8, 20, true)],
  ['cbCabinet of 0', 'bad-size', (view) => view.setUint32(8, 0, true)],
  ['more files than there are', 'name-too-long', (view) => view.setUint16(28, 3, true)],
  ['65535 files: over the limit', 'limit-exceeded', (view) => view.setUint16(28, 65_535, true)],
  ['65535 folders: over the limit', 'limit-exceeded', (view) => view.setUint16(26, 65_535, true)],
  ['200 folders, read out of file entries and data', 'bad-folder', (view) => view.setUint16(26, 200, true)],
  ['files table inside the header', 'overlapping-tables', (view) => view.setUint32(16, 4, true)],
  ['files table inside the folders', 'overlapping-tables', (view) => view.setUint32(16, FOLDER + 4, true)],
  ['files table inside the data', 'name-too-long', (view) => view.setUint32(16, dataOffset(view), true)],
  ['files table behind the end', 'truncated', (view) => view.setUint32(16, 0x7fffffff, true)],
  ['data inside the header', 'bad-folder', (view) => view.setUint32(FOLDER, 0, true)],
  ['data inside the files table', 'overlapping-tables', (view) => view.setUint32(FOLDER, FILES, true)],
  ['data behind the end', 'bad-folder', (view) => view.setUint32(FOLDER, 0xfffffff0, true)],
  ['65535 blocks', 'bad-folder', (view) => view.setUint16(FOLDER + 4, 65_535, true)],
  ['one block too many', 'bad-folder', (view) => view.setUint16(FOLDER + 4, 6_000, true)],
  ['one block too few: a file reaches past the data', 'bad-file', (view) => view.setUint16(FOLDER + 4, 1, true)],
  ['a file of 4 GB', 'bad-file', (view) => view.setUint32(FILES, 0xffffffff, true)],
  ['a file beyond its folder', 'bad-file', (view) => view.setUint32(FILES + 4, 0xfffffff0, true)],
  ['a file in a folder that is not there', 'bad-file', (view) => view.setUint16(FILES + 8, 1, true)],
  ['a file that continues in another cabinet', 'continued-file', (view) => view.setUint16(FILES + 8, 0xfffe, true)],
  ['a file that came from another cabinet', 'continued-file', (view) => view.setUint16(FILES + 8, 0xfffd, true)],
  ['two files over the same bytes', 'overlapping-files', (view) => view.setUint32(FILES + 24 + 4, 39_000, true)],
  ['a file without a name', 'empty-name', (view) => view.setUint8(FILES + 16, 0)],
  [
    'a name said to be UTF-8 that is not',
    'bad-name',
    (view) => {
      view.setUint16(FILES + 14, 0x80, true);
      view.setUint8(FILES + 16, 0xff);
    },
  ],
  ['a name that does not end', 'name-too-long', (_view, bytes) => bytes.fill(0x61, FILES + 16, FILES + 400)],
  [
    'a previous cabinet whose name has no end',
    'name-too-long',
    (view, bytes) => {
      view.setUint16(30, 1, true);
      bytes.fill(0x61, FOLDER);
    },
  ],
  [
    'a reserve larger than the file',
    'truncated',
    (view) => {
      view.setUint16(30, 4, true);
      view.setUint32(36, 0xffff, true);
    },
  ],
  [
    'a damaged byte of data',
    'checksum',
    (view) => {
      const offset = dataOffset(view) + 100;
      view.setUint8(offset, view.getUint8(offset) ^ 1);
    },
  ],
  ['a damaged checksum', 'checksum', (view) => view.setUint32(dataOffset(view), 0x12345678, true)],
  ['a block of more than 32 KiB', 'bad-block', (view) => view.setUint16(dataOffset(view) + 6, 32_769, true)],
  ['a block stored in 64 KiB', 'bad-block', (view) => view.setUint16(dataOffset(view) + 4, 0xffff, true)],
  [
    'a block that continues in another cabinet',
    'continued-block',
    (view) => view.setUint16(dataOffset(view) + 6, 0, true),
  ],
  [
    'a stored block whose two sizes differ',
    'bad-block',
    (view) => {
      view.setUint16(dataOffset(view) + 6, 100, true);
      fixChecksum(view, dataOffset(view));
    },
  ],
  ['LZX that is none', 'bad-lzx', (view) => view.setUint16(FOLDER + 6, 0x1503, true)],
  ['Quantum', 'quantum-not-supported', (view) => view.setUint16(FOLDER + 6, 0x1472, true)],
  ['a method that does not exist', 'unsupported-compression', (view) => view.setUint16(FOLDER + 6, 9, true)],
];

for (const [what, code, change] of LIES) {
  test(`a lie: ${what}`, async () => {
    await rejectsWith(code, await tampered(change));
  });
}

const MSZIP_LIES: readonly [what: string, code: string, change: (view: DataView) => void][] = [
  ['holds more than cbUncomp says', 'bad-block', (view) => view.setUint16(dataOffset(view) + 6, 1_000, true)],
  ['holds less than cbUncomp says', 'bad-block', (view) => view.setUint16(dataOffset(view) + 6, 32_768, true)],
  ['does not begin with CK', 'bad-compression', (view) => view.setUint8(dataOffset(view) + 8, 0x50)],
  ['is no DEFLATE data', 'bad-compression', (view) => view.setUint8(dataOffset(view) + 10, 0xff)],
  [
    'refers back to before its folder',
    'bad-compression',
    (view) => {
      // A fixed-Huffman block whose first symbol is a copy from distance 1, with nothing before it.
      view.setUint8(dataOffset(view) + 10, 0x03);
      view.setUint8(dataOffset(view) + 11, 0x02);
    },
  ],
];

for (const [what, code, change] of MSZIP_LIES) {
  test(`an MSZIP block ${what}`, async () => {
    const contents = { 'a.txt': prose(20_000) };
    await rejectsWith(
      code,
      await tampered(
        (view) => {
          change(view);
          fixChecksum(view, dataOffset(view));
        },
        contents,
        'mszip',
      ),
    );
  });
}

test('Quantum is refused with what to do instead', async () => {
  const bytes = await tampered((view) => view.setUint16(FOLDER + 6, 0x1472, true));
  await assert.rejects(extractAll(bytes), { message: /Quantum.*makecab \/D CompressionType=MSZIP/ });
});

test('a cabinet of a set is refused, with its place in the set and what to do instead', async () => {
  await assert.rejects(extractAll(await withNeighbours()), {
    name: 'ParseError',
    code: 'one-of-a-set',
    message: /number 3 of a set of cabinets, after "prev.cab", before "next.cab".*MaxDiskSize=0/,
  });
  const split = await tampered((view) => view.setUint16(FILES + 8, 0xfffe, true), FIRST);
  await assert.rejects(extractAll(split), {
    code: 'continued-file',
    message: /"d\\a.inf" is only partly in this cabinet, number 1 of a set of cabinets.*\/D MaxDiskSize=0/,
  });
});

test('4096 folders and reserves of 255 bytes each: what is claimed must be there', async () => {
  const bytes = await tampered((view, all) => {
    view.setUint16(26, 4_096, true);
    view.setUint16(30, 4, true);
    all.set([0, 0, 255, 255], FOLDER);
  });
  await rejectsWith('truncated', bytes);
  const padded = new Uint8Array(40 + 4_096 * (8 + 255) + 10_000);
  padded.set(bytes);
  viewOf(padded).setUint32(8, padded.length, true);
  await rejectsWith('bad-folder', padded);
});

test('blocks without data: stored, MSZIP', async () => {
  for (const [compression, code] of [
    ['none', 'bad-block'],
    ['mszip', 'bad-compression'],
  ] as const) {
    const empty = (view: DataView): void => {
      view.setUint16(dataOffset(view) + 4, 0, true);
      view.setUint32(dataOffset(view), 0, true);
    };
    await rejectsWith(code, await tampered(empty, FIRST, compression));
  }
});

test('a checksum of 0 means that there is none', async () => {
  const bytes = await tampered((view) => view.setUint32(dataOffset(view), 0, true));
  assert.deepEqual(await extractAll(bytes), new Map(Object.entries(FIRST)));
});

test('two folders over the same data: each block would be decoded twice', async () => {
  const bytes = await makeCabinet({ a: prose(1_000), b: prose(1_000) }, { folderBytes: 1_000 });
  const view = viewOf(bytes);
  view.setUint32(FOLDER + 8, view.getUint32(FOLDER, true), true);
  await rejectsWith('bad-folder', bytes);
});

test('a bomb: 64 MiB of zeros are refused by the limit on bytes and by the limit on the ratio', async () => {
  const bytes = await makeCabinet({ 'zeros.bin': new Uint8Array(64 * 1024 * 1024) });
  assert.ok(bytes.length < 200_000);
  await rejectsWith('limit-exceeded', bytes, { totalBytes: 64 * 1024 * 1024 - 1 });
  await rejectsWith('limit-exceeded', bytes, { expansionRatio: 200 });
  await extractAll(bytes, { expansionRatio: 1_100 });
});

test('a bomb without files: data that belongs to no file counts as well', async () => {
  const bytes = await makeCabinet({ 'zeros.bin': new Uint8Array(10 * 1024 * 1024) });
  viewOf(bytes).setUint32(FILES, 1, true);
  await rejectsWith('limit-exceeded', bytes, { totalBytes: 5 * 1024 * 1024 });
});

test('a sink is told when the cabinet is damaged inside its file', async () => {
  const bytes = await tampered((view) => view.setUint8(view.byteLength - 1, view.getUint8(view.byteLength - 1) ^ 1));
  const source = bytesSource(bytes);
  const events: string[] = [];
  await assert.rejects(
    extractCabinet(source, await readCabinet(source), (file) => ({
      write: () => void 0,
      close: () => void events.push(`close ${file.name}`),
      abort: () => void events.push(`abort ${file.name}`),
    })),
  );
  assert.deepEqual(events, ['abort d\\a.inf']);
});

test('random damage never does more than throw ParseError', { timeout: 60_000 }, async () => {
  const sound = await makeCabinet({ 'd\\a.inf': prose(3_000), 'd\\b.sys': noise(500) });
  let state = 42;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let round = 0; round < 3_000; round += 1) {
    const bytes = sound.slice();
    for (let count = random(4); count >= 0; count -= 1) bytes[random(Math.min(bytes.length, 200))] = random(256);
    try {
      await extractAll(bytes, { totalBytes: 10_000_000 });
    } catch (error) {
      assert.ok(error instanceof ParseError, String(error));
    }
  }
});
