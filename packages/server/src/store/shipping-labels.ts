// Shipping labels of a submission, as the API reads and changes them: by the account that owns them, and for reading by the
// accounts that they are made visible to.
import { type PublishingSpecifications, stringifyJson, type Targeting } from '@assay/hardware-api';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import { newSubmissionId } from './ids.ts';
import { readPublishing, writeTargeting } from './label-targeting.ts';
import { type Page, type PageRequest, toPage } from './products.ts';
import type { Schema, ShippingLabel, ShippingLabelRun } from './schema.ts';
import type { SubmissionKey } from './submissions.ts';

/** Names one label within what an account may see. */
export interface ShippingLabelKey extends SubmissionKey {
  readonly labelId: bigint;
}

/** A label with what the asking account may do with it. */
export interface SeenShippingLabel {
  readonly label: ShippingLabel;
  readonly access: 'owner' | 'reader';
}

export interface NewShippingLabelRow {
  readonly accountId: bigint;
  readonly productId: bigint;
  readonly submissionId: bigint;
  readonly name: string;
  readonly targeting: Targeting;
  readonly purpose:
    | { readonly destination: 'windowsUpdate'; readonly publishing: PublishingSpecifications }
    | {
        readonly destination: 'anotherPartner';
        readonly receiverAccountId: bigint;
        readonly enforceChidTargeting: boolean;
      };
  /** Who made it: a client id. */
  readonly createdBy: string;
}

/** Which workflow takes a label to its destination. */
export const WORKFLOW_KINDS = {
  windowsUpdate: 'shippingLabelPublishing',
  anotherPartner: 'shippingLabelSharing',
} as const;

/** What a label shows between its creation, or an update, and the moment at which its workflow takes it up. */
const QUEUED = { current_step: 'preProcessShippingLabel', step_state: 'notStarted', messages: '[]' } as const;

/** Times that an insert is tried with a fresh id before the collision is reported. */
const ID_ATTEMPTS = 5;

async function insertRun(
  transaction: Transaction<Schema>,
  run: Pick<ShippingLabelRun, 'label_id' | 'kind' | 'purpose' | 'business_justification' | 'requested_by'>,
  clock: Clock,
): Promise<ShippingLabelRun> {
  for (let attempt = 0; attempt < ID_ATTEMPTS; attempt += 1) {
    const row: ShippingLabelRun = {
      ...run,
      id: newSubmissionId(clock),
      approver: null,
      update_blob: null,
      outcome: null,
      created_at: clock().toISOString(),
      ended_at: null,
    };
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('shipping_label_runs')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 1n) return row;
  }
  throw new Error(`No free run id was found in ${ID_ATTEMPTS} attempts.`);
}

/** Stores a new label with the first run of its workflow, which the caller queues in the same transaction. */
export async function insertShippingLabel(
  transaction: Transaction<Schema>,
  label: NewShippingLabelRow,
  clock: Clock,
): Promise<ShippingLabel> {
  const { purpose } = label;
  const now = clock().toISOString();
  const publishing = purpose.destination === 'windowsUpdate' ? purpose.publishing : undefined;
  let inserted: ShippingLabel | undefined;
  for (let attempt = 0; attempt < ID_ATTEMPTS && inserted === undefined; attempt += 1) {
    const row: ShippingLabel = {
      id: newSubmissionId(clock),
      account_id: label.accountId,
      product_id: label.productId,
      submission_id: label.submissionId,
      name: label.name,
      destination: purpose.destination,
      publishing: publishing === undefined ? null : stringifyJson(publishing),
      receiver_account_id: purpose.destination === 'anotherPartner' ? purpose.receiverAccountId : null,
      enforce_chid_targeting:
        purpose.destination === 'anotherPartner' ? (purpose.enforceChidTargeting ? 1n : 0n) : null,
      targeting: writeTargeting(label.targeting),
      published_targeting: null,
      run_id: 0n,
      ...QUEUED,
      step_started_at: now,
      created_by: label.createdBy,
      created_at: now,
      updated_at: now,
    };
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('shipping_labels')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 1n) inserted = row;
  }
  if (inserted === undefined) throw new Error(`No free shipping label id was found in ${ID_ATTEMPTS} attempts.`);
  const readers = [...new Set(publishing?.visibleToAccounts ?? [])].filter((account) => account !== label.accountId);
  if (readers.length > 0) {
    const labelId = inserted.id;
    await transaction
      .insertInto('shipping_label_readers')
      .values(readers.map((account) => ({ label_id: labelId, account_id: account })))
      .execute();
  }
  const run = await insertRun(
    transaction,
    {
      label_id: inserted.id,
      kind: WORKFLOW_KINDS[purpose.destination],
      purpose: 'create',
      business_justification: publishing?.additionalInfoForMsApproval.businessJustification ?? null,
      requested_by: label.createdBy,
    },
    clock,
  );
  await transaction.updateTable('shipping_labels').set({ run_id: run.id }).where('id', '=', inserted.id).execute();
  return { ...inserted, run_id: run.id };
}

