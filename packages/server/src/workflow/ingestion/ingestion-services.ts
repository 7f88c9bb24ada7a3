// What the steps of ingestion work with, and the policy that the operator set.
import type { BlobStore } from '../../blob/blob-store.ts';
import type { Clock } from '../../clock.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { PackageLimits } from '../../inspector/protocol.ts';
import type { SigningService } from '../../signing/signing-service.ts';
import type { Database } from '../../store/database.ts';

export interface IngestionPolicy {
  /** Whether a person must approve each package before it is signed. */
  readonly manualReview: 'never' | 'always';
  /** Whether a package may be signed that no scanner has looked at. */
  readonly scan: 'optional' | 'required';
}

export interface IngestionServices {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly inspector: Inspector;
  readonly signing: SigningService;
  readonly policy: IngestionPolicy;
  readonly limits: PackageLimits;
  /** Folder for the files of submissions that are being worked on, one folder each. */
  readonly workDirectory: string;
  readonly clock: Clock;
}
