// Whose signature a package carries, and whether it holds: the same questions for cabinets and for HLK packages. In a rehearsal
// that leaves signing out, whose it is does not matter; one that does not hold is refused all the same.
import { type ByteSource, parseCertificate, verifyFile } from '@assay/authenticode';
import type { Finding } from '@assay/driver-package';
import type { ExamineAnswer, ExamineRequest } from '../protocol.ts';

export interface SignatureFacts {
  readonly findings: readonly Finding[];
  readonly signer: Pick<ExamineAnswer, 'signerThumbprint' | 'signerSubject'>;
}

const SERVICE_WORDS = 'SignatureValidationFailed';

/** How a container is called in messages, and how it is signed. */
const CONTAINERS = {
  cabinet: {
    title: 'cabinet',
    signing: 'for example "assay pack … --sign submission.p12"',
  },
  hlkx: {
    title: 'HLK package',
    signing: 'for example "assay sign tests.hlkx --pkcs12 submission.p12"',
  },
} as const;

/** Checks the signature of a package. Throws ParseError when the package is malformed. */
export async function examineSignature(
  source: ByteSource,
  request: ExamineRequest,
  container: keyof typeof CONTAINERS,
): Promise<SignatureFacts> {
  const { title, signing } = CONTAINERS[container];
  const takesAnySigner = request.packageSignature === 'any';
  const anchors = request.registeredCertificates.map(parseCertificate);
  const verification = await verifyFile(source, { anchors, at: new Date(request.at) });
  const isRegistered = (thumbprint: string | undefined) => anchors.some((anchor) => anchor.thumbprint === thumbprint);
  // Several may sign an HLK package one after the other, each all of it; one of them must be who submits it.
  const own =
    container === 'hlkx' ? verification.signatures.find(({ signer }) => isRegistered(signer?.thumbprint)) : undefined;
  const signature = own ?? verification.signatures[0];
  const [fault] = verification.problems.filter((problem) => problem.code !== 'unsigned');
  if (fault !== undefined) {
    const finding: Finding = {
      rule: 'package-signature-is-valid',
      severity: 'error',
      serviceMessage: SERVICE_WORDS,
      summary: `The signature on the ${title} cannot be read: ${fault.message}`,
      explanation: `The place in the ${title} where its signature should be holds something else.`,
      remedy: `Build the ${title} again and sign it as the last step.`,
    };
    return { findings: [finding], signer: { signerThumbprint: undefined, signerSubject: undefined } };
  }
  const none = { signerThumbprint: undefined, signerSubject: undefined };
  if (signature === undefined && takesAnySigner) return { findings: [], signer: none };
  if (signature === undefined) {
    const finding: Finding = {
      rule: 'package-is-signed',
      severity: 'error',
      serviceMessage: SERVICE_WORDS,
      summary: `The ${title} is not signed.`,
      explanation: `The signature on the ${title} shows that the package comes from the account that submits it.`,
      remedy: `Sign the ${title} with a certificate that is registered to the account, ${signing}.`,
    };
    return { findings: [finding], signer: none };
  }
  const signer = { signerThumbprint: signature.signer?.thumbprint, signerSubject: signature.signer?.subject };
  const registered = isRegistered(signature.signer?.thumbprint);
  const isAccepted = registered || takesAnySigner;
  // A certificate registered by itself needs no path to a root; every other fault counts.
  const problems = signature.problems.filter((problem) => !(isAccepted && problem.code === 'untrustedRoot'));
  const findings: Finding[] = [];
  if (!isAccepted) {
    findings.push({
      rule: 'package-signer-is-registered',
      severity: 'error',
      serviceMessage: SERVICE_WORDS,
      summary: `The ${title} is signed by "${signature.signer?.subject ?? 'an unknown certificate'}", which is not registered to this account.`,
      explanation: `Only packages signed by a certificate that the account has registered are accepted. The signer's certificate has the SHA-256 thumbprint ${signature.signer?.thumbprint ?? 'unknown'}.`,
      remedy: `Sign the ${title} with a registered certificate, or register this one to the account.`,
    });
  }
  for (const problem of problems) {
    if (!isAccepted && problem.code === 'untrustedRoot') continue;
    findings.push({
      rule: 'package-signature-is-valid',
      severity: 'error',
      serviceMessage: SERVICE_WORDS,
      summary: `The signature on the ${title} does not hold: ${problem.message}`,
      explanation: `The ${title} was changed after it was signed, or the certificate may not sign code at this time.`,
      remedy: `Build the ${title} again, sign it as the last step with a valid code-signing certificate, and upload it unchanged.`,
    });
  }
  return { findings, signer };
}
