// TimeStampToken (RFC 3161 §2.4.2): CMS SignedData with one signer over a TSTInfo.
import {
  type Attribute,
  type CmsSignedData,
  type CmsSignerInfo,
  checkCmsSigner,
  findSigner,
  parseCmsSignedData,
} from '../cms/index.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import type { Certificate } from '../x509/index.ts';
import { checkSigningCertificate } from './signing-certificate.ts';
import { parseTokenInfo, type TokenInfo } from './token-info.ts';

export interface TimestampToken {
  /** DER of the ContentInfo, as it was read. */
  readonly bytes: Uint8Array;
  readonly info: TokenInfo;
  /** DER of the TSTInfo: the octets that are signed. */
  readonly infoBytes: Uint8Array;
  readonly signedData: CmsSignedData;
  readonly signerInfo: CmsSignerInfo;
}

/** Largest token that is read, in bytes. */
const MAXIMUM_TOKEN_BYTES = 1024 * 1024;

/**
 * Reads the DER of a TimeStampToken. Throws ParseError (`not-a-token`, `signer-count` and those of the formats inside);
 * says nothing about whether its signature is right.
 */
export function parseTimestampToken(der: Uint8Array): TimestampToken {
  if (der.length > MAXIMUM_TOKEN_BYTES) {
    throw new ParseError('timestamp', 'too-large', `a time-stamp token of ${der.length} bytes is too large`);
  }
  const signedData = parseCmsSignedData(der);
  const { contentType, content, signerInfos } = signedData;
  if (contentType !== OID.timeStampInfo || content === undefined) {
    throw new ParseError('timestamp', 'not-a-token', `content of type ${contentType} is not a time stamp`);
  }
  const [signerInfo] = signerInfos;
  if (signerInfo === undefined || signerInfos.length > 1) {
    const message = `a time-stamp token has exactly one signer, this one has ${signerInfos.length}`;
    throw new ParseError('timestamp', 'signer-count', message);
  }
  return { bytes: der, info: parseTokenInfo(content), infoBytes: content, signedData, signerInfo };
}

/** The certificate that the token's signer names: from the token itself, else from `others`. */
export function findTokenSigner(token: TimestampToken, others: readonly Certificate[] = []): Certificate | undefined {
  return findSigner(token.signerInfo.identifier, [...token.signedData.certificates, ...others]);
}

/** Undefined when `signer`'s key signed this token and the token means that certificate; otherwise what is wrong. */
export function checkTokenSignature(token: TimestampToken, signer: Certificate): string | undefined {
  const attributes: readonly Attribute[] = token.signerInfo.signedAttributes;
  const content = { contentType: OID.timeStampInfo, octets: token.infoBytes };
  return checkCmsSigner(token.signerInfo, content, signer) ?? checkSigningCertificate(attributes, signer);
}
