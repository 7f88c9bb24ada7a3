// Archives that lie. Each sample is a sound one with one field changed; each test says what it tries.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { bytesSource } from '../../src/byte-source.ts';
import { concatBytes, viewOf } from '../../src/bytes.ts';
import { ParseError } from '../../src/errors.ts';
import { openZip, type ZipLimits } from '../../src/zip/index.ts';
import { damagedCopies } from '../support/damage.ts';
import { makeZip, noise, type Sample, unzip, utf8 } from './archives.ts';

async function rejectsWith(code: string, bytes: Uint8Array, limits?: Partial<ZipLimits>): Promise<void> {
  await assert.rejects(unzip(bytes, limits), (error) => {
    assert.ok(error instanceof ParseError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

const plain: Sample = { name: 'a.txt', contents: 'hello, hello, hello' };

test('no archive: empty, short, text, cut off anywhere', async () => {
  await rejectsWith('not-a-zip', new Uint8Array(0));
  await rejectsWith('not-a-zip', utf8('PK'));
  await rejectsWith('not-a-zip', noise(5000));
  const bytes = makeZip([plain]);
  for (let length = 0; length < bytes.length; length += 1) await rejectsWith('not-a-zip', bytes.slice(0, length));
});

test('ZIP64: a locator, sizes in an extra field, sizes that point to one; the message says what to do', async () => {
  const locator = new Uint8Array(20);
  viewOf(locator).setUint32(0, 0x07064b50, true);
  await rejectsWith('zip64', makeZip([plain], { beforeEnd: locator }));
  const extra = new Uint8Array([1, 0, 8, 0, 19, 0, 0, 0, 0, 0, 0, 0]);
  await rejectsWith('zip64', makeZip([{ ...plain, central: { extra } }]));
  await rejectsWith('zip64', makeZip([{ ...plain, local: { extra } }]));
  await rejectsWith('zip64', makeZip([{ ...plain, central: { size: 0xffff_ffff } }]));
  await rejectsWith('zip64', makeZip([{ ...plain, descriptor: 'marked', local: { compressedSize: 0xffff_ffff } }]));
  await rejectsWith('zip64', makeZip([plain], { directoryOffset: 0xffff_ffff }));
  await assert.rejects(unzip(makeZip([plain], { beforeEnd: locator })), /does not take; make it with .* below 4 GiB/);
});

test('several disks', async () => {
  await rejectsWith('several-disks', makeZip([plain], { disk: 1 }));
  await rejectsWith('several-disks', makeZip([plain], { countOnDisk: 0 }));
});

test('bytes behind the end', async () => {
  await rejectsWith('trailing-data', concatBytes([makeZip([plain]), new Uint8Array(3)]));
});

test('two ends of which readers may take either', async () => {
  const inner = makeZip([]);
  await rejectsWith('ambiguous-end', makeZip([plain], { comment: inner }));
});

test('a directory that is elsewhere, longer, shorter, or has other counts', async () => {
  await rejectsWith('bad-directory', makeZip([plain], { directoryOffset: 3 }));
  await rejectsWith('bad-directory', makeZip([plain], { beforeEnd: new Uint8Array(5) }));
  await rejectsWith('bad-directory', makeZip([plain, { name: 'b' }], { count: 1 }));
  await rejectsWith('bad-directory', makeZip([plain], { count: 2 }));
  await rejectsWith('bad-directory', makeZip([plain], { count: 65_535 }));
});

test('entries that overlap: the same data twice, one inside another, one reaching into the directory', async () => {
  await rejectsWith('overlap', makeZip([plain, { ...plain, name: 'b.txt', offset: 0 }]));
  const inner = makeZip([{ name: 'in', contents: 'x', method: 0 }]).subarray(0, 33);
  const outer = { name: 'out', contents: inner, method: 0 };
  const nested = makeZip([outer, { name: 'in', contents: 'x', method: 0, offset: 33 }]);
  await rejectsWith('overlap', nested);
  await rejectsWith('overlap', makeZip([{ ...plain, both: { compressedSize: 500 } }]));
});

test('gaps: bytes before the first entry, between entries, before the directory', async () => {
  await rejectsWith('gap', makeZip([{ ...plain, before: utf8('MZ') }]));
  await rejectsWith('gap', makeZip([{ ...plain, offset: 40 }]));
  await rejectsWith('gap', makeZip([plain, { name: 'b', before: new Uint8Array(7) }]));
  const hidden = makeZip([{ name: 'hidden', contents: 'evil', method: 0 }]).subarray(0, 40);
  await rejectsWith('gap', makeZip([plain, { name: 'b', before: hidden }]));
  const short = { ...plain, method: 0, contents: 'hello', data: utf8('hello and more'), both: { compressedSize: 5 } };
  await rejectsWith('gap', makeZip([short]));
});

test('a local header that says something else than the directory', async () => {
  const lies: Sample['local'][] = [
    { name: utf8('b.txt') },
    { flags: 2 },
    { method: 0 },
    { crc: 1 },
    { size: 18 },
    { compressedSize: 1 },
  ];
  for (const local of lies) {
    await rejectsWith('header-mismatch', makeZip([{ ...plain, ...(local === undefined ? {} : { local }) }]));
  }
  await rejectsWith('header-mismatch', makeZip([{ ...plain, descriptor: 'marked', local: { crc: 7 } }]));
  await rejectsWith('bad-local-header', makeZip([{ name: 'x' }]).with(0, 0x51));
});

test('a descriptor that says something else, is missing, or is there unannounced', async () => {
  const descriptor = 'marked';
  await rejectsWith('header-mismatch', makeZip([{ ...plain, descriptor, descriptorBytes: new Uint8Array(16) }]));
  await rejectsWith('header-mismatch', makeZip([{ ...plain, descriptor, descriptorBytes: new Uint8Array(12) }]));
  await rejectsWith('gap', makeZip([{ ...plain, descriptor, descriptorBytes: new Uint8Array(0) }]));
  await rejectsWith('gap', makeZip([{ ...plain, descriptor, descriptorBytes: new Uint8Array(24) }]));
  await rejectsWith('gap', makeZip([{ ...plain, descriptor, both: { flags: 0 }, local: { ...truthOf(plain) } }]));
});

/** What the local header of `sample` says when nothing is left for later. */
function truthOf({ contents }: Sample): { crc: number; compressedSize: number; size: number } {
  const bytes = makeZip([{ name: 'x', contents: contents ?? '' }]);
  const view = viewOf(bytes);
  return { crc: view.getUint32(14, true), compressedSize: view.getUint32(18, true), size: view.getUint32(22, true) };
}

test('names that lead out, that are doubled, or that readers read differently', async () => {
  const bad = [
    '../a',
    'a/../b',
    '/a',
    'a//b',
    './a',
    'a/.',
    'a\\b',
    '..\\a',
    'C:/a',
    'c:a',
    'a\nb',
    'a\0b',
    '',
    '..',
    '/',
  ];
  for (const name of bad) await rejectsWith('bad-name', makeZip([{ name }]));
  await rejectsWith('bad-name', makeZip([{ name: new Uint8Array([0x41, 0xe4]), both: { flags: 0 } }]));
  await rejectsWith('bad-name', makeZip([{ name: new Uint8Array([0x41, 0xe4]), both: { flags: 0x800 } }]));
  await rejectsWith('bad-name', makeZip([{ name: 'folder/', contents: 'content' }]));
  await rejectsWith('duplicate-name', makeZip([plain, plain]));
  await rejectsWith('duplicate-name', makeZip([plain, { name: 'A.TXT' }]));
  await rejectsWith('duplicate-name', makeZip([{ name: '\u00e9' }, { name: 'e\u0301' }]));
  await rejectsWith('name-too-long', makeZip([{ name: 'a'.repeat(2000) }]));
  const path = concatBytes([new Uint8Array([0x75, 0x70, 6, 0, 1, 0, 0, 0, 0]), utf8('b')]);
  await rejectsWith('second-name', makeZip([{ ...plain, both: { extra: path } }]));
  await rejectsWith('bad-extra-field', makeZip([{ ...plain, both: { extra: new Uint8Array([1, 2, 9, 0]) } }]));
  await rejectsWith('bad-extra-field', makeZip([{ ...plain, both: { extra: new Uint8Array(3) } }]));
});

test('encryption, other methods, unknown flags, symbolic links', async () => {
  for (const flags of [1, 0x40, 0x2000]) await rejectsWith('encrypted', makeZip([{ ...plain, both: { flags } }]));
  await rejectsWith('unsupported-flags', makeZip([{ ...plain, both: { flags: 0x20 } }]));
  for (const method of [1, 9, 12, 14, 93, 99]) {
    await rejectsWith('unsupported-method', makeZip([{ ...plain, both: { method } }]));
  }
  const externalAttributes = 0o120777 * 0x10000;
  await rejectsWith('symbolic-link', makeZip([{ ...plain, madeBy: 0x0314, externalAttributes }]));
});

test('contents that are not what they are said to be', async () => {
  await rejectsWith('bad-crc', makeZip([{ ...plain, both: { crc: 1 } }]));
  await rejectsWith('too-long', makeZip([{ ...plain, both: { size: 18 } }]));
  await rejectsWith('too-short', makeZip([{ ...plain, both: { size: 20 } }]));
  await rejectsWith('size-mismatch', makeZip([{ ...plain, method: 0, both: { size: 5 } }]));
  await rejectsWith('bad-deflate', makeZip([{ ...plain, data: new Uint8Array([7, 7, 7]) }]));
  const whole = new Uint8Array(deflateRawSync(noise(300_000)));
  const contents = noise(300_000);
  await rejectsWith('bad-deflate', makeZip([{ name: 'cut', contents, data: whole.subarray(0, 200_000) }]));
  for (const tail of [1, 1000, 600_000]) {
    const data = concatBytes([whole, noise(tail)]);
    await rejectsWith('trailing-data', makeZip([{ name: 'more', contents, data }]));
  }
});

test('a bomb stops at the size it claims, and does not open when it claims more than it may', async () => {
  const data = new Uint8Array(deflateRawSync(new Uint8Array(200_000_000)));
  const archive = await openZip(bytesSource(makeZip([{ name: 'bomb', data, both: { size: 1000 } }])));
  const [entry] = archive.entries;
  assert.ok(entry);
  let seen = 0;
  await assert.rejects(
    async () => {
      for await (const chunk of archive.streamEntry(entry)) seen += chunk.length;
    },
    (error) => error instanceof ParseError && error.code === 'too-long',
  );
  assert.ok(seen <= 1000);
  await rejectsWith('too-large', makeZip([{ name: 'bomb', data, both: { size: 200_000_000 } }]));
  await rejectsWith('too-large', makeZip([{ name: 'bomb', data, both: { size: 0xffff_fffe } }]));
  await assert.rejects(archive.readEntry({ ...entry, size: 5000 }, 4999), /at most 4999 are accepted/);
});

test('limits', async () => {
  await rejectsWith('too-many-entries', makeZip([plain, { name: 'b' }]), { entries: 1 });
  await rejectsWith('directory-too-large', makeZip([plain]), { directoryBytes: 20 });
  await rejectsWith('too-large', makeZip([plain]), { totalBytes: 10 });
});

test('damaged archives throw ParseError and nothing else', async () => {
  const bytes = makeZip([
    { name: 'a/b.txt', contents: 'some text, some text', descriptor: 'marked' },
    { name: 'c', contents: noise(200), method: 0 },
    { name: 'd', contents: 'x'.repeat(500) },
  ]);
  let refused = 0;
  for (const copy of damagedCopies(bytes, 3000, 7)) {
    try {
      await unzip(copy);
    } catch (error) {
      assert.ok(error instanceof ParseError, String(error));
      refused += 1;
    }
  }
  assert.ok(refused > 2000);
});
