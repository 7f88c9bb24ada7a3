// Legacy time stamps: read from the signatures that osslsigncode makes with an old-style authority, and judged.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { constants, createHash, privateEncrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { openSignedData } from '../../src/cms/index.ts';
import { contextConstructed, decodeDer, readOctetString, write } from '../../src/der/index.ts';
import {
  addUnauthenticatedAttribute,
  bytesSource,
  type Certificate,
  createCmsSignedData,
  createSignedData,
  encodeIndirectData,
  encodePem,
  OID,
  parseCountersignature,
  parseSignedData,
  pe,
  rewriteBytes,
  type SigningKey,
  type TimestampVerification,
  verifyCountersignature,
} from '../../src/index.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';
import { damagedCopies } from '../support/damage.ts';
import { hasTool, makeFolder, runTool } from '../support/external-tool.ts';
import { makeLegacyResponse, makeTimestampAuthority } from '../support/timestamp-authority.ts';
import { runBeside, serveLoopback } from './loopback.ts';

const signer = makeAuthority();
const stamper = makeTimestampAuthority({
  validity: { notBefore: new Date('2020-01-01'), notAfter: new Date('2045-01-01') },
});
/** What an old client asks for: SPC_TIME_STAMP_REQUEST. */
const LEGACY_REQUEST = '1.3.6.1.4.1.311.3.2.1';
const TIME = new Date('2021-03-04T05:06:07Z');
const NOW = new Date(Math.floor(Date.now() / 1000) * 1000);
const message = Buffer.from('a signature value');
const anchors = [stamper.root];

function codes({ problems }: TimestampVerification): string[] {
  return problems.map(({ code }) => code);
}

/** DER of the only SignerInfo in a SignedData. */
function signerInfoOf(signedData: Uint8Array): Uint8Array {
  const inner = decodeDer(signedData).children()[1]?.inner();
  const signerInfo = inner?.children().at(-1)?.children()[0];
  assert.ok(signerInfo);
  return signerInfo.bytes;
}

async function countersign(key: SigningKey, over: Uint8Array, time = TIME): Promise<Uint8Array> {
  return signerInfoOf(await makeLegacyResponse(key, over, time));
}

/** Answers the requests of legacy clients, as base64 in both directions. */
function serveLegacyAuthority(t: TestContext, time: Date): Promise<string> {
  return serveLoopback(t, async (_request, body, response) => {
    const request = decodeDer(Buffer.from(body.toString('latin1'), 'base64')).children();
    assert.deepEqual(Uint8Array.from(request[0]?.bytes ?? []), write.oid(LEGACY_REQUEST));
    const content = request[1]?.children()[1]?.expect(contextConstructed(0), 'content').inner();
    assert.ok(content);
    const answer = await makeLegacyResponse(stamper.key, readOctetString(content, 'content'), time);
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    response.end(Buffer.from(answer).toString('base64'));
  });
}

test('a good stamp', async () => {
  const certificates = [stamper.certificate];
  const verified = verifyCountersignature(await countersign(stamper.key, message), { message, certificates, anchors });
  assert.deepEqual(verified.problems, []);
  assert.equal(verified.ok, true);
  assert.equal(verified.kind, 'legacy');
  assert.equal(verified.time?.toISOString(), TIME.toISOString());
  assert.equal(verified.digestAlgorithm, 'sha256');
  assert.equal(verified.authority?.thumbprint, stamper.certificate.thumbprint);
  assert.equal(verified.path.length, 2);
  assert.equal(verified.policy, undefined);
});

