// Makes X.509 certificates (RFC 5280): roots, intermediate authorities and leaves.
import { type KeyObject, randomBytes, sign } from 'node:crypto';
import { digestOf } from '../bytes.ts';
import { decodeDer, readBitString, TAG, write } from '../der/index.ts';
import { SigningError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { signingKeyType } from '../signature-algorithms.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import {
  authorityKeyIdentifierExtension,
  basicConstraintsExtension,
  certificatePoliciesExtension,
  extendedKeyUsageExtension,
  KEY_USAGE_BITS,
  keyUsageExtension,
  subjectKeyIdentifierExtension,
} from './extensions.ts';
import { encodeName, type NameParts } from './names.ts';

export interface CertificateRequest {
  readonly subject: NameParts;
  /** Who signs. Without it the certificate is self-signed and `privateKey` is needed. */
  readonly issuer?: { readonly certificate: Certificate; readonly privateKey: KeyObject };
  /** The key that the certificate is about. */
  readonly publicKey: KeyObject;
  /** The private half of `publicKey`, for a self-signed certificate. */
  readonly privateKey?: KeyObject;
  /** Unsigned big-endian number of at most 20 bytes; 16 random bytes when absent. */
  readonly serialNumber?: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly certificateAuthority?: boolean | { readonly pathLength?: number };
  /** Object identifiers; no extension is written when absent. */
  readonly extendedKeyUsages?: readonly string[];
  /** Whether that extension is critical, as it must be on a time-stamping authority's certificate; false when absent. */
  readonly extendedKeyUsagesCritical?: boolean;
  /** Object identifiers; no extension is written when absent. */
  readonly certificatePolicies?: readonly string[];
}

const SIGNATURE_OF_KEY_TYPE = {
  rsa: write.algorithmIdentifier(OID.sha256WithRsa),
  ec: write.sequence([write.oid(OID.ecdsaWithSha256)]),
} as const;

function randomSerialNumber(): Uint8Array {
  const bytes = new Uint8Array(randomBytes(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

/** Method 1 of RFC 5280 §4.2.1.2: SHA-1 of the key bits. */
function keyIdentifierOf(publicKeyInfo: Uint8Array): Uint8Array {
  const parts = decodeDer(publicKeyInfo).parts(TAG.sequence, 'the public key');
  parts.next('algorithm');
  return digestOf('sha1', readBitString(parts.next('key'), 'the public key').bytes);
}

/**
 * Makes a version 3 certificate, signed with SHA-256 and RSA (PKCS#1 v1.5) or ECDSA. basicConstraints and keyUsage are
 * critical; key identifiers are always there. Throws SigningError `no-issuer-key` or `unsupported-key`.
 */
export function createCertificate(request: CertificateRequest): Certificate {
  const { certificateAuthority = false, issuer, publicKey, subject } = request;
  const privateKey = issuer?.privateKey ?? request.privateKey;
  if (privateKey === undefined) {
    throw new SigningError('no-issuer-key', 'a certificate needs an issuer, or its own private key to be self-signed');
  }
  const isAuthority = certificateAuthority !== false;
  const pathLength = typeof certificateAuthority === 'object' ? certificateAuthority.pathLength : undefined;
  const publicKeyInfo = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
  const keyIdentifier = keyIdentifierOf(publicKeyInfo);
  const issuerKeyIdentifier = issuer === undefined ? keyIdentifier : issuer.certificate.subjectKeyIdentifier;
  const subjectName = encodeName(subject);

  const extensions = [
    basicConstraintsExtension(isAuthority, pathLength),
    keyUsageExtension(
      isAuthority ? [KEY_USAGE_BITS.keyCertSign, KEY_USAGE_BITS.crlSign] : [KEY_USAGE_BITS.digitalSignature],
    ),
    subjectKeyIdentifierExtension(keyIdentifier),
  ];
  if (issuerKeyIdentifier !== undefined) extensions.push(authorityKeyIdentifierExtension(issuerKeyIdentifier));
  if (request.extendedKeyUsages !== undefined) {
    const critical = request.extendedKeyUsagesCritical ?? false;
    extensions.push(extendedKeyUsageExtension(request.extendedKeyUsages, critical));
  }
  if (request.certificatePolicies !== undefined) {
    extensions.push(certificatePoliciesExtension(request.certificatePolicies));
  }

  const algorithm = SIGNATURE_OF_KEY_TYPE[signingKeyType(privateKey)];
  const signedPart = write.sequence([
    write.contextExplicit(0, write.integer(2)),
    write.integer(request.serialNumber ?? randomSerialNumber()),
    algorithm,
    issuer?.certificate.subjectBytes ?? subjectName,
    write.sequence([write.certificateTime(request.notBefore), write.certificateTime(request.notAfter)]),
    subjectName,
    publicKeyInfo,
    write.contextExplicit(3, write.sequence(extensions)),
  ]);
  const signature = sign('sha256', signedPart, privateKey);
  return parseCertificate(write.sequence([signedPart, algorithm, write.bitString(signature)]));
}
