// The judgement about a time stamp, of either kind, and what both kinds are judged by.
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { OID } from '../object-identifiers.ts';
import { buildCertificationPath, type Certificate, type PathProblemCode } from '../x509/index.ts';

export type TimestampProblemCode =
  | PathProblemCode
  /** The stamp cannot be read. */
  | 'malformed'
  /** The stamp is over something else. */
  | 'imprintMismatch'
  /** The stamp or its signature relies on SHA-1. */
  | 'weakDigest'
  /** The certificate of the authority is nowhere to be found. */
  | 'authorityMissing';

export interface TimestampProblem {
  readonly code: TimestampProblemCode;
  readonly message: string;
}

export interface TimestampVerification {
  readonly kind: 'rfc3161' | 'legacy';
  /** The stamped time: proven only when `ok`. Undefined when it cannot be read. */
  readonly time: Date | undefined;
  /** The certificate that signed the stamp, if it was found. */
  readonly authority: Certificate | undefined;
  /** From the authority to the last certificate that was found; ends in an anchor when that is trusted. */
  readonly path: readonly Certificate[];
  /** Digest of what is stamped; undefined when the stamp cannot be read. */
  readonly digestAlgorithm: DigestAlgorithm | undefined;
  /** Object identifier of the policy under which the stamp was made; only in those of RFC 3161. */
  readonly policy?: string;
  /** Decimal; only in those of RFC 3161. */
  readonly serialNumber?: string;
  readonly problems: readonly TimestampProblem[];
  /** Whether there are no problems. */
  readonly ok: boolean;
}

export interface TimestampVerificationOptions {
  /** What should have been stamped: for signatures, the signature value. */
  readonly message: Uint8Array;
  /** Trusted certificates. */
  readonly anchors: readonly Certificate[];
  /** Other certificates that may stand in a path, besides those in the stamp. */
  readonly intermediates?: readonly Certificate[];
  /** Whether SHA-1 is good enough; false when absent. */
  readonly allowSha1?: boolean;
  /**
   * When the authority's certificates must be valid; the stamped time when absent, for a stamp keeps its worth after the
   * authority's certificate has expired.
   */
  readonly at?: Date;
}

/** A stamp that cannot be read. */
export function unreadableStamp(kind: TimestampVerification['kind'], message: string): TimestampVerification {
  const problems = [{ code: 'malformed', message } as const];
  return { kind, time: undefined, authority: undefined, path: [], digestAlgorithm: undefined, problems, ok: false };
}

/**
 * Why a certificate may not sign time stamps, or undefined when it may. `strict` asks for what RFC 3161 §2.3 demands: that
 * one usage alone, and critical. Stamps that were made by certificates without the flag are in use, so judging is not.
 */
export function refuseAuthority(certificate: Certificate, strict: boolean): string | undefined {
  const { extendedKeyUsages, extendedKeyUsagesCritical, subject } = certificate;
  if (!extendedKeyUsages?.includes(OID.timeStamping)) return `'${subject}' may not be used for time stamping`;
  if (strict && (extendedKeyUsages.length > 1 || !extendedKeyUsagesCritical)) {
    return `'${subject}' must have time stamping as its only extended key usage, and that must be critical`;
  }
  return undefined;
}

/** The path of a time-stamping authority, and what is wrong with it. */
export function judgeAuthority(
  authority: Certificate,
  certificates: readonly Certificate[],
  time: Date,
  options: TimestampVerificationOptions,
): { path: readonly Certificate[]; problems: TimestampProblem[] } {
  const { path, problems } = buildCertificationPath({
    leaf: authority,
    intermediates: [...certificates, ...(options.intermediates ?? [])],
    anchors: options.anchors,
    at: options.at ?? time,
    requiredUsage: OID.timeStamping,
  });
  const refused = refuseAuthority(authority, false);
  if (refused === undefined) return { path, problems };
  return {
    path,
    problems: [{ code: 'wrongUsage', message: refused }, ...problems.filter(({ code }) => code !== 'wrongUsage')],
  };
}

/** Said of stamps that rely on SHA-1. */
export const WEAK_STAMP: TimestampProblem = {
  code: 'weakDigest',
  message: 'the time stamp relies on SHA-1, for which two messages of the same digest can be made',
};
