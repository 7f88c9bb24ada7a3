// What the steps of ingestion work with, and the policy that the operator set.
import type { CodeTables } from '@assay/hardware-api';
import type { BlobStore } from '../../blob/blob-store.ts';
import type { Clock } from '../../clock.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { PackageLimits } from '../../inspector/protocol.ts';
import type { Scanner } from '../../scanner/index.ts';
import type { SigningService } from '../../signing/signing-service.ts';
import type { Database } from '../../store/database.ts';
import type { PackageSubjects } from './package-subject.ts';

export interface IngestionPolicy {
  /** Whether a person must approve each package before it is signed. */
  readonly manualReview: 'never' | 'always';
  /** Whether a package may be signed that a scanner has not looked at, because there is none or because it is too large. */
  readonly scan: 'optional' | 'required';
  /** Whose signature a package needs; `any` (rehearsals only) also takes none. */
  readonly packageSignature: 'registered' | 'any';
}

export interface IngestionServices {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly inspector: Inspector;
  readonly signing: SigningService;
  /** The malware scanner, when one is configured. */
  readonly scanner?: Scanner;
  readonly policy: IngestionPolicy;
  readonly limits: PackageLimits;
  /** Folder for the files of packages that are being worked on, one folder each. */
  readonly workDirectory: string;
  /** The codes of operating systems that are known. */
  readonly codes: CodeTables;
  readonly clock: Clock;
}

/** The same for the steps of one kind of workflow. */
export interface StepServices extends IngestionServices {
  readonly subjects: PackageSubjects;
}
