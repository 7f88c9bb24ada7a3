// Reads SignerInfos and their attributes: those of PKCS#7 (RFC 2315 §9.2), the only ones in Authenticode signatures, and
// those of CMS (RFC 5652 §5.3), which stand in time stamps.
import { equalBytes } from '../bytes.ts';
import {
  contextConstructed,
  contextPrimitive,
  type DerElement,
  type DerParts,
  readBigInteger,
  readIntegerBytes,
  readOctetString,
  readOid,
  TAG,
} from '../der/index.ts';
import { type DigestAlgorithm, digestAlgorithmFromOid } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import { type Certificate, readAlgorithm, readAlgorithmIdentifier } from '../x509/index.ts';

/** A signed or unsigned attribute of a SignerInfo. */
export interface Attribute {
  readonly type: string;
  /** The values in the attribute's SET. */
  readonly values: readonly DerElement[];
}

/** What PKCS#7 and CMS say about a signer in the same way. */
export interface SignerStatement {
  readonly digestAlgorithm: DigestAlgorithm;
  /** Authenticated attributes as they stand in the file, tag [0] included; undefined when there are none. */
  readonly signedAttributesBytes: Uint8Array | undefined;
  readonly signedAttributes: readonly Attribute[];
  readonly signatureAlgorithm: string;
  /** DER of the parameters of that algorithm; undefined when there are none. */
  readonly signatureParameters: Uint8Array | undefined;
  readonly signature: Uint8Array;
  readonly unauthenticatedAttributes: readonly Attribute[];
}

/** How a SignerInfo names a certificate. */
export interface IssuerAndSerialNumber {
  /** DER of the issuer Name of the signer's certificate. */
  readonly issuerBytes: Uint8Array;
  /** Content octets of the serial number of the signer's certificate. */
  readonly serialNumberBytes: Uint8Array;
}

export interface SignerInfo extends SignerStatement, IssuerAndSerialNumber {}

export type SignerIdentifier = IssuerAndSerialNumber | { readonly subjectKeyIdentifier: Uint8Array };

export interface CmsSignerInfo extends SignerStatement {
  readonly identifier: SignerIdentifier;
}

function readIssuerAndSerialNumber(element: DerElement): IssuerAndSerialNumber {
  const parts = element.parts(TAG.sequence, 'the signer identifier');
  const issuer = parts.next('issuer').expect(TAG.sequence, 'the issuer');
  const serialNumberBytes = readIntegerBytes(parts.next('serial number'), 'the serial number');
  parts.end();
  return { issuerBytes: issuer.bytes, serialNumberBytes };
}

/** The attributes in a SET under [0] or [1]; none when it is absent. */
function readAttributes(set: DerElement | undefined): Attribute[] {
  return (set?.children() ?? []).map((attribute) => {
    const parts = attribute.parts(TAG.sequence, 'an attribute');
    const type = readOid(parts.next('type'), 'the type of an attribute');
    const values = parts.next('values').expect(TAG.set, 'the values of an attribute').children();
    parts.end();
    return { type, values };
  });
}

/** Everything that follows the identifier of the signer. */
function readStatement(parts: DerParts): SignerStatement {
  const digestElement = parts.next('digest algorithm');
  const digestAlgorithm = digestAlgorithmFromOid(
    readAlgorithm(digestElement, 'the digest algorithm'),
    digestElement.offset,
  );
  const signedAttributes = parts.optional(contextConstructed(0));
  const { algorithm, parameters } = readAlgorithmIdentifier(
    parts.next('signature algorithm'),
    'the signature algorithm',
  );
  const signature = readOctetString(parts.next('signature'), 'the signature');
  const unauthenticatedAttributes = parts.optional(contextConstructed(1));
  parts.end();
  return {
    digestAlgorithm,
    signedAttributesBytes: signedAttributes?.bytes,
    signedAttributes: readAttributes(signedAttributes),
    signatureAlgorithm: algorithm,
    signatureParameters: parameters,
    signature,
    unauthenticatedAttributes: readAttributes(unauthenticatedAttributes),
  };
}

function unsupportedVersion(version: DerElement, wanted: string): ParseError {
  return new ParseError('cms', 'unsupported-version', `only ${wanted} of SignerInfo is supported`, version.offset);
}

/** A SignerInfo of PKCS#7: version 1, named by issuer and serial number. */
export function readSignerInfo(element: DerElement): SignerInfo {
  const parts = element.parts(TAG.sequence, 'the SignerInfo');
  const version = parts.next('version');
  if (readBigInteger(version, 'the version of the SignerInfo') !== 1n) throw unsupportedVersion(version, 'version 1');
  const identifier = readIssuerAndSerialNumber(parts.next('signer identifier'));
  return { ...identifier, ...readStatement(parts) };
}

/** A SignerInfo of CMS: version 1 or 3, named in either way. */
export function readCmsSignerInfo(element: DerElement): CmsSignerInfo {
  const parts = element.parts(TAG.sequence, 'the SignerInfo');
  const version = parts.next('version');
  const number = readBigInteger(version, 'the version of the SignerInfo');
  if (number !== 1n && number !== 3n) throw unsupportedVersion(version, 'versions 1 and 3');
  const keyIdentifier = parts.optional(contextPrimitive(0));
  const identifier =
    keyIdentifier === undefined
      ? readIssuerAndSerialNumber(parts.next('signer identifier'))
      : { subjectKeyIdentifier: keyIdentifier.value };
  return { identifier, ...readStatement(parts) };
}

function isNamedBy(certificate: Certificate, identifier: SignerIdentifier): boolean {
  if ('subjectKeyIdentifier' in identifier) {
    const { subjectKeyIdentifier } = certificate;
    return subjectKeyIdentifier !== undefined && equalBytes(subjectKeyIdentifier, identifier.subjectKeyIdentifier);
  }
  return (
    equalBytes(certificate.issuerBytes, identifier.issuerBytes) &&
    equalBytes(certificate.serialNumberBytes, identifier.serialNumberBytes)
  );
}

/** The certificate among `certificates` that a SignerInfo names, if it is there. */
export function findSigner(signer: SignerIdentifier, certificates: readonly Certificate[]): Certificate | undefined {
  return certificates.find((certificate) => isNamedBy(certificate, signer));
}
