// Judges RFC 3161 time stamps.
import { digestOf, equalBytes } from '../bytes.ts';
import { ParseError } from '../errors.ts';
import { checkTokenSignature, findTokenSigner, parseTimestampToken, type TimestampToken } from './token.ts';
import {
  judgeAuthority,
  type TimestampProblem,
  type TimestampVerification,
  type TimestampVerificationOptions,
  unreadableStamp,
  WEAK_STAMP,
} from './verification.ts';

/** Undefined when the token is over this message, otherwise what is wrong. */
export function checkImprint({ info }: TimestampToken, message: Uint8Array): string | undefined {
  const { algorithm, algorithmOid, digest } = info.imprint;
  if (algorithm === undefined) return `the time stamp is over a digest of unknown algorithm ${algorithmOid}`;
  return equalBytes(digest, digestOf(algorithm, message))
    ? undefined
    : `the time stamp is over something else: the ${algorithm} digest in it is another`;
}

/**
 * Judges a TimeStampToken (DER of the ContentInfo): that it is over `message`, that it is genuine, and that its authority
 * is trusted for time stamping at the stamped time (RFC 3161 §2.2 and §2.3). Never throws for a bad token: each fault is a
 * problem.
 */
export function verifyTimestampToken(token: Uint8Array, options: TimestampVerificationOptions): TimestampVerification {
  let parsed: TimestampToken;
  try {
    parsed = parseTimestampToken(token);
  } catch (error) {
    if (error instanceof ParseError) return unreadableStamp('rfc3161', error.message);
    throw error;
  }
  const { info, signedData, signerInfo } = parsed;
  const problems: TimestampProblem[] = [];
  const add = (code: TimestampProblem['code'], message: string | undefined) => {
    if (message !== undefined) problems.push({ code, message });
  };
  add('imprintMismatch', checkImprint(parsed, options.message));
  if (options.allowSha1 !== true && (info.imprint.algorithm === 'sha1' || signerInfo.digestAlgorithm === 'sha1')) {
    problems.push(WEAK_STAMP);
  }
  const authority = findTokenSigner(parsed, options.intermediates);
  let path: TimestampVerification['path'] = [];
  if (authority === undefined) {
    add('authorityMissing', "the time stamp does not carry its authority's certificate, and it was not given either");
  } else {
    add('badSignature', checkTokenSignature(parsed, authority));
    const judged = judgeAuthority(authority, signedData.certificates, info.time, options);
    path = judged.path;
    problems.push(...judged.problems);
  }
  return {
    kind: 'rfc3161',
    time: info.time,
    authority,
    path,
    digestAlgorithm: info.imprint.algorithm,
    policy: info.policy,
    serialNumber: info.serialNumber.toString(),
    problems,
    ok: problems.length === 0,
  };
}
