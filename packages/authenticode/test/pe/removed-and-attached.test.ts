// Signatures taken out of an image, and signatures made elsewhere put into one.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  bytesSource,
  OID,
  ParseError,
  pe,
  readPeImage,
  rewriteBytes,
  SigningError,
  type SigningRequest,
  signFile,
  verifyFile,
} from '../../src/index.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';
import { runTool } from '../support/external-tool.ts';
import { hasTools, makeSigningFolder, osslsign, osslverify } from './other-tools.ts';

const authority = makeAuthority('rsa');
const trust = { anchors: [authority.root] };

async function sign(image: Uint8Array, request: Partial<SigningRequest> = {}): Promise<Uint8Array> {
  const source = bytesSource(image);
  return rewriteBytes(source, await signFile(source, { key: authority.key, ...request }));
}

async function remove(file: Uint8Array): Promise<Uint8Array> {
  const source = bytesSource(file);
  return rewriteBytes(source, await pe.removeSignatures(source));
}

async function firstOf(file: Uint8Array): Promise<Uint8Array> {
  const [signature] = await pe.readSignatures(bytesSource(file));
  assert.ok(signature);
  return signature;
}

const isWrongContent = (error: unknown) => error instanceof SigningError && error.code === 'wrong-content';

describe('removing', () => {
  for (const size of [4096, 5003]) {
    test(`an image of ${size} bytes is as before, but for padding and checksum`, async (t) => {
      const image = makePeImage({ size, bits: 64 });
      const signed = await sign(await sign(image), { mode: 'append' });
      const removed = await remove(signed);
      const padded = Math.ceil(size / 8) * 8;
      assert.equal(removed.length, padded);
      const { checksumOffset, certificateTable } = await readPeImage(bytesSource(removed));
      assert.equal(certificateTable, undefined);
      const expected = new Uint8Array(padded);
      expected.set(image);
      expected.set(removed.subarray(checksumOffset, checksumOffset + 4), checksumOffset);
      assert.deepEqual(removed, expected);
      assert.deepEqual(await pe.digest(bytesSource(removed), 'sha256'), await pe.digest(bytesSource(image), 'sha256'));
      assert.deepEqual(await sign(removed), await sign(image));
      assert.deepEqual(await remove(removed), removed);

      if (!hasTools(t, 'osslsigncode')) return;
      const folder = makeSigningFolder(t, authority, { 'a.sys': signed });
      const result = runTool('osslsigncode', ['remove-signature', '-in', 'a.sys', '-out', 'b.sys'], folder);
      assert.equal(result.status, 0, result.output);
      assert.deepEqual(new Uint8Array(readFileSync(join(folder, 'b.sys'))), removed);
    });
  }

  test('an unsigned image stays as it is, whatever its checksum', async () => {
    const image = makePeImage({ size: 5003, bits: 32 });
    assert.deepEqual(await remove(image), image);
  });
});

describe('attaching', () => {
  const image = makePeImage({ size: 5003, bits: 64 });

  test('a signature taken out of one copy and put into another', async () => {
    const signed = await sign(image, { pageHashes: true });
    const signature = await firstOf(signed);
    for (const source of [bytesSource(image), bytesSource(await remove(signed)), bytesSource(await sign(image))]) {
      assert.deepEqual(await rewriteBytes(source, await pe.embedSignature(source, signature)), signed);
    }
  });

  test('as a nested one, and one with nested ones as the only one', async () => {
    const once = bytesSource(await sign(image));
    const other = await firstOf(await sign(image, { programName: 'Other', digestAlgorithm: 'sha384' }));
    const both = await rewriteBytes(once, await pe.embedSignature(once, other, 'append'));
    const { ok, signatures } = await verifyFile(bytesSource(both), trust);
    assert.deepEqual([ok, signatures.length], [true, 2]);
    const source = bytesSource(image);
    assert.deepEqual(await rewriteBytes(source, await pe.embedSignature(source, await firstOf(both))), both);
  });

  test('a signature of another image is refused, in either mode', async () => {
    const foreign = await firstOf(await sign(makePeImage({ size: 5003, bits: 64, machine: 0xaa64 })));
    const source = bytesSource(await sign(image));
    await assert.rejects(pe.embedSignature(source, foreign), isWrongContent);
    await assert.rejects(pe.embedSignature(source, foreign, 'append'), isWrongContent);
  });

  test('also when the image changed between content and signature', async () => {
    const changed = Uint8Array.from(image);
    const source = bytesSource(changed);
    const content = await pe.content(source, 'sha256');
    const signature = await pe.sign(content, { key: authority.key, digestAlgorithm: 'sha256' });
    changed[1000] = (changed[1000] ?? 0) ^ 1;
    await assert.rejects(pe.embedSignature(bytesSource(changed), signature), isWrongContent);
  });

  test('what is no signature of a file is refused', async () => {
    const source = bytesSource(image);
    await assert.rejects(pe.embedSignature(source, new Uint8Array(8)), ParseError);
    const list = { contentType: OID.certificateTrustList, content: Buffer.from('3003020105', 'hex') };
    const signature = await pe.sign(list, { key: authority.key, digestAlgorithm: 'sha256' });
    await assert.rejects(pe.embedSignature(source, signature), isWrongContent);
  });

  test('signatures made and taken out by osslsigncode, and ours attached by it', async (t) => {
    if (!hasTools(t, 'osslsigncode')) return;
    const folder = makeSigningFolder(t, authority, { 'a.sys': image });
    osslsign(folder, 'a.sys', 'b.sys', '-h', 'sha256');
    const extracted = runTool('osslsigncode', ['extract-signature', '-in', 'b.sys', '-out', 'b.p7'], folder);
    assert.equal(extracted.status, 0, extracted.output);
    // What it extracts ends with the padding of the table.
    const padded = new Uint8Array(readFileSync(join(folder, 'b.p7')));
    const signature = await firstOf(new Uint8Array(readFileSync(join(folder, 'b.sys'))));
    assert.deepEqual(padded.subarray(0, signature.length), signature);
    const source = bytesSource(image);
    writeFileSync(join(folder, 'c.sys'), await rewriteBytes(source, await pe.embedSignature(source, signature)));
    osslverify(folder, 'c.sys');

    writeFileSync(join(folder, 'ours.p7'), await firstOf(await sign(image, { programName: 'Ours' })));
    const attach = ['attach-signature', '-sigin', 'ours.p7', '-CAfile', 'root.pem', '-in', 'c.sys'];
    const nested = runTool('osslsigncode', [...attach, '-nest', '-out', 'd.sys'], folder);
    assert.equal(nested.status, 0, nested.output);
    osslverify(folder, 'd.sys', 2);
    const result = await verifyFile(bytesSource(new Uint8Array(readFileSync(join(folder, 'd.sys')))), trust);
    assert.deepEqual(
      result.signatures.map(({ ok }) => ok),
      [true, true],
    );
  });
});
