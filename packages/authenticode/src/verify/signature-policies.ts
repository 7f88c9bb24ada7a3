// One signature, policy by policy: what stands in the file (encoding, digest, signature), then who vouches for it (chain,
// usage, time stamp, revocation), so that a fault of format is not taken for one of trust.
import type { TimestampVerification } from '../timestamp/index.ts';
import type { Certificate, PathProblem, PathProblemCode } from '../x509/index.ts';
import { usageName } from './usage-names.ts';
import type { Policy, PolicyResult, PolicyVerdict, VerificationProblem } from './verification.ts';

/** What is known of one signature when the policies are worded. */
export interface JudgedSignature {
  /** What `isCanonicalSignedData` found; undefined for signatures that are not DER. */
  readonly encodingFaults: readonly string[] | undefined;
  /** `digestMismatch`, `malformed` or `weakDigest`, in that order; empty when the content is the file's. */
  readonly contentProblems: readonly VerificationProblem[];
  /** Why the signature is not genuine; undefined when it is. */
  readonly forged: string | undefined;
  readonly signer: Certificate | undefined;
  readonly path: readonly Certificate[];
  readonly pathProblems: readonly PathProblem[];
  readonly requiredUsage: string;
  /** The time as of which the path was judged. */
  readonly judgedAt: Date;
  readonly timestamps: readonly TimestampVerification[];
  readonly trustedTime: Date | undefined;
  /** Whether a good stamp was left aside, and why. */
  readonly stampUnused: string | undefined;
  readonly fileDigestAlgorithm: string;
}

export function policyResult(
  policy: Policy,
  verdict: PolicyVerdict,
  explanation: string,
  remedy?: string,
): PolicyResult {
  return { policy, verdict, explanation, ...(remedy === undefined ? {} : { remedy }) };
}

/** The last relative name that is a person's or program's, or the whole subject. */
export function nameOf({ commonName, subject }: Certificate): string {
  return `'${commonName ?? subject}'`;
}

/** A message as a sentence. */
export function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

function sentences(problems: readonly { readonly message: string }[]): string {
  return problems.map(({ message }) => sentence(message)).join(' ');
}

const PATH_REMEDIES: Readonly<Record<PathProblemCode, string>> = {
  untrustedRoot:
    'Name the root of this certificate as trusted if you do trust it, and pass the authorities between them if the ' +
    'signature does not carry them.',
  expired: 'Sign again with a certificate that is valid, and time-stamp the signature so that it outlives it.',
  notYetValid: 'Check the clock of the machine that signed; sign again once the certificate is valid.',
  notACertificateAuthority: 'Have the certificate issued by an authority; an end entity cannot issue.',
  pathTooLong: 'Have the certificate issued by an authority higher up.',
  wrongUsage: 'Sign with a certificate that was issued for this usage.',
  badSignature: 'Get the certificate from its authority again: this copy was changed, or its issuer is an impostor.',
  unknownCriticalExtension: 'Sign with a certificate without this extension.',
};

/** The certificates that the Windows Driver Kit makes for test signing have only keyEncipherment and dataEncipherment. */
const KEY_USAGE_TOLERATED =
  'Windows does not ask for that key usage: the test certificates of the Windows Driver Kit lack it too.';

const UNTRUSTED_STAMP = 'There is a time stamp, but it does not count.';
const STAMP_REMEDY =
  'Name the root of the time-stamping authority as trusted if you do trust it; Windows must know it too.';

function encodingPolicy({ encodingFaults }: JudgedSignature): PolicyResult {
  if (encodingFaults === undefined) {
    return policyResult('encoding', 'notApplicable', 'The signature is not DER: its form is checked when it is read.');
  }
  if (encodingFaults.length === 0) {
    return policyResult('encoding', 'met', 'Every SET is in DER order and no certificate stands twice.');
  }
  const effect = 'Windows does not see the signature of a catalog whose certificates are not in DER order.';
  const faults = encodingFaults.map(sentence).join(' ');
  const remedy =
    'Sign again with a tool that sorts the certificates; nothing that the signature covers needs to change.';
  return policyResult('encoding', 'notMet', `${faults} ${effect}`, remedy);
}

function digestPolicy({ contentProblems, fileDigestAlgorithm }: JudgedSignature): PolicyResult {
  const [problem] = contentProblems;
  if (problem === undefined) {
    return policyResult('digest', 'met', `The signed ${fileDigestAlgorithm} digest is that of this content.`);
  }
  const remedy =
    problem.code === 'weakDigest'
      ? 'Sign again with SHA-256.'
      : 'Take the file as it was signed, or sign this one: nothing may change a file after it was signed.';
  const intact =
    problem.code === 'weakDigest' ? 'The signed digest is that of this content, but it proves little. ' : '';
  return policyResult('digest', 'notMet', `${intact}${sentences(contentProblems)}`, remedy);
}

function signaturePolicy({ forged, signer }: JudgedSignature): PolicyResult {
  if (forged !== undefined || signer === undefined) {
    const remedy = 'Sign again: this signature was damaged, or made by someone without the key.';
    return policyResult('signature', 'notMet', sentence(forged ?? "the signer's certificate is missing"), remedy);
  }
  return policyResult('signature', 'met', `The signature was made with the key of ${nameOf(signer)}.`);
}

