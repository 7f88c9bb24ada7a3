// Certificates made here, as openssl and Node see them; PEM; damaged certificates.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import {
  createCertificate,
  encodePem,
  OID,
  ParseError,
  parseCertificate,
  parsePem,
  parsePemCertificates,
  SigningError,
} from '../../src/index.ts';
import { makeAuthority, makeKeyPair, VALID_NOW } from '../support/authority.ts';
import { damagedCopies } from '../support/damage.ts';
import { hasTool, makeFolder, runTool } from '../support/external-tool.ts';

for (const type of ['rsa', 'ec'] as const) {
  test(`${type} certificates made here are accepted by openssl`, (t) => {
    if (!hasTool(t, 'openssl')) return;
    const { root, intermediate, leaf } = makeAuthority(type);
    const folder = makeFolder(t, {
      'root.pem': encodePem('CERTIFICATE', root.bytes),
      'intermediate.pem': encodePem('CERTIFICATE', intermediate.bytes),
      'leaf.pem': encodePem('CERTIFICATE', leaf.bytes),
    });
    const arguments_ = ['verify', '-x509_strict', '-CAfile', 'root.pem', '-untrusted', 'intermediate.pem', 'leaf.pem'];
    assert.match(runTool('openssl', arguments_, folder).output, /^leaf\.pem: OK$/m);
    const { output } = runTool(
      'openssl',
      ['x509', '-in', 'leaf.pem', '-noout', '-text', '-nameopt', 'RFC2253,utf8,-esc_msb'],
      folder,
    );
    assert.match(output, /Subject: CN=Test Signer,O=Müller\\, Söhne & Co/);
    assert.match(output, /X509v3 Key Usage: critical\s+Digital Signature\n/);
    assert.match(output, /X509v3 Extended Key Usage:\s+Code Signing\n/);
  });

  test(`${type} certificates are read as Node reads them`, () => {
    for (const certificate of Object.values(makeAuthority(type))) {
      if (!('issuerBytes' in certificate)) continue;
      const theirs = new X509Certificate(certificate.bytes);
      assert.equal(certificate.serialNumber, theirs.serialNumber);
      assert.equal(certificate.thumbprint, theirs.fingerprint256.replaceAll(':', '').toLowerCase());
      assert.equal(certificate.notAfter.getTime(), new Date(theirs.validTo).getTime());
      assert.equal(certificate.isCertificateAuthority, theirs.ca);
      assert.ok(certificate.publicKey.equals(theirs.publicKey));
    }
  });
}

test('fields of a certificate', () => {
  const { root, intermediate, leaf } = makeAuthority('ec');
  assert.equal(root.subject, 'CN=Test Root,O=Assay tests,C=DE');
  assert.equal(leaf.subject, 'CN=Test Signer,O=Müller\\, Söhne & Co');
  assert.equal(leaf.issuer, intermediate.subject);
  assert.equal(leaf.commonName, 'Test Signer');
  assert.deepEqual(leaf.issuerBytes, intermediate.subjectBytes);
  assert.deepEqual(leaf.extendedKeyUsages, [OID.codeSigning]);
  assert.deepEqual(leaf.keyUsageBits, [0]);
  assert.deepEqual(leaf.authorityKeyIdentifier, intermediate.subjectKeyIdentifier);
  assert.deepEqual([root.selfIssued, leaf.selfIssued], [true, false]);
  assert.deepEqual([root.pathLength, intermediate.pathLength], [undefined, 0]);
  assert.equal(root.extendedKeyUsages, undefined);
});

test('serial numbers are written as given and read without their sign octet', () => {
  const { publicKey, privateKey } = makeKeyPair('ec');
  const make = (serialNumber: Uint8Array) =>
    createCertificate({ subject: { commonName: 'x' }, publicKey, privateKey, serialNumber, ...VALID_NOW }).serialNumber;
  assert.equal(make(Uint8Array.of(0x80, 0x01)), '8001');
  assert.equal(make(Uint8Array.of(0, 0x0a)), '0A');
  assert.equal(make(Uint8Array.of(0)), '00');
});

test('certificates that outlive 2049 use the longer time', () => {
  const { publicKey, privateKey } = makeKeyPair('ec');
  const notAfter = new Date('2061-05-06T07:08:09Z');
  const certificate = createCertificate({
    subject: { commonName: 'x' },
    publicKey,
    privateKey,
    ...VALID_NOW,
    notAfter,
  });
  assert.equal(certificate.notAfter.toISOString(), notAfter.toISOString());
});

test('a certificate without an issuer needs its own private key, of a kind that can sign', () => {
  const { publicKey } = makeKeyPair('ec');
  const request = { subject: { commonName: 'x' }, publicKey, ...VALID_NOW };
  assert.throws(
    () => createCertificate(request),
    (error) => error instanceof SigningError && error.code === 'no-issuer-key',
  );
});

test('PEM: several blocks, other text between them, and what is wrong', () => {
  const { root, leaf } = makeAuthority('ec');
  const text = `subject=x\n${encodePem('CERTIFICATE', root.bytes)}\n# next\n${encodePem('OTHER', root.bytes)}${encodePem('CERTIFICATE', leaf.bytes)}`;
  assert.deepEqual(
    parsePemCertificates(text.replaceAll('\n', '\r\n')).map(({ thumbprint }) => thumbprint),
    [root.thumbprint, leaf.thumbprint],
  );
  assert.deepEqual(parsePem(''), []);
  const isPemError = (code: string) => (error: unknown) =>
    error instanceof ParseError && error.format === 'pem' && error.code === code;
  assert.throws(() => parsePem('-----BEGIN CERTIFICATE-----\nAAAA\n'), isPemError('unfinished-block'));
  assert.throws(() => parsePem('-----BEGIN X-----\nA*AA\n-----END X-----'), isPemError('bad-base64'));
});

test('damaged certificates are refused with ParseError or read as something else, never a crash', () => {
  const { bytes } = makeAuthority('ec').leaf;
  for (const damaged of damagedCopies(bytes, 3000)) {
    try {
      parseCertificate(damaged);
    } catch (error) {
      assert.ok(error instanceof ParseError, String(error));
    }
  }
});

test('certificate policies are written and read, and openssl reads the same', (t) => {
  const { publicKey, privateKey } = makeKeyPair('rsa');
  const request = { subject: { commonName: 'EV' }, publicKey, privateKey, ...VALID_NOW };
  assert.equal(createCertificate(request).certificatePolicies, undefined);
  const policies = [OID.extendedValidationCodeSigning, '1.2.3.4'];
  const certificate = createCertificate({ ...request, certificatePolicies: policies });
  assert.deepEqual(certificate.certificatePolicies, policies);
  if (!hasTool(t, 'openssl')) return;
  const folder = makeFolder(t, { 'ev.pem': encodePem('CERTIFICATE', certificate.bytes) });
  const { output } = runTool('openssl', ['x509', '-in', 'ev.pem', '-noout', '-text'], folder);
  assert.match(output, /Policy: 2\.23\.140\.1\.3\s+Policy: 1\.2\.3\.4/);
});
