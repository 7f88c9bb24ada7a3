// Several signatures in one image: nested ones by us and by osslsigncode, in any order, and what must not change.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  addUnauthenticatedAttribute,
  bytesSource,
  createLocalKey,
  type DigestAlgorithm,
  OID,
  parseSignedData,
  pe,
  rewriteBytes,
  SigningError,
  type SigningKey,
  type SigningRequest,
  signFile,
  verifyFile,
} from '../../src/index.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';
import { hasTools, makeSigningFolder, osslsign, osslverify } from './other-tools.ts';

const authority = makeAuthority('rsa');
const trust = { anchors: [authority.root], allowSha1: true };
const ALGORITHMS: readonly DigestAlgorithm[] = ['sha1', 'sha256', 'sha384', 'sha512'];

async function sign(image: Uint8Array, request: Partial<SigningRequest> = {}): Promise<Uint8Array> {
  const source = bytesSource(image);
  return rewriteBytes(source, await signFile(source, { key: authority.key, ...request }));
}

async function primaryOf(file: Uint8Array) {
  const [bytes] = await pe.readSignatures(bytesSource(file));
  assert.ok(bytes);
  return { bytes, opened: pe.openSignature(bytes) };
}

for (const algorithm of ALGORITHMS) {
  test(`a signature with ${algorithm} is accepted by osslsigncode, with the name and address that it states`, async (t) => {
    if (!hasTools(t, 'osslsigncode')) return;
    const signed = await sign(makePeImage({ size: 5003, bits: 64 }), {
      digestAlgorithm: algorithm,
      programName: 'Grüße, Echo',
      moreInfoUrl: 'https://example.org/echo',
      statementType: 'commercial',
    });
    const { opened } = await primaryOf(signed);
    assert.deepEqual([opened.digestAlgorithm, opened.fileDigestAlgorithm], [algorithm, algorithm]);
    const output = osslverify(makeSigningFolder(t, authority, { 'a.sys': signed }), 'a.sys');
    assert.match(output, new RegExp(`Message digest algorithm *: ${algorithm.toUpperCase()}`));
    assert.match(output, /URL description: https:\/\/example\.org\/echo/);
    assert.match(output, /Text description: .*Echo/);
    assert.match(output, /Microsoft Commercial Code Signing purpose/);
  });

  test(`a signature with ${algorithm} by osslsigncode is accepted by us`, async (t) => {
    if (!hasTools(t, 'osslsigncode')) return;
    const folder = makeSigningFolder(t, authority, { 'a.sys': makePeImage({ size: 5003, bits: 32 }) });
    const result = await verifyFile(bytesSource(osslsign(folder, 'a.sys', 'b.sys', '-h', algorithm)), trust);
    assert.equal(result.ok, true);
    assert.equal(result.signatures[0]?.digestAlgorithm, algorithm);
  });
}

test('each digest algorithm appended to one image, side by side in DER order, numbered as they came', async () => {
  let file = makePeImage({ size: 6001, bits: 64 });
  for (const digestAlgorithm of ALGORITHMS) file = await sign(file, { digestAlgorithm, mode: 'append' });
  const { bytes, opened } = await primaryOf(file);
  assert.equal((await pe.readSignatures(bytesSource(file))).length, 1);
  assert.equal(opened.digestAlgorithm, 'sha1');
  assert.equal(opened.sequenceNumber, undefined);
  assert.equal(opened.nested.length, 3);
  const nested = opened.nested.map((der) => pe.openSignature(der));
  assert.deepEqual(nested.map(({ sequenceNumber, digestAlgorithm }) => [digestAlgorithm, sequenceNumber]).sort(), [
    ['sha256', 1],
    ['sha384', 2],
    ['sha512', 3],
  ]);
  assert.ok(nested.every((signature) => signature.nested.length === 0));
  const order = opened.nested.map((der) => Buffer.from(der));
  assert.deepEqual(order, [...order].sort(Buffer.compare));
  const [signer] = parseSignedData(bytes).signerInfos;
  assert.deepEqual(
    signer?.unauthenticatedAttributes.map(({ type }) => type),
    [OID.nestedSignature],
  );
  const result = await verifyFile(bytesSource(file), trust);
  assert.deepEqual(
    result.signatures.map(({ ok }) => ok),
    [true, true, true, true],
  );
});

test('appending leaves image, digest and the signed part of the first signature as they are', async () => {
  const first = await sign(makePeImage({ size: 6001, bits: 64 }), { programName: 'First' });
  const both = await sign(first, { mode: 'append', programName: 'Second' });
  assert.deepEqual(await pe.digest(bytesSource(both), 'sha256'), await pe.digest(bytesSource(first), 'sha256'));
  const [before, after] = [await primaryOf(first), await primaryOf(both)].map(
    ({ bytes }) => parseSignedData(bytes).signerInfos[0],
  );
  assert.deepEqual(after?.signedAttributesBytes, before?.signedAttributesBytes);
  assert.deepEqual(after?.signature, before?.signature);
  assert.equal((await primaryOf(both)).opened.opusInfo.programName, 'First');
});

