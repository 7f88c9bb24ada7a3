// Signatures of PE images, both ways between osslsigncode and us; tampering; malformed headers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  bytesSource,
  computePeDigests,
  encodePem,
  ParseError,
  pe,
  readPeImage,
  rewriteBytes,
  rewriteStream,
  STREAM_CHUNK_BYTES,
  signFile,
  verifyFile,
} from '../../src/index.ts';
import { PeChecksum } from '../../src/pe/checksum.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';
import { damagedCopies } from '../support/damage.ts';
import { hasTool, makeFolder, runTool } from '../support/external-tool.ts';

const authority = makeAuthority('rsa');
const trust = { anchors: [authority.root] };

async function sign(image: Uint8Array): Promise<Uint8Array> {
  const source = bytesSource(image);
  return rewriteBytes(source, await signFile(source, { key: authority.key, programName: 'Echo' }));
}

/** The checksum by the book: 16-bit words one after another, carry folded each time. */
function slowChecksum(file: Uint8Array, checksumOffset: number): number {
  const bytes = Uint8Array.from(file);
  bytes.fill(0, checksumOffset, Math.min(bytes.length, checksumOffset + 4));
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    sum = (sum & 0xffff) + (sum >>> 16);
  }
  return sum + bytes.length;
}

const SIZES = [1024, 1025, 4099, 5006, 12_288, 300_001];

for (const bits of [32, 64] as const) {
  for (const size of SIZES) {
    test(`PE${bits === 64 ? '32+' : '32'} of ${size} bytes: signed, and accepted by osslsigncode and by us`, async (t) => {
      const image = makePeImage({ size, bits, sections: 3 });
      const signed = await sign(image);
      const { ok, format, signatures } = await verifyFile(bytesSource(signed), trust);
      assert.deepEqual([ok, format, signatures.length], [true, 'pe', 1]);
      assert.equal(signatures[0]?.opusInfo.programName, 'Echo');
      assert.deepEqual(
        signatures[0]?.path.map(({ commonName }) => commonName),
        ['Test Signer', 'Test Intermediate', 'Test Root'],
      );

      const { certificateTable, checksum, checksumOffset } = await readPeImage(bytesSource(signed));
      assert.equal(certificateTable?.offset, Math.ceil(size / 8) * 8);
      assert.equal(signed.length % 8, 0);
      assert.equal(checksum, slowChecksum(signed, checksumOffset));

      if (!hasTool(t, 'osslsigncode')) return;
      const folder = makeFolder(t, { 'a.sys': signed, 'root.pem': encodePem('CERTIFICATE', authority.root.bytes) });
      const { status, output } = runTool('osslsigncode', ['verify', '-CAfile', 'root.pem', '-in', 'a.sys'], folder);
      assert.equal(status, 0, output);
      assert.match(output, /Signature verification: ok/);
      assert.doesNotMatch(output, /MISMATCH/i);
    });

    test(`PE${bits === 64 ? '32+' : '32'} of ${size} bytes: a signature by osslsigncode is accepted by us`, async (t) => {
      if (!hasTool(t, 'osslsigncode')) return;
      const folder = makeFolder(t, {
        'a.sys': makePeImage({ size, bits }),
        'chain.pem':
          encodePem('CERTIFICATE', authority.leaf.bytes) + encodePem('CERTIFICATE', authority.intermediate.bytes),
        'key.pem': authority.leafKeys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
      });
      const files = ['-certs', 'chain.pem', '-key', 'key.pem', '-in', 'a.sys', '-out', 'b.sys'];
      const made = runTool('osslsigncode', ['sign', '-h', 'sha256', '-ph', ...files], folder);
      assert.equal(made.status, 0, made.output);
      const signed = readFileSync(join(folder, 'b.sys'));
      const result = await verifyFile(bytesSource(signed), trust);
      assert.deepEqual(
        result.signatures.flatMap(({ problems }) => problems),
        [],
      );
      assert.equal(result.ok, true);

      const nested = [
        '-nest',
        '-h',
        'sha256',
        '-certs',
        'chain.pem',
        '-key',
        'key.pem',
        '-in',
        'b.sys',
        '-out',
        'c.sys',
      ];
      assert.equal(runTool('osslsigncode', ['sign', ...nested], folder).status, 0);
      const twice = await verifyFile(bytesSource(readFileSync(join(folder, 'c.sys'))), trust);
      assert.deepEqual(
        twice.signatures.map(({ ok }) => ok),
        [true, true],
      );
    });
  }
}

