// LZX folders, made here block by block; cabextract is the second opinion on each.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { translateCalls } from '../../src/cab/lzx/call-translation.ts';
import { extractAll, hasTool, makeCabinet, noise, prose, run, temporaryFolder } from './cabinets.ts';
import { cabinetOfFolders, lzxMethod, makeLzxCabinet } from './lzx-cabinets.ts';
import { encodeLzx, FRAME, type LzxBlockKind, type LzxOptions, type LzxStatistics } from './lzx-encoder.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Reads the cabinet with both decoders and compares what they give with `contents`. */
async function agrees(t: TestContext, cabinet: Uint8Array, contents: Readonly<Record<string, Uint8Array>>) {
  const found = await extractAll(cabinet);
  assert.deepEqual([...found.keys()], Object.keys(contents));
  for (const [name, bytes] of found) assert.equal(sha256(bytes), sha256(contents[name] ?? noise(0)), name);
  if (!(await hasTool(t, 'cabextract'))) return;
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'lzx.cab');
  await writeFile(file, cabinet);
  await run('cabextract', ['-t', file]);
  await run('cabextract', ['-q', '-d', folder, file]);
  for (const [name, bytes] of Object.entries(contents)) {
    assert.equal(sha256(await readFile(path.join(folder, name))), sha256(bytes), `cabextract: ${name}`);
  }
}

/** Bytes with repetitions near and far, of all lengths, between stretches of noise. */
function mixture(length: number, seed = 7): Uint8Array {
  const result = noise(length, seed);
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let at = 300; at < length; at += random(40)) {
    const size = Math.min(2 + random(random(4) === 0 ? 300 : 12), length - at);
    const distance = 1 + random(2 ** random(Math.ceil(Math.log2(at))));
    for (let index = 0; index < size; index += 1) result[at + index] = result[at + index - distance] ?? 0;
    at += size;
  }
  return result;
}

const everySize = (kind: LzxBlockKind) => [{ kind, size: 0 }];
const MANY_KINDS: LzxOptions['blocks'] = [
  { kind: 'verbatim', size: 1_000 },
  { kind: 'aligned', size: 40_000 },
  { kind: 'uncompressed', size: 3_001 },
  { kind: 'uncompressed', size: 2 },
  { kind: 'verbatim', size: 1 },
  { kind: 'uncompressed', size: 50_001 },
  { kind: 'aligned', size: 90_000 },
  { kind: 'verbatim', size: 0 },
];

for (const kind of ['verbatim', 'aligned', 'uncompressed'] as const) {
  for (const length of [1, 2, 11, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 100_001]) {
    test(`${length} bytes in one ${kind} block`, async (t) => {
      const contents = { 'a.bin': mixture(length) };
      await agrees(t, makeLzxCabinet(contents, { windowBits: 16, blocks: everySize(kind) }), contents);
    });
  }
}

for (const windowBits of [15, 16, 17, 18, 19, 20, 21]) {
  test(`a window of 2^${windowBits} bytes: matches as far back as it reaches, over its edge, in blocks of all kinds`, async (t) => {
    const reach = 2 ** windowBits - 3;
    const head = noise(300, 5);
    const far = mixture(2 * 2 ** windowBits + 12_345);
    far.set(head, 0);
    far.set(head, reach);
    const statistics: LzxStatistics = { slots: new Set(), longestCode: 0, longestMatch: 0 };
    const options = { windowBits, blocks: MANY_KINDS };
    const frames = encodeLzx(far, options, statistics);
    const files = [{ name: 'far.bin', size: far.length }];
    await agrees(t, cabinetOfFolders([{ method: lzxMethod(windowBits), frames, files }]), { 'far.bin': far });
    for (const slot of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20]) assert.ok(statistics.slots.has(slot), `slot ${slot}`);
    assert.equal(statistics.longestMatch, 257);
  });
}

test('the farthest slot of the largest window', async (t) => {
  const head = noise(300, 5);
  const far = new Uint8Array(2 ** 21 + FRAME);
  far.set(noise(3_000, 9), 1_000);
  far.set(head, 0);
  far.set(head, 2 ** 21 - 3);
  for (const kind of ['verbatim', 'aligned'] as const) {
    const statistics: LzxStatistics = { slots: new Set(), longestCode: 0, longestMatch: 0 };
    const frames = encodeLzx(far, { windowBits: 21, blocks: everySize(kind) }, statistics);
    assert.ok(statistics.slots.has(49));
    const files = [{ name: 'far.bin', size: far.length }];
    await agrees(t, cabinetOfFolders([{ method: lzxMethod(21), frames, files }]), { 'far.bin': far });
  }
});

test('codes of up to 16 bits, longer than the tables are wide', async (t) => {
  const contents = { 'a.bin': mixture(150_000) };
  const options: LzxOptions = { windowBits: 17, blocks: MANY_KINDS, longCodes: true };
  const statistics: LzxStatistics = { slots: new Set(), longestCode: 0, longestMatch: 0 };
  encodeLzx(contents['a.bin'], options, statistics);
  assert.equal(statistics.longestCode, 16);
  await agrees(t, makeLzxCabinet(contents, options), contents);
});

test('one byte over and over: a code of one symbol, one distance', async (t) => {
  const contents = { 'zeros.bin': new Uint8Array(200_000) };
  await agrees(t, makeLzxCabinet(contents, { windowBits: 15, blocks: everySize('aligned') }), contents);
});

/** Machine code, as far as call translation can tell: calls to a few places, near and far, over the ends of frames. */
function calls(length: number): Uint8Array {
  const bytes = mixture(length);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 5 <= length; at += 23) {
    bytes[at] = 0xe8;
    view.setInt32(at + 1, at % 3 === 0 ? 5_000 - at : at % 3 === 1 ? at * 7919 : -at - 40, true);
  }
  for (let frame = FRAME; frame < length; frame += FRAME) bytes.fill(0xe8, frame - 16, frame + 3);
  return bytes;
}

