// The judgement about RFC 3161 tokens: what makes one bad, and that its authority is judged at the stamped time.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestOf } from '../../src/bytes.ts';
import { contextConstructed, decodeDer, write } from '../../src/der/index.ts';
import {
  type Certificate,
  type CertificateRequest,
  createCertificate,
  createLocalKey,
  OID,
  parseTimestampToken,
  TIMESTAMP_AUTHORITY_USAGE,
  type TimestampVerification,
  verifyTimestampToken,
} from '../../src/index.ts';
import { makeKeyPair, VALID_NOW } from '../support/authority.ts';
import { damagedCopies } from '../support/damage.ts';
import { makeTimestampAuthority, makeToken, TEST_POLICY } from '../support/timestamp-authority.ts';

const stamper = makeTimestampAuthority();
const { key, root, rootKeys, certificate, certificateKeys } = stamper;
const message = Buffer.from('a signature value');
const anchors = [root];

function codes({ problems }: TimestampVerification): string[] {
  return problems.map(({ code }) => code);
}

/** A key whose certificate differs from a good authority's in these points. */
function makeKey(difference: Partial<CertificateRequest>) {
  const leaf = createCertificate({
    subject: { commonName: 'Odd Stamper' },
    issuer: { certificate: root, privateKey: rootKeys.privateKey },
    publicKey: certificateKeys.publicKey,
    ...TIMESTAMP_AUTHORITY_USAGE,
    ...VALID_NOW,
    ...difference,
  });
  return createLocalKey({ privateKey: certificateKeys.privateKey, certificate: leaf, chain: [] });
}

test('a good stamp', async () => {
  const before = Math.floor(Date.now() / 1000) * 1000;
  const verified = verifyTimestampToken(await stamper.timestamper(message), { message, anchors });
  assert.deepEqual(verified.problems, []);
  assert.equal(verified.ok, true);
  assert.equal(verified.kind, 'rfc3161');
  assert.equal(verified.digestAlgorithm, 'sha256');
  assert.equal(verified.policy, TEST_POLICY);
  assert.match(verified.serialNumber ?? '', /^[1-9][0-9]+$/);
  assert.equal(verified.authority?.thumbprint, certificate.thumbprint);
  assert.deepEqual(
    verified.path.map(({ commonName }) => commonName),
    ['Test Stamper', 'Test Stamp Root'],
  );
  const time = verified.time?.getTime() ?? 0;
  assert.ok(time >= before && time <= Date.now());
});

describe('time', () => {
  const validity = { notBefore: new Date('2015-01-01'), notAfter: new Date('2017-01-01') };
  const old = makeTimestampAuthority({ validity });

  test('a stamp made while the certificates were valid stays good after they expired', async () => {
    const token = await makeToken({ key: old.key, message, time: new Date('2016-06-01') });
    const verified = verifyTimestampToken(token, { message, anchors: [old.root] });
    assert.deepEqual(verified.problems, []);
    assert.equal(verified.time?.toISOString(), '2016-06-01T00:00:00.000Z');
    const now = verifyTimestampToken(token, { message, anchors: [old.root], at: new Date() });
    assert.deepEqual(codes(now), ['expired', 'expired']);
  });

  test('a time outside the validity of the certificates is a problem', async () => {
    const late = await makeToken({ key: old.key, message, time: new Date('2017-01-02') });
    assert.deepEqual(codes(verifyTimestampToken(late, { message, anchors: [old.root] })), ['expired', 'expired']);
    const early = await makeToken({ key: old.key, message, time: new Date('2014-12-31') });
    assert.deepEqual(codes(verifyTimestampToken(early, { message, anchors: [old.root] })), [
      'notYetValid',
      'notYetValid',
    ]);
  });
});

