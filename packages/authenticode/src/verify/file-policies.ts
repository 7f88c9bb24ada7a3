// The file as a whole, policy by policy: its signatures taken together, then what Windows does with such a file ("PnP device
// installation signing requirements", "Kernel-mode code signing policy", "The TESTSIGNING boot configuration option").
import type { FileFormat } from '../signable-file.ts';
import type { Certificate } from '../x509/index.ts';
import { judgeKernelProduction, type VerifiedSignature } from './kernel-production.ts';
import { windowsThumbprint } from './microsoft-roots.ts';
import { nameOf, policyResult, sentence } from './signature-policies.ts';
import type {
  MatchedMember,
  Policy,
  PolicyResult,
  SignatureVerification,
  VerificationOptions,
  VerificationProblem,
} from './verification.ts';

/** What is known of a file when the policies are worded. */
export interface JudgedFile {
  readonly format: FileFormat | 'unknown';
  /** The format in words, as in 'a PE image'. */
  readonly title: string;
  /** Those of the file, or of the catalog through which it is verified. */
  readonly signatures: readonly VerifiedSignature[];
  readonly problems: readonly VerificationProblem[];
  /** Subsystem of an image; undefined for anything else. */
  readonly subsystem: number | undefined;
  /** Present when the file is verified through a catalog. */
  readonly throughCatalog?: { readonly member: MatchedMember | undefined; readonly nameDiffers: boolean | undefined };
  readonly options: VerificationOptions;
}

/** The native subsystem, which kernel drivers have ("PE Format", section Windows Subsystem). */
const NATIVE_SUBSYSTEM = 1;
/** Applications, boot and run-time drivers, and ROM images of EFI. */
const EFI_SUBSYSTEMS: ReadonlySet<number> = new Set([10, 11, 12, 13]);

const FORMAT_AND_TRUST = [
  'encoding',
  'digest',
  'signature',
  'chain',
  'usage',
  'timestamp',
  'revocation',
] as const satisfies readonly Policy[];

function verificationsOf({ signatures }: JudgedFile): SignatureVerification[] {
  return signatures.map(({ verification }) => verification);
}

/** The signature that speaks for the file: the first good one, else the first. */
function decidingSignature({ signatures }: JudgedFile): VerifiedSignature | undefined {
  return signatures.find(({ verification }) => verification.ok) ?? signatures[0];
}

function describePosition({ position: { index, nestedIn } }: SignatureVerification): string {
  return nestedIn === undefined ? `Signature ${index + 1}` : `Signature ${index + 1}, nested in ${nestedIn + 1}`;
}

/** Policies of a file without any signature that could be read. */
function unsignedPolicies(file: JudgedFile): PolicyResult[] {
  const { problems, title } = file;
  const fault = problems.find(({ code }) => code === 'malformed');
  return FORMAT_AND_TRUST.map((policy) => {
    if (policy === (fault === undefined ? 'signature' : 'encoding')) {
      const explanation = problems.map(({ message }) => sentence(message)).join(' ');
      const remedy =
        fault !== undefined
          ? 'Take the file from its source again: this is a fault of format, not of trust.'
          : file.format === 'unknown'
            ? 'Verify it through the catalog of its driver package.'
            : `Sign it: ${title} can carry a signature.`;
      return policyResult(policy, 'notMet', explanation, remedy);
    }
    return fault === undefined
      ? policyResult(policy, 'notApplicable', 'There is no signature.')
      : policyResult(policy, 'notChecked', 'The file cannot be read.');
  });
}

/** The deciding signature's policies; a foreign or forged one among the others speaks louder. */
function combinedPolicies(file: JudgedFile, deciding: SignatureVerification): PolicyResult[] {
  const others = verificationsOf(file).filter((verification) => verification !== deciding && !verification.intact);
  return deciding.policies.map((result) => {
    if (result.verdict === 'notMet' || !['encoding', 'digest', 'signature'].includes(result.policy)) return result;
    for (const other of others) {
      const worse = other.policies.find(({ policy, verdict }) => policy === result.policy && verdict === 'notMet');
      if (worse !== undefined) return { ...worse, explanation: `${describePosition(other)}: ${worse.explanation}` };
    }
    return result;
  });
}

