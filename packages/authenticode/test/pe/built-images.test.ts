// Images as linkers make them, at several alignments, and images changed in ways that digests get wrong: our digest is
// that of osslsigncode and of sbsign, and each verifies what the other signed.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  bytesSource,
  computePageHashes,
  type IndirectData,
  parseIndirectData,
  parseSignedData,
  pe,
  readPeImage,
  rewriteBytes,
  signFile,
  verifyFile,
} from '../../src/index.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';
import { makeFolder, runTool } from '../support/external-tool.ts';
import { hasTools, makeSigningFolder, osslsign, osslverify } from './other-tools.ts';

const authority = makeAuthority('rsa');
const trust = { anchors: [authority.root] };

const SOURCE = `
static const char text[] = "a driver that does nothing";
static int counter = 7;
static char room[5000];
int DriverEntry(void *driver, void *path) { counter += (int)(long long)driver; room[counter & 4095] = text[counter & 15]; return room[3]; }
`;

/** Statement of the one signature in a file. */
async function statementOf(file: Uint8Array): Promise<IndirectData> {
  const [signature, ...others] = await pe.readSignatures(bytesSource(file));
  assert.ok(signature);
  assert.equal(others.length, 0);
  return parseIndirectData(parseSignedData(signature).contentBytes);
}

/** Has the image signed by every tool, and every tool verify ours. */
async function compareWithOthers(t: TestContext, image: Uint8Array, options: { pageHashes: boolean; sbsign: boolean }) {
  const source = bytesSource(image);
  const digest = await pe.digest(source, 'sha256');
  const folder = makeSigningFolder(t, authority, { 'a.sys': image });
  const pages = options.pageHashes ? ['-ph'] : [];
  const theirs = osslsign(folder, 'a.sys', 'b.sys', '-h', 'sha256', ...pages);
  const stated = await statementOf(theirs);
  assert.deepEqual(stated.digest, digest);
  if (options.pageHashes) assert.deepEqual(stated.pageHashes?.list, await computePageHashes(source));
  assert.equal((await verifyFile(bytesSource(theirs), trust)).ok, true);

  const ours = await rewriteBytes(
    source,
    await signFile(source, { key: authority.key, pageHashes: options.pageHashes }),
  );
  writeFileSync(join(folder, 'c.sys'), ours);
  osslverify(folder, 'c.sys');
  // The checksum is the one that osslsigncode computes for the same bytes.
  assert.doesNotMatch(runTool('osslsigncode', ['verify', '-in', 'c.sys'], folder).output, /PE checksum.*MISMATCH/);

  if (!options.sbsign) return;
  const made = runTool('sbsign', ['--key', 'key.pem', '--cert', 'leaf.pem', '--output', 'd.efi', 'a.sys'], folder);
  assert.equal(made.status, 0, made.output);
  const bySbsign = new Uint8Array(readFileSync(join(folder, 'd.efi')));
  assert.deepEqual((await statementOf(bySbsign)).digest, digest);
  const intermediates = [authority.intermediate];
  assert.equal((await verifyFile(bytesSource(bySbsign), { ...trust, intermediates })).ok, true);
  const verified = runTool('sbverify', ['--cert', 'leaf.pem', 'c.sys'], folder);
  assert.equal(verified.status, 0, verified.output);
  assert.match(verified.output, /Signature verification OK/);
}

for (const { name, flags, pageHashes = true } of [
  { name: 'a native driver', flags: ['-Wl,--subsystem,native'] },
  { name: 'an EFI application', flags: ['-Wl,--subsystem,10'] },
  { name: 'file alignment 4096', flags: ['-Wl,--subsystem,native', '-Wl,--file-alignment,4096'] },
  { name: 'section alignment 8192', flags: ['-Wl,--subsystem,native', '-Wl,--section-alignment,8192'] },
  { name: 'section alignment 64 KB', flags: ['-Wl,--subsystem,native', '-Wl,--section-alignment,65536'] },
  {
    name: 'both alignments 2048',
    flags: ['-Wl,--subsystem,native', '-Wl,--section-alignment,2048', '-Wl,--file-alignment,2048'],
  },
  {
    name: 'both alignments 32, as old drivers have',
    flags: ['-Wl,--subsystem,native', '-Wl,--section-alignment,32', '-Wl,--file-alignment,32'],
    pageHashes: false,
  },
  { name: 'a library with exports', flags: ['-shared', '-Wl,--subsystem,native'] },
]) {
  test(`built by a linker: ${name}`, async (t) => {
    if (!hasTools(t, 'x86_64-w64-mingw32-gcc', 'osslsigncode', 'sbsign', 'sbverify')) return;
    const folder = makeFolder(t, { 'a.c': SOURCE });
    const build = ['-nostdlib', '-Wl,--entry,DriverEntry', ...flags, '-o', 'a.sys', 'a.c'];
    const built = runTool('x86_64-w64-mingw32-gcc', build, folder);
    assert.equal(built.status, 0, built.output);
    const image = new Uint8Array(readFileSync(join(folder, 'a.sys')));
    for (const overlay of [0, 1, 6, 4099]) {
      const trailed = new Uint8Array(image.length + overlay).fill(0x5a);
      trailed.set(image);
      await compareWithOthers(t, trailed, { pageHashes, sbsign: overlay === 0 });
    }
  });
}

