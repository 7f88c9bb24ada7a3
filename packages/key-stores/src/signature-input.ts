// What a private key is given that cannot hash for itself, and what comes back from it.
import { Buffer } from 'node:buffer';
import { createHash, verify } from 'node:crypto';
import { type Certificate, type DigestAlgorithm, SigningError } from '@assay/authenticode';

/** DER before the digest in a DigestInfo (RFC 8017 §9.2, note 1). */
const DIGEST_INFO_PREFIX: Readonly<Record<DigestAlgorithm, string>> = {
  sha1: '3021300906052b0e03021a05000414',
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

export function digestMessage(algorithm: DigestAlgorithm, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(algorithm).update(message).digest());
}

/** DigestInfo of a message: what RSA with PKCS#1 v1.5 pads and signs. */
export function digestInfo(algorithm: DigestAlgorithm, message: Uint8Array): Uint8Array {
  const digest = digestMessage(algorithm, message);
  return new Uint8Array(Buffer.concat([Buffer.from(DIGEST_INFO_PREFIX[algorithm], 'hex'), digest]));
}

/** Bytes of the order of the curve of an EC certificate, by OpenSSL's name of the curve. */
const CURVE_BYTES: ReadonlyMap<string, number> = new Map([
  ['prime256v1', 32],
  ['secp384r1', 48],
  ['secp521r1', 66],
]);

/** The size of a coordinate on the certificate's curve. Throws SigningError `unsupported-key` for other curves than P-256, P-384, P-521. */
export function curveBytes({ publicKey }: Certificate): number {
  const name = publicKey.asymmetricKeyDetails?.namedCurve ?? 'unknown';
  const size = CURVE_BYTES.get(name);
  if (size !== undefined) return size;
  throw new SigningError('unsupported-key', `keys on the curve ${name} cannot be used: take P-256, P-384 or P-521`);
}

/** Digest of a message as ECDSA takes it: its leftmost bytes when it is longer than the order of the curve (FIPS 186-5 §6.4.1). */
export function ecdsaInput(certificate: Certificate, algorithm: DigestAlgorithm, message: Uint8Array): Uint8Array {
  return digestMessage(algorithm, message).subarray(0, curveBytes(certificate));
}

/**
 * Throws SigningError `key-mismatch` unless the signature fits the certificate: a key that was exchanged, a wrong certificate
 * and a faulty device all end here and not on a customer's machine.
 */
export function checkOwnSignature(
  certificate: Certificate,
  algorithm: DigestAlgorithm,
  message: Uint8Array,
  signature: Uint8Array,
): void {
  let good: boolean;
  try {
    good = verify(algorithm, message, certificate.publicKey, signature);
  } catch {
    good = false;
  }
  if (good) return;
  throw new SigningError(
    'key-mismatch',
    `the signature that the key made does not fit the certificate '${certificate.subject}': give the certificate of this key`,
  );
}
