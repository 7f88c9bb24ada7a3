// The parts of a SignerInfo that PKCS#7 and CMS write in the same way.
import { TAG, write } from '../der/index.ts';
import { DIGEST_ALGORITHMS, type DigestAlgorithm } from '../digest-algorithms.ts';
import { SigningError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { checkSignature, ECDSA_WITH, signingKeyType } from '../signature-algorithms.ts';
import type { Certificate } from '../x509/index.ts';

/** An attribute with one value (DER). */
export function encodeAttribute(type: string, value: Uint8Array): Uint8Array {
  return write.sequence([write.oid(type), write.setOf([value])]);
}

/** RSA is named plainly, as Windows' own tools do; ECDSA together with its digest. */
function signatureIdentifier(certificate: Certificate, digestAlgorithm: DigestAlgorithm): Uint8Array {
  return signingKeyType(certificate.publicKey) === 'rsa'
    ? write.algorithmIdentifier(OID.rsaEncryption)
    : write.sequence([write.oid(ECDSA_WITH[digestAlgorithm])]);
}

/** The digest's AlgorithmIdentifier, with NULL parameters. */
export function encodeDigestIdentifier(algorithm: DigestAlgorithm): Uint8Array {
  return write.algorithmIdentifier(DIGEST_ALGORITHMS[algorithm].oid);
}

/**
 * A SignerInfo of version 1. `attributes` are in DER order. Throws SigningError `bad-signature` when `signature` is not
 * by the certificate's key over them.
 */
export function encodeSignerInfo(parts: {
  readonly certificate: Certificate;
  readonly digestAlgorithm: DigestAlgorithm;
  readonly attributes: readonly Uint8Array[];
  readonly signature: Uint8Array;
  readonly unauthenticatedAttributes?: readonly Uint8Array[];
}): Uint8Array {
  const { certificate, digestAlgorithm, attributes, signature, unauthenticatedAttributes = [] } = parts;
  const keyType = signingKeyType(certificate.publicKey);
  const how = {
    algorithm: keyType === 'rsa' ? OID.rsaEncryption : OID.ecPublicKey,
    digest: digestAlgorithm,
    key: certificate.publicKey,
  };
  const wrong = checkSignature(how, write.setOf(attributes), signature);
  if (wrong !== undefined) {
    const message =
      `the key did not give a ${keyType.toUpperCase()} signature with ${digestAlgorithm} over the signed attributes that ` +
      `'${certificate.subject}' verifies: ${wrong}`;
    throw new SigningError('bad-signature', message);
  }
  return write.sequence([
    write.integer(1),
    write.sequence([certificate.issuerBytes, write.element(TAG.integer, certificate.serialNumberBytes)]),
    encodeDigestIdentifier(digestAlgorithm),
    write.contextExplicit(0, ...attributes),
    signatureIdentifier(certificate, digestAlgorithm),
    write.octetString(signature),
    ...(unauthenticatedAttributes.length === 0
      ? []
      : [write.contextExplicit(1, ...write.sortedForSet(unauthenticatedAttributes))]),
  ]);
}

/** The leaf and its issuers, once each. Self-issued issuers stay out: who verifies must have the root anyway. */
export function certificatesToInclude(certificate: Certificate, chain: readonly Certificate[]): Uint8Array[] {
  const byThumbprint = new Map<string, Certificate>([[certificate.thumbprint, certificate]]);
  for (const issuer of chain) if (!issuer.selfIssued) byThumbprint.set(issuer.thumbprint, issuer);
  return [...byThumbprint.values()].map(({ bytes }) => bytes);
}
