// Shipping labels that wait at microsoftApproval for a person, and the decision about one, once and for all.
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import type { Schema, ShippingLabel, ShippingLabelApproval, ShippingLabelRun } from './schema.ts';

/** A label that waits for a decision. */
export interface HeldShippingLabel
  extends Pick<
      ShippingLabel,
      'id' | 'product_id' | 'submission_id' | 'name' | 'run_id' | 'messages' | 'step_started_at'
    >,
    Pick<ShippingLabelRun, 'purpose' | 'business_justification' | 'update_blob' | 'requested_by'> {
  readonly product_name: string;
}

function heldLabels(database: Database, accountId: bigint) {
  return database
    .selectFrom('shipping_labels')
    .innerJoin('shipping_label_runs', 'shipping_label_runs.id', 'shipping_labels.run_id')
    .innerJoin('products', 'products.id', 'shipping_labels.product_id')
    .leftJoin('shipping_label_approvals', 'shipping_label_approvals.run_id', 'shipping_labels.run_id')
    .select([
      'shipping_labels.id',
      'shipping_labels.product_id',
      'shipping_labels.submission_id',
      'shipping_labels.name',
      'shipping_labels.run_id',
      'shipping_labels.messages',
      'shipping_labels.step_started_at',
      'shipping_label_runs.purpose',
      'shipping_label_runs.business_justification',
      'shipping_label_runs.update_blob',
      'shipping_label_runs.requested_by',
      'products.product_name',
    ])
    .where('shipping_labels.account_id', '=', accountId)
    .where('shipping_labels.current_step', '=', 'microsoftApproval')
    .where('shipping_labels.step_state', '=', 'started')
    .where('shipping_label_runs.approver', '=', 'person')
    .where('shipping_label_approvals.run_id', 'is', null);
}

/** The labels of an account that wait for a decision, oldest first, at most `limit` of them. */
export function listHeldLabels(database: Database, accountId: bigint, limit: number): Promise<HeldShippingLabel[]> {
  return heldLabels(database, accountId).orderBy('shipping_labels.id').limit(limit).execute();
}

/** The label with this id, when it waits for a decision. */
export function findHeldLabel(
  database: Database,
  accountId: bigint,
  labelId: bigint,
): Promise<HeldShippingLabel | undefined> {
  return heldLabels(database, accountId).where('shipping_labels.id', '=', labelId).executeTakeFirst();
}

/** A label with the description of what its last run publishes, when the account owns it. */
export function findOwnLabel(
  database: Database,
  accountId: bigint,
  labelId: bigint,
): Promise<Pick<ShippingLabel, 'id' | 'product_id' | 'submission_id' | 'run_id'> | undefined> {
  return database
    .selectFrom('shipping_labels')
    .select(['id', 'product_id', 'submission_id', 'run_id'])
    .where('id', '=', labelId)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
}

/** The blob that describes what a run publishes; undefined before it was made. */
export async function findUpdateBlob(database: Database, runId: bigint): Promise<string | undefined> {
  const run = await database
    .selectFrom('shipping_label_runs')
    .select('update_blob')
    .where('id', '=', runId)
    .executeTakeFirst();
  return run?.update_blob ?? undefined;
}

/** The decision about a run, when there is one. */
export function findLabelApproval(database: Database, runId: bigint): Promise<ShippingLabelApproval | undefined> {
  return database.selectFrom('shipping_label_approvals').selectAll().where('run_id', '=', runId).executeTakeFirst();
}

/**
 * Records a decision and makes the waiting workflow due at once. Returns undefined, and changes nothing, when the run has
 * been decided about already.
 */
export async function recordLabelApproval(
  transaction: Transaction<Schema>,
  approval: Omit<ShippingLabelApproval, 'decided_at'>,
  clock: Clock,
): Promise<ShippingLabelApproval | undefined> {
  const row: ShippingLabelApproval = { ...approval, decided_at: clock().toISOString() };
  const { numInsertedOrUpdatedRows } = await transaction
    .insertInto('shipping_label_approvals')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n) return undefined;
  await transaction
    .updateTable('workflows')
    .set({ due_at: row.decided_at })
    .where('kind', '=', 'shippingLabelPublishing')
    .where('subject_id', '=', row.run_id)
    .where('state', '=', 'queued')
    .execute();
  return row;
}
