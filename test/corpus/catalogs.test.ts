// Catalogs that Microsoft's own tools made: every file that they list is found again by its digest.
import assert from 'node:assert/strict';
import { basename, dirname } from 'node:path';
import { test } from 'node:test';
import {
  bytesSource,
  catalog,
  computeCatalogDigests,
  findCatalogMember,
  parseCatalog,
  verifyFileInCatalog,
} from '@assay/authenticode';
import { corpusPart, filesIn, readBytes } from './corpus-files.ts';

test('a printer driver catalog by Inf2Cat: version 1, attributes, hardware ids', async (t) => {
  const folder = corpusPart(t, 'ghostscript');
  if (folder === undefined) return;
  const [path = ''] = filesIn(folder, '**/ghostpdf.cat');
  const { version, attributes, members } = parseCatalog(readBytes(path));
  assert.equal(version, 1);
  assert.deepEqual(
    attributes.map(({ name, value }) => `${name}=${value}`),
    ['OS=7X86,7X64,8X86,8X64,10X86,10X64', 'HWID2=ghostscript_pdf_writer', 'HWID1=ghostscript_pdf'],
  );
  assert.deepEqual(
    members.map(({ fileName, kind, attributes: own }) => [fileName, kind, own.get('OSAttr')]),
    [
      ['ghostpdf.ppd', 'flat', '2:6.1,2:6.2,2:6.4'],
      ['ghostpdf.inf', 'flat', '2:6.1,2:6.2,2:6.4'],
    ],
  );
});

test('a printer driver catalog by Inf2Cat: its files are its members, and a changed file is not', async (t) => {
  const folder = corpusPart(t, 'ghostscript');
  if (folder === undefined) return;
  const [path = ''] = filesIn(folder, '**/ghostpdf.cat');
  const bytes = readBytes(path);
  const parsed = parseCatalog(bytes);
  for (const file of ['ghostpdf.inf', 'ghostpdf.ppd'].flatMap((name) => filesIn(dirname(path), name))) {
    const content = readBytes(file);
    const { sha1 } = await computeCatalogDigests(bytesSource(content));
    assert.equal(findCatalogMember(parsed, { sha1 })?.fileName, basename(file));
    const changed = Uint8Array.from(content);
    changed[100] = (changed[100] ?? 0) ^ 1;
    const { problems } = await verifyFileInCatalog(bytesSource(changed), bytes, { anchors: [], allowSha1: true });
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['notInCatalog'],
    );
  }
});

test('a printer driver catalog: the signature of its vendor is genuine and carries a legacy time stamp', async (t) => {
  const folder = corpusPart(t, 'ghostscript');
  if (folder === undefined) return;
  const [path = ''] = filesIn(folder, '**/ghostpdf.cat');
  const source = bytesSource(readBytes(path));
  const [bytes = new Uint8Array(0), ...others] = await catalog.readSignatures(source);
  assert.equal(others.length, 0);
  const signature = catalog.openSignature(bytes);
  assert.equal(signature.signer?.commonName, 'Artifex Software, Inc.');
  assert.equal(signature.checkGenuine(), undefined);
  assert.equal(await signature.checkContent(source), undefined);
  assert.deepEqual(
    signature.stamps.map(({ kind }) => kind),
    ['legacy'],
  );
});

test('catalogs by makecat, whose one tag is a name that its author chose', async (t) => {
  const folder = corpusPart(t, 'osslsigncode');
  if (folder === undefined) return;
  const paths = filesIn(folder, '**/*.cat');
  assert.equal(paths.length, 2);
  for (const path of paths) {
    const { version, members } = parseCatalog(readBytes(path));
    assert.equal(version, 1);
    assert.deepEqual(
      members.map(({ kind, fileName, digest }) => [kind, fileName, Buffer.from(digest ?? []).toString('hex')]),
      [['pe', undefined, '095ee26713714947e38d5b5d6562c87e1a8bda31']],
    );
    assert.deepEqual(await catalog.readSignatures(bytesSource(readBytes(path))), []);
  }
});