function timeText({ trustedTime, judgedAt }: JudgedSignature): string {
  const when = judgedAt.toISOString();
  return trustedTime !== undefined && trustedTime.getTime() === judgedAt.getTime()
    ? `as of the stamped time, ${when}`
    : `as of ${when}`;
}

function chainPolicy(judged: JudgedSignature): PolicyResult {
  const { contentProblems, forged, path, pathProblems, signer, stampUnused, timestamps, trustedTime } = judged;
  if (signer === undefined) {
    return policyResult('chain', 'notChecked', 'Without the certificate of the signer there is no chain to follow.');
  }
  const problems = pathProblems.filter(({ code }) => code !== 'wrongUsage');
  const [problem] = problems;
  if (problem === undefined) {
    const names = path.map(nameOf).join(', issued by ');
    return policyResult('chain', 'met', `${names}: trusted, ${timeText(judged)}.`);
  }
  const intact = contentProblems.length === 0 && forged === undefined;
  const hint = intact ? ' The signature itself is right: this is a question of trust, not of format.' : '';
  const unused = stampUnused ?? (timestamps.length > 0 && trustedTime === undefined ? UNTRUSTED_STAMP : undefined);
  const explanation = `Judged ${timeText(judged)}: ${sentences(problems)}${unused === undefined ? '' : ` ${unused}`}${hint}`;
  const onlyExpired = problems.every(({ code }) => code === 'expired');
  const remedy = onlyExpired && unused === UNTRUSTED_STAMP ? STAMP_REMEDY : PATH_REMEDIES[problem.code];
  return policyResult('chain', 'notMet', explanation, remedy);
}

function usagePolicy({ pathProblems, requiredUsage, signer }: JudgedSignature): PolicyResult {
  if (signer === undefined) {
    return policyResult('usage', 'notChecked', 'Without the certificate of the signer its usages are unknown.');
  }
  const problems = pathProblems.filter(({ code }) => code === 'wrongUsage');
  const name = usageName(requiredUsage);
  if (problems.length > 0) {
    const tolerated = problems.every(({ extension }) => extension === 'keyUsage') ? ` ${KEY_USAGE_TOLERATED}` : '';
    const explanation = `${sentences(problems)} Needed is: ${name}.${tolerated}`;
    return policyResult('usage', 'notMet', explanation, PATH_REMEDIES.wrongUsage);
  }
  const limit = signer.extendedKeyUsages === undefined ? 'is not limited to any usage' : `may be used for ${name}`;
  return policyResult('usage', 'met', `The certificate of ${nameOf(signer)} ${limit}.`);
}

function stampText({ kind, time, authority, ok, problems }: TimestampVerification): string {
  const what = kind === 'rfc3161' ? 'The RFC 3161 time stamp' : 'The legacy time stamp';
  const by = authority === undefined ? '' : ` by ${nameOf(authority)}`;
  const when = time === undefined ? '' : ` of ${time.toISOString()}`;
  return ok ? `${what}${when}${by} is good.` : `${what}${when}${by} does not count: ${sentences(problems)}`;
}

function timestampPolicy(judged: JudgedSignature): PolicyResult {
  const { signer, stampUnused, timestamps, trustedTime } = judged;
  if (timestamps.length === 0) {
    const end = signer === undefined ? '' : `, on ${signer.notAfter.toISOString()}`;
    const explanation = `There is no time stamp, so the signature ends with the certificate of its signer${end}.`;
    return policyResult('timestamp', 'notApplicable', explanation, 'Time-stamp the signature when you make it.');
  }
  const explanation = [...timestamps.map(stampText), ...(stampUnused === undefined ? [] : [stampUnused])].join(' ');
  if (trustedTime !== undefined) return policyResult('timestamp', 'met', explanation);
  const untrusted = timestamps.some(({ problems }) => problems.every(({ code }) => code === 'untrustedRoot'));
  const remedy = untrusted ? STAMP_REMEDY : 'Sign again and have the new signature stamped.';
  return policyResult('timestamp', 'notMet', explanation, remedy);
}

const REVOCATION = policyResult(
  'revocation',
  'notChecked',
  'No revocation list and no OCSP responder is asked, so a certificate that was revoked is not noticed.',
  'Where it matters, have Windows check it: signtool verify, or certutil -verify -urlfetch with the certificate.',
);

/** The policies of `format` and `trust` for one signature, in the order of POLICIES. */
export function judgeSignature(judged: JudgedSignature): PolicyResult[] {
  return [
    encodingPolicy(judged),
    digestPolicy(judged),
    signaturePolicy(judged),
    chainPolicy(judged),
    usagePolicy(judged),
    timestampPolicy(judged),
    REVOCATION,
  ];
}

/** The same for a signature that cannot be read: a fault of format, which leaves nothing to trust. */
export function unreadablePolicies(message: string): PolicyResult[] {
  const rest = (['digest', 'signature', 'chain', 'usage', 'timestamp'] as const).map((policy) =>
    policyResult(policy, 'notChecked', 'The signature cannot be read.'),
  );
  const remedy = 'Take the file from its source again, or sign it again: this is a fault of format, not of trust.';
  return [policyResult('encoding', 'notMet', sentence(message), remedy), ...rest, REVOCATION];
}
