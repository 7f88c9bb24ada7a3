// X.509 certificates (RFC 5280 §4.1), read without losing a byte of the original.
import { Buffer } from 'node:buffer';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { digestOf, equalBytes, toHex } from '../bytes.ts';
import {
  contextConstructed,
  type DerElement,
  decodeDer,
  readBitString,
  readIntegerBytes,
  readOid,
  readTime,
  TAG,
} from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { checkSignature } from '../signature-algorithms.ts';
import { type CertificateExtensions, parseExtensions } from './extensions.ts';
import { parseName } from './names.ts';

export interface Certificate extends CertificateExtensions {
  /** DER of the whole certificate, as it was read. */
  readonly bytes: Uint8Array;
  /** Upper-case hexadecimal, without the 00 that only marks the number as positive. */
  readonly serialNumber: string;
  /** Content octets of the serial number INTEGER. */
  readonly serialNumberBytes: Uint8Array;
  /** RFC 4514 text. */
  readonly subject: string;
  /** RFC 4514 text. */
  readonly issuer: string;
  readonly commonName: string | undefined;
  /** DER of the subject Name. */
  readonly subjectBytes: Uint8Array;
  /** DER of the issuer Name. */
  readonly issuerBytes: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly thumbprint: string;
  /** Whether issuer and subject are the same name. */
  readonly selfIssued: boolean;
  readonly publicKey: KeyObject;
  /** DER of the part that the issuer signed. */
  readonly signedBytes: Uint8Array;
  readonly signatureAlgorithm: string;
  /** DER of the parameters of that algorithm; undefined when there are none. */
  readonly signatureParameters: Uint8Array | undefined;
  readonly signature: Uint8Array;
}

/** Largest certificate that is read, in bytes. */
const MAXIMUM_CERTIFICATE_BYTES = 256 * 1024;

export interface AlgorithmIdentifier {
  readonly algorithm: string;
  /** DER of the parameters; undefined when there are none. */
  readonly parameters: Uint8Array | undefined;
}

/** An AlgorithmIdentifier (RFC 5280 §4.1.1.2). */
export function readAlgorithmIdentifier(element: DerElement, what: string): AlgorithmIdentifier {
  const parts = element.parts(TAG.sequence, what);
  const algorithm = readOid(parts.next('algorithm'), what);
  return { algorithm, parameters: parts.rest()[0]?.bytes };
}

/** The object identifier in an AlgorithmIdentifier. */
export function readAlgorithm(element: DerElement, what: string): string {
  return readOid(element.parts(TAG.sequence, what).next('algorithm'), what);
}

function readPublicKey(element: DerElement): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(element.bytes), format: 'der', type: 'spki' });
  } catch {
    throw new ParseError(
      'x509',
      'unsupported-public-key',
      'the public key is malformed or of an unknown kind',
      element.offset,
    );
  }
}

/** Reads one certificate. Throws ParseError when it is malformed or its public key is of a kind Node does not know. */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > MAXIMUM_CERTIFICATE_BYTES) {
    throw new ParseError('x509', 'too-large', `a certificate of ${der.length} bytes is too large`);
  }
  const root = decodeDer(der, { maximumDepth: 16, maximumElements: 20_000 });
  const outer = root.parts(TAG.sequence, 'the certificate');
  const signed = outer.next('signed part');
  const outerAlgorithm = outer.next('signature algorithm');
  const { bytes: signature } = readBitString(outer.next('signature'), 'the signature');
  outer.end();

  const parts = signed.parts(TAG.sequence, 'the signed part');
  parts.optional(contextConstructed(0));
  const serialNumberBytes = readIntegerBytes(parts.next('serial number'), 'the serial number');
  const innerAlgorithm = parts.next('signature algorithm');
  if (!equalBytes(innerAlgorithm.bytes, outerAlgorithm.bytes)) {
    const message = 'the two signature algorithms of the certificate differ';
    throw new ParseError('x509', 'algorithm-mismatch', message, innerAlgorithm.offset);
  }
  const issuerName = parts.next('issuer');
  const validity = parts.next('validity').parts(TAG.sequence, 'the validity');
  const notBefore = readTime(validity.next('start'), 'notBefore');
  const notAfter = readTime(validity.next('end'), 'notAfter');
  const subjectName = parts.next('subject');
  const publicKey = readPublicKey(parts.next('public key'));
  parts.optional(0x81);
  parts.optional(0x82);
  const extensions = parts.optional(contextConstructed(3))?.inner();
  parts.end();

  const subject = parseName(subjectName);
  const { algorithm, parameters } = readAlgorithmIdentifier(outerAlgorithm, 'the signature algorithm');
  return {
    ...parseExtensions(extensions),
    bytes: root.bytes,
    serialNumber: toHex(serialNumberBytes)
      .toUpperCase()
      .replace(/^00(?=..)/, ''),
    serialNumberBytes,
    subject: subject.text,
    issuer: parseName(issuerName).text,
    commonName: subject.commonName,
    subjectBytes: subjectName.bytes,
    issuerBytes: issuerName.bytes,
    notBefore,
    notAfter,
    thumbprint: toHex(digestOf('sha256', root.bytes)),
    selfIssued: equalBytes(subjectName.bytes, issuerName.bytes),
    publicKey,
    signedBytes: signed.bytes,
    signatureAlgorithm: algorithm,
    signatureParameters: parameters,
    signature,
  };
}

/** Whether `issuer`'s key made the signature on `certificate`; says nothing about names, dates or usages. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const { signatureAlgorithm: algorithm, signatureParameters: parameters } = certificate;
  const how = { algorithm, parameters, key: issuer.publicKey };
  return checkSignature(how, certificate.signedBytes, certificate.signature) === undefined;
}
