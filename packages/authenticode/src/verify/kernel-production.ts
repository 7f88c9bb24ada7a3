// Whether the kernel of a stock machine (Windows 10 1607 and later, Secure Boot on) loads a signed image: the signature must
// lead to one of Microsoft's roots, from a certificate for driver verification ("Driver Signing", "Attestation signing a
// kernel driver for public release"). What cannot be told from the certificates at hand is said to be not checked.
import { OID } from '../object-identifiers.ts';
import { buildCertificationPath, type Certificate, type PathProblem } from '../x509/index.ts';
import {
  CROSS_SIGNING_ROOT,
  findKnownRoots,
  hasMicrosoftName,
  type KnownRoot,
  MICROSOFT_KERNEL_ROOTS,
} from './microsoft-roots.ts';
import { nameOf, policyResult, sentence } from './signature-policies.ts';
import { usageName } from './usage-names.ts';
import type { PolicyResult, SignatureVerification, VerificationOptions } from './verification.ts';

/** A signature that was judged, with what else the policies of Windows need. */
export interface VerifiedSignature {
  readonly verification: SignatureVerification;
  /** Certificates that the signature carries. */
  readonly certificates: readonly Certificate[];
  /** The time as of which its path was judged. */
  readonly judgedAt: Date;
  readonly pathProblems: readonly PathProblem[];
}

/** Any of these makes a certificate of Microsoft's one for drivers of others. */
const DRIVER_USAGES: readonly string[] = [
  OID.windowsHardwareDriverVerification,
  OID.windowsHardwareDriverAttestedVerification,
  OID.windowsHardwareDriverExtendedVerification,
];

const OWN_ROOT_REMEDY =
  'For machines of others have the package signed by Microsoft through the Hardware Dev Center. A signature of your own ' +
  'is enough where TESTSIGNING is on, where an application control policy of the machine allows your root as a custom ' +
  'kernel signer, and for user-mode drivers.';

const NEEDS_MICROSOFT =
  "A stock machine with Secure Boot (Windows 10 1607 or later) loads only what leads to a root of Microsoft's, " +
  'and answers with error 577 otherwise.';

/** From then on issued certificates for cross-signed drivers do not count on stock machines ("Driver Signing"). */
const CROSS_SIGNING_END = new Date('2015-07-29T00:00:00Z');
const OLD_CROSS_SIGNATURE =
  'The kernel still loads drivers that were signed that way with certificates from before 29 July 2015; whether this ' +
  'path is one that it knows is not checked.';
const NEW_CROSS_SIGNATURE =
  'A stock machine with Secure Boot (Windows 10 1607 or later) takes that only from certificates from before 29 July ' +
  '2015; older versions of Windows do load it.';

/** Judges a path that leads to a root which the kernel accepts. */
function judgeMicrosoftPath(
  leaf: Certificate,
  root: Certificate,
  problems: readonly { code: string; message: string }[],
) {
  const faults = problems.filter(({ code }) => code !== 'expired');
  if (faults.length > 0) {
    const messages = faults.map(({ message }) => sentence(message)).join(' ');
    return policyResult('kernelProduction', 'notMet', `The path to ${nameOf(root)} is not good: ${messages}`);
  }
  const usages = leaf.extendedKeyUsages ?? [];
  const usage = DRIVER_USAGES.find((oid) => usages.includes(oid));
  if (usage === undefined) {
    const explanation = `The signature leads to ${nameOf(root)}, but the certificate of ${nameOf(leaf)} is not for driver verification.`;
    return usages.includes(OID.windowsSystemComponentVerification)
      ? policyResult('kernelProduction', 'notChecked', `${explanation} It is one for parts of Windows itself.`)
      : policyResult('kernelProduction', 'notMet', explanation);
  }
  if (problems.length > 0) {
    const explanation =
      `The signature leads to ${nameOf(root)} and is for ${usageName(usage)}, but a certificate has expired and no ` +
      'time stamp that is trusted here says when it was made.';
    const remedy = 'Name the root of the time-stamping authority as trusted.';
    return policyResult('kernelProduction', 'notChecked', explanation, remedy);
  }
  const explanation =
    `The signature leads to ${nameOf(root)}, a root that the kernel accepts, from a certificate for ` +
    `${usageName(usage)}. Whether a certificate or the driver was blocked since is not checked.`;
  return policyResult('kernelProduction', 'met', explanation);
}

