// Reads PKCS#7 SignedData (RFC 2315 §9), the envelope of every Authenticode signature. The content is any DER value, not
// an OCTET STRING as in CMS. All bytes that a signature covers are kept as they were read.
import { contextConstructed, type DerElement, decodeDer, readBigInteger, readOid, TAG } from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { type Certificate, parseCertificate, readAlgorithm } from '../x509/index.ts';
import { readSignerInfo, type SignerInfo } from './signer-info.ts';

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
export const MAXIMUM_CERTIFICATES = 100;
export const MAXIMUM_SIGNERS = 8;

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
export function readableCertificate(element: DerElement): Certificate[] {
  if (element.tag !== TAG.sequence) return [];
  try {
    return [parseCertificate(element.bytes)];
  } catch (error) {
    if (error instanceof ParseError) return [];
    throw error;
  }
}