test('a stamp over the bare digest, as some old authorities make it, and nothing else in its place', async () => {
  const options = { message, certificates: [stamper.certificate], anchors };
  const stamp = await countersign(stamper.key, message);
  const { signerInfo } = parseCountersignature(stamp);
  const attributes = Uint8Array.from(signerInfo.signedAttributesBytes ?? []).fill(0x31, 0, 1);
  const at = Buffer.from(stamp).indexOf(signerInfo.signature);
  const judgeSigned = (payload: Uint8Array, padding = constants.RSA_PKCS1_PADDING) => {
    const changed = Uint8Array.from(stamp);
    changed.set(privateEncrypt({ key: stamper.certificateKeys.privateKey, padding }, payload), at);
    return codes(verifyCountersignature(changed, options));
  };
  const digest = createHash('sha256').update(attributes).digest();
  assert.deepEqual(judgeSigned(digest), []);
  assert.deepEqual(judgeSigned(createHash('sha256').update(message).digest()), ['badSignature']);
  assert.deepEqual(judgeSigned(digest.subarray(0, 20)), ['badSignature']);
  const whole = Buffer.concat([Buffer.alloc(signerInfo.signature.length - digest.length), digest]);
  assert.deepEqual(judgeSigned(whole, constants.RSA_NO_PADDING), ['badSignature']);
});

describe('osslsigncode', () => {
  test('stamps an image with such an authority, and the stamp is read and good', async (t) => {
    if (!hasTool(t, 'osslsigncode')) return;
    const url = await serveLegacyAuthority(t, NOW);
    const folder = makeFolder(t, {
      'leaf.pem': encodePem('CERTIFICATE', signer.leaf.bytes) + encodePem('CERTIFICATE', signer.intermediate.bytes),
      'key.pem': signer.leafKeys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
      'root.pem': encodePem('CERTIFICATE', signer.root.bytes),
      'stamp-root.pem': encodePem('CERTIFICATE', stamper.root.bytes),
      'image.sys': makePeImage({ size: 4096, bits: 64 }),
    });
    const sign = ['sign', '-certs', 'leaf.pem', '-key', 'key.pem', '-t', url, '-in', 'image.sys', '-out', 'signed.sys'];
    const signed = await runBeside('osslsigncode', sign, folder);
    assert.equal(signed.status, 0, signed.output);
    const verify = ['verify', '-CAfile', 'root.pem', '-TSA-CAfile', 'stamp-root.pem', 'signed.sys'];
    const theirs = runTool('osslsigncode', verify, folder);
    assert.match(theirs.output, /Timestamp Server Signature verification: ok/);

    const [der, ...others] = await pe.readSignatures(bytesSource(readFileSync(join(folder, 'signed.sys'))));
    assert.ok(der !== undefined && others.length === 0);
    const { certificates, signatureValue, stamps } = pe.openSignature(der);
    assert.deepEqual(
      stamps.map(({ kind }) => kind),
      ['legacy'],
    );
    const [stamp] = stamps;
    assert.ok(stamp);
    const verified = verifyCountersignature(stamp.bytes, { message: signatureValue, certificates, anchors });
    assert.deepEqual(verified.problems, []);
    assert.equal(verified.time?.toISOString(), NOW.toISOString());
  });

  test('finds the same stamp good that was added here', async (t) => {
    if (!hasTool(t, 'osslsigncode')) return;
    // The authority's certificate has to be in the SignedData, so it goes in as if it were part of the chain.
    const source = bytesSource(makePeImage({ size: 4096, bits: 64 }));
    const content = await pe.content(source, 'sha256');
    const { certificate, chain, sign } = signer.key;
    const key = { certificate, chain: [...chain, stamper.certificate], sign };
    const plain = await createSignedData({ content, key, digestAlgorithm: 'sha256' });
    const value = parseSignedData(plain).signerInfos[0]?.signature;
    assert.ok(value);
    const stamped = addUnauthenticatedAttribute(
      plain,
      OID.countersignature,
      await countersign(stamper.key, value, NOW),
    );
    const folder = makeFolder(t, {
      'signed.sys': await rewriteBytes(source, await pe.embedSignature(source, stamped)),
      'root.pem': encodePem('CERTIFICATE', signer.root.bytes),
      'stamp-root.pem': encodePem('CERTIFICATE', stamper.root.bytes),
    });
    const verify = ['verify', '-CAfile', 'root.pem', '-TSA-CAfile', 'stamp-root.pem', 'signed.sys'];
    assert.match(runTool('osslsigncode', verify, folder).output, /Timestamp Server Signature verification: ok/);
  });
});

