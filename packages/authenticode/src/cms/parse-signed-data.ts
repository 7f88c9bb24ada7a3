// Reads PKCS#7 SignedData (RFC 2315 §9), the envelope of every Authenticode signature. The content is any DER value, not
// an OCTET STRING as in CMS. All bytes that a signature covers are kept as they were read.
import { Buffer } from 'node:buffer';
import {
  contextConstructed,
  type DerElement,
  decodeDer,
  readBigInteger,
  readIntegerBytes,
  readOctetString,
  readOid,
  TAG,
} from '../der/index.ts';
import { type DigestAlgorithm, digestAlgorithmFromOid } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { type Certificate, parseCertificate, readAlgorithm } from '../x509/index.ts';

/** A signed or unsigned attribute of a SignerInfo. */
export interface Attribute {
  readonly type: string;
  /** The values in the attribute's SET. */
  readonly values: readonly DerElement[];
}

export interface SignerInfo {
  /** DER of the issuer Name of the signer's certificate. */
  readonly issuerBytes: Uint8Array;
  /** Content octets of the serial number of the signer's certificate. */
  readonly serialNumberBytes: Uint8Array;
  readonly digestAlgorithm: DigestAlgorithm;
  /** Authenticated attributes as they stand in the file, tag [0] included; undefined when there are none. */
  readonly signedAttributesBytes: Uint8Array | undefined;
  readonly signedAttributes: readonly Attribute[];
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
  readonly unauthenticatedAttributes: readonly Attribute[];
}

export interface SignedData {
  readonly contentType: string;
  /** The content, whole. */
  readonly content: DerElement;
  /** DER of the content. */
  readonly contentBytes: Uint8Array;
  /** Certificates, in the order of the file; those that cannot be read are left out. */
  readonly certificates: readonly Certificate[];
  /** DER of each member of the certificate SET, in the order of the file. */
  readonly certificateBytes: readonly Uint8Array[];
  /** One in a signed file, none in an unsigned catalog. */
  readonly signerInfos: readonly SignerInfo[];
}

/** Certificates that one SignedData may carry. */
const MAXIMUM_CERTIFICATES = 100;
const MAXIMUM_SIGNERS = 8;

/** Reads the DER of a ContentInfo that holds SignedData. Throws ParseError; says nothing about whether signatures are right. */
export function parseSignedData(der: Uint8Array): SignedData {
  const outer = decodeDer(der).parts(TAG.sequence, 'the ContentInfo');
  const typeElement = outer.next('type');
  if (readOid(typeElement, 'the type of the ContentInfo') !== OID.signedData) {
    throw new ParseError('cms', 'not-signed-data', 'the ContentInfo does not hold SignedData', typeElement.offset);
  }
  const signedData = outer.next('content').expect(contextConstructed(0), 'the content of the ContentInfo').inner();
  outer.end();

  const parts = signedData.parts(TAG.sequence, 'the SignedData');
  const version = parts.next('version');
  if (readBigInteger(version, 'the version of the SignedData') !== 1n) {
    throw new ParseError('cms', 'unsupported-version', 'only version 1 of SignedData is supported', version.offset);
  }
  for (const algorithm of parts.next('digest algorithms').expect(TAG.set, 'the digest algorithms').children()) {
    readAlgorithm(algorithm, 'a digest algorithm');
  }
  const encapsulated = parts.next('content').parts(TAG.sequence, 'the content');
  const contentType = readOid(encapsulated.next('type'), 'the content type');
  // Neither digest nor signature covers the content's tag, so only the one tag that it can have is taken.
  const contentValue = encapsulated.next('value').expect(contextConstructed(0), 'the content value').inner();
  const content = contentValue.expect(TAG.sequence, 'the content');
  encapsulated.end();
  const certificateSet = parts.optional(contextConstructed(0))?.children() ?? [];
  parts.optional(contextConstructed(1));
  const signers = parts.next('signers').expect(TAG.set, 'the signers').children();
  parts.end();
  if (certificateSet.length > MAXIMUM_CERTIFICATES || signers.length > MAXIMUM_SIGNERS) {
    throw new ParseError(
      'cms',
      'too-many-signers',
      'the SignedData has too many certificates or signers',
      signedData.offset,
    );
  }
  return {
    contentType,
    content,
    contentBytes: content.bytes,
    certificates: certificateSet.flatMap(readableCertificate),
    certificateBytes: certificateSet.map(({ bytes }) => bytes),
    signerInfos: signers.map(readSignerInfo),
  };
}

/** A certificate that cannot be read is as good as absent: the signer's own then shows up as missing. */
function readableCertificate(element: DerElement): Certificate[] {
  if (element.tag !== TAG.sequence) return [];
  try {
    return [parseCertificate(element.bytes)];
  } catch (error) {
    if (error instanceof ParseError) return [];
    throw error;
  }
}

function readSignerInfo(element: DerElement): SignerInfo {
  const parts = element.parts(TAG.sequence, 'the SignerInfo');
  const version = parts.next('version');
  if (readBigInteger(version, 'the version of the SignerInfo') !== 1n) {
    throw new ParseError('cms', 'unsupported-version', 'only version 1 of SignerInfo is supported', version.offset);
  }
  const identifier = parts.next('signer identifier').parts(TAG.sequence, 'the signer identifier');
  const issuer = identifier.next('issuer').expect(TAG.sequence, 'the issuer');
  const serialNumberBytes = readIntegerBytes(identifier.next('serial number'), 'the serial number');
  identifier.end();
  const digestElement = parts.next('digest algorithm');
  const digestAlgorithm = digestAlgorithmFromOid(
    readAlgorithm(digestElement, 'the digest algorithm'),
    digestElement.offset,
  );
  const signedAttributes = parts.optional(contextConstructed(0));
  const signatureAlgorithm = readAlgorithm(parts.next('signature algorithm'), 'the signature algorithm');
  const signature = readOctetString(parts.next('signature'), 'the signature');
  const unauthenticatedAttributes = parts.optional(contextConstructed(1));
  parts.end();
  return {
    issuerBytes: issuer.bytes,
    serialNumberBytes,
    digestAlgorithm,
    signedAttributesBytes: signedAttributes?.bytes,
    signedAttributes: readAttributes(signedAttributes),
    signatureAlgorithm,
    signature,
    unauthenticatedAttributes: readAttributes(unauthenticatedAttributes),
  };
}

function readAttributes(set: DerElement | undefined): Attribute[] {
  return (set?.children() ?? []).map((attribute) => {
    const parts = attribute.parts(TAG.sequence, 'an attribute');
    const type = readOid(parts.next('type'), 'the type of an attribute');
    const values = parts.next('values').expect(TAG.set, 'the values of an attribute').children();
    parts.end();
    return { type, values };
  });
}

/** The certificate among `certificates` that a SignerInfo names, if it is there. */
export function findSigner(signer: SignerInfo, certificates: readonly Certificate[]): Certificate | undefined {
  return certificates.find(
    (certificate) =>
      Buffer.compare(certificate.issuerBytes, signer.issuerBytes) === 0 &&
      Buffer.compare(certificate.serialNumberBytes, signer.serialNumberBytes) === 0,
  );
}
