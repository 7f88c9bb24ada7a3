// Legacy time stamps: the PKCS#9 countersignature (RFC 2985 §5.3.6, RFC 5652 §11.4), a SignerInfo over the value of
// another signature whose signingTime is the stamped time. Its certificates stand in the SignedData that it is part of.
import { digestOf, equalBytes } from '../bytes.ts';
import {
  type CmsSignerInfo,
  checkAttributesSignature,
  findSigner,
  onlyValue,
  readCmsSignerInfo,
} from '../cms/index.ts';
import { decodeDer, readOctetString, readOid, readTime } from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import type { Certificate } from '../x509/index.ts';
import { checkSigningCertificate } from './signing-certificate.ts';
import {
  judgeAuthority,
  type TimestampProblem,
  type TimestampVerification,
  type TimestampVerificationOptions,
  unreadableStamp,
  WEAK_STAMP,
} from './verification.ts';

/** A countersignature as it was read, not yet judged. */
export interface Countersignature {
  readonly signerInfo: CmsSignerInfo;
  /** The stamped time. */
  readonly time: Date;
  /** The digest of the countersigned signature value that it states. */
  readonly digest: Uint8Array;
}

/** Largest countersignature that is read, in bytes. */
const MAXIMUM_COUNTERSIGNATURE_BYTES = 1024 * 1024;

/**
 * Reads the DER of a countersignature's SignerInfo. Throws ParseError; `not-a-stamp` when it states no time or no digest,
 * or covers another type of content than plain data.
 */
export function parseCountersignature(der: Uint8Array): Countersignature {
  if (der.length > MAXIMUM_COUNTERSIGNATURE_BYTES) {
    throw new ParseError('timestamp', 'too-large', `a countersignature of ${der.length} bytes is too large`);
  }
  const signerInfo = readCmsSignerInfo(decodeDer(der, { maximumElements: 100_000 }));
  const { signedAttributes } = signerInfo;
  const refuse = (what: string): never => {
    throw new ParseError('timestamp', 'not-a-stamp', `the countersignature ${what}`);
  };
  // RFC 5652 leaves the content type out of countersignatures; Authenticode's say plain data.
  if (signedAttributes.some(({ type }) => type === OID.contentType)) {
    const contentType = onlyValue(signedAttributes, OID.contentType);
    if (contentType === undefined || readOid(contentType, 'contentType') !== OID.data) {
      refuse('covers another type of content than plain data');
    }
  }
  const digest = onlyValue(signedAttributes, OID.messageDigest) ?? refuse('does not state exactly one digest');
  const time = onlyValue(signedAttributes, OID.signingTime) ?? refuse('does not state exactly one time');
  return {
    signerInfo,
    time: readTime(time, 'signingTime'),
    digest: readOctetString(digest, 'messageDigest'),
  };
}

/**
 * Judges a legacy time stamp (DER of the SignerInfo in the countersignature attribute): that it is over `message`, that
 * it is genuine, and that its authority, looked for among `certificates` of the outer SignedData, is trusted for time
 * stamping at the stamped time. Never throws for a bad stamp: each fault is a problem.
 */
export function verifyCountersignature(
  signerInfoDer: Uint8Array,
  options: TimestampVerificationOptions & { readonly certificates: readonly Certificate[] },
): TimestampVerification {
  let parsed: Countersignature;
  try {
    parsed = parseCountersignature(signerInfoDer);
  } catch (error) {
    if (error instanceof ParseError) return unreadableStamp('legacy', error.message);
    throw error;
  }
  const { signerInfo, time, digest } = parsed;
  const { digestAlgorithm } = signerInfo;
  const problems: TimestampProblem[] = [];
  const add = (code: TimestampProblem['code'], message: string | undefined) => {
    if (message !== undefined) problems.push({ code, message });
  };
  if (!equalBytes(digest, digestOf(digestAlgorithm, options.message))) {
    add('imprintMismatch', `the time stamp is over something else: the ${digestAlgorithm} digest in it is another`);
  }
  if (options.allowSha1 !== true && digestAlgorithm === 'sha1') problems.push(WEAK_STAMP);
  const authority = findSigner(signerInfo.identifier, [...options.certificates, ...(options.intermediates ?? [])]);
  let path: TimestampVerification['path'] = [];
  if (authority === undefined) {
    add('authorityMissing', "the certificate of the time stamp's authority is not among those of the signature");
  } else {
    // "Symantec Time Stamping Services Signer - G4" and others of its time sign the bare SHA-1 digest.
    const forged =
      checkAttributesSignature(signerInfo, authority, { allowBareDigest: true }) ??
      checkSigningCertificate(signerInfo.signedAttributes, authority);
    add('badSignature', forged);
    const judged = judgeAuthority(authority, options.certificates, time, options);
    path = judged.path;
    problems.push(...judged.problems);
  }
  return { kind: 'legacy', time, authority, path, digestAlgorithm, problems, ok: problems.length === 0 };
}