/** The label with this id, when it belongs to this submission and the account owns it or may read it. */
export async function findShippingLabel(
  database: Database,
  key: ShippingLabelKey,
): Promise<SeenShippingLabel | undefined> {
  const label = await database
    .selectFrom('shipping_labels')
    .selectAll()
    .where('id', '=', key.labelId)
    .where('submission_id', '=', key.submissionId)
    .where('product_id', '=', key.productId)
    .where((where) =>
      where.or([
        where('account_id', '=', key.accountId),
        where(
          'id',
          'in',
          where
            .selectFrom('shipping_label_readers')
            .select('label_id')
            .where('label_id', '=', key.labelId)
            .where('shipping_label_readers.account_id', '=', key.accountId),
        ),
      ]),
    )
    .executeTakeFirst();
  if (label === undefined) return undefined;
  return { label, access: label.account_id === key.accountId ? 'owner' : 'reader' };
}

/** One page of a submission's labels that the account owns or may read, oldest first. */
export async function listShippingLabels(
  database: Database,
  key: SubmissionKey,
  page: PageRequest,
): Promise<Page<ShippingLabel>> {
  const rows = await database
    .selectFrom('shipping_labels')
    .selectAll()
    .where('submission_id', '=', key.submissionId)
    .where('product_id', '=', key.productId)
    .where((where) =>
      where.or([
        where('account_id', '=', key.accountId),
        where.exists(
          where
            .selectFrom('shipping_label_readers')
            .select('label_id')
            .whereRef('label_id', '=', 'shipping_labels.id')
            .where('shipping_label_readers.account_id', '=', key.accountId),
        ),
      ]),
    )
    .where('id', '>', page.after)
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
  return toPage(rows, page.limit);
}

/** Whether a label of the submission was made visible to an account that does not own it. */
export async function isReaderOfSubmission(database: Database, key: SubmissionKey): Promise<boolean> {
  const row = await database
    .selectFrom('shipping_labels')
    .innerJoin('shipping_label_readers', 'shipping_label_readers.label_id', 'shipping_labels.id')
    .select('shipping_labels.id')
    .where('shipping_labels.submission_id', '=', key.submissionId)
    .where('shipping_labels.product_id', '=', key.productId)
    .where('shipping_label_readers.account_id', '=', key.accountId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The specifications that a row holds, with another justification. */
function withJustification(publishing: string | null, businessJustification: string): string | null {
  const specifications = readPublishing(publishing);
  if (specifications === undefined) return null;
  const { additionalInfoForMsApproval } = specifications;
  return stringifyJson({
    ...specifications,
    additionalInfoForMsApproval: { ...additionalInfoForMsApproval, businessJustification },
  });
}

/** Whether no run of the label's workflow is under way. */
export function isAtRest(label: Pick<ShippingLabel, 'step_state'>): boolean {
  return label.step_state === 'completed' || label.step_state === 'failed';
}

/**
 * Gives a label at rest its new targeting and a run that takes it there; the caller queues the workflow in the same
 * transaction. Returns undefined, and changes nothing, when another run has started since `label` was read.
 */
export async function startUpdate(
  transaction: Transaction<Schema>,
  update: {
    readonly label: ShippingLabel;
    readonly targeting: Targeting;
    readonly businessJustification: string | undefined;
    readonly requestedBy: string;
  },
  clock: Clock,
): Promise<ShippingLabelRun | undefined> {
  const { label } = update;
  const run = await insertRun(
    transaction,
    {
      label_id: label.id,
      kind: WORKFLOW_KINDS[label.destination],
      purpose: 'update',
      business_justification: update.businessJustification ?? null,
      requested_by: update.requestedBy,
    },
    clock,
  );
  const now = clock().toISOString();
  const { numUpdatedRows } = await transaction
    .updateTable('shipping_labels')
    .set({
      ...QUEUED,
      targeting: writeTargeting(update.targeting),
      ...(update.businessJustification !== undefined && {
        publishing: withJustification(label.publishing, update.businessJustification),
      }),
      run_id: run.id,
      step_started_at: now,
      updated_at: now,
    })
    .where('id', '=', label.id)
    .where('run_id', '=', label.run_id)
    .where('step_state', 'in', ['completed', 'failed'])
    .executeTakeFirst();
  if (numUpdatedRows === 1n) return run;
  await transaction.deleteFrom('shipping_label_runs').where('id', '=', run.id).execute();
  return undefined;
}

/** Whether a partner who shares this submission with its account demands that every label targets CHIDs. */
export async function mustTargetChids(database: Database, submissionId: bigint): Promise<boolean> {
  const share = await database
    .selectFrom('shares')
    .innerJoin('shipping_labels', 'shipping_labels.id', 'shares.label_id')
    .select('shares.label_id')
    .where('shares.submission_id', '=', submissionId)
    .where('shares.revoked_at', 'is', null)
    .where('shipping_labels.enforce_chid_targeting', '=', 1n)
    .limit(1)
    .executeTakeFirst();
  return share !== undefined;
}
