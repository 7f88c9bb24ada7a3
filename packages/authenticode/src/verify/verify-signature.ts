// Judges one signature: that it belongs to the file, that it is genuine, and that its signer is trusted for this usage, at
// the time of a good time stamp or else now.
import { isCanonicalSignedData } from '../cms/index.ts';
import { TAG } from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import type { FileSignature, StampBytes } from '../signable-file.ts';
import { type TimestampVerification, verifyCountersignature, verifyTimestampToken } from '../timestamp/index.ts';
import { buildCertificationPath } from '../x509/index.ts';
import type { VerifiedSignature } from './kernel-production.ts';
import { judgeSignature, nameOf, unreadablePolicies } from './signature-policies.ts';
import { usageName } from './usage-names.ts';
import type {
  SignatureVerification,
  VerificationOptions,
  VerificationProblem,
  VerificationProblemCode,
} from './verification.ts';

/** By how much the clock of a time-stamping authority may be ahead, in milliseconds. */
const CLOCK_TOLERANCE_MS = 5 * 60 * 1000;

export function problem(code: VerificationProblemCode, message: string): VerificationProblem {
  return { code, message };
}

/** Runs `read`; a ParseError becomes a problem. */
export async function orProblem<Value>(read: () => Promise<Value> | Value): Promise<Value | VerificationProblem> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ParseError) return problem('malformed', error.message);
    throw error;
  }
}

export function isProblem(value: object): value is VerificationProblem {
  return 'code' in value && 'message' in value;
}

export const WEAK_DIGEST = problem(
  'weakDigest',
  'the signature relies on SHA-1, for which two files of the same digest can be made',
);

/** Whether a signature's content is that of the file; undefined when it is, otherwise what differs. May throw ParseError. */
export type ContentCheck = (signature: FileSignature, bytes: Uint8Array) => Promise<string | undefined>;

async function findContentProblems(
  signature: FileSignature,
  bytes: Uint8Array,
  checkContent: ContentCheck,
  allowSha1: boolean | undefined,
): Promise<VerificationProblem[]> {
  const { digestAlgorithm, fileDigestAlgorithm } = signature;
  const difference = await orProblem(async () => {
    const message = await checkContent(signature, bytes);
    return message === undefined ? signature : problem('digestMismatch', message);
  });
  const isWeak = allowSha1 !== true && (digestAlgorithm === 'sha1' || fileDigestAlgorithm === 'sha1');
  return [...(isProblem(difference) ? [difference] : []), ...(isWeak ? [WEAK_DIGEST] : [])];
}

function verifyStamp(
  { kind, bytes }: StampBytes,
  { certificates, signatureValue }: FileSignature,
  options: VerificationOptions,
): TimestampVerification {
  const trust = {
    message: signatureValue,
    anchors: options.timestampAnchors ?? options.anchors,
    intermediates: options.intermediates ?? [],
    ...(options.allowSha1 === undefined ? {} : { allowSha1: options.allowSha1 }),
  };
  return kind === 'rfc3161'
    ? verifyTimestampToken(bytes, trust)
    : verifyCountersignature(bytes, { ...trust, certificates });
}

interface TimeOfJudgement {
  /** Earliest time of a good stamp. */
  readonly trustedTime: Date | undefined;
  readonly judgedAt: Date;
  /** Why a good stamp was left aside. */
  readonly stampUnused: string | undefined;
}

/**
 * A signature that demonstrably existed at a time is judged as of then. Not so when its certificate is for lifetime
 * signing, with which the signature ends whatever its stamp says.
 */