describe('the digest', () => {
  test('does not change by signing, and several come from one pass', async () => {
    const image = makePeImage({ size: 5006, bits: 64 });
    const signed = await sign(image);
    const before = await computePeDigests(bytesSource(image), ['sha1', 'sha256', 'sha512']);
    const after = await computePeDigests(bytesSource(signed), ['sha1', 'sha256', 'sha512']);
    assert.deepEqual(after, before);
    assert.deepEqual(before.get('sha512'), await pe.digest(bytesSource(image), 'sha512'));
  });

  test('reads each byte once, in pieces', async () => {
    const image = makePeImage({ size: 3_000_001, bits: 64 });
    let read = 0;
    let largest = 0;
    const memory = bytesSource(image);
    const source = {
      size: image.length,
      read(offset: number, length: number) {
        read += length;
        largest = Math.max(largest, length);
        return memory.read(offset, length);
      },
    };
    await computePeDigests(source, ['sha1', 'sha256']);
    assert.ok(read < image.length + 1024);
    assert.ok(largest <= STREAM_CHUNK_BYTES);
  });
});

test('the checksum does not depend on how the bytes are cut, nor on where they lie in memory', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 3000 }),
      fc.nat(7),
      fc.array(fc.nat(3000), { maxLength: 8 }),
      (bytes, shift, cuts) => {
        const memory = new Uint8Array(bytes.length + shift);
        memory.set(bytes, shift);
        const file = memory.subarray(shift);
        const places = [...new Set([0, ...cuts.filter((cut) => cut < file.length), file.length])].sort((a, b) => a - b);
        const parts = places.slice(0, -1).map((start, index) => ({ start, end: places[index + 1] ?? file.length }));
        let sum = new PeChecksum();
        for (const { start, end } of parts.reverse()) {
          sum = new PeChecksum(sum.words);
          sum.add(file.subarray(start, end), start);
        }
        assert.equal(sum.value(file.length), slowChecksum(file, file.length));
      },
    ),
  );
  const large = new Uint8Array(5_000_003).fill(0xff);
  const sum = new PeChecksum();
  sum.add(large, 0);
  assert.equal(sum.value(large.length), slowChecksum(large, large.length));
});

test('signing again replaces the signature and gives the same file', async () => {
  const once = await sign(makePeImage({ size: 5006, bits: 64 }));
  assert.deepEqual(await sign(once), once);
});

test('a file that becomes shorter while it is read is a ParseError, and no read is left behind', async () => {
  const image = makePeImage({ size: 3_000_001, bits: 64 });
  const memory = bytesSource(image);
  let underWay = 0;
  const source = {
    size: memory.size,
    async read(offset: number, length: number) {
      underWay += 1;
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return offset + length > 1_500_000
        ? bytesSource(image.subarray(0, 9)).read(offset, length)
        : memory.read(offset, length);
    },
  };
  for (const read of [pe.digest(source, 'sha256'), signFile(source, { key: authority.key, pageHashes: true })]) {
    await assert.rejects(read, (error) => error instanceof ParseError && error.code === 'truncated');
  }
  assert.equal(underWay, 0);
});

test('what is copied is copied by reference', async () => {
  const source = bytesSource(makePeImage({ size: 1_000_001, bits: 64 }));
  const pieces = await signFile(source, { key: authority.key });
  const fresh = pieces.reduce((sum, piece) => sum + ('bytes' in piece ? piece.bytes.length : 0), 0);
  assert.ok(fresh < 8192);
  let streamed = 0;
  for await (const chunk of rewriteStream(source, pieces)) streamed += chunk.length;
  assert.equal(streamed % 8, 0);
});