/** For a file in a catalog, 'digest' also means that the catalog lists it. */
function catalogDigestPolicy(file: JudgedFile, ofCatalog: PolicyResult): PolicyResult {
  const { member, nameDiffers } = file.throughCatalog ?? {};
  const [problem] = file.problems;
  if (problem !== undefined) {
    const remedy =
      problem.code === 'notInCatalog'
        ? 'Make the catalog anew from the files as they are shipped. Text files change when line endings are converted.'
        : problem.code === 'weakDigest'
          ? 'Make a catalog of version 2, which knows files by SHA-256.'
          : 'Take the catalog from its source again: this is a fault of format, not of trust.';
    return policyResult('digest', 'notMet', sentence(problem.message), remedy);
  }
  if (ofCatalog.verdict !== 'met' || member === undefined) return ofCatalog;
  const named = member.fileName === undefined ? 'without a name' : `as '${member.fileName}'`;
  const differs = nameDiffers === true ? ', which is another name than the file has here' : '';
  return policyResult('digest', 'met', `The catalog lists this content ${named}${differs}. ${ofCatalog.explanation}`);
}

function rootText(path: readonly Certificate[]): string {
  const last = path.at(-1);
  if (last === undefined) return 'the root of the signer';
  return last.selfIssued ? storeText(last) : `the root above ${nameOf(last)}, which names '${last.issuer}'`;
}

function storeText(certificate: Certificate): string {
  return `${nameOf(certificate)} (thumbprint ${windowsThumbprint(certificate)})`;
}

function pnpInstallPolicy(file: JudgedFile, kernelProduction: PolicyResult): PolicyResult {
  const { problems, throughCatalog } = file;
  if (file.format !== 'cat' && throughCatalog === undefined) {
    const explanation = 'Plug and Play judges a package by its catalog, not by the signatures in its other files.';
    return policyResult('pnpInstall', 'notApplicable', explanation, 'Verify the files through the catalog.');
  }
  const { verification: deciding, pathProblems = [] } = decidingSignature(file) ?? {};
  const fail = (explanation: string, remedy?: string) => policyResult('pnpInstall', 'notMet', explanation, remedy);
  if (problems.some(({ code }) => code === 'notInCatalog')) {
    const what = 'Windows refuses a package with a file that its catalog does not list (error 0x800F024B).';
    return fail(what, 'Make the catalog anew from the files as they are shipped, and sign it.');
  }
  if (deciding?.signer === undefined) {
    return fail(
      'Without a signature on its catalog that can be read the package counts as unsigned.',
      'Sign the catalog.',
    );
  }
  const notMet = deciding.policies.filter(({ verdict, policy }) => verdict === 'notMet' && policy !== 'timestamp');
  const format = notMet.find(({ policy }) => policy === 'encoding' || policy === 'digest' || policy === 'signature');
  if (format !== undefined) return fail(format.explanation, format.remedy);
  const { signer, path } = deciding;
  const stores =
    `On the target machine, put ${rootText(path)} into the Trusted Root Certification Authorities of the computer ` +
    `(certutil -addstore Root root.cer) and ${storeText(signer)} into its Trusted Publishers ` +
    '(certutil -addstore TrustedPublisher publisher.cer).';
  // Windows does not look at the key usage of signers: the test certificates of its own driver kit lack the right one.
  const judged = pathProblems.filter(({ extension }) => extension !== 'keyUsage');
  const trust = judged.length > 0 ? (notMet.find(({ policy }) => policy === 'chain') ?? notMet[0]) : undefined;
  if (trust !== undefined) {
    const onlyRoot = judged.every(({ code }) => code === 'untrustedRoot');
    return fail(trust.explanation, onlyRoot ? stores : trust.remedy);
  }
  if (problems.length > 0) return fail(problems.map(({ message }) => sentence(message)).join(' '));
  if (kernelProduction.verdict === 'met') {
    const explanation = 'The catalog is signed by Microsoft: Windows has the root and asks nobody about the publisher.';
    return policyResult('pnpInstall', 'met', explanation);
  }
  const explanation =
    'The catalog is signed and leads to a root that is trusted here. Windows installs the package without asking when ' +
    'the target machine trusts the same root and has the publisher among its Trusted Publishers; without the latter ' +
    'it asks, and an unattended installation fails.';
  return policyResult('pnpInstall', 'met', explanation, stores);
}

