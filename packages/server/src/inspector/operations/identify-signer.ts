// Who signed a small image, and whether it is one of the images that were given out to be signed: compared by Authenticode
// digest, which covers everything but the signature.
import {
  bytesSource,
  type Certificate,
  identifyFile,
  OID,
  ParseError,
  parseCertificate,
  pe,
  verifyFile,
} from '@assay/authenticode';
import type { IdentifySignerAnswer, IdentifySignerRequest, SignerDescription } from '../protocol.ts';

/** The facts about a certificate that are recorded when it is registered. */
export function describeSigner(certificate: Certificate): SignerDescription {
  return {
    bytes: certificate.bytes,
    subject: certificate.subject,
    issuer: certificate.issuer,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    isExtendedValidation: certificate.certificatePolicies?.includes(OID.extendedValidationCodeSigning) === true,
  };
}

/** Number of the KeyUsage bit that signing needs (RFC 5280 §4.2.1.3). */
const DIGITAL_SIGNATURE = 0;

/** Why a certificate may not sign packages at this moment, one sentence for each reason. */
export function codeSigningProblems(certificate: Certificate, at: Date): string[] {
  const problems: string[] = [];
  if (at < certificate.notBefore) {
    problems.push(`The certificate is not valid before ${certificate.notBefore.toISOString()}.`);
  }
  if (at > certificate.notAfter) problems.push(`The certificate expired on ${certificate.notAfter.toISOString()}.`);
  // Without the extension any usage is allowed; a certificate that is registered here must have been issued for this one.
  if (certificate.extendedKeyUsages?.includes(OID.codeSigning) !== true) {
    problems.push(`The certificate is not for code signing: its extended key usages lack ${OID.codeSigning}.`);
  }
  if (certificate.keyUsageBits?.includes(DIGITAL_SIGNATURE) === false) {
    problems.push('The certificate may not make digital signatures: its key usage says so.');
  }
  return problems;
}

const REFUSED: Pick<IdentifySignerAnswer, 'challenge' | 'signer'> = { challenge: undefined, signer: undefined };

/** Problems that are no fault here: anybody's certificate may be registered, and validity is told of in our own words. */
const NO_FAULTS: ReadonlySet<string> = new Set(['untrustedRoot', 'expired', 'notYetValid', 'wrongUsage']);

/** The answer for a file of any content. Never throws ParseError: what cannot be read is a problem of the file. */
export async function identifySigner(request: IdentifySignerRequest): Promise<IdentifySignerAnswer> {
  const source = bytesSource(request.file);
  const at = new Date(request.at);
  if (identifyFile(request.file.subarray(0, 512))?.name !== 'pe') {
    return { ...REFUSED, problems: ['The file is not the one that was downloaded: it is not an image any more.'] };
  }
  const { signatures, problems } = await verifyFile(source, { anchors: [], at });
  const [signature] = signatures;
  if (signature?.signer === undefined || signature.digestAlgorithm === undefined) {
    const faults = [...problems, ...(signature?.problems ?? [])].map(({ message }) => sentence(message));
    return { ...REFUSED, problems: faults.length > 0 ? faults : ['The file is not signed.'] };
  }
  const forged = signature.problems.filter(({ code }) => !NO_FAULTS.has(code)).map(({ message }) => sentence(message));
  // Read again, so that what was parsed as part of the signature is judged as a certificate of its own.
  const certificate = parseCertificate(signature.signer.bytes);
  return {
    problems: [...forged, ...codeSigningProblems(certificate, at)],
    challenge: await findChallenge(request, signature.digestAlgorithm),
    signer: describeSigner(certificate),
  };
}

async function findChallenge(
  { file, challenges }: IdentifySignerRequest,
  algorithm: Parameters<typeof pe.digest>[1],
): Promise<number | undefined> {
  try {
    const signed = Buffer.from(await pe.digest(bytesSource(file), algorithm));
    for (const [index, challenge] of challenges.entries()) {
      if (signed.equals(await pe.digest(bytesSource(challenge), algorithm))) return index;
    }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
  }
  return undefined;
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