function timeOfJudgement(
  { signer }: FileSignature,
  stamps: readonly TimestampVerification[],
  now: Date,
): TimeOfJudgement {
  const times = stamps.flatMap(({ ok, time }) => (ok && time !== undefined ? [time.getTime()] : []));
  if (times.length === 0) return { trustedTime: undefined, judgedAt: now, stampUnused: undefined };
  const trustedTime = new Date(Math.min(...times));
  if (trustedTime.getTime() > now.getTime() + CLOCK_TOLERANCE_MS) {
    const stampUnused = `The stamped time ${trustedTime.toISOString()} is after ${now.toISOString()}, the time of this check.`;
    return { trustedTime: undefined, judgedAt: now, stampUnused };
  }
  if (signer?.extendedKeyUsages?.includes(OID.lifetimeSigning)) {
    const stampUnused = `The certificate of ${nameOf(signer)} is for ${usageName(OID.lifetimeSigning)}: with it the signature ends, time stamp or not.`;
    return { trustedTime, judgedAt: now, stampUnused };
  }
  return { trustedTime, judgedAt: trustedTime, stampUnused: undefined };
}

/** Judges a signature that could be opened; `bytes` is what it was opened from. */
export async function verifySignature(
  signature: FileSignature,
  bytes: Uint8Array,
  position: SignatureVerification['position'],
  checkContent: ContentCheck,
  options: VerificationOptions,
): Promise<VerifiedSignature> {
  const { signer, digestAlgorithm, fileDigestAlgorithm, signatureAlgorithm } = signature;
  const { opusInfo, statementType, sequenceNumber, claimedTime } = signature;
  const requiredUsage = options.requiredUsage ?? OID.codeSigning;
  const contentProblems = await findContentProblems(signature, bytes, checkContent, options.allowSha1);
  const forged = signature.checkGenuine();
  const timestamps = signature.stamps.map((stamp) => verifyStamp(stamp, signature, options));
  const time = timeOfJudgement(signature, timestamps, options.at ?? new Date());
  const { path, problems: pathProblems } =
    signer === undefined
      ? { path: [], problems: [] }
      : buildCertificationPath({
          leaf: signer,
          intermediates: [...signature.certificates, ...(options.intermediates ?? [])],
          anchors: options.anchors,
          requiredUsage,
          at: time.judgedAt,
        });
  const problems = [
    ...contentProblems,
    ...(forged === undefined ? [] : [problem('badSignature', forged)]),
    ...pathProblems,
  ];
  const verification: SignatureVerification = {
    position,
    signer,
    path,
    digestAlgorithm,
    fileDigestAlgorithm,
    signatureAlgorithm,
    opusInfo,
    statementType,
    sequenceNumber,
    claimedTime,
    timestamps,
    trustedTime: time.trustedTime,
    usages: (signer?.extendedKeyUsages ?? []).map(usageName),
    intact: forged === undefined && contentProblems.every(({ code }) => code === 'weakDigest'),
    ok: problems.length === 0,
    problems,
    policies: judgeSignature({
      ...time,
      encodingFaults: bytes[0] === TAG.sequence ? isCanonicalSignedData(bytes).problems : undefined,
      contentProblems,
      forged,
      signer,
      path,
      pathProblems,
      requiredUsage,
      timestamps,
      fileDigestAlgorithm,
    }),
  };
  return { verification, certificates: signature.certificates, judgedAt: time.judgedAt, pathProblems };
}

/** What is said of a signature that cannot be read. */
export function unreadableSignature(
  position: SignatureVerification['position'],
  reason: VerificationProblem,
): VerifiedSignature {
  const verification: SignatureVerification = {
    position,
    signer: undefined,
    path: [],
    digestAlgorithm: undefined,
    fileDigestAlgorithm: undefined,
    signatureAlgorithm: undefined,
    opusInfo: {},
    statementType: undefined,
    sequenceNumber: undefined,
    claimedTime: undefined,
    timestamps: [],
    trustedTime: undefined,
    usages: [],
    intact: false,
    ok: false,
    problems: [reason],
    policies: unreadablePolicies(reason.message),
  };
  return { verification, certificates: [], judgedAt: new Date(), pathProblems: [] };
}
