// A package against its catalog: what is listed, what is not, and what almost is.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  bytesSource,
  type CatalogVersion,
  checkPackage,
  computeCatalogMembers,
  createCatalogFromFiles,
  type PackageFile,
  parseCatalog,
  rewriteBytes,
  signFile,
  streamSource,
} from '../../src/index.ts';
import { digestOtherLineEndings, LARGEST_TEXT_BYTES } from '../../src/package-check/line-endings.ts';
import { makeCabinet } from '../cab/cabinets.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';

const driver = makePeImage({ size: 5006, bits: 64 });
const INF = '[Version]\r\nSignature="$WINDOWS NT$"\r\nCatalogFile=echo.cat\r\n';
const inf = new TextEncoder().encode(INF);

function filesOf(contents: Readonly<Record<string, Uint8Array>>): PackageFile[] {
  return Object.entries(contents).map(([path, bytes]) => ({ path, source: bytesSource(bytes) }));
}

async function catalogOf(contents: Readonly<Record<string, Uint8Array>>, version: CatalogVersion = 2) {
  return parseCatalog(await createCatalogFromFiles({ version, files: filesOf(contents), attributes: [] }));
}

const PACKAGE = { 'x64/Echo.SYS': driver, 'echo.inf': inf, 'readme.txt': new TextEncoder().encode('hello') };

for (const version of [1, 2] as const) {
  describe(`version ${version}`, () => {
    test('a package and its own catalog', async () => {
      const check = await checkPackage(await catalogOf(PACKAGE, version), filesOf(PACKAGE));
      assert.equal(check.ok, true);
      assert.deepEqual(
        check.files.map(({ path, status, kind, listedNames }) => [path, status, kind, listedNames]),
        [
          ['x64/Echo.SYS', 'listed', 'pe', ['echo.sys']],
          ['echo.inf', 'listed', 'flat', ['echo.inf']],
          ['readme.txt', 'listed', 'flat', ['readme.txt']],
        ],
      );
      assert.deepEqual([check.version, check.entriesWithoutFile], [version, []]);
      assert.equal(check.algorithm, version === 1 ? 'sha1' : 'sha256');
      assert.equal(check.files[0]?.digest.length, version === 1 ? 40 : 64);
      assert.equal(check.summary, 'the catalog lists all of the 3 files');
      assert.deepEqual(JSON.parse(JSON.stringify(check)).files.length, 3);
    });

    test('files of every fault, and entries without a file', async () => {
      const source = bytesSource(driver);
      const authority = makeAuthority();
      const signed = await rewriteBytes(source, await signFile(source, { key: authority.key }));
      const catalog = await catalogOf({ ...PACKAGE, 'gone.dll': makePeImage({ size: 2000, bits: 32 }) }, version);
      const check = await checkPackage(
        catalog,
        filesOf({
          'x64/echo.sys': signed,
          'renamed.sys': driver,
          'echo.inf': new TextEncoder().encode(INF.replaceAll('\r\n', '\n')),
          'readme.txt': new TextEncoder().encode('hallo'),
          'stranger.txt': new TextEncoder().encode('?'),
        }),
      );
      assert.equal(check.ok, false);
      assert.deepEqual(
        check.files.map(({ status }) => status),
        ['listed', 'nameDiffers', 'lineEndings', 'missing', 'missing'],
      );
      const [listed, renamed, text, changed, stranger] = check.files;
      assert.equal(listed?.remedy, undefined);
      assert.match(renamed?.explanation ?? '', /but as 'echo\.sys'/);
      assert.equal(text?.expectedLineEndings, 'CRLF');
      assert.match(text?.explanation ?? '', /has LF line endings, and the catalog lists the same text with CRLF$/);
      assert.match(text?.remedy ?? '', /`\*\.inf text eol=crlf` into \.gitattributes/);
      assert.match(changed?.explanation ?? '', /of this name with other content/);
      assert.match(stranger?.explanation ?? '', /neither this content nor a file of this name/);
      assert.deepEqual(
        check.entriesWithoutFile
          .map(({ fileName, kind, changedFile }) => [fileName, kind, changedFile])
          .sort((a, b) => String(a[0]).localeCompare(String(b[0]))),
        [
          ['gone.dll', 'pe', undefined],
          ['readme.txt', 'flat', 'readme.txt'],
        ],
      );
      assert.equal(
        check.summary,
        'the catalog lists 1 of 5 files: 2 not in the catalog, 1 in it only with other line endings, ' +
          '1 in it only under another name; 2 entries without a file',
      );
    });
  });
}

