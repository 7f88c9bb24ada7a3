// LZX streams that lie. Each is written bit by bit or made of a sound one; each ends in a ParseError, and soon.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesSource } from '../../src/byte-source.ts';
import { readCabinet } from '../../src/cab/cabinet.ts';
import { extractCabinet } from '../../src/cab/extract.ts';
import type { CabinetLimits } from '../../src/cab/limits.ts';
import { createMszipEncoder } from '../../src/cab/mszip.ts';
import { ParseError } from '../../src/errors.ts';
import { extractAll, noise, prose } from './cabinets.ts';
import { cabinetOfFolders, lzxMethod } from './lzx-cabinets.ts';
import { BitWriter, encodeLzx, FRAME, type LzxFrame, putLengths } from './lzx-encoder.ts';

/** No single cabinet here may keep a reader busy for longer. */
const MOST_MILLISECONDS = 1_000;
const MAIN_SYMBOLS = 256 + 8 * 30;
const VERBATIM = 1;
const ALIGNED = 2;
const UNCOMPRESSED = 3;
/** Main symbols of matches at the distance used last: of 2 bytes, and of 9 or more. */
const REPEAT_SHORT = 256;
const REPEAT_LONG = 256 + 7;

function cabinetOf(frames: readonly LzxFrame[], windowBits = 15, size = 1): Uint8Array {
  return cabinetOfFolders([{ method: lzxMethod(windowBits), frames, files: [{ name: 'a.bin', size }] }]);
}

