// What a verification says: of each signature, of the file as a whole, and policy by policy.
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import type { FileFormat } from '../signable-file.ts';
import type { OpusInfo, StatementType } from '../spc/index.ts';
import type { TimestampVerification } from '../timestamp/index.ts';
import type { Certificate, PathProblemCode } from '../x509/index.ts';

export type VerificationProblemCode =
  | PathProblemCode
  | 'unsigned'
  | 'malformed'
  | 'digestMismatch'
  | 'weakDigest'
  | 'notInCatalog';

export interface VerificationProblem {
  readonly code: VerificationProblemCode;
  readonly message: string;
}

/**
 * What is judged, in the order in which it is told: first whether what stands in the file is right (`format`), then who
 * vouches for it (`trust`), then what Windows does with it (`windows`).
 */
export const POLICIES = {
  encoding: { concern: 'format', title: 'the signature is encoded as Windows expects it' },
  digest: { concern: 'format', title: 'the signature belongs to this content' },
  signature: { concern: 'format', title: 'the signature is genuine' },
  chain: { concern: 'trust', title: 'the certificate leads to a trusted root' },
  usage: { concern: 'trust', title: 'the certificate may be used for this' },
  timestamp: { concern: 'trust', title: 'the time of signing is vouched for' },
  revocation: { concern: 'trust', title: 'no certificate was revoked' },
  pnpInstall: { concern: 'windows', title: 'Windows installs the driver package' },
  kernelTestSigning: { concern: 'windows', title: 'the kernel loads it with TESTSIGNING on' },
  kernelProduction: { concern: 'windows', title: 'the kernel of a stock machine loads it' },
} as const satisfies Readonly<Record<string, { concern: 'format' | 'trust' | 'windows'; title: string }>>;

export type Policy = keyof typeof POLICIES;

/** `notChecked`: it would matter, but cannot be told from here; `notApplicable`: it does not concern such a file. */
export type PolicyVerdict = 'met' | 'notMet' | 'notChecked' | 'notApplicable';

export interface PolicyResult {
  readonly policy: Policy;
  readonly verdict: PolicyVerdict;
  /** One or more plain sentences. */
  readonly explanation: string;
  /** What to do about it, when something can be done. */
  readonly remedy?: string;
}

export interface SignatureVerification {
  /** Index among the file's signatures, and that of the signature in which it is nested. */
  readonly position: { readonly index: number; readonly nestedIn: number | undefined };
  /** The signer's certificate, if the signature carries it. */
  readonly signer: Certificate | undefined;
  /** From the signer to the last certificate that was found; ends in an anchor when that is trusted. */
  readonly path: readonly Certificate[];
  /** Digest of the signature; undefined when the signature cannot even be read. */
  readonly digestAlgorithm: DigestAlgorithm | undefined;
  /** Digest by which the signature knows the file; undefined when the signature cannot even be read. */
  readonly fileDigestAlgorithm: DigestAlgorithm | undefined;
  /** Object identifier or URI of the public-key algorithm, as it stands there. */
  readonly signatureAlgorithm: string | undefined;
  /** What the signer says about the program; authentic only when `ok`. */
  readonly opusInfo: OpusInfo;
  readonly statementType: StatementType | undefined;
  /** On signatures that were added to others: how many there were before it. */
  readonly sequenceNumber: number | undefined;
  /** When the signer says that it signed; nobody vouches for it. */
  readonly claimedTime: Date | undefined;
  /** Each time stamp on the signature. A bad one does not make the signature bad. */
  readonly timestamps: readonly TimestampVerification[];
  /** The time of a good stamp by a trusted authority: the signature existed then. */
  readonly trustedTime: Date | undefined;
  /** The signer's extended key usages in words; empty when its certificate is not limited to any. */
  readonly usages: readonly string[];
  /** Whether it belongs to this file and is genuine, whoever made it. */
  readonly intact: boolean;
  /** Whether there are no problems with this signature. */
  readonly ok: boolean;
  readonly problems: readonly VerificationProblem[];
  /** Those of `format` and `trust`, in the order of POLICIES. */
  readonly policies: readonly PolicyResult[];
}

export interface FileVerification {
  readonly format: FileFormat | 'unknown';
  /** Primary first, then the others in the order of the file; nested ones follow the signature they are nested in. */
  readonly signatures: readonly SignatureVerification[];
  /** Whether at least one signature is good, none belongs to other content or is forged, and `problems` is empty. */
  readonly ok: boolean;
  /** Problems of the file as a whole. */
  readonly problems: readonly VerificationProblem[];
  /** One result for each of POLICIES, in that order: what holds for the file as a whole. */
  readonly policies: readonly PolicyResult[];
}

/** The entry of a catalog for a file. */
export interface MatchedMember {
  /** Digest by which the entry was found, lower-case hexadecimal. */
  readonly tag: string;
  /** The name that the catalog gives the file, if it gives one. */
  readonly fileName: string | undefined;
  /** Versions of Windows for which the entry counts, as in `2:10.0`; empty when it does not say. */
  readonly osAttributes: readonly string[];
}

/** The verification of a file through a catalog; `signatures` are the catalog's. */
export interface CatalogVerification extends FileVerification {
  /** undefined when the catalog does not list the file. */
  readonly member: MatchedMember | undefined;
  /** Whether the catalog lists the content under another name; undefined when either name is unknown. */
  readonly nameDiffers: boolean | undefined;
}

export interface VerificationOptions {
  /** Trusted certificates. */
  readonly anchors: readonly Certificate[];
  /** Trusted certificates for time stamps; `anchors` when absent. */
  readonly timestampAnchors?: readonly Certificate[];
  /** Other certificates that may stand in a path, besides those in the signature. */
  readonly intermediates?: readonly Certificate[];
  /** Now when absent. A signature with a good time stamp is judged as of the stamped time, if that is before. */
  readonly at?: Date;
  /** Object identifier of the extended key usage that the signer needs; code signing when absent. */
  readonly requiredUsage?: string;
  /** Whether SHA-1 is good enough, as it was for signatures and catalogs before 2016; false when absent. */
  readonly allowSha1?: boolean;
}

export interface CatalogVerificationOptions extends VerificationOptions {
  /** The file's name (a path is taken for its last part), to be compared with the one in the catalog. */
  readonly fileName?: string;
}

/** Problems that mean that someone tampered, rather than that someone is not trusted. */
export const TAMPERING: ReadonlySet<VerificationProblemCode> = new Set(['digestMismatch', 'badSignature', 'malformed']);