/** Why the kernel has nothing to say about a file; undefined when it has. */
function outsideKernel({ format, subsystem, throughCatalog, title }: JudgedFile): string | undefined {
  if (format === 'cat' && throughCatalog === undefined) return undefined;
  if (format !== 'pe') return `The kernel loads images, not ${title}.`;
  if (subsystem === undefined || subsystem === NATIVE_SUBSYSTEM) return undefined;
  return EFI_SUBSYSTEMS.has(subsystem)
    ? 'An EFI program is judged by the firmware, by its lists of allowed and forbidden signers, not by the kernel.'
    : 'The image runs in user mode: it is not for the kernel.';
}

/** The signatures that the loader looks at: the first and those nested in it. */
function loaderSignatures({ signatures }: JudgedFile): VerifiedSignature[] {
  return signatures.filter(({ verification: { position } }) => (position.nestedIn ?? position.index) === 0);
}

/** Why no kernel loads the image, whatever its settings; undefined when it is signed and intact. */
function unloadable(file: JudgedFile): string | undefined {
  const { problems, throughCatalog } = file;
  const fault = problems.find(({ code }) => code !== 'weakDigest');
  if (fault !== undefined) return sentence(fault.message);
  if (throughCatalog !== undefined && throughCatalog.member === undefined) return 'The catalog does not list the file.';
  const signatures = loaderSignatures(file).map(({ verification }) => verification);
  if (signatures.length === 0) return 'There is no signature.';
  const bad = signatures.find(({ intact }) => !intact);
  const reasons = bad?.policies.filter(({ policy, verdict }) => {
    return verdict === 'notMet' && ['encoding', 'digest', 'signature'].includes(policy);
  });
  if (bad === undefined || reasons === undefined) return undefined;
  return `${describePosition(bad)}: ${reasons.map(({ explanation }) => explanation).join(' ')}`;
}

function kernelTestSigningPolicy(file: JudgedFile, signatures: readonly VerifiedSignature[]): PolicyResult {
  const algorithms = signatures.map(({ verification }) => verification.fileDigestAlgorithm);
  const notes = [
    'With TESTSIGNING on, which needs Secure Boot off, the kernel loads it: it is signed and intact, and by whom does not matter.',
    ...(file.format === 'cat' || file.throughCatalog !== undefined
      ? ['The signature of a catalog is not enough for a driver that starts at boot: sign its image as well.']
      : []),
    ...(algorithms.every((algorithm) => algorithm === 'sha1')
      ? ['It is known by SHA-1 only, which newer versions of Windows may refuse: sign with SHA-256 as well.']
      : []),
  ];
  return policyResult('kernelTestSigning', 'met', notes.join(' '));
}

function kernelPolicies(file: JudgedFile): [PolicyResult, PolicyResult] {
  const outside = outsideKernel(file);
  if (outside !== undefined) {
    return [
      policyResult('kernelTestSigning', 'notApplicable', outside),
      policyResult('kernelProduction', 'notApplicable', outside),
    ];
  }
  const reason = unloadable(file);
  if (reason !== undefined) {
    const explanation = `${reason} Windows answers with error 577 when it is to load the image.`;
    const remedy = 'Sign the image, or a catalog that lists it, as it is shipped.';
    return [
      policyResult('kernelTestSigning', 'notMet', explanation, remedy),
      policyResult('kernelProduction', 'notMet', explanation, remedy),
    ];
  }
  const signatures = loaderSignatures(file);
  return [kernelTestSigningPolicy(file, signatures), judgeKernelProduction(signatures, file.options)];
}

/** One result for each of POLICIES, in that order. */
export function judgeFile(file: JudgedFile): PolicyResult[] {
  const deciding = decidingSignature(file)?.verification;
  const ofSignatures = deciding === undefined ? unsignedPolicies(file) : combinedPolicies(file, deciding);
  const [testSigning, production] = kernelPolicies(file);
  return [
    ...ofSignatures.map((result) =>
      file.throughCatalog !== undefined && result.policy === 'digest' ? catalogDigestPolicy(file, result) : result,
    ),
    pnpInstallPolicy(file, production),
    testSigning,
    production,
  ];
}
