// The signing-certificate attributes (RFC 2634 §5.4 with SHA-1, RFC 5035 §4 with any digest), by which a signer says which
// certificate it meant, so that none of the same name and key can be put in its place.
import { digestOf, equalBytes } from '../bytes.ts';
import { type Attribute, onlyValue } from '../cms/index.ts';
import { type DerElement, readOctetString, TAG, write } from '../der/index.ts';
import { type DigestAlgorithm, digestAlgorithmFromOid } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { type Certificate, readAlgorithm } from '../x509/index.ts';

/** The digest of the signer's certificate, which is the first in the list; what follows are its issuers'. */
function readFirst(value: DerElement, version: 1 | 2): { algorithm: DigestAlgorithm; digest: Uint8Array } {
  const list = value.parts(TAG.sequence, 'the signing certificate').next('certificates');
  const first = list.parts(TAG.sequence, 'the certificates').next('first certificate');
  const parts = first.parts(TAG.sequence, 'a certificate identifier');
  const algorithm = version === 1 ? undefined : parts.optional(TAG.sequence);
  return {
    algorithm:
      algorithm === undefined
        ? version === 1
          ? 'sha1'
          : 'sha256'
        : digestAlgorithmFromOid(readAlgorithm(algorithm, 'the digest of a certificate'), algorithm.offset),
    digest: readOctetString(parts.next('digest'), 'the digest of a certificate'),
  };
}

const ATTRIBUTES = [
  { type: OID.signingCertificate, version: 1 },
  { type: OID.signingCertificateV2, version: 2 },
] as const;

/**
 * Undefined when each of these attributes that is there names this certificate; otherwise what is wrong. The digest covers
 * the whole certificate, so that issuer and serial number, which may stand beside it, need no look.
 */
export function checkSigningCertificate(
  signedAttributes: readonly Attribute[],
  certificate: Certificate,
): string | undefined {
  for (const { type, version } of ATTRIBUTES) {
    if (!signedAttributes.some((attribute) => attribute.type === type)) continue;
    const value = onlyValue(signedAttributes, type);
    if (value === undefined) return 'the signed attributes name the signing certificate more than once';
    try {
      const { algorithm, digest } = readFirst(value, version);
      if (!equalBytes(digest, digestOf(algorithm, certificate.bytes))) {
        return `the signer meant another certificate than that of '${certificate.subject}'`;
      }
    } catch (error) {
      if (error instanceof ParseError) return error.message;
      throw error;
    }
  }
  return undefined;
}

/** The value of a signingCertificateV2 attribute: the SHA-256 digest of this certificate, its issuer and serial number. */
export function encodeSigningCertificate({ bytes, issuerBytes, serialNumberBytes }: Certificate): Uint8Array {
  // GeneralNames with one directoryName. SHA-256 is the default and therefore not named.
  const issuer = write.sequence([write.contextExplicit(4, issuerBytes)]);
  const identifier = write.sequence([
    write.octetString(digestOf('sha256', bytes)),
    write.sequence([issuer, write.element(TAG.integer, serialNumberBytes)]),
  ]);
  return write.sequence([write.sequence([identifier])]);
}