const OPTIONAL = 0x80 + 24;

for (const { name, image, sbsign = true } of [
  { name: 'PE32', image: makePeImage({ size: 9000, bits: 32, sections: 3 }) },
  { name: 'PE32+ for ARM64', image: makePeImage({ size: 9000, bits: 64, sections: 3, machine: 0xaa64 }) },
  {
    name: 'ARM, subsystem 10',
    image: makePeImage({ size: 9000, bits: 32, sections: 2, machine: 0x01c4, subsystem: 10 }),
    sbsign: false,
  },
  // sbsign comes to another digest for these; osslsigncode to ours, which covers every byte.
  { name: 'a gap between headers and the first section', image: withGap(), sbsign: false },
  { name: 'a last section that is not padded', image: withUnpaddedSection() },
  { name: 'sections in another order than in the table', image: withSwappedSections() },
]) {
  test(name, async (t) => {
    if (!hasTools(t, 'osslsigncode', 'sbsign', 'sbverify')) return;
    await compareWithOthers(t, image, { pageHashes: true, sbsign });
  });
}

for (let rest = 0; rest < 8; rest++) {
  test(`a size that leaves ${rest} when divided by 8`, async (t) => {
    if (!hasTools(t, 'osslsigncode')) return;
    await compareWithOthers(t, makePeImage({ size: 8192 + rest, bits: 64 }), { pageHashes: true, sbsign: false });
  });
}

/** The first section begins two sectors after the headers. */
function withGap(): Uint8Array {
  const image = makePeImage({ size: 8192, bits: 64 });
  const view = new DataView(image.buffer);
  const section = OPTIONAL + 240;
  view.setUint32(section + 16, view.getUint32(section + 16, true) - 1024, true);
  view.setUint32(section + 20, view.getUint32(section + 20, true) + 1024, true);
  return image;
}

function withUnpaddedSection(): Uint8Array {
  const image = makePeImage({ size: 8192 + 77, bits: 64 });
  const view = new DataView(image.buffer);
  const section = OPTIONAL + 240;
  view.setUint32(section + 16, 8192 + 77 - view.getUint32(section + 20, true), true);
  return image;
}

function withSwappedSections(): Uint8Array {
  const image = makePeImage({ size: 8192, bits: 64, sections: 2 });
  const view = new DataView(image.buffer);
  for (const at of [OPTIONAL + 240 + 16, OPTIONAL + 240 + 20]) {
    const first = view.getUint32(at, true);
    view.setUint32(at, view.getUint32(at + 40, true), true);
    view.setUint32(at + 40, first, true);
  }
  return image;
}

test('an image built for 32 bytes of alignment has no pages, and is said to', async (t) => {
  if (!hasTools(t, 'x86_64-w64-mingw32-gcc')) return;
  const folder = makeFolder(t, { 'a.c': SOURCE });
  const flags = ['-Wl,--subsystem,native', '-Wl,--section-alignment,32', '-Wl,--file-alignment,32'];
  const built = runTool(
    'x86_64-w64-mingw32-gcc',
    ['-nostdlib', '-Wl,--entry,DriverEntry', ...flags, '-o', 'a.sys', 'a.c'],
    folder,
  );
  assert.equal(built.status, 0, built.output);
  const source = bytesSource(new Uint8Array(readFileSync(join(folder, 'a.sys'))));
  assert.equal((await readPeImage(source)).sectionAlignment, 32);
  await assert.rejects(computePageHashes(source), /sections aligned to 32 bytes/);
});
