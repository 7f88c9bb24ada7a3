import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { bytesSource } from '../../src/byte-source.ts';
import { readCabinet } from '../../src/cab/cabinet.ts';
import { cabinetChecksum } from '../../src/cab/data-block.ts';
import { extractCabinet } from '../../src/cab/extract.ts';
import { writeCabinet } from '../../src/cab/write.ts';
import { collect, extractAll, hasTool, makeCabinet, noise, prose, run, temporaryFolder } from './cabinets.ts';

const contents = {
  'echo\\echo.inf': prose(100_000),
  'echo\\echo.sys': noise(70_001),
  'echo\\empty.txt': new Uint8Array(0),
  'echo\\deep\\one.bin': new Uint8Array([1]),
  'echo\\zeros.bin': new Uint8Array(200_000),
};

test('the checksum is the one of MS-CAB for each length of the tail', () => {
  assert.equal(cabinetChecksum(new Uint8Array([]), 0), 0);
  assert.equal(cabinetChecksum(new Uint8Array([0x11]), 0), 0x11);
  assert.equal(cabinetChecksum(new Uint8Array([0x11, 0x22]), 0), 0x1122);
  assert.equal(cabinetChecksum(new Uint8Array([0x11, 0x22, 0x33]), 0), 0x112233);
  assert.equal(cabinetChecksum(new Uint8Array([0x11, 0x22, 0x33, 0x44]), 0), 0x44332211);
  assert.equal(cabinetChecksum(new Uint8Array([0xff, 0xff, 0xff, 0xff, 1]), 5), 0xfffffffb);
});

for (const compression of ['mszip', 'none'] as const) {
  for (const reserveForSignature of [false, true]) {
    test(`what is written (${compression}${reserveForSignature ? ', with reserve' : ''}) is read back`, async () => {
      const bytes = await makeCabinet(contents, { compression, reserveForSignature, setId: 77 });
      const cabinet = await readCabinet(bytesSource(bytes));
      assert.equal(cabinet.size, bytes.length);
      assert.equal(cabinet.setId, 77);
      assert.equal(cabinet.reserve?.header.length, reserveForSignature ? 20 : undefined);
      assert.equal(cabinet.signature, undefined);
      assert.deepEqual(
        cabinet.files.map((file) => file.name),
        Object.keys(contents),
      );
      assert.deepEqual(await extractAll(bytes), new Map(Object.entries(contents)));
    });

    test(`cabextract and gcab accept what is written (${compression}, reserve ${reserveForSignature})`, async (t) => {
      if (!(await hasTool(t, 'cabextract')) || !(await hasTool(t, 'gcab'))) return;
      const folder = await temporaryFolder(t);
      const file = path.join(folder, 'ours.cab');
      await writeFile(file, await makeCabinet(contents, { compression, reserveForSignature }));
      await run('cabextract', ['-t', file]);
      await run('cabextract', ['-d', folder, file]);
      for (const [name, expected] of Object.entries(contents)) {
        const found = await readFile(path.join(folder, ...name.split('\\')));
        assert.deepEqual(new Uint8Array(found), expected, name);
      }
      const { stdout } = await run('gcab', ['-t', file]);
      assert.deepEqual(stdout.trim().split('\n').sort(), Object.keys(contents).sort());
    });
  }
}

