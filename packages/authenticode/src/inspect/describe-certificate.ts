// Certificates and object identifiers as plain values.
import type { KeyObject } from 'node:crypto';
import { digestOf, toHex } from '../bytes.ts';
import { DIGEST_ALGORITHMS } from '../digest-algorithms.ts';
import { OID } from '../object-identifiers.ts';
import { certificatePolicyName, usageName } from '../verify/index.ts';
import type { Certificate } from '../x509/index.ts';
import type { CertificateDescription, NamedIdentifier } from './description.ts';

const NAMES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(OID).map(([name, oid]) => [oid, name] as const),
  ...Object.entries(DIGEST_ALGORITHMS).map(([name, { oid }]) => [oid, name] as const),
]);

/** An object identifier with the name that it has in this package; an algorithm's URI with its fragment. */
export function describeIdentifier(oid: string): NamedIdentifier {
  return { oid, name: NAMES.get(oid) ?? oid.replace(/^https?:[^#]*#(?=.)/, '') };
}

function describeKey(key: KeyObject): string {
  const details = key.asymmetricKeyDetails;
  if (details?.modulusLength !== undefined) return `RSA ${details.modulusLength}`;
  if (details?.namedCurve !== undefined) return `EC ${details.namedCurve}`;
  return key.asymmetricKeyType ?? 'unknown';
}

export function describeCertificate(certificate: Certificate): CertificateDescription {
  const { certificatePolicies, extendedKeyUsages } = certificate;
  return {
    subject: certificate.subject,
    issuer: certificate.issuer,
    serialNumber: certificate.serialNumber,
    sha1: toHex(digestOf('sha1', certificate.bytes)).toUpperCase(),
    sha256: certificate.thumbprint,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    key: describeKey(certificate.publicKey),
    signatureAlgorithm: describeIdentifier(certificate.signatureAlgorithm),
    isCertificateAuthority: certificate.isCertificateAuthority,
    ...(extendedKeyUsages === undefined
      ? {}
      : { usages: extendedKeyUsages.map((oid) => ({ oid, name: usageName(oid) })) }),
    ...(certificatePolicies === undefined
      ? {}
      : { policies: certificatePolicies.map((oid) => ({ oid, name: certificatePolicyName(oid) })) }),
  };
}
