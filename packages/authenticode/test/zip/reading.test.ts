// Sound archives: ours, and those of Info-ZIP.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesSource } from '../../src/byte-source.ts';
import { openZip } from '../../src/zip/index.ts';
import { makeFolder } from '../support/external-tool.ts';
import { makeZip, noise, unzip, utf8 } from './archives.ts';

test('stored and deflated entries, with and without descriptors, and folders', async () => {
  const big = noise(700_000);
  const files = await unzip(
    makeZip([
      { name: 'a/' },
      { name: 'a/stored.bin', contents: big, method: 0 },
      { name: 'a/deflated.txt', contents: 'again and '.repeat(100_000) },
      { name: 'a/marked.bin', contents: big, descriptor: 'marked' },
      { name: 'a/plain.txt', contents: 'plain', descriptor: 'plain' },
      { name: 'a/stored-later', contents: 'later', method: 0, descriptor: 'marked' },
      { name: 'Größe.txt', contents: 'ü' },
      { name: 'empty', contents: '', method: 0 },
      { name: 'empty deflated', contents: '' },
    ]),
  );
  assert.deepEqual(files.get('a/stored.bin'), big);
  assert.deepEqual(files.get('a/marked.bin'), big);
  assert.equal(files.get('a/deflated.txt')?.length, 1_000_000);
  assert.deepEqual(files.get('a/plain.txt'), utf8('plain'));
  assert.deepEqual(files.get('Größe.txt'), utf8('ü'));
  assert.equal(files.get('empty')?.length, 0);
  assert.equal(files.get('empty deflated')?.length, 0);
});

test('an entry is found whatever the case of its name', async () => {
  const archive = await openZip(bytesSource(makeZip([{ name: 'Dir/File.TXT', contents: 'x' }])));
  assert.equal(archive.find('dir/file.txt')?.name, 'Dir/File.TXT');
  assert.equal(archive.find('dir/file'), undefined);
});

test('an archive without entries, and one with a comment', async () => {
  assert.equal((await unzip(makeZip([]))).size, 0);
  const comment = utf8('PK\x05\x06 is how an end begins');
  assert.equal((await unzip(makeZip([{ name: 'a', contents: 'b' }], { comment }))).size, 1);
});

test('65,535 entries', async () => {
  const samples = Array.from({ length: 65_535 }, (_, index) => ({ name: `part${index}`, method: 0 }));
  const archive = await openZip(bytesSource(makeZip(samples)));
  assert.equal(archive.entries.length, 65_535);
  assert.equal(archive.find('PART65534')?.size, 0);
});

test('a stream can be left early, and an error of the source comes through', async () => {
  const bytes = makeZip([{ name: 'big', contents: noise(5_000_000) }]);
  const archive = await openZip(bytesSource(bytes));
  const [entry] = archive.entries;
  assert.ok(entry);
  for await (const chunk of archive.streamEntry(entry)) {
    assert.ok(chunk.length > 0);
    break;
  }
  const good = bytesSource(bytes);
  const failing = await openZip({
    size: good.size,
    read: (offset, length) => {
      if (length > 200_000) throw new TypeError('the disk is gone');
      return good.read(offset, length);
    },
  });
  await assert.rejects(failing.readEntry(entry, 1e9), /the disk is gone/);
});

test('what Info-ZIP makes is read, whatever the method', async (t) => {
  if (spawnSync('zip', ['--version']).error !== undefined) return t.skip('zip is not installed: apt-get install zip');
  const folder = makeFolder(t, { 'a.txt': 'a'.repeat(10_000), 'b.bin': noise(100_000) });
  for (const options of [['-0'], ['-9'], ['-1']]) {
    const name = `archive${options.join('')}.zip`;
    assert.equal(spawnSync('zip', [...options, '-X', name, 'a.txt', 'b.bin'], { cwd: folder }).status, 0);
    const files = await unzip(new Uint8Array(readFileSync(join(folder, name))));
    assert.deepEqual(files.get('b.bin'), noise(100_000));
    assert.deepEqual(files.get('a.txt'), utf8('a'.repeat(10_000)));
  }
  return undefined;
});

test('any files survive', async () => {
  const file = fc.record({
    contents: fc.uint8Array({ maxLength: 3000 }),
    method: fc.constantFrom(0, 8),
    descriptor: fc.constantFrom(undefined, 'marked' as const, 'plain' as const),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 8 }), async (files) => {
      const samples = files.map(({ contents, method, descriptor }, index) => ({
        name: `f${index}`,
        contents,
        method,
        ...(descriptor === undefined ? {} : { descriptor }),
      }));
      const read = await unzip(makeZip(samples));
      for (const { name, contents } of samples) assert.deepEqual(read.get(name), contents);
    }),
    { numRuns: 60 },
  );
});