test('appending to an unsigned image is signing it, and replacing leaves one signature', async () => {
  const image = makePeImage({ size: 4096, bits: 32 });
  const appended = await sign(image, { mode: 'append' });
  assert.deepEqual(appended, await sign(image));
  const three = await sign(await sign(appended, { mode: 'append' }), { mode: 'append' });
  assert.equal((await primaryOf(three)).opened.nested.length, 2);
  assert.deepEqual(await sign(three), appended);
});

test('our first, our second and the third by osslsigncode: each accepts all of them', async (t) => {
  if (!hasTools(t, 'osslsigncode')) return;
  const first = await sign(makePeImage({ size: 7777, bits: 64 }), { digestAlgorithm: 'sha1' });
  const second = await sign(first, { mode: 'append', pageHashes: true });
  const folder = makeSigningFolder(t, authority, { 'a.sys': second });
  osslverify(folder, 'a.sys', 2);
  const third = osslsign(folder, 'a.sys', 'b.sys', '-nest', '-h', 'sha512');
  osslverify(folder, 'b.sys', 3);
  const numbers = (await primaryOf(third)).opened.nested.map((der) => pe.openSignature(der).sequenceNumber);
  assert.deepEqual(numbers.sort(), [1, 2]);
  const result = await verifyFile(bytesSource(third), trust);
  assert.deepEqual(
    result.signatures.map(({ ok }) => ok),
    [true, true, true],
  );
});

test('first by osslsigncode, ours second, theirs third, ours fourth', async (t) => {
  if (!hasTools(t, 'osslsigncode')) return;
  const folder = makeSigningFolder(t, authority, { 'a.sys': makePeImage({ size: 7777, bits: 32 }) });
  writeFileSync(
    join(folder, '2.sys'),
    await sign(osslsign(folder, 'a.sys', '1.sys', '-h', 'sha1'), { mode: 'append' }),
  );
  const third = osslsign(folder, '2.sys', '3.sys', '-nest', '-h', 'sha384');
  writeFileSync(join(folder, '4.sys'), await sign(third, { mode: 'append', digestAlgorithm: 'sha512' }));
  osslverify(folder, '4.sys', 4);
  const { opened } = await primaryOf(await sign(third, { mode: 'append', digestAlgorithm: 'sha512' }));
  assert.deepEqual(opened.nested.map((der) => pe.openSignature(der).sequenceNumber).sort(), [1, 2, 3]);
});

test('one that comes with nested signatures is not nested, nor is one of another file', async () => {
  const image = makePeImage({ size: 4096, bits: 64 });
  const two = await sign(await sign(image), { mode: 'append' });
  const { bytes } = await primaryOf(two);
  const once = bytesSource(await sign(image));
  const refused = (code: string) => (error: unknown) => error instanceof SigningError && error.code === code;
  await assert.rejects(pe.embedSignature(once, bytes, 'append'), refused('nested-signature'));
  const other = bytesSource(await sign(makePeImage({ size: 4104, bits: 64 })));
  await assert.rejects(pe.embedSignature(other, bytes, 'replace'), refused('wrong-content'));
  await assert.rejects(
    pe.embedSignature(other, (await primaryOf(await sign(image))).bytes, 'append'),
    refused('wrong-content'),
  );
});

test('a nested signature over another image does not pass with a first one that is right', async () => {
  const image = makePeImage({ size: 4096, bits: 64 });
  const two = await sign(await sign(image), { mode: 'append' });
  const foreign = await primaryOf(await sign(makePeImage({ size: 4104, bits: 64 })));
  const mixed = addUnauthenticatedAttribute((await primaryOf(two)).bytes, OID.nestedSignature, foreign.bytes);
  await assert.rejects(
    pe.embedSignature(bytesSource(image), mixed),
    (error) => error instanceof SigningError && error.code === 'wrong-content',
  );
});

test('signing an image of 64 MB reads its bytes once', async () => {
  const image = makePeImage({ size: 64 * 1024 * 1024 + 3, bits: 64 });
  const memory = bytesSource(image);
  let read = 0;
  const counted = {
    size: memory.size,
    read(offset: number, length: number) {
      read += length;
      return memory.read(offset, length);
    },
  };
  for (const pageHashes of [false, true]) {
    read = 0;
    const pieces = await signFile(counted, { key: authority.key, pageHashes });
    assert.ok(read < image.length + 64 * 1024, `${read} bytes read`);
    assert.equal((await verifyFile(bytesSource(await rewriteBytes(memory, pieces)), trust)).ok, true);
  }
});

test('a key that fails leaves nothing behind that a later signature would take', async () => {
  const image = makePeImage({ size: 4096, bits: 64 });
  const source = bytesSource(image);
  const broken: SigningKey = {
    ...createLocalKey({ privateKey: authority.leafKeys.privateKey, certificate: authority.leaf, chain: [] }),
    sign: async () => {
      throw new Error('the token was pulled out');
    },
  };
  await assert.rejects(signFile(source, { key: broken, digestAlgorithm: 'sha1' }), /pulled out/);
  const signed = await rewriteBytes(source, await signFile(source, { key: authority.key, pageHashes: true }));
  assert.equal((await verifyFile(bytesSource(signed), trust)).ok, true);
});
