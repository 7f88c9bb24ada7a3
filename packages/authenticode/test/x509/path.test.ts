// Paths to a trust anchor: each reason for which one is refused (RFC 5280 §6.1).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildCertificationPath,
  type CertificateRequest,
  createCertificate,
  OID,
  type PathRequest,
} from '../../src/index.ts';
import { makeAuthority, makeKeyPair, VALID_NOW } from '../support/authority.ts';

const authority = makeAuthority('ec');
const { root, intermediate, leaf } = authority;
const trusted = { leaf, intermediates: [intermediate], anchors: [root], requiredUsage: OID.codeSigning };

function codes(request: PathRequest): string[] {
  return buildCertificationPath(request).problems.map(({ code }) => code);
}

/** A leaf issued by the test intermediate, with changes. */
function leafWith(changes: Partial<CertificateRequest>) {
  const keys = makeKeyPair('ec');
  const certificate = createCertificate({
    subject: { commonName: 'other leaf' },
    issuer: { certificate: intermediate, privateKey: authority.intermediateKeys.privateKey },
    publicKey: keys.publicKey,
    ...VALID_NOW,
    ...changes,
  });
  return { certificate, keys };
}

test('a path leads from the leaf to the anchor', () => {
  const { path, problems } = buildCertificationPath(trusted);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    path.map(({ commonName }) => commonName),
    ['Test Signer', 'Test Intermediate', 'Test Root'],
  );
});

test('an intermediate or the leaf itself can be the anchor', () => {
  assert.deepEqual(codes({ ...trusted, intermediates: [], anchors: [intermediate] }), []);
  assert.deepEqual(codes({ ...trusted, intermediates: [], anchors: [leaf] }), []);
});

test('without an anchor the path is untrusted, however far it leads', () => {
  assert.deepEqual(codes({ ...trusted, anchors: [] }), ['untrustedRoot']);
  assert.deepEqual(codes({ ...trusted, intermediates: [] }), ['untrustedRoot']);
  const { path, problems } = buildCertificationPath({ ...trusted, intermediates: [intermediate, root], anchors: [] });
  assert.equal(path.length, 3);
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['untrustedRoot'],
  );
});

test('a root of the same name with another key is not the issuer', () => {
  const impostor = createCertificate({
    subject: { commonName: 'Test Root', organization: 'Assay tests', country: 'DE' },
    ...makeKeyPair('ec'),
    certificateAuthority: true,
    ...VALID_NOW,
  });
  assert.deepEqual(impostor.subjectBytes, root.subjectBytes);
  assert.deepEqual(codes({ ...trusted, anchors: [impostor] }), ['untrustedRoot']);
  assert.deepEqual(codes({ ...trusted, anchors: [impostor, root] }), []);
});

test('a forged signature on the leaf is found', () => {
  const forger = makeKeyPair('ec');
  const { certificate } = leafWith({ issuer: { certificate: intermediate, privateKey: forger.privateKey } });
  assert.deepEqual(codes({ ...trusted, leaf: certificate, requiredUsage: OID.codeSigning }), [
    'badSignature',
    'untrustedRoot',
  ]);
});

test('dates of every certificate in the path count', () => {
  assert.deepEqual(codes({ ...trusted, at: new Date('2001-01-01') }), ['notYetValid', 'notYetValid', 'notYetValid']);
  assert.deepEqual(codes({ ...trusted, at: new Date('2101-01-01') }), ['expired', 'expired', 'expired']);
});

test('usages of leaf and authorities count', () => {
  const timeStamping = '1.3.6.1.5.5.7.3.8';
  assert.deepEqual(codes({ ...trusted, requiredUsage: timeStamping }), ['wrongUsage']);
  const withoutUsages = leafWith({}).certificate;
  assert.deepEqual(codes({ ...trusted, leaf: withoutUsages }), []);
  const anyUsage = leafWith({ extendedKeyUsages: [OID.anyExtendedKeyUsage] }).certificate;
  assert.deepEqual(codes({ ...trusted, leaf: anyUsage }), []);

  const keys = makeKeyPair('ec');
  const limited = createCertificate({
    subject: { commonName: 'for stamps only' },
    issuer: { certificate: root, privateKey: authority.rootKeys.privateKey },
    publicKey: keys.publicKey,
    certificateAuthority: true,
    extendedKeyUsages: [timeStamping],
    ...VALID_NOW,
  });
  const below = leafWith({
    issuer: { certificate: limited, privateKey: keys.privateKey },
    extendedKeyUsages: [OID.codeSigning],
  });
  assert.deepEqual(codes({ ...trusted, leaf: below.certificate, intermediates: [limited] }), ['wrongUsage']);
});

test('an end entity cannot issue', () => {
  const issuer = { certificate: leaf, privateKey: authority.leafKeys.privateKey };
  const { certificate } = leafWith({ issuer, extendedKeyUsages: [OID.codeSigning] });
  assert.ok(
    codes({ ...trusted, leaf: certificate, intermediates: [leaf, intermediate] }).includes('notACertificateAuthority'),
  );
});

test('the path length limit counts', () => {
  const { certificate: lower, keys } = leafWith({ subject: { commonName: 'lower' }, certificateAuthority: true });
  const { certificate } = leafWith({ issuer: { certificate: lower, privateKey: keys.privateKey } });
  assert.deepEqual(codes({ ...trusted, leaf: certificate, intermediates: [lower, intermediate] }), ['pathTooLong']);
});

test('of two paths the good one is taken', () => {
  const expired = createCertificate({
    subject: { commonName: 'Test Intermediate', organization: 'Assay tests' },
    issuer: { certificate: root, privateKey: authority.rootKeys.privateKey },
    publicKey: authority.intermediateKeys.publicKey,
    certificateAuthority: true,
    notBefore: new Date('2001-01-01'),
    notAfter: new Date('2002-01-01'),
  });
  assert.deepEqual(codes({ ...trusted, intermediates: [expired, intermediate] }), []);
  assert.deepEqual(codes({ ...trusted, intermediates: [expired] }), ['expired']);
});

test('authorities that certify each other end the search', () => {
  const a = makeKeyPair('ec');
  const b = makeKeyPair('ec');
  const certificates = [];
  let issuerA = createCertificate({ subject: { commonName: 'A' }, ...a, certificateAuthority: true, ...VALID_NOW });
  let issuerB = createCertificate({ subject: { commonName: 'B' }, ...b, certificateAuthority: true, ...VALID_NOW });
  for (let index = 0; index < 12; index++) {
    const nextA = createCertificate({
      subject: { commonName: 'A' },
      issuer: { certificate: issuerB, privateKey: b.privateKey },
      publicKey: a.publicKey,
      certificateAuthority: true,
      ...VALID_NOW,
    });
    const nextB = createCertificate({
      subject: { commonName: 'B' },
      issuer: { certificate: issuerA, privateKey: a.privateKey },
      publicKey: b.publicKey,
      certificateAuthority: true,
      ...VALID_NOW,
    });
    certificates.push(nextA, nextB);
    [issuerA, issuerB] = [nextA, nextB];
  }
  const started = Date.now();
  const result = codes({ leaf: issuerA, intermediates: certificates, anchors: [root] });
  assert.ok(result.includes('untrustedRoot'));
  assert.ok(Date.now() - started < 5000);
});
