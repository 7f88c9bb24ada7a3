// Reads CMS SignedData (RFC 5652 §5), the envelope of time stamps: the content is an OCTET STRING, versions 1 to 5 exist,
// and signers may be named by key identifier. Authenticode's own, older form is read by parse-signed-data.ts.
import {
  contextConstructed,
  type DerElement,
  decodeDer,
  readOctetString,
  readOid,
  readSmallInteger,
  TAG,
} from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { type Certificate, readAlgorithm } from '../x509/index.ts';
import { MAXIMUM_CERTIFICATES, MAXIMUM_SIGNERS, readableCertificate } from './parse-signed-data.ts';
import { type CmsSignerInfo, readCmsSignerInfo } from './signer-info.ts';

export interface CmsSignedData {
  /** CMSVersion, 1 to 5. */
  readonly version: number;
  readonly contentType: string;
  /** The octets in the OCTET STRING; undefined when the content is kept elsewhere. */
  readonly content: Uint8Array | undefined;
  /** Certificates, in the order of the file; other kinds and those that cannot be read are left out. */
  readonly certificates: readonly Certificate[];
  /** DER of each member of the CertificateSet, in the order of the file. */
  readonly certificateBytes: readonly Uint8Array[];
  /** DER of each member of RevocationInfoChoices, in the order of the file. */
  readonly revocationLists: readonly Uint8Array[];
  readonly signerInfos: readonly CmsSignerInfo[];
}

/** The SignedData in the ContentInfo that `root` is. Throws ParseError `not-signed-data` for other contents. */
function openContentInfo(root: DerElement): DerElement {
  const outer = root.parts(TAG.sequence, 'the ContentInfo');
  const type = outer.next('type');
  if (readOid(type, 'the type of the ContentInfo') !== OID.signedData) {
    throw new ParseError('cms', 'not-signed-data', 'the ContentInfo does not hold SignedData', type.offset);
  }
  const signedData = outer.next('content').expect(contextConstructed(0), 'the content of the ContentInfo').inner();
  outer.end();
  return signedData;
}

/** Reads the DER of a ContentInfo that holds SignedData. Throws ParseError; says nothing about whether signatures are right. */
export function parseCmsSignedData(der: Uint8Array): CmsSignedData {
  const signedData = openContentInfo(decodeDer(der, { maximumElements: 100_000 }));
  const parts = signedData.parts(TAG.sequence, 'the SignedData');
  const versionElement = parts.next('version');
  const version = readSmallInteger(versionElement, 'the version of the SignedData');
  if (version < 1 || version > 5) {
    const message = `version ${version} of SignedData is not known`;
    throw new ParseError('cms', 'unsupported-version', message, versionElement.offset);
  }
  for (const algorithm of parts.next('digest algorithms').expect(TAG.set, 'the digest algorithms').children()) {
    readAlgorithm(algorithm, 'a digest algorithm');
  }
  const encapsulated = parts.next('content').parts(TAG.sequence, 'the content');
  const contentType = readOid(encapsulated.next('type'), 'the content type');
  const content = encapsulated.optional(contextConstructed(0))?.inner();
  encapsulated.end();
  const certificates = parts.optional(contextConstructed(0))?.children() ?? [];
  const revocationLists = parts.optional(contextConstructed(1))?.children() ?? [];
  const signers = parts.next('signers').expect(TAG.set, 'the signers').children();
  parts.end();
  if (certificates.length > MAXIMUM_CERTIFICATES || signers.length > MAXIMUM_SIGNERS) {
    const message = 'the SignedData has too many certificates or signers';
    throw new ParseError('cms', 'too-many-signers', message, signedData.offset);
  }
  return {
    version,
    contentType,
    content: content && readOctetString(content, 'the content'),
    certificates: certificates.flatMap(readableCertificate),
    certificateBytes: certificates.map(({ bytes }) => bytes),
    revocationLists: revocationLists.map(({ bytes }) => bytes),
    signerInfos: signers.map(readCmsSignerInfo),
  };
}
