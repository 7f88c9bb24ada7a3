// What a certification report is made of. Facts alone: nothing here depends on when or how often a report is written.

/** One INF of a driver. What it does not say is undefined. */
export interface ReportedInf {
  /** Path inside the package. */
  readonly path: string;
  readonly provider: string | undefined;
  readonly className: string | undefined;
  readonly classGuid: string | undefined;
  /** Date and version of DriverVer. */
  readonly driverVersion: { readonly date: string; readonly version: string } | undefined;
  readonly extensionId: string | undefined;
  /** How many different hardware ids it names. */
  readonly hardwareIds: number;
  /** Such as `amd64`, of the sections of its [Manufacturer]. */
  readonly architectures: readonly string[];
}

/** One driver folder. */
export interface ReportedDriver {
  readonly folder: string;
  readonly infs: readonly ReportedInf[];
  /** Codes of the systems that it was signed for. */
  readonly operatingSystems: readonly string[];
}

export interface ReportedCatalog {
  readonly path: string;
  /** How many files it lists. */
  readonly members: number;
}

/** A file of the signed package. */
export interface ReportedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Of the file as it is handed out, lower-case hex. */
  readonly sha256: string;
  /** `embedded`: this service put a signature into it; `catalog`: a catalog of the package vouches for it. */
  readonly signature: 'embedded' | 'catalog' | 'none';
}

/** One signature of the log. */
export interface ReportedSignature {
  /** Path inside the package of what was signed. */
  readonly path: string;
  readonly madeAt: Date;
  /** SHA-256 of the signer's certificate, lower-case hex. */
  readonly thumbprint: string;
  /** RFC 4514 text; undefined when the signature does not carry the certificate. */
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  readonly timeStamp: { readonly time: Date; readonly authority: string | undefined } | undefined;
}

/** What became of the malware scan. */
export interface ReportedScan {
  /** Name and version of the scanner; undefined when there was none. */
  readonly engine: string | undefined;
  readonly signatures: { readonly version: string; readonly date: string } | undefined;
  /** Files without a verdict, with the reason. */
  readonly notScanned: readonly { readonly path: string; readonly reason: string }[];
}

/** What an HLK package says of its tests. */
export interface ReportedTests {
  readonly kit: string;
  readonly kitVersion: string | undefined;
  readonly counts: { readonly passed: number; readonly failed: number; readonly notRun: number } | undefined;
}

/** Something that a rule found and that did not stop the package. */
export interface ReportedNote {
  /** Path inside the package. */
  readonly file: string | undefined;
  /** From 1. */
  readonly line: number | undefined;
  /** The rule's number at InfVerif, when it has one. */
  readonly code: number | undefined;
  readonly summary: string;
  readonly severity: string;
  /** Why it was let pass, when a waiver covers it. */
  readonly waived: string | undefined;
}

export interface CertificationFacts {
  readonly productName: string;
  readonly productId: bigint;
  readonly submissionName: string;
  readonly submissionId: bigint;
  readonly submissionType: string;
  readonly account: { readonly id: bigint; readonly legalName: string };
  readonly submittedAt: Date;
  readonly testHarness: string;
  /** Undefined for a package that is none of a hardware kit. */
  readonly tests: ReportedTests | undefined;
  /** SHA-256 of the certificate that the package was signed with by its submitter, lower-case hex; undefined without one. */
  readonly submitterThumbprint: string | undefined;
  /** Whether that certificate is registered to the account. Only a rehearsal takes packages of which it is not. */
  readonly isSubmitterRegistered: boolean;
  readonly requestedSignatures: readonly string[];
  readonly drivers: readonly ReportedDriver[];
  readonly files: readonly ReportedFile[];
  readonly catalogs: readonly ReportedCatalog[];
  readonly signingProfile: string;
  readonly signatures: readonly ReportedSignature[];
  readonly scan: ReportedScan;
  readonly notes: readonly ReportedNote[];
  /** Whether a person approved it. */
  readonly isReviewed: boolean;
}