function judgeOne(
  { verification, certificates, judgedAt }: VerifiedSignature,
  { anchors, intermediates = [] }: VerificationOptions,
  knownRoots: readonly KnownRoot[],
): PolicyResult {
  const { signer, path } = verification;
  if (signer === undefined) {
    return policyResult('kernelProduction', 'notMet', 'The signature has no certificate that leads anywhere.');
  }
  const all = [...certificates, ...intermediates, ...anchors];
  const search = { leaf: signer, intermediates: all, requiredUsage: OID.codeSigning, at: judgedAt };
  const accepted = buildCertificationPath({ ...search, anchors: findKnownRoots(all, knownRoots) });
  const root = accepted.path.at(-1);
  if (root !== undefined && accepted.problems.every(({ code }) => code !== 'untrustedRoot')) {
    return judgeMicrosoftPath(signer, root, accepted.problems);
  }
  const last = accepted.path.at(-1) ?? path.at(-1) ?? signer;
  const end = nameOf(last);
  if (last.selfIssued) {
    if (knownRoots.some(({ subject }) => subject === last.subject)) {
      const explanation = `The path ends at ${end}, which has the name of a root of Microsoft's but is another certificate. ${NEEDS_MICROSOFT}`;
      return policyResult('kernelProduction', 'notMet', explanation, OWN_ROOT_REMEDY);
    }
    if (!hasMicrosoftName(last.subject)) {
      const explanation = `The path ends at ${end}, which is not a root of Microsoft's. ${NEEDS_MICROSOFT}`;
      return policyResult('kernelProduction', 'notMet', explanation, OWN_ROOT_REMEDY);
    }
    const explanation = `The path ends at ${end}, which has a name of Microsoft's but is none of the roots that are known here to be accepted for drivers.`;
    return policyResult('kernelProduction', 'notChecked', explanation);
  }
  if (last.issuer === CROSS_SIGNING_ROOT || last.subject === CROSS_SIGNING_ROOT) {
    const issued = `The certificate of ${nameOf(signer)}, valid from ${signer.notBefore.toISOString()}, leads to a cross-certificate by Microsoft.`;
    return signer.notBefore < CROSS_SIGNING_END
      ? policyResult('kernelProduction', 'notChecked', `${issued} ${OLD_CROSS_SIGNATURE}`)
      : policyResult('kernelProduction', 'notMet', `${issued} ${NEW_CROSS_SIGNATURE}`, OWN_ROOT_REMEDY);
  }
  if (hasMicrosoftName(last.issuer)) {
    const explanation = `The path ends at ${end}, which names '${last.issuer}' as its issuer. That certificate is not at hand, so the claim cannot be checked.`;
    const remedy = "Pass Microsoft's root certificate as well, as trusted or as an intermediate.";
    return policyResult('kernelProduction', 'notChecked', explanation, remedy);
  }
  const explanation = `The path ends at ${end}, issued by '${last.issuer}', which is not one of Microsoft's. ${NEEDS_MICROSOFT}`;
  return policyResult('kernelProduction', 'notMet', explanation, OWN_ROOT_REMEDY);
}

/** The best result that any of these signatures, all of them intact, has. `knownRoots` are Microsoft's when absent. */
export function judgeKernelProduction(
  signatures: readonly VerifiedSignature[],
  options: VerificationOptions,
  knownRoots: readonly KnownRoot[] = MICROSOFT_KERNEL_ROOTS,
): PolicyResult {
  const results = signatures.map((signature) => judgeOne(signature, options, knownRoots));
  const best =
    results.find(({ verdict }) => verdict === 'met') ??
    results.find(({ verdict, remedy }) => verdict === 'notChecked' && remedy !== undefined) ??
    results.find(({ verdict }) => verdict === 'notChecked') ??
    results[0];
  return best ?? policyResult('kernelProduction', 'notMet', `There is no signature. ${NEEDS_MICROSOFT}`);
}
