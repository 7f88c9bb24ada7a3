// Archives with entries put in and taken out: what stays keeps its bytes, and other tools read the result.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { bytesSource } from '../../src/byte-source.ts';
import { SigningError } from '../../src/errors.ts';
import { rewriteBytes, rewriteSize } from '../../src/rewrite.ts';
import { openZip, writeZip, type ZipAddition, zipRewrite } from '../../src/zip/index.ts';
import { makeFolder, runTool } from '../support/external-tool.ts';
import { makeZip, noise, unzip, utf8 } from './archives.ts';

const original = makeZip(
  [
    {
      name: 'first.txt',
      contents: 'first, first, first',
      descriptor: 'marked',
      both: { extra: new Uint8Array([9, 9, 1, 0, 7]) },
    },
    { name: 'second.bin', contents: noise(5000), method: 0 },
    { name: 'third.txt', contents: 'third' },
  ],
  { comment: utf8('kept') },
);

async function change(additions: readonly ZipAddition[], removed: readonly string[] = []): Promise<Uint8Array> {
  const source = bytesSource(original);
  const archive = await openZip(source);
  const removals = new Set(archive.entries.filter(({ name }) => removed.includes(name)));
  return rewriteBytes(source, zipRewrite(archive, { additions, removals }));
}

test('nothing changed is the same archive', async () => {
  assert.deepEqual(await change([]), original);
});

test('entries are added at the end, replaced in their place, and removed', async () => {
  const contents = utf8('new, new, new, new, new, new');
  const bytes = await change(
    [
      { name: 'SECOND.bin', contents },
      { name: 'neu-ü', contents: noise(50) },
    ],
    ['third.txt'],
  );
  const files = await unzip(bytes);
  assert.deepEqual([...files.keys()], ['first.txt', 'SECOND.bin', 'neu-ü']);
  assert.deepEqual(files.get('SECOND.bin'), contents);
  assert.deepEqual(files.get('neu-ü'), noise(50));
  const firstLength = Buffer.from(original).indexOf('PK\x03\x04', 4);
  assert.deepEqual(bytes.subarray(0, firstLength), original.subarray(0, firstLength));
  assert.equal(Buffer.from(bytes).subarray(-4).toString(), 'kept');
  const entries = (await openZip(bytesSource(bytes))).entries.map(({ method }) => method);
  assert.deepEqual(entries, ['deflated', 'deflated', 'stored']);
});

test('kept neighbours are copied in one piece', async () => {
  const archive = await openZip(bytesSource(original));
  const [first] = zipRewrite(archive, { additions: [{ name: 'x', contents: utf8('x') }] });
  assert.deepEqual(first, { copy: { start: 0, end: archive.end.directoryOffset } });
});

test('the result is the same each time', async () => {
  const addition = { name: 'x', contents: utf8('x'.repeat(100)) };
  assert.deepEqual(await change([addition]), await change([addition]));
});

test('unzip and zipinfo read what is written', async (t) => {
  if (spawnSync('unzip', ['-v']).error !== undefined) return t.skip('unzip is not installed: apt-get install unzip');
  const made = await rewriteBytes(
    bytesSource(new Uint8Array(0)),
    writeZip([
      { name: '[Content_Types].xml', contents: utf8('<a/>'.repeat(100)) },
      { name: 'd/stored', contents: utf8('s'.repeat(100)), stored: true },
      { name: 'd/empty', contents: new Uint8Array(0) },
    ]),
  );
  const folder = makeFolder(t, {
    'a.zip': await change([{ name: 'x/y', contents: utf8('y') }], ['first.txt']),
    'b.zip': made,
  });
  for (const name of ['a.zip', 'b.zip']) {
    const { status, output } = runTool('unzip', ['-t', name], folder);
    assert.equal(status, 0, output);
    assert.match(output, /No errors detected/);
  }
  return undefined;
});

test('what would need ZIP64 is refused', async () => {
  const source = bytesSource(original);
  const archive = await openZip(source);
  const [entry] = archive.entries;
  assert.ok(entry);
  const huge = { ...archive, entries: [{ ...entry, start: 0, end: 2 ** 32 }] };
  const isTooLarge = (error: unknown) => error instanceof SigningError && error.code === 'package-too-large';
  assert.throws(() => zipRewrite(huge, { additions: [] }), isTooLarge);
  const many = Array.from({ length: 65_535 }, (_, index) => ({ name: `${index}`, contents: new Uint8Array(0) }));
  assert.throws(() => writeZip(many), isTooLarge);
  assert.ok(rewriteSize(writeZip(many.slice(1))) > 65_534 * 76);
});
