// Signing in two steps: the attributes go out, the value comes back, from openssl here; and content handed to others.
import assert from 'node:assert/strict';
import { constants, privateEncrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { digestOf } from '../../src/bytes.ts';
import { decodeDer, write } from '../../src/der/index.ts';
import {
  bytesSource,
  checkSigner,
  createSignedData,
  DIGEST_ALGORITHMS,
  encodeIndirectData,
  encodePem,
  encodeUnsignedData,
  OID,
  parseSignedData,
  pe,
  prepareSignature,
  rewriteBytes,
  SigningError,
  verifyTimestampToken,
} from '../../src/index.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';
import { hasTool, makeFolder, runTool } from '../support/external-tool.ts';
import { makeTimestampAuthority } from '../support/timestamp-authority.ts';

const authorities = { rsa: makeAuthority('rsa'), ec: makeAuthority('ec') };
const content = {
  contentType: OID.spcIndirectData,
  content: encodeIndirectData('pe', 'sha256', new Uint8Array(32).fill(7)),
};

function requestFor(type: 'rsa' | 'ec', digestAlgorithm: 'sha1' | 'sha256' | 'sha384' | 'sha512' = 'sha256') {
  const { leaf, intermediate, root } = authorities[type];
  return { certificate: leaf, chain: [intermediate, root], digestAlgorithm, programName: 'Größe' };
}

for (const type of ['rsa', 'ec'] as const) {
  for (const digestAlgorithm of ['sha256', 'sha384', 'sha512'] as const) {
    test(`openssl signs the attributes with ${type} and ${digestAlgorithm}, and verifies what came of it`, (t) => {
      if (!hasTool(t, 'openssl')) return;
      const { leaf, leafKeys } = authorities[type];
      const prepared = prepareSignature(content, requestFor(type, digestAlgorithm));
      const folder = makeFolder(t, {
        attributes: prepared.toBeSigned,
        digest: prepared.digest,
        'key.pem': leafKeys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
        'public.pem': leaf.publicKey.export({ format: 'pem', type: 'spki' }),
      });
      // One signer takes the attributes and digests them, the other takes only their digest.
      const whole = runTool(
        'openssl',
        ['dgst', `-${digestAlgorithm}`, '-sign', 'key.pem', '-out', 'v1', 'attributes'],
        folder,
      );
      assert.equal(whole.status, 0, whole.output);
      const options = ['-inkey', 'key.pem', '-in', 'digest', '-pkeyopt', `digest:${digestAlgorithm}`, '-out', 'v2'];
      const digest = runTool('openssl', ['pkeyutl', '-sign', ...options], folder);
      assert.equal(digest.status, 0, digest.output);
      for (const name of ['v1', 'v2']) {
        const signed = parseSignedData(prepared.finish(readFileSync(join(folder, name))));
        const [signer] = signed.signerInfos;
        assert.ok(signer);
        assert.equal(checkSigner(signed, signer, leaf), undefined);
        const check = ['dgst', `-${digestAlgorithm}`, '-verify', 'public.pem', '-signature', name, 'attributes'];
        assert.match(runTool('openssl', check, folder).output, /Verified OK/);
      }
    });
  }
}

test('openssl verifies a whole signature when it is given the octets that were digested', async (t) => {
  if (!hasTool(t, 'openssl')) return;
  const { key, root } = authorities.rsa;
  const folder = makeFolder(t, {
    signature: await createSignedData({ content, key, digestAlgorithm: 'sha256' }),
    octets: decodeDer(content.content).value,
    whole: content.content,
    'root.pem': encodePem('CERTIFICATE', root.bytes),
  });
  const verify = ['smime', '-verify', '-binary', '-inform', 'DER', '-in', 'signature', '-CAfile', 'root.pem'];
  const options = [...verify, '-purpose', 'any', '-out', 'unused', '-content'];
  assert.match(runTool('openssl', [...options, 'octets'], folder).output, /Verification successful/);
  assert.match(runTool('openssl', [...options, 'whole'], folder).output, /digest failure/);
});

test('the two steps give what one step gives, byte for byte', async () => {
  const { key, leafKeys } = authorities.rsa;
  const request = {
    digestAlgorithm: 'sha256',
    programName: 'Größe',
    sequenceNumber: 3,
    statementType: 'commercial',
  } as const;
  const direct = await createSignedData({ ...request, content, key });
  const prepared = prepareSignature(content, { ...request, certificate: key.certificate, chain: key.chain });
  assert.deepEqual(prepared.digest, digestOf('sha256', prepared.toBeSigned));
  // As a token does that knows nothing but PKCS#1: the DigestInfo, padded and raised to the private power.
  const info = write.sequence([
    write.algorithmIdentifier(DIGEST_ALGORITHMS.sha256.oid),
    write.octetString(prepared.digest),
  ]);
  const value = privateEncrypt({ key: leafKeys.privateKey, padding: constants.RSA_PKCS1_PADDING }, info);
  assert.deepEqual(prepared.finish(value), direct);
});

test('a time stamp made between the steps goes in', async () => {
  const { key } = authorities.rsa;
  const stamper = makeTimestampAuthority();
  const prepared = prepareSignature(content, requestFor('rsa'));
  const value = await key.sign(prepared.toBeSigned, 'sha256');
  const token = await stamper.timestamper(value);
  const [signer] = parseSignedData(prepared.finish(value, token)).signerInfos;
  const stamp = signer?.unauthenticatedAttributes.find(({ type }) => type === OID.timeStampToken)?.values[0];
  assert.ok(stamp);
  const verified = verifyTimestampToken(stamp.bytes, { message: value, anchors: [stamper.root] });
  assert.deepEqual(verified.problems, []);
});

describe('what is refused', () => {
  const refused = (code: string) => (error: unknown) => error instanceof SigningError && error.code === code;

  test('a value by another key, over something else, or with another digest', async () => {
    const prepared = prepareSignature(content, requestFor('rsa'));
    const values = [
      await makeAuthority().key.sign(prepared.toBeSigned, 'sha256'),
      await authorities.rsa.key.sign(prepared.digest, 'sha256'),
      await authorities.rsa.key.sign(prepared.toBeSigned, 'sha512'),
      await authorities.ec.key.sign(prepared.toBeSigned, 'sha256'),
      new Uint8Array(0),
    ];
    for (const value of values) assert.throws(() => prepared.finish(value), refused('bad-signature'));
  });

  test('content that is not a SEQUENCE', () => {
    const bad = { contentType: OID.data, content: write.octetString(new Uint8Array(4)) };
    assert.throws(() => prepareSignature(bad, requestFor('rsa')), refused('bad-content'));
  });
});

describe('content without a signer', () => {
  test('is what openssl reads as PKCS#7 without signers', (t) => {
    if (!hasTool(t, 'openssl')) return;
    const folder = makeFolder(t, { 'content.p7': encodeUnsignedData(content) });
    const { output } = runTool('openssl', ['pkcs7', '-inform', 'DER', '-in', 'content.p7', '-print', '-noout'], folder);
    assert.match(output, /pkcs7-signedData/);
    assert.match(output, /signer_info:\s+<EMPTY>/);
    assert.match(output, /1\.3\.6\.1\.4\.1\.311\.2\.1\.4/);
  });

  test('holds the same content as what osslsigncode takes out of an image, and can be signed', async (t) => {
    if (!hasTool(t, 'osslsigncode')) return;
    const image = makePeImage({ size: 4096, bits: 64 });
    const folder = makeFolder(t, { 'image.sys': image });
    const run = runTool('osslsigncode', ['extract-data', '-h', 'sha256', '-in', 'image.sys', '-out', 'data'], folder);
    assert.equal(run.status, 0, run.output);
    const theirs = parseSignedData(readFileSync(join(folder, 'data')));
    const source = bytesSource(image);
    const ours = parseSignedData(encodeUnsignedData(await pe.content(source, 'sha256')));
    assert.equal(theirs.contentType, ours.contentType);
    assert.equal(theirs.signerInfos.length, 0);
    assert.equal(ours.signerInfos.length, 0);
    // Their content signed here: made for the image, so it is accepted as its signature.
    const foreign = { contentType: theirs.contentType, content: theirs.contentBytes };
    const signature = await createSignedData({ content: foreign, key: authorities.rsa.key, digestAlgorithm: 'sha256' });
    assert.equal(await pe.openSignature(signature).checkContent(source), undefined);
    await rewriteBytes(source, await pe.embedSignature(source, signature));
  });
});
