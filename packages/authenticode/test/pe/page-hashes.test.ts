// Page hashes: byte for byte those of osslsigncode, checked when there are some, and bounded whatever a file claims.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  bytesSource,
  computePageHashes,
  type DigestAlgorithm,
  encodeIndirectData,
  type PageHashAlgorithm,
  ParseError,
  parseIndirectData,
  parseSignedData,
  pe,
  readPeImage,
  rewriteBytes,
  SigningError,
  signFile,
  verifyFile,
} from '../../src/index.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';
import { damagedCopies } from '../support/damage.ts';
import { hasTools, makeSigningFolder, osslsign, osslverify } from './other-tools.ts';

const authority = makeAuthority('rsa');
const trust = { anchors: [authority.root], allowSha1: true };
const OPTIONAL = 0x80 + 24;

/** The statement in the first signature of a file. */
async function statementOf(file: Uint8Array) {
  const [signature] = await pe.readSignatures(bytesSource(file));
  assert.ok(signature);
  return parseIndirectData(parseSignedData(signature).contentBytes);
}

async function sign(image: Uint8Array, digestAlgorithm: DigestAlgorithm = 'sha256'): Promise<Uint8Array> {
  const source = bytesSource(image);
  const pieces = await signFile(source, { key: authority.key, digestAlgorithm, pageHashes: true });
  return rewriteBytes(source, pieces);
}

/** Page hashes by the book, for an image in memory with pages of 4096 bytes. */
async function slowPageHashes(image: Uint8Array, algorithm: PageHashAlgorithm): Promise<Uint8Array> {
  const { checksumOffset, certificateEntryOffset, sizeOfHeaders, sections } = await readPeImage(bytesSource(image));
  const entry = (offset: number, digest: Uint8Array) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(offset);
    return Buffer.concat([bytes, digest]);
  };
  const digest = (...parts: readonly Uint8Array[]) => createHash(algorithm).update(Buffer.concat(parts)).digest();
  const headers = digest(
    image.subarray(0, checksumOffset),
    image.subarray(checksumOffset + 4, certificateEntryOffset),
    image.subarray(certificateEntryOffset + 8, sizeOfHeaders),
    new Uint8Array(4096 - sizeOfHeaders),
  );
  const entries = [entry(0, headers)];
  let end = 0;
  for (const { raw } of sections) {
    for (let at = 0; at < raw.size; at += 4096) {
      const page = new Uint8Array(4096);
      page.set(image.subarray(raw.offset + at, Math.min(raw.offset + raw.size, raw.offset + at + 4096)));
      entries.push(entry(raw.offset + at, digest(page)));
    }
    end = raw.offset + raw.size;
  }
  entries.push(entry(end, new Uint8Array(headers.length)));
  return new Uint8Array(Buffer.concat(entries));
}

for (const [digestAlgorithm, pageAlgorithm] of [
  ['sha1', 'sha1'],
  ['sha256', 'sha256'],
  ['sha384', 'sha256'],
  ['sha512', 'sha256'],
] as const) {
  for (const [size, bits, sections] of [
    [1024, 64, 1],
    [5006, 32, 3],
    [300_001, 64, 3],
    [2_500_009, 64, 2],
  ] as const) {
    test(`${digestAlgorithm}, ${size} bytes, ${sections} sections: ours, and accepted by osslsigncode`, async (t) => {
      const image = makePeImage({ size, bits, sections });
      const expected = await slowPageHashes(image, pageAlgorithm);
      assert.deepEqual(await computePageHashes(bytesSource(image), pageAlgorithm), expected);
      const signed = await sign(image, digestAlgorithm);
      assert.deepEqual((await statementOf(signed)).pageHashes, { algorithm: pageAlgorithm, list: expected });
      assert.equal((await verifyFile(bytesSource(signed), trust)).ok, true);
      if (!hasTools(t, 'osslsigncode')) return;
      const output = osslverify(makeSigningFolder(t, authority, { 'a.sys': signed }), 'a.sys');
      assert.match(output, new RegExp(`Page hash algorithm *: ${pageAlgorithm.toUpperCase()}`));
      const stated = output.match(/Page hash +: ([0-9A-F]+)/)?.[1];
      assert.equal(stated, output.match(/Calculated page hash +: ([0-9A-F]+)/)?.[1]);
      assert.ok(stated !== undefined && Buffer.from(expected).toString('hex').toUpperCase().startsWith(stated));
    });
  }
}

