// First look at a package, without unpacking it: what it is, how it is laid out, and whose signature it carries.
import { type ByteSource, parseCertificate, readCabinet, verifyFile } from '@assay/authenticode';
import { checkLayout, type Finding, identifyContainer } from '@assay/driver-package';
import type { ExamineAnswer, ExamineRequest, PackageEntry } from '../protocol.ts';
import { withFile } from './open-file.ts';

const HEAD_BYTES = 512;

const NOT_A_PACKAGE: Finding = {
  rule: 'package-is-a-cabinet',
  severity: 'error',
  summary: 'The uploaded file is not a cabinet.',
  explanation:
    'A driver package is submitted as a cabinet (.cab) whose folders hold one driver each; this file does not begin like one.',
  remedy: 'Make a cabinet with "assay pack", makecab or gcab and upload that file itself, not a zip of it.',
};

const HLKX_NOT_READ: Finding = {
  rule: 'package-is-a-cabinet',
  severity: 'error',
  summary: 'The uploaded file is a zip or an HLK package (.hlkx), which this version of the service does not open.',
  explanation: 'Only cabinets, as submitted for attestation, are processed.',
  remedy: 'Submit the driver folders in a signed cabinet.',
};

/** The answer for the package in `request.file`. Throws ParseError for a cabinet that is malformed. */
export async function examine(request: ExamineRequest): Promise<ExamineAnswer> {
  return await withFile(request.file, async (source): Promise<ExamineAnswer> => {
    const container = identifyContainer(await source.read(0, Math.min(HEAD_BYTES, source.size)));
    if (container !== 'cab') {
      const finding = container === 'zip' ? HLKX_NOT_READ : NOT_A_PACKAGE;
      return { container, findings: [finding], entries: [], signerThumbprint: undefined, signerSubject: undefined };
    }
    const cabinet = await readCabinet(source, { files: request.limits.files, totalBytes: request.limits.totalBytes });
    const layout = checkLayout(cabinet.files.map((file) => ({ name: file.name, size: file.size })));
    const entries: PackageEntry[] = layout.folders.flatMap((folder) =>
      folder.files.map((file) => ({ path: `${folder.name}/${file.name}`, size: file.size })),
    );
    const signature = await examineSignature(source, request);
    return { container, findings: [...layout.findings, ...signature.findings], entries, ...signature.signer };
  });
}

interface SignatureFacts {
  readonly findings: readonly Finding[];
  readonly signer: Pick<ExamineAnswer, 'signerThumbprint' | 'signerSubject'>;
}

const SERVICE_WORDS = 'SignatureValidationFailed';

async function examineSignature(source: ByteSource, request: ExamineRequest): Promise<SignatureFacts> {
  const anchors = request.registeredCertificates.map(parseCertificate);
  const verification = await verifyFile(source, { anchors, at: new Date(request.at) });
  const [signature] = verification.signatures;
  const [fault] = verification.problems.filter((problem) => problem.code !== 'unsigned');
  if (fault !== undefined) {
    const finding: Finding = {
      rule: 'package-signature-is-valid',
      severity: 'error',
      serviceMessage: SERVICE_WORDS,
      summary: `The signature on the cabinet cannot be read: ${fault.message}`,
      explanation: 'The place in the cabinet where its signature should be holds something else.',
      remedy: 'Build the cabinet again and sign it as the last step.',
    };
    return { findings: [finding], signer: { signerThumbprint: undefined, signerSubject: undefined } };
  }
  if (signature === undefined) {
    const finding: Finding = {
      rule: 'package-is-signed',
      severity: 'error',
      serviceMessage: SERVICE_WORDS,
      summary: 'The cabinet is not signed.',
      explanation: 'The signature on the cabinet shows that the package comes from the account that submits it.',
      remedy:
        'Sign the cabinet with a certificate that is registered to the account, for example "assay pack … --sign submission.p12".',
    };
    return { findings: [finding], signer: { signerThumbprint: undefined, signerSubject: undefined } };
  }
  const signer = { signerThumbprint: signature.signer?.thumbprint, signerSubject: signature.signer?.subject };
  const registered = anchors.some((anchor) => anchor.thumbprint === signature.signer?.thumbprint);
  // A certificate registered by itself needs no path to a root; every other fault counts.
  const problems = signature.problems.filter((problem) => !(registered && problem.code === 'untrustedRoot'));
  const findings: Finding[] = [];
  if (!registered) {
    findings.push({
      rule: 'package-signer-is-registered',
      severity: 'error',
      serviceMessage: SERVICE_WORDS,
      summary: `The cabinet is signed by "${signature.signer?.subject ?? 'an unknown certificate'}", which is not registered to this account.`,
      explanation: `Only packages signed by a certificate that the account has registered are accepted. The signer's certificate has the SHA-256 thumbprint ${signature.signer?.thumbprint ?? 'unknown'}.`,
      remedy: 'Sign the cabinet with a registered certificate, or register this one to the account.',
    });
  }
  for (const problem of problems) {
    if (!registered && problem.code === 'untrustedRoot') continue;
    findings.push({
      rule: 'package-signature-is-valid',
      severity: 'error',
      serviceMessage: SERVICE_WORDS,
      summary: `The signature on the cabinet does not hold: ${problem.message}`,
      explanation: 'The cabinet was changed after it was signed, or the certificate may not sign code at this time.',
      remedy:
        'Build the cabinet again, sign it as the last step with a valid code-signing certificate, and upload it unchanged.',
    });
  }
  return { findings, signer };
}
