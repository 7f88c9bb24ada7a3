// The results of verifying files, in the one shape that is printed.
import type {
  Certificate,
  FileVerification,
  PolicyResult,
  SignatureVerification,
  VerificationProblem,
} from '@assay/authenticode';

/** One signature of a file; everything is text or a number, so that it can be printed as it is. */
export interface VerifiedSignature {
  readonly index: number;
  /** The signature that it is nested in. */
  readonly nestedIn: number | undefined;
  readonly ok: boolean;
  readonly signer: string | undefined;
  /** SHA-256 of the signer's certificate. */
  readonly thumbprint: string | undefined;
  readonly issuer: string | undefined;
  readonly digestAlgorithm: string | undefined;
  readonly sequenceNumber: number | undefined;
  readonly programName: string | undefined;
  readonly usages: readonly string[];
  /** Time of a good stamp by a trusted authority, ISO 8601. */
  readonly trustedTime: string | undefined;
  readonly timestamps: readonly {
    readonly kind: string;
    readonly ok: boolean;
    readonly time: string | undefined;
    readonly authority: string | undefined;
    readonly problems: readonly { readonly code: string; readonly message: string }[];
  }[];
  readonly problems: readonly { readonly code: string; readonly message: string }[];
  readonly policies: readonly PolicyResult[];
}

export interface VerifiedItem {
  /** The file as the user named it, or `archive.zip: path inside`. */
  readonly file: string;
  readonly format: FileVerification['format'];
  /** The catalog through which the file was verified; undefined for a signature of its own. */
  readonly catalog: string | undefined;
  readonly ok: boolean;
  /** Common name of whoever signed. */
  readonly signer: string | undefined;
  /** Time of a good stamp by a trusted authority, ISO 8601. */
  readonly trustedTime: string | undefined;
  readonly problems: readonly { readonly code: string; readonly message: string }[];
  readonly signatures: readonly VerifiedSignature[];
  /** What holds for the file as a whole, policy by policy. */
  readonly policies: readonly PolicyResult[];
}

function nameOf(certificate: Certificate | undefined): string | undefined {
  return certificate === undefined ? undefined : (certificate.commonName ?? certificate.subject);
}

function plain({ code, message }: Pick<VerificationProblem, 'message'> & { readonly code: string }) {
  return { code, message };
}

function toSignature(signature: SignatureVerification): VerifiedSignature {
  const { position, ok, signer, digestAlgorithm, sequenceNumber, opusInfo, usages, trustedTime, policies } = signature;
  return {
    index: position.index,
    nestedIn: position.nestedIn,
    ok,
    signer: signer?.subject,
    thumbprint: signer?.thumbprint,
    issuer: signer?.issuer,
    digestAlgorithm,
    sequenceNumber,
    programName: opusInfo.programName,
    usages,
    trustedTime: trustedTime?.toISOString(),
    timestamps: signature.timestamps.map((stamp) => ({
      kind: stamp.kind,
      ok: stamp.ok,
      time: stamp.time?.toISOString(),
      authority: stamp.authority?.subject,
      problems: stamp.problems.map(plain),
    })),
    problems: signature.problems.map(plain),
    policies,
  };
}

/** A verification as an item; a good signature hides the problems of others, as it is enough. */
export function toItem(file: string, verification: FileVerification, catalog?: string): VerifiedItem {
  const { format, ok, signatures, problems, policies } = verification;
  const chosen = signatures.find((signature) => signature.ok) ?? signatures[0];
  return {
    file,
    format,
    catalog,
    ok,
    signer: nameOf(chosen?.signer),
    trustedTime: chosen?.trustedTime?.toISOString(),
    problems: ok ? [] : [...problems, ...signatures.flatMap((signature) => signature.problems)].map(plain),
    signatures: signatures.map(toSignature),
    policies,
  };
}

/** A failed item for what could not even be looked at. */
export function failedItem(file: string, code: string, message: string): VerifiedItem {
  return {
    file,
    format: 'unknown',
    catalog: undefined,
    ok: false,
    signer: undefined,
    trustedTime: undefined,
    problems: [{ code, message }],
    signatures: [],
    policies: [],
  };
}