test('the page hashes that osslsigncode writes are ours, byte for byte, and so is their encoding', async (t) => {
  if (!hasTools(t, 'osslsigncode')) return;
  for (const [digestAlgorithm, pageAlgorithm] of [
    ['sha1', 'sha1'],
    ['sha256', 'sha256'],
    ['sha512', 'sha256'],
  ] as const) {
    const image = makePeImage({ size: 50_003, bits: 64, sections: 3 });
    const folder = makeSigningFolder(t, authority, { 'a.sys': image });
    const signed = osslsign(folder, 'a.sys', 'b.sys', '-ph', '-h', digestAlgorithm);
    const { pageHashes, digest } = await statementOf(signed);
    assert.deepEqual(pageHashes, {
      algorithm: pageAlgorithm,
      list: await computePageHashes(bytesSource(image), pageAlgorithm),
    });
    assert.equal((await verifyFile(bytesSource(signed), trust)).ok, true);
    // Theirs differs in the flags, which say nothing: 03 02 07 80 where Microsoft writes 03 01 00.
    const [signature] = await pe.readSignatures(bytesSource(signed));
    assert.ok(signature && pageHashes);
    const theirs = Buffer.from(parseSignedData(signature).contentBytes);
    const ours = Buffer.from(encodeIndirectData('pe', digestAlgorithm, digest, pageHashes));
    const from = (der: Buffer) => der.subarray(der.indexOf('0410a6b586d5b4a12466ae05a217da8e60d6', 0, 'hex'));
    assert.deepEqual(from(ours), from(theirs));
  }
});

test('whichever way the file is cut into chunks', async () => {
  // Sections begin a sector after a page does, so that the end of every chunk is inside a page.
  const image = makePeImage({ size: 3 * 1024 * 1024 + 700, bits: 64, sections: 3 });
  assert.deepEqual(await computePageHashes(bytesSource(image)), await slowPageHashes(image, 'sha256'));
});

test('sections that stand in another order in the file than in the table', async () => {
  const image = makePeImage({ size: 20_000, bits: 64, sections: 2 });
  const view = new DataView(image.buffer);
  const [first, second] = [OPTIONAL + 240, OPTIONAL + 280];
  for (const at of [16, 20]) {
    const [a, b] = [view.getUint32(first + at, true), view.getUint32(second + at, true)];
    view.setUint32(first + at, b, true);
    view.setUint32(second + at, a, true);
  }
  assert.deepEqual(await computePageHashes(bytesSource(image)), await slowPageHashes(image, 'sha256'));
});