describe('tampering', () => {
  async function problemsOf(file: Uint8Array): Promise<string[]> {
    const { ok, problems, signatures } = await verifyFile(bytesSource(file), trust);
    assert.equal(ok, false);
    return [...problems, ...signatures.flatMap((signature) => signature.problems)].map(({ code }) => code);
  }

  test('an unsigned image', async () => {
    assert.deepEqual(await problemsOf(makePeImage({ size: 1024, bits: 64 })), ['unsigned']);
  });

  test('any byte of code or headers that the digest covers', async () => {
    const signed = await sign(makePeImage({ size: 5006, bits: 64 }));
    for (const at of [2, 0x80 + 24 + 16, 600, 5005, 5007]) {
      const changed = Uint8Array.from(signed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      assert.deepEqual(await problemsOf(changed), ['digestMismatch'], `byte ${at}`);
    }
  });

  test("another file's signature", async () => {
    const other = await sign(makePeImage({ size: 4096, bits: 64, machine: 0xaa64 }));
    const signed = await sign(makePeImage({ size: 4096, bits: 64 }));
    assert.equal(signed.length, other.length);
    const forged = Uint8Array.from([...signed.subarray(0, 4096), ...other.subarray(4096)]);
    assert.deepEqual(await problemsOf(forged), ['digestMismatch']);
  });

  test('bytes after the signature, or hidden in its padding', async () => {
    const signed = await sign(makePeImage({ size: 5006, bits: 64 }));
    assert.deepEqual(await problemsOf(Uint8Array.from([...signed, 0, 0, 0, 0, 0, 0, 0, 0])), ['malformed']);
    const { certificateTable, certificateEntryOffset } = await readPeImage(bytesSource(signed));
    assert.ok(certificateTable);
    const longer = Uint8Array.from([...signed, 1, 2, 3, 4, 5, 6, 7, 8]);
    const view = new DataView(longer.buffer);
    view.setUint32(certificateEntryOffset + 4, certificateTable.size + 8, true);
    view.setUint32(certificateTable.offset, certificateTable.size + 8, true);
    assert.deepEqual(await problemsOf(longer), ['malformed']);
  });

  test('a signature that relies on SHA-1, unless that is allowed', async () => {
    const source = bytesSource(makePeImage({ size: 2048, bits: 64 }));
    const pieces = await signFile(source, { key: authority.key, digestAlgorithm: 'sha1' });
    const signed = await rewriteBytes(source, pieces);
    assert.deepEqual(await problemsOf(signed), ['weakDigest']);
    assert.equal((await verifyFile(bytesSource(signed), { ...trust, allowSha1: true })).ok, true);
  });

  test('a signer who is not trusted', async () => {
    const source = bytesSource(await sign(makePeImage({ size: 2048, bits: 64 })));
    const { ok, signatures } = await verifyFile(source, { anchors: [makeAuthority('ec').root] });
    assert.equal(ok, false);
    assert.deepEqual(
      signatures[0]?.problems.map(({ code }) => code),
      ['untrustedRoot'],
    );
  });
});

describe('malformed headers', () => {
  const base = makePeImage({ size: 4096, bits: 64 });
  const optional = 0x80 + 24;

  for (const [name, code, change] of [
    ['no MZ', 'not-pe', (view) => view.setUint16(0, 0)],
    ['a header beyond the file', 'truncated', (view) => view.setUint32(60, 4090, true)],
    ['a header gigabytes away', 'not-pe', (view) => view.setUint32(60, 0xffff_fff0, true)],
    ['no PE signature', 'not-pe', (view) => view.setUint32(0x80, 0x4551, true)],
    ['too many sections', 'bad-section', (view) => view.setUint16(0x86, 97, true)],
    ['an optional header of no known form', 'bad-optional-header', (view) => view.setUint16(optional, 0x107, true)],
    ['an empty optional header', 'bad-optional-header', (view) => view.setUint16(0x94, 0, true)],
    ['four data directories', 'no-certificate-directory', (view) => view.setUint32(optional + 108, 4, true)],
    ['headers larger than the file', 'bad-optional-header', (view) => view.setUint32(optional + 60, 8192, true)],
    ['a section beyond the file', 'bad-section', (view) => view.setUint32(optional + 240 + 16, 4096, true)],
    ['a table at an odd place', 'bad-certificate-table', (view) => setTable(view, 4001, 95)],
    ['a table beyond the file', 'bad-certificate-table', (view) => setTable(view, 4000, 104)],
    ['a table without a size', 'bad-certificate-table', (view) => setTable(view, 4000, 0)],
    ['a table without a place', 'bad-certificate-table', (view) => setTable(view, 0, 96)],
    ['a table over the headers', 'bad-certificate-table', (view) => setTable(view, 64, 4032)],
    ['a table in the middle', 'data-after-certificate-table', (view) => setTable(view, 3000, 96)],
  ] as readonly [string, string, (view: DataView) => void][]) {
    test(name, async () => {
      const image = Uint8Array.from(base);
      change(new DataView(image.buffer));
      await assert.rejects(
        readPeImage(bytesSource(image)),
        (error) => error instanceof ParseError && error.code === code,
      );
    });
  }

  function setTable(view: DataView, offset: number, size: number): void {
    view.setUint32(optional + 144, offset, true);
    view.setUint32(optional + 148, size, true);
  }

  test('damaged signed images are refused, never accepted unless only uncovered bytes changed, never a crash', async () => {
    const signed = await sign(makePeImage({ size: 1030, bits: 32 }));
    const digests = await computePeDigests(bytesSource(signed), ['sha256']);
    for (const damaged of damagedCopies(signed, 1500)) {
      const { ok } = await verifyFile(bytesSource(damaged), trust);
      if (ok) assert.deepEqual(await computePeDigests(bytesSource(damaged), ['sha256']), digests);
    }
  });
});