describe('what makes a stamp bad', () => {
  test('another message', async () => {
    const token = await stamper.timestamper(Buffer.from('another'));
    assert.deepEqual(codes(verifyTimestampToken(token, { message, anchors })), ['imprintMismatch']);
  });

  test('an authority that nobody trusts', async () => {
    const token = await stamper.timestamper(message);
    const others = [makeTimestampAuthority().root];
    assert.deepEqual(codes(verifyTimestampToken(token, { message, anchors: others })), ['untrustedRoot']);
    assert.deepEqual(codes(verifyTimestampToken(token, { message, anchors: [] })), ['untrustedRoot']);
  });

  test('a certificate that may not stamp', async () => {
    for (const usages of [[OID.codeSigning], [OID.anyExtendedKeyUsage], undefined]) {
      const odd = makeKey({ extendedKeyUsages: usages ?? [] });
      const bare = createLocalKey({
        privateKey: certificateKeys.privateKey,
        chain: [],
        certificate: createCertificate({
          subject: { commonName: 'Odd Stamper' },
          issuer: { certificate: root, privateKey: rootKeys.privateKey },
          publicKey: certificateKeys.publicKey,
          ...VALID_NOW,
        }),
      });
      const token = await makeToken({ key: usages === undefined ? bare : odd, message });
      assert.deepEqual(codes(verifyTimestampToken(token, { message, anchors })), ['wrongUsage']);
    }
  });

  test('but not an extended key usage that is not critical', async () => {
    const token = await makeToken({ key: makeKey({ extendedKeyUsagesCritical: false }), message });
    assert.deepEqual(codes(verifyTimestampToken(token, { message, anchors })), []);
  });

  test('SHA-1, unless it is allowed', async () => {
    for (const weak of [{ imprintAlgorithm: 'sha1' }, { digestAlgorithm: 'sha1' }] as const) {
      const token = await makeToken({ key, message, ...weak });
      assert.deepEqual(codes(verifyTimestampToken(token, { message, anchors })), ['weakDigest']);
      assert.deepEqual(codes(verifyTimestampToken(token, { message, anchors, allowSha1: true })), []);
    }
  });

  test('a certificate that is not in the token, unless it is given', async () => {
    const token = await makeToken({ key, message, includeCertificates: false });
    assert.deepEqual(codes(verifyTimestampToken(token, { message, anchors })), ['authorityMissing']);
    const given = verifyTimestampToken(token, { message, anchors, intermediates: [certificate] });
    assert.deepEqual(codes(given), []);
  });

  test('an attribute that names another certificate of the same key', async () => {
    const digestV1 = (named: Certificate) =>
      write.sequence([write.sequence([write.sequence([write.octetString(digestOf('sha1', named.bytes))])])]);
    const digestV2 = (named: Certificate) =>
      write.sequence([
        write.sequence([
          write.sequence([
            write.algorithmIdentifier('2.16.840.1.101.3.4.2.3'),
            write.octetString(digestOf('sha512', named.bytes)),
          ]),
        ]),
      ]);
    const twin = makeKey({}).certificate;
    for (const { type, digest } of [
      { type: OID.signingCertificate, digest: digestV1 },
      { type: OID.signingCertificateV2, digest: digestV2 },
    ]) {
      const good = await makeToken({ key, message, attributes: [{ type, value: digest(certificate) }] });
      assert.deepEqual(codes(verifyTimestampToken(good, { message, anchors })), []);
      const bad = await makeToken({ key, message, attributes: [{ type, value: digest(twin) }] });
      assert.deepEqual(codes(verifyTimestampToken(bad, { message, anchors })), ['badSignature']);
    }
  });

  test('a signature by another key', async () => {
    const keys = makeKeyPair();
    const token = await makeToken({ key, message, includeCertificates: false });
    // The verifier is given a certificate with the name and number of the real one but another key.
    const forged = createCertificate({
      subject: { commonName: 'Test Stamper', organization: 'Assay tests' },
      issuer: { certificate: root, privateKey: rootKeys.privateKey },
      publicKey: keys.publicKey,
      serialNumber: certificate.serialNumberBytes,
      ...TIMESTAMP_AUTHORITY_USAGE,
      ...VALID_NOW,
    });
    const verified = verifyTimestampToken(token, { message, anchors, intermediates: [forged] });
    assert.deepEqual(codes(verified), ['badSignature']);
  });

  test('a token without signed attributes, whose signature could be one over something else', async () => {
    const token = await stamper.timestamper(message);
    // The key signs the TSTInfo itself, as it might sign anything else that is plain data.
    const value = await key.sign(parseTimestampToken(token).infoBytes, 'sha256');
    const [type, explicit] = decodeDer(token).children();
    const parts = explicit?.inner().children() ?? [];
    const [version, identifier, digest, attributes, algorithm] = parts.at(-1)?.children()[0]?.children() ?? [];
    assert.ok(type && version && identifier && digest && attributes?.tag === contextConstructed(0) && algorithm);
    const signer = write.sequence([
      ...[version, identifier, digest, algorithm].map(({ bytes }) => bytes),
      write.octetString(value),
    ]);
    const signedData = write.sequence([...parts.slice(0, -1).map(({ bytes }) => bytes), write.setOf([signer])]);
    const rebuilt = write.sequence([type.bytes, write.contextExplicit(0, signedData)]);
    const verified = verifyTimestampToken(rebuilt, { message, anchors });
    assert.deepEqual(codes(verified), ['badSignature']);
    assert.match(verified.problems[0]?.message ?? '', /must be signed through attributes/);
  });

  test('but not attribute certificates and revocation lists in the token', async () => {
    const [type, explicit] = decodeDer(await stamper.timestamper(message)).children();
    const [version, digests, content, certificates, signers] = explicit?.inner().children() ?? [];
    assert.ok(type && version && digests && content && certificates && signers);
    const attributeCertificate = write.contextExplicit(1, write.integer(1));
    const list = write.sequence([write.integer(1)]);
    const signedData = write.sequence([
      ...[version, digests, content].map(({ bytes }) => bytes),
      write.contextExplicit(0, certificates.value, attributeCertificate),
      write.contextExplicit(1, list),
      signers.bytes,
    ]);
    const token = write.sequence([type.bytes, write.contextExplicit(0, signedData)]);
    assert.deepEqual(codes(verifyTimestampToken(token, { message, anchors })), []);
    const { certificateBytes, revocationLists } = parseTimestampToken(token).signedData;
    assert.deepEqual(certificateBytes.at(-1), attributeCertificate);
    assert.deepEqual(revocationLists, [list]);
  });

  test('what is not a token at all', async () => {
    for (const bytes of [
      new Uint8Array(0),
      Buffer.from('token'),
      await makeToken({ key, message, contentType: OID.data }),
    ]) {
      const verified = verifyTimestampToken(bytes, { message, anchors });
      assert.deepEqual(codes(verified), ['malformed']);
      assert.equal(verified.time, undefined);
    }
  });

  test('damage, which never passes for another time or another authority, and never crashes', async () => {
    const token = await stamper.timestamper(message);
    const good = verifyTimestampToken(token, { message, anchors });
    for (const damaged of damagedCopies(token, 2000)) {
      const verified = verifyTimestampToken(damaged, { message, anchors });
      if (verified.ok) {
        assert.deepEqual(verified.time, good.time);
        assert.equal(verified.authority?.thumbprint, good.authority?.thumbprint);
      }
    }
  });
});