describe('checking', () => {
  test('a changed page is named', async () => {
    const signed = await sign(makePeImage({ size: 50_003, bits: 64 }));
    signed[512 + 3 * 4096 + 5] = (signed[512 + 3 * 4096 + 5] ?? 0) ^ 1;
    const { ok, signatures } = await verifyFile(bytesSource(signed), trust);
    assert.equal(ok, false);
    const [problem] = signatures[0]?.problems ?? [];
    assert.equal(problem?.code, 'digestMismatch');
    assert.match(problem?.message ?? '', new RegExp(`the page at byte ${512 + 3 * 4096} `));
  });

  for (const [name, change, says] of [
    ['a page hash that is wrong', (list: Uint8Array) => list.fill(0, 40, 60), /page at byte 512 /],
    ['a list that is too short', (list: Uint8Array) => list.subarray(36), /lists \d+ bytes/],
    ['an empty list', (list: Uint8Array) => list.subarray(0, 0), /lists 0 bytes/],
    ['a list that is far too long', (list: Uint8Array) => Buffer.concat([list, Buffer.alloc(1_000_000)]), /lists 10/],
  ] as const) {
    test(`${name} is found although the digest of the file is right`, async () => {
      const image = makePeImage({ size: 50_003, bits: 64 });
      const source = bytesSource(image);
      const list = change(await computePageHashes(source));
      const content = encodeIndirectData('pe', 'sha256', await pe.digest(source, 'sha256'), {
        algorithm: 'sha256',
        list,
      });
      const { contentType } = await pe.content(source, 'sha256');
      const signature = await pe.sign({ contentType, content }, { key: authority.key, digestAlgorithm: 'sha256' });
      assert.match((await pe.openSignature(signature).checkContent(source)) ?? '', says);
      await assert.rejects(
        pe.embedSignature(source, signature),
        (error) => error instanceof SigningError && error.code === 'wrong-content',
      );
    });
  }

  test('damaged images and lists are refused, never accepted unless only uncovered bytes changed, never a crash', async () => {
    const signed = await sign(makePeImage({ size: 5003, bits: 64, sections: 2 }));
    const digest = await pe.digest(bytesSource(signed), 'sha256');
    const { pageHashes } = await statementOf(signed);
    for (const damaged of damagedCopies(signed, 1500, 7)) {
      if (!(await verifyFile(bytesSource(damaged), trust)).ok) continue;
      assert.deepEqual(await pe.digest(bytesSource(damaged), 'sha256'), digest);
      assert.deepEqual(await computePageHashes(bytesSource(damaged)), pageHashes?.list);
    }
  });

  test('what is presented as page hashes but is none is malformed', () => {
    const good = Buffer.from(
      encodeIndirectData('pe', 'sha256', new Uint8Array(32), { algorithm: 'sha256', list: new Uint8Array(72) }),
    );
    const oid = good.indexOf('060a2b060104018237020302', 0, 'hex');
    assert.ok(oid > 0);
    const other = Buffer.from(good);
    other[oid + 11] = 9;
    assert.throws(
      () => parseIndirectData(other),
      (error) => error instanceof ParseError && error.code === 'bad-page-hashes',
    );
    // Another class of object is nobody's business.
    const foreign = Buffer.from(good);
    foreign[good.indexOf('a6b586d5', 0, 'hex')] = 0xa7;
    assert.equal(parseIndirectData(foreign).pageHashes, undefined);
    assert.throws(
      () => encodeIndirectData('cab', 'sha256', new Uint8Array(32), { algorithm: 'sha256', list: good }),
      RangeError,
    );
  });
});

describe('images that have no pages', () => {
  const image = () => makePeImage({ size: 20_000, bits: 64, sections: 2 });
  for (const [name, change] of [
    ['sections aligned to nothing', (view: DataView) => view.setUint32(OPTIONAL + 32, 0, true)],
    ['sections aligned to a byte', (view: DataView) => view.setUint32(OPTIONAL + 32, 1, true)],
    ['sections aligned to 16 MB', (view: DataView) => view.setUint32(OPTIONAL + 32, 0x100_0000, true)],
    ['sections aligned to 2 GB', (view: DataView) => view.setUint32(OPTIONAL + 32, 0x8000_0000, true)],
    ['sections aligned to no power of two', (view: DataView) => view.setUint32(OPTIONAL + 32, 5000, true)],
    ['headers larger than a page', (view: DataView) => view.setUint32(OPTIONAL + 60, 8192, true)],
    ['no sections', (view: DataView) => view.setUint16(0x86, 0, true)],
    ['sections that share bytes', (view: DataView) => view.setUint32(OPTIONAL + 240 + 16, 19_000, true)],
  ] as const) {
    test(name, async () => {
      const bytes = image();
      change(new DataView(bytes.buffer));
      const source = bytesSource(bytes);
      await assert.rejects(
        computePageHashes(source),
        (error) => error instanceof ParseError && error.code === 'no-pages',
      );
      await assert.rejects(
        signFile(source, { key: authority.key, pageHashes: true }),
        (error) =>
          error instanceof SigningError && error.code === 'no-page-hashes' && /without page hashes/.test(error.message),
      );
      const signed = await rewriteBytes(source, await signFile(source, { key: authority.key }));
      assert.equal((await verifyFile(bytesSource(signed), trust)).ok, true);
    });
  }
});
