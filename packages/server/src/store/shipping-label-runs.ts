// What the workflows of shipping labels read and write. They work for the service, not for a caller, so nothing here is
// limited to one account, except the cancellation, which a caller asks for.
import type { Targeting } from '@assay/hardware-api';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import { appendAudit, SERVICE } from './audit.ts';
import type { Database } from './database.ts';
import { readTargeting, settleTargeting, withdrawTargeting, writeTargeting } from './label-targeting.ts';
import type { Product, Schema, ShippingLabel, ShippingLabelRun, Submission } from './schema.ts';

/** The container of the descriptions of what is published. */
export const UPDATE_CONTAINER = 'updates';

/** A run with everything that its steps depend on. */
export interface LabelRun {
  readonly run: ShippingLabelRun;
  readonly label: ShippingLabel;
  readonly submission: Submission;
  readonly product: Product;
}

/** The run with its label, submission and product; throws when the id is unknown. */
export async function loadLabelRun(database: Database, runId: bigint): Promise<LabelRun> {
  const run = await database
    .selectFrom('shipping_label_runs')
    .selectAll()
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
  const label = await database
    .selectFrom('shipping_labels')
    .selectAll()
    .where('id', '=', run.label_id)
    .executeTakeFirstOrThrow();
  const submission = await database
    .selectFrom('submissions')
    .selectAll()
    .where('id', '=', label.submission_id)
    .executeTakeFirstOrThrow();
  const product = await database
    .selectFrom('products')
    .selectAll()
    .where('id', '=', label.product_id)
    .executeTakeFirstOrThrow();
  return { run, label, submission, product };
}

/** Changes what the label of a run shows of its progress. */
export async function updateLabelProgress(
  transaction: Transaction<Schema>,
  runId: bigint,
  progress: {
    readonly step: string;
    readonly state: ShippingLabel['step_state'];
    readonly messages?: readonly string[];
    /** Whether this is the moment at which the step begins. */
    readonly begins?: boolean;
  },
  now: Date,
): Promise<void> {
  const moment = now.toISOString();
  await transaction
    .updateTable('shipping_labels')
    .set({
      current_step: progress.step,
      step_state: progress.state,
      messages: JSON.stringify(progress.messages ?? []),
      updated_at: moment,
      ...(progress.begins === true && { step_started_at: moment }),
    })
    .where('run_id', '=', runId)
    .execute();
}

/** Notes who is to approve a run. */
export async function setApprover(
  transaction: Transaction<Schema>,
  runId: bigint,
  approver: ShippingLabelRun['approver'],
): Promise<void> {
  await transaction.updateTable('shipping_label_runs').set({ approver }).where('id', '=', runId).execute();
}

/** Notes which blob describes what a run publishes. */
export async function setUpdateBlob(transaction: Transaction<Schema>, runId: bigint, blob: string): Promise<void> {
  await transaction.updateTable('shipping_label_runs').set({ update_blob: blob }).where('id', '=', runId).execute();
}

async function targetingOfRun(
  transaction: Transaction<Schema>,
  runId: bigint,
): Promise<{ readonly current: Targeting; readonly published: Targeting | undefined }> {
  const row = await transaction
    .selectFrom('shipping_labels')
    .select(['targeting', 'published_targeting'])
    .where('run_id', '=', runId)
    .executeTakeFirstOrThrow();
  return {
    current: readTargeting(row.targeting),
    published: row.published_targeting === null ? undefined : readTargeting(row.published_targeting),
  };
}

/** Writes the targeting of a run's label in the metadata's own spelling; its meaning stays the same. */
export async function setTargeting(
  transaction: Transaction<Schema>,
  runId: bigint,
  targeting: Targeting,
): Promise<void> {
  await transaction
    .updateTable('shipping_labels')
    .set({ targeting: writeTargeting(targeting) })
    .where('run_id', '=', runId)
    .execute();
}

/** Makes what a run asked for the published targeting of its label. */
export async function settleRun(transaction: Transaction<Schema>, runId: bigint): Promise<void> {
  const targeting = writeTargeting(settleTargeting((await targetingOfRun(transaction, runId)).current));
  await transaction
    .updateTable('shipping_labels')
    .set({ targeting, published_targeting: targeting })
    .where('run_id', '=', runId)
    .execute();
}