test('the catalog itself is passed over, whichever way its path is written', async () => {
  const catalog = await catalogOf(PACKAGE);
  const files = filesOf({ ...PACKAGE, 'x64\\Echo.cat': new Uint8Array(9) });
  assert.equal((await checkPackage(catalog, files, { catalogPath: './X64/echo.cat' })).ok, true);
  assert.equal((await checkPackage(catalog, files)).ok, false);
});

test('files are asked for one after another, and may come from a generator', async () => {
  const open = new Set<string>();
  async function* oneByOne(): AsyncGenerator<PackageFile> {
    for (const file of filesOf(PACKAGE)) {
      open.add(file.path);
      assert.equal(open.size, 1);
      yield file;
      open.delete(file.path);
    }
  }
  assert.equal((await checkPackage(await catalogOf(PACKAGE), oneByOne())).ok, true);
  assert.equal((await computeCatalogMembers(oneByOne())).length, 3);
});

test('the same file in several places, under its name and under another', async () => {
  const catalog = await catalogOf({ 'a.sys': driver });
  const twice = await checkPackage(catalog, filesOf({ 'x/a.sys': driver, 'y/A.SYS': driver }));
  assert.deepEqual([twice.ok, twice.entriesWithoutFile], [true, []]);
  const two = await catalogOf({ 'a.sys': driver, 'b.sys': driver });
  const one = await checkPackage(two, filesOf({ 'a.sys': driver }));
  assert.equal(one.ok, true);
  assert.deepEqual(
    one.entriesWithoutFile.map(({ fileName }) => fileName),
    ['b.sys'],
  );
  const other = await checkPackage(two, filesOf({ 'c.sys': driver }));
  assert.deepEqual(other.files[0]?.listedNames, ['a.sys', 'b.sys']);
  assert.deepEqual(other.entriesWithoutFile, []);
});

test('the stubs of version 2 do not make a file listed', async () => {
  const members = await computeCatalogMembers(filesOf({ 'a.inf': inf }));
  const [{ sha1 } = { sha1: new Uint8Array() }] = members;
  const otherFile = { path: 'a.inf', source: bytesSource(new Uint8Array(3)) };
  const catalog = parseCatalog(await createCatalogFromFiles({ files: [otherFile], attributes: [] }));
  const stub = { ...(catalog.members.find(({ isStub }) => isStub) ?? assert.fail('there is a stub')) };
  const forged = { ...catalog, members: [{ ...stub, tag: Buffer.from(sha1).toString('hex') }] };
  const check = await checkPackage(forged, filesOf({ 'a.inf': inf }));
  assert.deepEqual([check.files[0]?.status, check.entriesWithoutFile], ['missing', []]);
});

test('an entry that states another digest than its tag does not count', async () => {
  const catalog = await catalogOf({ 'a.inf': inf });
  const members = catalog.members.map((entry) => ({ ...entry, digest: new Uint8Array(32) }));
  const check = await checkPackage({ ...catalog, members }, filesOf({ 'a.inf': inf }));
  assert.equal(check.ok, false);
});

test('a damaged image is told as such, and a listed one is listed', async () => {
  const damaged = driver.slice(0, 600);
  const catalog = await catalogOf({ 'a.sys': driver });
  const [file] = (await checkPackage(catalog, filesOf({ 'a.sys': damaged }))).files;
  assert.deepEqual([file?.status, file?.kind], ['missing', undefined]);
  assert.match(file?.explanation ?? '', /the file is damaged: /);
});

