// What the service and an inspector process say to each other. Only plain data crosses: the answers come from a process
// that has had a stranger's package in its hands, and are checked where they matter.
import type { DigestAlgorithm, SigningMode } from '@assay/authenticode';
import type {
  Finding,
  HardwareKit,
  HlkTestCounts,
  InfDescription,
  InfKinds,
  InfTargeting,
  RequestedOperatingSystem,
  ShellLabel,
} from '@assay/driver-package';

/** Limits within which a package is opened. */
export interface PackageLimits {
  /** Most files in a package. */
  readonly files: number;
  /** Most bytes of all files together, unpacked. */
  readonly totalBytes: number;
  /** Most unpacked bytes for each byte of the package; what is below `freeBytes` is never held against it. */
  readonly expansionRatio: number;
  /** Unpacked bytes that any package may hold, however small it is. */
  readonly freeBytes: number;
  /** Most bytes of an INF file, which is read whole. */
  readonly infBytes: number;
}

export const DEFAULT_PACKAGE_LIMITS: PackageLimits = {
  files: 20_000,
  totalBytes: 8 * 1024 ** 3,
  expansionRatio: 200,
  freeBytes: 64 * 1024 ** 2,
  infBytes: 4 * 1024 ** 2,
};

/** A file of the package as its table names it, after its name was found harmless. */
export interface PackageEntry {
  /** Path inside the package with `/` between names; the first segment is the driver's folder. */
  readonly path: string;
  readonly size: number;
}

export interface ExamineRequest {
  readonly operation: 'examine';
  /** Absolute path of the package. */
  readonly file: string;
  /** DER of the certificates that are registered to the account. */
  readonly registeredCertificates: readonly Uint8Array[];
  /** Whose signature the package needs: `any` takes a stranger's or none, but never a broken one. `registered` when absent. */
  readonly packageSignature?: 'registered' | 'any';
  /** The test harness of the product; absent when there is no product. Decides whether HLK packages are taken. */
  readonly testHarness?: string;
  /** The moment of the submission, in milliseconds since 1970. */
  readonly at: number;
  readonly limits: PackageLimits;
}

/** What an HLK or HCK package says of itself. */
export interface HlkFacts {
  readonly kit: HardwareKit;
  readonly kitVersion: string | undefined;
  /** Undefined when the package tells no results. */
  readonly tests: HlkTestCounts | undefined;
  readonly operatingSystemCodes: readonly string[];
  /** By operating system family. */
  readonly productTypes: Readonly<Record<string, string>>;
  /** Whether it says that it is made from the shell of another package. */
  readonly isFromShell: boolean;
}

export interface ExamineAnswer {
  readonly container: 'cab' | 'zip' | 'unknown';
  readonly findings: readonly Finding[];
  readonly entries: readonly PackageEntry[];
  /** SHA-256 of the signer's certificate, when the package carries a signature. */
  readonly signerThumbprint: string | undefined;
  readonly signerSubject: string | undefined;
  /** Undefined for packages of another kind. */
  readonly hlk: HlkFacts | undefined;
}

export interface ExtractRequest {
  readonly operation: 'extract';
  readonly file: string;
  /** Absolute path of the folder to write into; files get numbers for names. */
  readonly into: string;
  /** What will become of signatures that images carry: those that stay must be intact. */
  readonly signingMode: SigningMode;
  readonly limits: PackageLimits;
}

/** What there is to know about a portable executable. */
export interface ImageFacts {
  /** As in the file header, for example `amd64`. */
  readonly machine: string;
  readonly subsystem: number;
  /** Authenticode digests, lower-case hex. */
  readonly sha1: string;
  readonly sha256: string;
  /** How many signatures it carries, nested ones included. */
  readonly signatures: number;
}

export interface ExtractedFile extends PackageEntry {
  /** Name of the file in the folder that was written into. */
  readonly written: string;
  /** Digests of the bytes, lower-case hex. */
  readonly sha1: string;
  readonly sha256: string;
  readonly image: ImageFacts | undefined;
}

export interface ExtractAnswer {
  readonly files: readonly ExtractedFile[];
  readonly findings: readonly Finding[];
}

export interface DescribeRequest {
  readonly operation: 'describe';
  /** The files of the package; those that end in `.inf` are read from `file`. */
  readonly files: readonly {
    readonly path: string;
    readonly size: number;
    readonly machine: string | undefined;
    /** Absolute path, for INF files. */
    readonly file: string | undefined;
  }[];
  /** The systems that signatures are asked for. */
  readonly operatingSystems: readonly RequestedOperatingSystem[];
  /** Whether, of these, each driver is only for those that its INFs name, rather than at fault where they do not. */
  readonly onlySupported?: boolean;
  /** The moment of the submission, in milliseconds since 1970. */
  readonly at: number;
  readonly limits: PackageLimits;
}