/** Ends a run. One that did not complete leaves nothing of what it asked for. */
export async function endRun(
  transaction: Transaction<Schema>,
  runId: bigint,
  outcome: NonNullable<ShippingLabelRun['outcome']>,
  now: Date,
): Promise<void> {
  if (outcome !== 'completed') {
    const { current, published } = await targetingOfRun(transaction, runId);
    await setTargeting(transaction, runId, withdrawTargeting(current, published));
  }
  await transaction
    .updateTable('shipping_label_runs')
    .set({ outcome, ended_at: now.toISOString() })
    .where('id', '=', runId)
    .execute();
}

/** Path of a label in the audit log. */
export function labelEntity(label: Pick<ShippingLabel, 'id' | 'product_id' | 'submission_id'>): string {
  return `products/${label.product_id}/submissions/${label.submission_id}/shippingLabels/${label.id}`;
}

/** Writes into the audit log what the workflow did with a label. */
export async function auditLabelRun(
  transaction: Transaction<Schema>,
  runId: bigint,
  action: string,
  details: Readonly<Record<string, unknown>>,
  clock: Clock,
): Promise<void> {
  const label = await transaction
    .selectFrom('shipping_labels')
    .select(['id', 'account_id', 'product_id', 'submission_id'])
    .where('run_id', '=', runId)
    .executeTakeFirstOrThrow();
  const change = { accountId: label.account_id, action, entity: labelEntity(label), details };
  await appendAudit(transaction, SERVICE, change, clock);
}

/** The steps at which a label can be taken back. Gradual rollout has no step of its own: it is `publishing`. */
export const CANCELLABLE_STEPS: readonly string[] = ['microsoftApproval', 'publishing'];

/**
 * Stops the workflow of a label that is in approval or being published. Returns false, and changes nothing, when it is not
 * there (any longer). The workflow is taken first, as the engine does: of the two exactly one goes through.
 */
export async function cancelRun(
  transaction: Transaction<Schema>,
  label: ShippingLabel,
  message: string,
  clock: Clock,
): Promise<boolean> {
  const now = clock();
  const stopped = await transaction
    .updateTable('workflows')
    .set((set) => ({
      state: 'failed',
      lease_owner: null,
      lease_until: null,
      version: set('version', '+', 1n),
      updated_at: now.toISOString(),
    }))
    .where('kind', '=', 'shippingLabelPublishing')
    .where('subject_id', '=', label.run_id)
    .where('state', '=', 'queued')
    .where('step', 'in', CANCELLABLE_STEPS)
    .executeTakeFirst();
  if (stopped.numUpdatedRows !== 1n) return false;
  const { numUpdatedRows } = await transaction
    .updateTable('shipping_labels')
    .set({ step_state: 'failed', messages: JSON.stringify([message]), updated_at: now.toISOString() })
    .where('id', '=', label.id)
    .where('run_id', '=', label.run_id)
    .where('step_state', '=', 'started')
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new Error(`label ${label.id} moved on while its workflow was stopped`);
  await endRun(transaction, label.run_id, 'cancelled', now);
  return true;
}

/** A file of a signed package. */
export interface PublishedFile {
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** The files of a submission's signed package, as its signing recorded them; none when it was not signed here. */
export async function findSignedFiles(database: Database, submissionId: bigint): Promise<readonly PublishedFile[]> {
  const recorded = await database
    .selectFrom('workflows')
    .innerJoin('workflow_steps', 'workflow_steps.workflow_id', 'workflows.id')
    .select('workflow_steps.output')
    .where('workflows.kind', '=', 'ingestion')
    .where('workflows.subject_id', '=', submissionId)
    .where('workflow_steps.step', '=', 'signing')
    .executeTakeFirst();
  if (recorded === undefined) return [];
  const { files } = JSON.parse(recorded.output) as { readonly files: readonly PublishedFile[] };
  return files.map(({ path, sha256, size }) => ({ path, sha256, size }));
}

/** Whether what a label shares can be seen by its receiver. */
export async function isShareStanding(database: Database, labelId: bigint): Promise<boolean> {
  const share = await database
    .selectFrom('shares')
    .select('label_id')
    .where('label_id', '=', labelId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return share !== undefined;
}
