// Names that OPC packages and their signatures use, as tables: media types, relationship types, namespaces, algorithms.
// Sources: ECMA-376 Part 2 (Open Packaging Conventions) annexes E and 13; XML Signature Syntax and Processing; RFC 6931.
import type { DigestAlgorithm } from '../digest-algorithms.ts';

export const NAMESPACE = {
  contentTypes: 'http://schemas.openxmlformats.org/package/2006/content-types',
  relationships: 'http://schemas.openxmlformats.org/package/2006/relationships',
  /** Signature times, relationship references and time stamps in signatures. */
  packageSignature: 'http://schemas.openxmlformats.org/package/2006/digital-signature',
  xmlSignature: 'http://www.w3.org/2000/09/xmldsig#',
} as const;

export const MEDIA_TYPE = {
  relationships: 'application/vnd.openxmlformats-package.relationships+xml',
  signatureOrigin: 'application/vnd.openxmlformats-package.digital-signature-origin',
  signature: 'application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml',
  certificate: 'application/vnd.openxmlformats-package.digital-signature-certificate',
} as const;

export const RELATIONSHIP = {
  signatureOrigin: 'http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin',
  signature: 'http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/signature',
  certificate: 'http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/certificate',
} as const;

/** Where the parts of signatures are put. */
export const SIGNATURE_FOLDER = '/package/services/digital-signature';

/** The type of references to an Object inside the signature. */
export const OBJECT_TYPE = 'http://www.w3.org/2000/09/xmldsig#Object';

export const TRANSFORM = {
  canonical: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  canonicalWithComments: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
  relationships: 'http://schemas.openxmlformats.org/package/2006/RelationshipTransform',
} as const;

export const DIGEST_URI: Readonly<Record<DigestAlgorithm, string>> = {
  sha1: 'http://www.w3.org/2000/09/xmldsig#sha1',
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  sha384: 'http://www.w3.org/2001/04/xmldsig-more#sha384',
  sha512: 'http://www.w3.org/2001/04/xmlenc#sha512',
};

/** RSA with PKCS#1 v1.5, the only kind that the service takes. */
export const SIGNATURE_URI: Readonly<Record<DigestAlgorithm, string>> = {
  sha1: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
  sha256: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  sha384: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384',
  sha512: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
};

/** The algorithm with this URI in one of the tables above. */
export function algorithmOf(
  table: Readonly<Record<DigestAlgorithm, string>>,
  uri: string,
): DigestAlgorithm | undefined {
  const names: readonly DigestAlgorithm[] = ['sha1', 'sha256', 'sha384', 'sha512'];
  return names.find((name) => table[name] === uri);
}