for (const translationSize of [12_000_000, 60_000, 1, 0]) {
  test(`E8 call translation with ${translationSize} as size of the file`, async (t) => {
    const contents = { 'a.sys': calls(100_003), 'b.sys': calls(40_009) };
    await agrees(t, makeLzxCabinet(contents, { windowBits: 16, blocks: MANY_KINDS, translationSize }), contents);
  });
}

test('E8 call translation changes what is compressed, and leaves alone frames of up to 10 bytes', async (t) => {
  const contents = { 'a.sys': calls(FRAME + 10) };
  const options: LzxOptions = { windowBits: 16, blocks: everySize('uncompressed'), translationSize: 1_000_000 };
  const [frame] = encodeLzx(contents['a.sys'], options);
  assert.notDeepEqual(frame?.data.subarray(-FRAME), contents['a.sys'].subarray(0, FRAME));
  await agrees(t, makeLzxCabinet(contents, options), contents);
});

test('E8 call translation ends 10 bytes before the end of a frame', async (t) => {
  for (const distance of [9, 10, 11]) {
    const bytes = new Uint8Array(2 * FRAME);
    for (const end of [FRAME, 2 * FRAME]) bytes.set([0xe8, 1, 2, 0, 0], end - distance);
    const contents = { 'a.sys': bytes };
    const options: LzxOptions = { windowBits: 16, blocks: everySize('uncompressed'), translationSize: 1_000_000 };
    await agrees(t, makeLzxCabinet(contents, options), contents);
    const frame = bytes.slice(0, FRAME);
    translateCalls(frame, FRAME, 1_000_000);
    assert.equal(
      frame.every((byte, index) => byte === bytes[index]),
      distance < 11,
      `${distance} bytes`,
    );
  }
});

test('E8 call translation ends after 2^30 bytes', () => {
  const call = new Uint8Array([0xe8, 1, 2, 0, 0, ...new Uint8Array(20)]);
  const first = call.slice();
  translateCalls(first, 2 ** 30 - FRAME, 0x7fffffff);
  assert.notDeepEqual(first, call);
  const second = call.slice();
  translateCalls(second, 2 ** 30, 0x7fffffff);
  assert.deepEqual(second, call);
});

test('an uncompressed block of odd size that ends a frame: its extra byte may stand in the next', async (t) => {
  const contents = { 'a.bin': mixture(2 * FRAME + 77) };
  const blocks: LzxOptions['blocks'] = [
    { kind: 'verbatim', size: 1 },
    { kind: 'uncompressed', size: 2 * FRAME - 1 },
    { kind: 'verbatim', size: 0 },
  ];
  const frames = encodeLzx(contents['a.bin'], { windowBits: 16, blocks });
  const files = [{ name: 'a.bin', size: contents['a.bin'].length }];
  await agrees(t, cabinetOfFolders([{ method: lzxMethod(16), frames, files }]), contents);
  const [first, second, third] = frames;
  assert.ok(first && second && third);
  const moved = [
    first,
    { ...second, data: second.data.slice(0, -1) },
    { ...third, data: new Uint8Array([0, ...third.data]) },
  ];
  await agrees(t, cabinetOfFolders([{ method: lzxMethod(16), frames: moved, files }]), contents);
});

test('each folder begins anew, with a window of its own, beside folders of other methods', async (t) => {
  const one = calls(70_000);
  const two = prose(50_000);
  const folder = (bytes: Uint8Array, name: string, windowBits: number) => ({
    method: lzxMethod(windowBits),
    frames: encodeLzx(bytes, { windowBits, blocks: MANY_KINDS, translationSize: 1_000_000 }),
    files: [{ name, size: bytes.length }],
  });
  const stored = {
    method: 0,
    frames: [{ data: two.slice(0, 900), uncompressedSize: 900 }],
    files: [{ name: 'c', size: 900 }],
  };
  const cabinet = cabinetOfFolders([folder(one, 'a', 21), folder(two, 'b', 15), stored, folder(one, 'd', 18)]);
  await agrees(t, cabinet, { a: one, b: two, c: two.slice(0, 900), d: one });
});

test('many files in one folder, the smallest of them empty', async (t) => {
  const contents = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [`f${index}.bin`, mixture(index * index * 3, index + 1)]),
  );
  await agrees(t, makeLzxCabinet(contents, { windowBits: 16, blocks: MANY_KINDS }), contents);
});

test('random data in random blocks', async (t) => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const [kinds, sizes] = [noise(40, seed), noise(80, seed + 100)];
    const blocks = Array.from({ length: 40 }, (_, index) => ({
      kind: (['verbatim', 'aligned', 'uncompressed'] as const)[(kinds[index] ?? 0) % 3] ?? 'verbatim',
      size: 1 + (sizes[index] ?? 0) * (sizes[index + 40] ?? 0),
    }));
    const contents = { 'a.bin': calls(20_000 + seed * 17_001) };
    const options = { windowBits: 15 + (seed % 7), blocks, longCodes: seed % 2 === 0, translationSize: seed * 30_000 };
    try {
      await agrees(t, makeLzxCabinet(contents, options), contents);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});

test('the same content by MSZIP and by LZX is the same', async () => {
  const contents = { 'a.inf': prose(90_000), 'b.sys': calls(90_000) };
  const lzx = await extractAll(makeLzxCabinet(contents, { windowBits: 18, blocks: MANY_KINDS }));
  assert.deepEqual(lzx, await extractAll(await makeCabinet(contents)));
});