for (const options of [['-c'], ['-c', '-z']]) {
  test(`cabinets made by gcab ${options.join(' ')} are read`, async (t) => {
    if (!(await hasTool(t, 'gcab'))) return;
    const folder = await temporaryFolder(t);
    for (const [name, bytes] of Object.entries(contents)) {
      const file = path.join(folder, ...name.split('\\'));
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
    const names = Object.keys(contents).map((name) => name.replaceAll('\\', '/'));
    await run('gcab', [...options, 'theirs.cab', ...names], { cwd: folder });
    const found = await extractAll(new Uint8Array(await readFile(path.join(folder, 'theirs.cab'))));
    assert.equal(found.size, names.length);
    for (const [name, bytes] of found) {
      assert.deepEqual(bytes, new Map(Object.entries(contents)).get(name.replaceAll('/', '\\')), name);
    }
  });
}

test('names: both separators are written as \\, others than ASCII as marked UTF-8', async () => {
  const bytes = await makeCabinet({ 'a/b.txt': prose(3), 'Prüfung\\ÜÄ漢.inf': prose(4) });
  const { files } = await readCabinet(bytesSource(bytes));
  assert.deepEqual(
    files.map(({ name, attributes }) => ({ name, attributes })),
    [
      { name: 'a\\b.txt', attributes: 0x20 },
      { name: 'Prüfung\\ÜÄ漢.inf', attributes: 0xa0 },
    ],
  );
});

test('the time of last change is kept to two seconds, in UTC, and is fixed when not given', async () => {
  const source = bytesSource(prose(1));
  const bytes = await collect(
    writeCabinet({
      compression: 'none',
      files: [
        { name: 'dated', size: 1, source, modified: new Date('2024-02-29T13:37:43Z') },
        { name: 'undated', size: 1, source },
        { name: 'old', size: 1, source, modified: new Date('1970-01-01T00:00:00Z') },
        { name: 'late', size: 1, source, modified: new Date('2500-01-01T00:00:00Z') },
      ],
    }),
  );
  const { files } = await readCabinet(bytesSource(bytes));
  assert.deepEqual(
    files.map((file) => file.modified),
    [
      { date: (44 << 9) | (2 << 5) | 29, time: (13 << 11) | (37 << 5) | 21 },
      { date: 0x21, time: 0 },
      { date: 0x21, time: 0 },
      { date: (127 << 9) | (12 << 5) | 31, time: (23 << 11) | (59 << 5) | 29 },
    ],
  );
});

test('the same input gives the same cabinet, whether its data was kept between the passes or not', async () => {
  const kept = await makeCabinet(contents);
  assert.deepEqual(await makeCabinet(contents), kept);
  assert.deepEqual(await makeCabinet(contents, { bufferBytes: 1000 }), kept);
});

test('files that one folder cannot hold go into further ones, each compressed by itself', async () => {
  const bytes = await makeCabinet(contents, { folderBytes: 150_000 });
  const { files, folders } = await readCabinet(bytesSource(bytes));
  assert.equal(folders.length, 3);
  assert.deepEqual(
    files.map(({ folderIndex, folderOffset }) => ({ folderIndex, folderOffset })),
    [
      { folderIndex: 0, folderOffset: 0 },
      { folderIndex: 1, folderOffset: 0 },
      { folderIndex: 1, folderOffset: 70_001 },
      { folderIndex: 1, folderOffset: 70_001 },
      { folderIndex: 2, folderOffset: 0 },
    ],
  );
  assert.deepEqual(await extractAll(bytes), new Map(Object.entries(contents)));
});

test('a cabinet that the format cannot hold is refused before its first byte', async () => {
  const huge = { size: 2 ** 31, read: async (_offset: number, length: number) => new Uint8Array(length) };
  const write = (files: Parameters<typeof writeCabinet>[0]['files']) =>
    collect(writeCabinet({ compression: 'none', files }));
  const one = bytesSource(new Uint8Array(1));
  await assert.rejects(write([]), { name: 'SigningError', code: 'invalid-cabinet-input' });
  await assert.rejects(write([{ name: 'a', size: huge.size, source: huge }]), { code: 'cabinet-too-large' });
  await assert.rejects(write([{ name: '', size: 1, source: one }]), { code: 'invalid-cabinet-input' });
  await assert.rejects(write([{ name: 'x'.repeat(256), size: 1, source: one }]), { code: 'invalid-cabinet-input' });
  await assert.rejects(write([{ name: 'a\0b', size: 1, source: one }]), { code: 'invalid-cabinet-input' });
  await assert.rejects(write([{ name: 'a', size: 2, source: one }]), { code: 'invalid-cabinet-input' });
  await assert.rejects(
    write([
      { name: 'a/B', size: 1, source: one },
      { name: 'A\\b', size: 1, source: one },
    ]),
    { code: 'invalid-cabinet-input', message: '"A\\b" is given twice' },
  );
});

test('a large file is extracted in pieces of at most 32 KiB', async () => {
  const bytes = await makeCabinet({ 'a.bin': prose(1_000_000) });
  const source = bytesSource(bytes);
  let largest = 0;
  let closed = 0;
  await extractCabinet(source, await readCabinet(source), () => ({
    write(chunk) {
      largest = Math.max(largest, chunk.length);
    },
    close() {
      closed += 1;
    },
  }));
  assert.equal(largest, 32_768);
  assert.equal(closed, 1);
});