describe('what makes a stamp bad', () => {
  const judge = async (der: Uint8Array, certificates: readonly Certificate[] = [stamper.certificate]) =>
    codes(verifyCountersignature(der, { message, certificates, anchors }));

  test('another message, a certificate that is not there, one that nobody trusts or that may not stamp', async () => {
    assert.deepEqual(await judge(await countersign(stamper.key, Buffer.from('another'))), ['imprintMismatch']);
    const good = await countersign(stamper.key, message);
    assert.deepEqual(await judge(good, []), ['authorityMissing']);
    const wrong = await countersign(signer.key, message, NOW);
    assert.deepEqual(await judge(wrong, [signer.leaf, signer.intermediate]), ['wrongUsage', 'untrustedRoot']);
  });

  test('a time outside the validity of the certificates', async () => {
    const early = await countersign(stamper.key, message, new Date('2019-12-31'));
    assert.deepEqual(await judge(early), ['notYetValid', 'notYetValid']);
    const late = await countersign(stamper.key, message, new Date('2045-01-02'));
    assert.deepEqual(await judge(late), ['expired', 'expired']);
  });

  test('SHA-1, unless it is allowed', async () => {
    const weak = signerInfoOf(
      await createCmsSignedData({
        contentType: OID.data,
        content: message,
        key: stamper.key,
        digestAlgorithm: 'sha1',
        attributes: [{ type: OID.signingTime, value: write.utcTime(TIME) }],
      }),
    );
    assert.deepEqual(await judge(weak), ['weakDigest']);
    const options = { message, certificates: [stamper.certificate], anchors, allowSha1: true };
    assert.equal(verifyCountersignature(weak, options).ok, true);
  });

  test('no time, another content type, and what is not a SignerInfo', async () => {
    const request = { content: message, key: stamper.key, digestAlgorithm: 'sha256' } as const;
    const timeless = signerInfoOf(await createCmsSignedData({ ...request, contentType: OID.data }));
    const attributes = [{ type: OID.signingTime, value: write.utcTime(TIME) }];
    const other = signerInfoOf(await createCmsSignedData({ ...request, contentType: OID.spcIndirectData, attributes }));
    for (const der of [timeless, other, new Uint8Array(0), Buffer.from('stamp')]) {
      assert.deepEqual(await judge(der), ['malformed']);
    }
  });

  test('a changed time', async () => {
    const der = Buffer.from(await countersign(stamper.key, message));
    der[der.indexOf('210304050607Z') + 1] = 0x32;
    assert.deepEqual(await judge(der), ['badSignature']);
  });

  test('damage, which never passes for another time and never crashes', async () => {
    const der = await countersign(stamper.key, message);
    for (const damaged of damagedCopies(der, 2000)) {
      const verified = verifyCountersignature(damaged, { message, certificates: [stamper.certificate], anchors });
      if (verified.ok) assert.equal(verified.time?.toISOString(), TIME.toISOString());
    }
  });
});

test('a countersignature is what openSignedData gives as a legacy stamp', async () => {
  const content = { contentType: OID.spcIndirectData, content: encodeIndirectData('pe', 'sha256', new Uint8Array(32)) };
  const plain = await createSignedData({ content, key: signer.key, digestAlgorithm: 'sha256' });
  const der = await countersign(stamper.key, message);
  const stamped = addUnauthenticatedAttribute(plain, OID.countersignature, der);
  const reader = { fileDigestAlgorithm: () => undefined, check: async () => undefined };
  assert.deepEqual(openSignedData(stamped, reader).stamps, [{ kind: 'legacy', bytes: Uint8Array.from(der) }]);
});