/** One INF, described. */
export interface DescribedInf {
  readonly path: string;
  readonly description: InfDescription;
  /** Absent in what a release before this one recorded. */
  readonly targeting?: InfTargeting;
}

export interface DescribeAnswer {
  readonly drivers: readonly {
    readonly folder: string;
    readonly infs: readonly DescribedInf[];
    /** Codes of the systems that the driver was held against. */
    readonly operatingSystems: readonly string[];
  }[];
  /** Of all drivers together. */
  readonly kinds: InfKinds;
  readonly findings: readonly Finding[];
}

export interface DigestImageRequest {
  readonly operation: 'digestImage';
  /** Absolute path of the image. */
  readonly file: string;
  readonly algorithm: DigestAlgorithm;
  readonly pageHashes: boolean;
}

export interface DigestImageAnswer {
  /** The Authenticode digest. */
  readonly digest: Uint8Array;
  /** Undefined when they were not asked for, or the image's alignment allows none. */
  readonly pageHashes: { readonly algorithm: 'sha1' | 'sha256'; readonly list: Uint8Array } | undefined;
}

export interface EmbedRequest {
  readonly operation: 'embed';
  /** Absolute path of the unsigned or differently signed image. */
  readonly file: string;
  /** DER of the SignedData. */
  readonly signature: Uint8Array;
  /** Absolute path of the file to write. */
  readonly into: string;
  readonly mode: SigningMode;
  /** SHA-256 of the certificate that made it, in lower-case hex. */
  readonly signer: string;
  /** DER of the certificate that the new signature must lead to; undefined when it may lead anywhere. */
  readonly anchor: Uint8Array | undefined;
}

export interface EmbedAnswer {
  readonly sha256: string;
  readonly size: number;
}

export interface IdentifySignerRequest {
  readonly operation: 'identifySigner';
  /** The signed image itself; it is small. */
  readonly file: Uint8Array;
  /** The images that were given out to be signed. */
  readonly challenges: readonly Uint8Array[];
  /** The moment of the upload, in milliseconds since 1970. */
  readonly at: number;
}

/** What is recorded of a code-signing certificate. */
export interface SignerDescription {
  /** DER. */
  readonly bytes: Uint8Array;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isExtendedValidation: boolean;
}

export interface IdentifySignerAnswer {
  /** Why the file or its signer's certificate cannot be accepted, one sentence for each fault. */
  readonly problems: readonly string[];
  /** Which of the challenges the file is; undefined when it is none of them. */
  readonly challenge: number | undefined;
  readonly signer: SignerDescription | undefined;
}

export interface MakeShellRequest {
  readonly operation: 'makeShell';
  /** Absolute path of the HLK package. */
  readonly file: string;
  /** Absolute path of the file to write. */
  readonly into: string;
  readonly label: ShellLabel;
  readonly limits: PackageLimits;
}

export interface MakeShellAnswer {
  readonly sha256: string;
  readonly size: number;
}

export interface CompareShellRequest {
  readonly operation: 'compareShell';
  /** Absolute path of the package of a derived submission. */
  readonly file: string;
  /** Absolute path of the shell that it must be made from. */
  readonly shell: string;
  readonly limits: PackageLimits;
}

export interface CompareShellAnswer {
  readonly findings: readonly Finding[];
}

/** Writes the compiled code of the process to its cache, for others to start with. */
export interface CompileRequest {
  readonly operation: 'compile';
}

export type InspectorRequest =
  | ExamineRequest
  | ExtractRequest
  | DescribeRequest
  | DigestImageRequest
  | EmbedRequest
  | IdentifySignerRequest
  | MakeShellRequest
  | CompareShellRequest
  | CompileRequest;

export interface InspectorAnswers {
  readonly compile: null;
  readonly examine: ExamineAnswer;
  readonly extract: ExtractAnswer;
  readonly describe: DescribeAnswer;
  readonly digestImage: DigestImageAnswer;
  readonly embed: EmbedAnswer;
  readonly identifySigner: IdentifySignerAnswer;
  readonly makeShell: MakeShellAnswer;
  readonly compareShell: CompareShellAnswer;
}

/** What the process sends back. `refused` is the package's fault, `broke` is ours. */
export type InspectorReply =
  | { readonly id: number; readonly kind: 'answer'; readonly answer: unknown }
  | { readonly id: number; readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly id: number; readonly kind: 'broke'; readonly message: string };
