// What the steps need to know of the package they work on, and who tells them: a submission and a preprod package live in
// different tables, but are examined, unpacked, checked and signed by the same steps.

import type { InfKinds } from '@assay/driver-package';
import type { Transaction } from 'kysely';
import type { HlkFacts } from '../../inspector/protocol.ts';
import type { SigningProfileName } from '../../signing/profiles.ts';
import type { Account, Schema } from '../../store/schema.ts';

export interface PackageSubject {
  /** The account whose certificate must have signed the package, and in whose name it is signed. */
  readonly account: Account;
  /** The content that holds the package; null when nothing was uploaded. */
  readonly content: string | null;
  /** When the subject was made. */
  readonly createdAt: Date;
  /** The systems that signatures are asked for, by their codes; `supported`: those that the INFs themselves name. */
  readonly operatingSystems: readonly string[] | 'supported';
  /** The test harness of the product; absent when there is no product. */
  readonly testHarness?: string;
  /** How it is signed. */
  readonly profile: SigningProfileName;
  /** Path of the subject in the audit log. */
  readonly entity: string;
}

/** One kind of package. The hooks run in the transaction that records the step's result. */
export interface PackageSubjects {
  /** Throws when the id is unknown. */
  load(subjectId: bigint): Promise<PackageSubject>;
  /** The package is what it should be and signed by somebody who may submit it. */
  accepted?(transaction: Transaction<Schema>, subjectId: bigint): Promise<void>;
  /** An HLK package tells these results, and they are good enough. */
  tested?(transaction: Transaction<Schema>, subjectId: bigint, hlk: HlkFacts): Promise<void>;
  /** The INFs were read. */
  described?(transaction: Transaction<Schema>, subjectId: bigint, kinds: InfKinds): Promise<void>;
}
