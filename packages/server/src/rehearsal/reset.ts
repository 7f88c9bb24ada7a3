// Empties a rehearsal of what clients made, as if it had just been started. Accounts, applications, certificates and audiences
// stay, and so do the log of signatures and the audit log: each is a chain that nothing may be taken out of.
import type { BlobStore } from '../blob/index.ts';
import type { Clock } from '../clock.ts';
import { appendAudit, OPERATOR } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import type { Schema } from '../store/schema.ts';

export interface ResetServices {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** Frees the files and the process that are held for a package on which nobody works at the moment. */
  readonly releasePackage: (subjectId: bigint) => Promise<void>;
}

/** Tables that are emptied: those that refer to others first. Blobs follow, because they have files. */
const EMPTIED = [
  'shipping_label_approvals',
  'shares',
  'shipping_label_readers',
  'shipping_label_runs',
  'shipping_labels',
  'reviews',
  'downloads',
  'workflow_steps',
  'workflows',
  'submissions',
  'products',
  'preprod_assets',
  'preprod_packages',
  'throttle_counters',
] as const satisfies readonly (keyof Schema)[];

/** The kinds of workflow that hold files and a process between their steps. */
const KINDS_WITH_FILES = ['ingestion', 'preprod'];

/**
 * Removes products, submissions, shipping labels, preprod packages, their workflows and reviews, the counters of the throttle,
 * in one transaction, and then the blobs. A step that runs meanwhile is not waited for: it finds its workflow gone, its result is
 * dropped, and the engine frees what it held. What it had already made a blob, and packages that were overwritten after their
 * commit, are left to the sweep.
 */
export async function resetRehearsal(services: ResetServices): Promise<void> {
  const { database, blobs, clock } = services;
  const removed = await database.transaction().execute(async (transaction) => {
    const held = await transaction
      .selectFrom('workflows')
      .select('subject_id')
      .where('kind', 'in', KINDS_WITH_FILES)
      .where('state', '=', 'queued')
      .where('lease_owner', 'is', null)
      .execute();
    const names = await transaction
      .selectFrom('blobs')
      .select(['container', 'name'])
      .union(transaction.selectFrom('blob_blocks').select(['container', 'blob as name']))
      .execute();
    for (const table of EMPTIED) await transaction.deleteFrom(table).execute();
    await appendAudit(
      transaction,
      OPERATOR,
      { accountId: null, action: 'rehearsal.reset', entity: 'rehearsal' },
      clock,
    );
    return { held, names };
  });
  for (const { container, name } of removed.names) await blobs.delete(container, name);
  for (const { subject_id } of removed.held) await services.releasePackage(subject_id);
}