async function refused(
  cabinet: Uint8Array,
  message: RegExp,
  { code = 'bad-lzx', limits }: { code?: string; limits?: Partial<CabinetLimits> } = {},
): Promise<void> {
  const started = performance.now();
  await assert.rejects(extractAll(cabinet, limits), (error) => {
    assert.ok(error instanceof ParseError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.equal(error.format, 'cab');
    return true;
  });
  assert.ok(performance.now() - started < MOST_MILLISECONDS);
}

/** The code lengths of an alphabet in which these symbols have codes of these lengths. */
function lengthsOf(count: number, used: Readonly<Record<number, number>>): number[] {
  const lengths = new Array<number>(count).fill(0);
  for (const [symbol, length] of Object.entries(used)) lengths[Number(symbol)] = length;
  return lengths;
}

interface Codes {
  readonly main: Readonly<Record<number, number>>;
  readonly length?: Readonly<Record<number, number>>;
}

/** The head of a verbatim block with these codes, for a window of 2^15 bytes; `before` are those of the block before. */
function putVerbatimHead(out: BitWriter, size: number, codes: Codes, type = VERBATIM, before?: Codes): BitWriter {
  out.put(type, 3).put(size, 24);
  if (type === ALIGNED) out.put(0, 24);
  const main = lengthsOf(MAIN_SYMBOLS, codes.main);
  const mainBefore = lengthsOf(MAIN_SYMBOLS, before?.main ?? {});
  putLengths(out, main, mainBefore, 0, 256);
  putLengths(out, main, mainBefore, 256, MAIN_SYMBOLS);
  putLengths(out, lengthsOf(249, codes.length ?? {}), lengthsOf(249, before?.length ?? {}), 0, 249);
  return out;
}

/** A stream without call translation that begins with an uncompressed block, which also sets the last distances. */
function afterUncompressed(bytes: Uint8Array, distance: number): BitWriter {
  const out = new BitWriter().put(0, 1).put(UNCOMPRESSED, 3).put(bytes.length, 24).put(0, 1).align();
  out.u32(distance).u32(1).u32(1);
  for (const byte of bytes) out.byte(byte);
  if (bytes.length % 2 === 1) out.byte(0);
  return out;
}

const start = (): BitWriter => new BitWriter().put(0, 1);
const frame = (out: BitWriter, uncompressedSize: number): LzxFrame => ({ data: out.take(), uncompressedSize });

test('what the tests below are made of is sound', async () => {
  const repeat = afterUncompressed(new Uint8Array([7, 8]), 2);
  putVerbatimHead(repeat, 4, { main: { [REPEAT_SHORT]: 1, 65: 1 } });
  // Symbol 65 has the code 0, REPEAT_SHORT the code 1.
  const found = await extractAll(cabinetOf([frame(repeat.put(0b010, 3), 6)], 15, 6));
  assert.deepEqual(found.get('a.bin'), new Uint8Array([7, 8, 65, 8, 65, 65]));
});

for (const type of [0, 4, 5, 6, 7]) {
  test(`a block of type ${type}`, () =>
    refused(cabinetOf([frame(start().put(type, 3).put(5, 24), 5)]), /does not exist/));
}

for (const type of [VERBATIM, ALIGNED, UNCOMPRESSED]) {
  test(`a block of type ${type} and 0 bytes, which would be read for ever`, () =>
    refused(cabinetOf([frame(start().put(type, 3).put(0, 24).put(0, 800), 5)]), /block of 0 bytes/));
}

for (const windowBits of [0, 14, 22, 31]) {
  test(`a window of 2^${windowBits} bytes`, () =>
    refused(cabinetOf([frame(afterUncompressed(noise(5), 1), 5)], windowBits), /2\^15 to 2\^21/));
}

const CODES: readonly [what: string, message: RegExp, make: () => BitWriter][] = [
  ['a pretree of no symbols', /gave no symbols/, () => start().put(VERBATIM, 3).put(1, 24).put(0, 80).put(0, 64)],
  [
    'a pretree of too many symbols',
    /more symbols than fit/,
    () => start().put(VERBATIM, 3).put(1, 24).put(0x11111, 20).put(0, 60),
  ],
  ['a pretree with a gap', /no meaning/, () => start().put(VERBATIM, 3).put(1, 24).put(0x22, 8).put(0, 72)],
  [
    'a run of lengths past the last symbol',
    /past the last symbol/,
    // A pretree of symbols 17 and 18; 18 means at least 20 zeros, and thirteen times that is more than 256.
    () => {
      const out = start()
        .put(VERBATIM, 3)
        .put(1, 24)
        .put(0, 17 * 4)
        .put(1, 4)
        .put(1, 4)
        .put(0, 4);
      for (let count = 0; count < 13; count += 1) out.put(0b100000, 6);
      return out;
    },
  ],
  [
    'a run of lengths that are a run',
    /run where a length is due/,
    () =>
      start()
        .put(VERBATIM, 3)
        .put(1, 24)
        .put(0, 17 * 4)
        .put(1, 4)
        .put(0, 4)
        .put(1, 4)
        .put(0b1, 1)
        .put(0, 2),
  ],
  ['a main code of no symbols', /gave no symbols/, () => putVerbatimHead(start(), 5, { main: {} }).put(0, 32)],
  ['a main code of one symbol', /no meaning/, () => putVerbatimHead(start(), 5, { main: { 65: 1 } }).put(0, 32)],
  [
    'a main code of three symbols of one bit',
    /more symbols than fit/,
    () => putVerbatimHead(start(), 5, { main: { 65: 1, 66: 1, 67: 1 } }).put(0, 32),
  ],
  [
    'a main code one step from complete',
    /no meaning/,
    () => putVerbatimHead(start(), 5, { main: { 65: 1, 66: 2, 67: 3, 68: 16 } }).put(0, 32),
  ],
  [
    'a long match without a length code',
    /gave no symbols/,
    () =>
      putVerbatimHead(start(), 50, { main: { 65: 1, [REPEAT_LONG]: 1 } })
        .put(0b01, 2)
        .put(0, 32),
  ],
  [
    'an aligned block without an aligned code',
    /gave no symbols/,
    // Slot 8 has 3 bits after it, which the aligned code would give.
    () =>
      putVerbatimHead(start(), 50, { main: { 65: 1, [256 + 8 * 8]: 1 } }, ALIGNED)
        .put(0b01, 2)
        .put(0, 32),
  ],
  [
    'an aligned code of too many symbols',
    /more symbols than fit/,
    () => start().put(ALIGNED, 3).put(1, 24).put(0o11111111, 24).put(0, 64),
  ],
];

for (const [what, message, make] of CODES) {
  test(what, () => refused(cabinetOf([frame(make(), 50)]), message));
}

test('a long match without a length code, after a block that had one with long codes', async () => {
  const long = Object.fromEntries([...Array.from({ length: 12 }, (_, index) => [index, index + 1]), [12, 12]]);
  const first = { main: { 65: 1, [REPEAT_LONG]: 1 }, length: long };
  const out = putVerbatimHead(start(), 1, first).put(0, 1);
  putVerbatimHead(out, 49, { main: first.main }, VERBATIM, first).put(0b01, 2).put(0, 32);
  await refused(cabinetOf([frame(out, 50)]), /gave no symbols/);
});

const DISTANCES: readonly [what: string, distance: number][] = [
  ['0 bytes', 0],
  ['to before the first byte', 5],
  ['4 GB', 0xffffffff],
];

for (const [what, distance] of DISTANCES) {
  test(`a match that refers back ${what}`, async () => {
    const out = putVerbatimHead(afterUncompressed(noise(4), distance), 4, { main: { 65: 1, [REPEAT_SHORT]: 1 } });
    await refused(cabinetOf([frame(out.put(0b11, 2), 8)]), /before its window/);
  });
}

test('a match that refers back farther than the window is long', async () => {
  const frames: LzxFrame[] = [];
  const bytes = noise(2 * FRAME);
  const first = new BitWriter().put(0, 1).put(UNCOMPRESSED, 3).put(bytes.length, 24).put(0, 1).align();
  first
    .u32(FRAME + 1)
    .u32(1)
    .u32(1);
  for (const byte of bytes.subarray(0, FRAME)) first.byte(byte);
  frames.push(frame(first, FRAME), { data: bytes.slice(FRAME), uncompressedSize: FRAME });
  const last = () => putVerbatimHead(new BitWriter(), 2, { main: { 65: 1, [REPEAT_SHORT]: 1 } }).put(1, 1);
  await refused(cabinetOf([...frames, frame(last(), 2)], 15), /before its window/);
});

test('a match that goes past the end of its block, or of its frame', async () => {
  const main = { 65: 1, [REPEAT_SHORT]: 1 };
  const block = putVerbatimHead(afterUncompressed(noise(4), 1), 3, { main }).put(0b11, 2);
  await refused(cabinetOf([frame(block, 50)]), /past the end/);
  const whole = putVerbatimHead(afterUncompressed(noise(4), 1), 50, { main }).put(0b11, 2);
  await refused(cabinetOf([frame(whole, 7)]), /past the end/);
});

const SOUND = prose(40_000);
SOUND.set(noise(3_000), 10_000);
const soundFrames = (kind: 'verbatim' | 'aligned' | 'uncompressed') =>
  encodeLzx(SOUND, {
    windowBits: 15,
    blocks: [
      { kind, size: 20_001 },
      { kind, size: 0 },
    ],
    translationSize: 70_000,
  });

test('a block without data', async () => {
  await refused(cabinetOf([{ data: new Uint8Array(0), uncompressedSize: 5 }]), /ends before/);
});

for (const kind of ['verbatim', 'aligned', 'uncompressed'] as const) {
  test(`${kind} blocks cut off at every length, or with more behind them`, async () => {
    const [first, second] = soundFrames(kind);
    assert.ok(first && second);
    await extractAll(cabinetOf([first, second], 15, SOUND.length));
    for (
      let length = 0;
      length < first.data.length;
      length += length < 200 || length > first.data.length - 50 ? 1 : 137
    ) {
      await refused(cabinetOf([{ ...first, data: first.data.slice(0, length) }, second]), /LZX/);
    }
    for (const surplus of [1, 2, 100]) {
      const data = new Uint8Array([...first.data, ...new Uint8Array(surplus)]);
      await refused(cabinetOf([{ ...first, data }, second]), /LZX/);
    }
  });

  test(`${kind} blocks under a CFDATA that says another size`, async () => {
    const [first, second] = soundFrames(kind);
    assert.ok(first && second);
    for (const size of [second.uncompressedSize - 1, second.uncompressedSize + 1, FRAME]) {
      await refused(cabinetOf([first, { ...second, uncompressedSize: size }]), /LZX/);
    }
    await refused(cabinetOf([{ ...first, uncompressedSize: FRAME - 2 }, second]), /LZX/);
    await refused(cabinetOf([second, first]), /LZX/);
    await refused(cabinetOf([first, first]), /LZX/);
  });
}

test('a block of less than 32 KiB that is not the last, each in itself sound', async () => {
  const out = afterUncompressed(noise(10), 1);
  const more = new BitWriter().put(UNCOMPRESSED, 3).put(10, 24).put(0, 1).align().u32(1).u32(1).u32(1);
  for (const byte of noise(10)) more.byte(byte);
  await refused(cabinetOf([frame(out, 10), frame(more, 10)]), /less than 32 KiB/);
});

test('the error names the CFDATA at which it happens', async () => {
  const [first, second] = soundFrames('verbatim');
  assert.ok(first && second);
  const data = second.data.slice(0, -2);
  const cabinet = cabinetOf([first, { ...second, data }]);
  await assert.rejects(extractAll(cabinet), { code: 'bad-lzx', offset: cabinet.length - data.length - 8 });
});

test('random damage never does more than throw ParseError, and never takes long', { timeout: 120_000 }, async () => {
  let state = 4711;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let thrown = 0;
  for (const kind of ['verbatim', 'aligned', 'uncompressed'] as const) {
    const sound = soundFrames(kind);
    for (let round = 0; round < 1_500; round += 1) {
      const frames = sound.map(({ data, uncompressedSize }) => ({ data: data.slice(), uncompressedSize }));
      const damaged = frames[random(2)]?.data ?? new Uint8Array(1);
      const within = random(2) === 0 ? damaged.length : Math.min(120, damaged.length);
      for (let count = random(4); count >= 0; count -= 1) damaged[random(within)] = random(256);
      const started = performance.now();
      try {
        await extractAll(cabinetOf(frames, 15, SOUND.length));
      } catch (error) {
        assert.ok(error instanceof ParseError, String(error));
        assert.equal(error.code, 'bad-lzx');
        thrown += 1;
      }
      assert.ok(performance.now() - started < MOST_MILLISECONDS, `round ${round}`);
    }
  }
  assert.ok(thrown > 1_000, `${thrown} were refused`);
});

/** Zeros in blocks of 32 KiB, as many as a folder can have: 2 GiB, of which a file claims one byte. */
function bombs(): readonly [what: string, cabinet: () => Uint8Array][] {
  const most = 65_535;
  const files = [{ name: 'a.bin', size: 1 }];
  return [
    [
      'LZX',
      () => {
        const zeros = new Uint8Array(3 * FRAME);
        const [first, second, third] = encodeLzx(zeros, {
          windowBits: 21,
          blocks: [1, 2, 3].map(() => ({ kind: 'verbatim', size: FRAME })),
        });
        assert.ok(first && second && third);
        const frames = [first, second, ...new Array<LzxFrame>(most - 2).fill(third)];
        return cabinetOfFolders([{ method: lzxMethod(21), frames, files }]);
      },
    ],
    [
      'MSZIP',
      () => {
        const data = createMszipEncoder().encode(new Uint8Array(FRAME));
        const frames = new Array<LzxFrame>(most).fill({ data, uncompressedSize: FRAME });
        return cabinetOfFolders([{ method: 1, frames, files }]);
      },
    ],
  ];
}

for (const [what, make] of bombs()) {
  test(`a bomb of 65535 blocks with ${what} is stopped by the limit on bytes and by the one on the ratio`, async () => {
    const cabinet = make();
    const code = 'limit-exceeded';
    await refused(cabinet, /more data than is allowed/, { code, limits: { totalBytes: 10_000_000 } });
    await refused(cabinet, /more data than is allowed/, { code, limits: { expansionRatio: 5 } });
  });
}

test('4096 folders that each want a window of 2 MiB: none is made larger than its folder can fill', async () => {
  const one = { data: afterUncompressed(noise(2), 1).take(), uncompressedSize: 2 };
  const folders = Array.from({ length: 4_096 }, (_, index) => ({
    method: lzxMethod(21),
    frames: [one],
    files: [{ name: `f${index}`, size: 2 }],
  }));
  const source = bytesSource(cabinetOfFolders(folders));
  const started = performance.now();
  await extractCabinet(source, await readCabinet(source), () => undefined);
  assert.ok(performance.now() - started < 5 * MOST_MILLISECONDS);
});
