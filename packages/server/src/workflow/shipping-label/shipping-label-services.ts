// What the steps of shipping labels work with, and the policy that the operator set.
import type { CodeTables } from '@assay/hardware-api';
import type { BlobStore } from '../../blob/blob-store.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../store/database.ts';

export interface ShippingLabelPolicy {
  /** Which labels a person must approve: all, none, or those whose driver gets installed without anybody asking for it. */
  readonly approval: 'automatic' | 'manual' | 'forAutomaticInstall';
  /**
   * How long the step microsoftApproval lasts at least when nobody has to decide, in milliseconds. There are clients that wait
   * for this very step and look every five seconds: a label that passes it faster keeps them waiting for ever.
   */
  readonly approvalHoldMs: number;
}

export const DEFAULT_SHIPPING_LABEL_POLICY: ShippingLabelPolicy = {
  approval: 'forAutomaticInstall',
  approvalHoldMs: 6_000,
};

export interface ShippingLabelServices {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly policy: ShippingLabelPolicy;
  /** The codes of operating systems that are known. */
  readonly codes: CodeTables;
  readonly clock: Clock;
}