test('cabinets are known by their own digest', async () => {
  const contents = { 'data.cab': await makeCabinet({ 'a.txt': inf }) };
  const [member] = await computeCatalogMembers(filesOf(contents), '2:10.0');
  assert.deepEqual([member?.kind, member?.osAttributes], ['cab', '2:10.0']);
  const check = await checkPackage(await catalogOf(contents), filesOf(contents));
  assert.deepEqual([check.ok, check.files[0]?.kind], [true, 'cab']);
});

test('no files are not all right', async () => {
  const check = await checkPackage(await catalogOf(PACKAGE), []);
  assert.deepEqual([check.ok, check.entriesWithoutFile.length], [false, 3]);
  assert.match(check.summary, /^there are no files to check; 3 entries/);
});

describe('line endings', () => {
  const status = async (listed: Uint8Array, found: Uint8Array) => {
    const check = await checkPackage(await catalogOf({ 'a.inf': listed }), filesOf({ 'a.inf': found }));
    return [check.files[0]?.status, check.files[0]?.expectedLineEndings];
  };
  const encodings: readonly [what: string, encode: (text: string) => Uint8Array][] = [
    ['UTF-8', (text) => Buffer.from(text, 'utf8')],
    ['UTF-16LE', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16BE', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ];
  for (const [what, encode] of encodings) {
    test(`${what}, both ways`, async () => {
      const crlf = encode('[Version]\r\n; \u0d0a\u0a0d ü\r\n\r\n');
      const lf = encode('[Version]\n; \u0d0a\u0a0d ü\n\n');
      assert.deepEqual(await status(crlf, lf), ['lineEndings', 'CRLF']);
      assert.deepEqual(await status(lf, crlf), ['lineEndings', 'LF']);
      assert.deepEqual(await status(crlf, encode('[Version]\n')), ['missing', undefined]);
    });
  }

  test('a text that is listed with other line endings under another name', async () => {
    const check = await checkPackage(
      await catalogOf({ 'a.inf': inf }),
      filesOf({ 'b.inf': new TextEncoder().encode(INF.replaceAll('\r\n', '\n')) }),
    );
    assert.equal(check.files[0]?.status, 'lineEndings');
    assert.match(check.files[0]?.explanation ?? '', /with CRLF \(as 'a\.inf'\)$/);
  });

  test('bytes with NUL and large files are not taken for text', async () => {
    assert.deepEqual(await status(Uint8Array.of(0, 13, 10), Uint8Array.of(0, 10)), ['missing', undefined]);
    const large = { size: LARGEST_TEXT_BYTES + 1, read: async (_at: number, length: number) => new Uint8Array(length) };
    assert.equal((await digestOtherLineEndings(large, 'sha1')).size, 0);
  });

  test('a text without line ends has no other form', async () => {
    assert.equal((await digestOtherLineEndings(bytesSource(new TextEncoder().encode('abc')), 'sha256')).size, 0);
  });

  test('any text, in chunks of any size, is changed as a whole', async () => {
    const pieces = fc.array(fc.constantFrom('\r', '\n', '\r\n', 'a', 'bc'), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.constantFrom('CRLF' as const, 'LF' as const), async (parts, wanted) => {
        const text = parts.join('');
        const other = text.replaceAll(/\r?\n/g, wanted === 'CRLF' ? '\r\n' : '\n');
        const digests = await digestOtherLineEndings(bytesSource(Buffer.from(text)), 'sha256');
        const expected = await computeCatalogMembers(filesOf({ a: Buffer.from(other) }));
        if (other.length === text.length || text.length < 2) assert.equal(digests.get(wanted), undefined);
        else assert.deepEqual(digests.get(wanted), expected[0]?.sha256);
      }),
      { verbose: 1 },
    );
  });

  test('over the border of two chunks', async () => {
    // The stream over a source yields 256 KiB at a time.
    const line = 'x'.repeat(256 * 1024 - 1);
    const lf = Buffer.from(`${line}\ny\n`);
    const crlf = Buffer.from(`${line}\r\ny\r\n`);
    let chunks = 0;
    for await (const _ of streamSource(bytesSource(crlf))) chunks += 1;
    assert.equal(chunks, 2);
    assert.deepEqual(await status(lf, crlf), ['lineEndings', 'LF']);
    assert.deepEqual(await status(crlf, lf), ['lineEndings', 'CRLF']);
  });
});
