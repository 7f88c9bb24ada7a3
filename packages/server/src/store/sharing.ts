// Sharing between accounts: the receiver gets a product and a submission of its own that stand for the publisher's, and
// loses what they offer when no shipping label shares them any more. Works for the service, so nothing here is limited to
// one account but the look-up by a partner's ids.
import { combinationKey, type HardwareIdCombination } from '@assay/hardware-api';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import { appendAudit, SERVICE } from './audit.ts';
import type { Database } from './database.ts';
import { newProductId, newSubmissionId } from './ids.ts';
import type { Download, Product, Schema, Share, Submission } from './schema.ts';
import { restartWorkflow } from './workflows.ts';

/** The workflow that makes the driver metadata of a shared submission; its subject is the receiver's submission. */
export const PUBLISHER_METADATA = { kind: 'publisherMetadata', firstStep: 'createMetadata' } as const;

/** What the holder of a shared product is told once it is no longer shared. */
export const NO_LONGER_SHARED = 'The publisher no longer shares this product.';

/** Files of the publisher's submission that its copy offers from the beginning, with the beginnings of their names. */
const SHARED_DOWNLOADS: Readonly<Record<string, { readonly prefix: string; readonly extension: string }>> = {
  signedPackage: { prefix: 'Signed', extension: 'zip' },
};

/** Times that an insert is tried with a fresh id before the collision is reported. */
const ID_ATTEMPTS = 5;

/** One label's wish to share a submission. */
export interface NewShare {
  readonly sourceSubmissionId: bigint;
  readonly receiverAccountId: bigint;
  readonly labelId: bigint;
  /** What the label targets: the receiver's driver metadata holds only this. Empty shares the whole submission. */
  readonly hardwareIds: readonly HardwareIdCombination[];
}

interface Source {
  readonly submission: Submission;
  readonly product: Product;
}

async function requireSource(transaction: Transaction<Schema>, share: NewShare): Promise<Source> {
  const submission = await transaction
    .selectFrom('submissions')
    .selectAll()
    .where('id', '=', share.sourceSubmissionId)
    .executeTakeFirstOrThrow();
  if (submission.step_state !== 'completed') throw new Error(`submission ${submission.id} is not ready to be shared`);
  if (submission.source_submission_id !== null) {
    throw new Error(`submission ${submission.id} is shared itself and cannot be shared on`);
  }
  if (submission.account_id === share.receiverAccountId) {
    throw new Error(`submission ${submission.id} belongs to the account that it is to be shared with`);
  }
  const product = await transaction
    .selectFrom('products')
    .selectAll()
    .where('id', '=', submission.product_id)
    .executeTakeFirstOrThrow();
  return { submission, product };
}

/** What a copy says about its product: as the publisher has it at the last sharing. */
function copiedColumns({ product }: Source) {
  return {
    product_name: product.product_name,
    test_harness: product.test_harness,
    properties: product.properties,
    is_extension_inf: product.is_extension_inf,
    deprecated: 0n,
  } as const;
}

/** Makes the receiver's product or brings it up to date. Its row stays locked until the transaction ends. */
async function upsertProduct(
  transaction: Transaction<Schema>,
  source: Source,
  receiverAccountId: bigint,
  clock: Clock,
): Promise<bigint> {
  const now = clock().toISOString();
  const author = SERVICE.actor;
  for (let attempt = 0; attempt < ID_ATTEMPTS; attempt += 1) {
    await transaction
      .insertInto('products')
      .values({
        ...copiedColumns(source),
        id: newProductId(clock),
        account_id: receiverAccountId,
        shared_product_id: source.product.shared_product_id,
        is_committed: 1n,
        created_by: author,
        created_at: now,
        updated_by: author,
        updated_at: now,
        origin_type: 'publisher',
        source_product_id: source.product.id,
        source_publisher_id: source.product.account_id,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const copy = await transaction
      .updateTable('products')
      .set({ ...copiedColumns(source), updated_by: author, updated_at: now })
      .where('account_id', '=', receiverAccountId)
      .where('source_product_id', '=', source.product.id)
      .returning('id')
      .executeTakeFirst();
    if (copy !== undefined) return copy.id;
  }
  throw new Error(`No free product id was found in ${ID_ATTEMPTS} attempts.`);
}

async function upsertSubmission(
  transaction: Transaction<Schema>,
  { submission: source }: Source,
  receiver: { readonly accountId: bigint; readonly productId: bigint },
  clock: Clock,
): Promise<bigint> {
  const now = clock().toISOString();
  for (let attempt = 0; attempt < ID_ATTEMPTS; attempt += 1) {
    await transaction
      .insertInto('submissions')
      .values({
        id: newSubmissionId(clock),
        product_id: receiver.productId,
        account_id: receiver.accountId,
        name: source.name,
        type: source.type,
        commit_status: source.commit_status,
        current_step: source.current_step,
        step_state: source.step_state,
        messages: '[]',
        is_extension_inf: source.is_extension_inf,
        is_universal: source.is_universal,
        is_declarative_inf: source.is_declarative_inf,
        upload_blob: '',
        package_content: null,
        created_by: SERVICE.actor,
        created_at: now,
        updated_at: now,
        source_submission_id: source.id,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const copy = await transaction
      .updateTable('submissions')
      .set({ messages: '[]', updated_at: now })
      .where('account_id', '=', receiver.accountId)
      .where('source_submission_id', '=', source.id)
      .returning('id')
      .executeTakeFirst();
    if (copy !== undefined) return copy.id;
  }
  throw new Error(`No free submission id was found in ${ID_ATTEMPTS} attempts.`);
}

async function offerSharedDownloads(
  transaction: Transaction<Schema>,
  sourceSubmissionId: bigint,
  submissionId: bigint,
): Promise<void> {
  const downloads = await transaction
    .selectFrom('downloads')
    .selectAll()
    .where('submission_id', '=', sourceSubmissionId)
    .execute();
  for (const download of downloads) {
    const name = SHARED_DOWNLOADS[download.type];
    if (name === undefined) continue;
    await transaction
      .insertInto('downloads')
      .values({
        ...download,
        submission_id: submissionId,
        file_name: `${name.prefix}_${submissionId}.${name.extension}`,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Offers the metadata that was made for a shared submission; `download` says where its bytes are, and its place in the list. */
export async function offerMetadata(
  transaction: Transaction<Schema>,
  submissionId: bigint,
  download: Download,
): Promise<void> {
  const row = { ...download, submission_id: submissionId, file_name: `DriverMetadata_${submissionId}.json` };
  await transaction
    .insertInto('downloads')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['submission_id', 'type']).doUpdateSet({ container: row.container, blob: row.blob }),
    )
    .execute();
}

async function withdrawMetadata(transaction: Transaction<Schema>, submissionId: bigint): Promise<void> {
  await transaction
    .deleteFrom('downloads')
    .where('submission_id', '=', submissionId)
    .where('type', '=', 'driverMetadata')
    .execute();
}

function activeShares(database: Database, submissionId: bigint): Promise<Share[]> {
  return database
    .selectFrom('shares')
    .selectAll()
    .where('submission_id', '=', submissionId)
    .where('revoked_at', 'is', null)
    .orderBy('label_id')
    .execute();
}

async function writeShare(
  transaction: Transaction<Schema>,
  share: NewShare & { readonly submissionId: bigint },
  clock: Clock,
): Promise<void> {
  const { labelId, submissionId, sourceSubmissionId } = share;
  const hardwareIds = JSON.stringify(share.hardwareIds);
  await transaction
    .insertInto('shares')
    .values({
      label_id: labelId,
      source_submission_id: sourceSubmissionId,
      submission_id: submissionId,
      hardware_ids: hardwareIds,
      shared_at: clock().toISOString(),
      revoked_at: null,
    })
    .onConflict((conflict) =>
      conflict
        .column('label_id')
        .doUpdateSet({ hardware_ids: hardwareIds, submission_id: submissionId, revoked_at: null }),
    )
    .execute();
}

/**
 * Shares a completed submission with another account, which gets a product and a submission of its own, or sees those again
 * that it got when the same submission was shared before. Called again for a label it brings the label's hardware ids up to
 * date: metadata that was made for others is taken back and made anew. Throws when the submission is not completed, is a
 * shared one itself, or is the receiver's own.
 */
export async function shareSubmission(
  transaction: Transaction<Schema>,
  share: NewShare,
  clock: Clock,
): Promise<{ readonly productId: bigint; readonly submissionId: bigint }> {
  const source = await requireSource(transaction, share);
  const accountId = share.receiverAccountId;
  const productId = await upsertProduct(transaction, source, accountId, clock);
  const submissionId = await upsertSubmission(transaction, source, { accountId, productId }, clock);
  const before = sharedHardwareIds(await activeShares(transaction, submissionId));
  await writeShare(transaction, { ...share, submissionId }, clock);
  const after = sharedHardwareIds(await activeShares(transaction, submissionId));
  await offerSharedDownloads(transaction, share.sourceSubmissionId, submissionId);
  if (!isSameSelection(before, after)) await remakeMetadata(transaction, submissionId, clock);
  const details = {
    labelId: share.labelId,
    sourcePublisherId: source.product.account_id,
    sourceSubmissionId: share.sourceSubmissionId,
  };
  const entity = `products/${productId}/submissions/${submissionId}`;
  await appendAudit(transaction, SERVICE, { accountId, action: 'submission.receive', entity, details }, clock);
  return { productId, submissionId };
}

/** Takes back metadata that holds other hardware ids than are shared now; whoever asked for it before gets it again. */
async function remakeMetadata(transaction: Transaction<Schema>, submissionId: bigint, clock: Clock): Promise<void> {
  // First the workflow: one that is about to record metadata of the old kind loses its claim, or has recorded it by then.
  await restartWorkflow(transaction, { ...PUBLISHER_METADATA, subjectId: submissionId }, clock());
  await withdrawMetadata(transaction, submissionId);
}

/**
 * Ends what a label shares. When no other label shares the submission, its downloads go; when nothing else of the product is
 * shared either, the product is deprecated. The rows stay, so that the receiver can still read what it had. Nothing happens
 * when the label shares nothing (any more).
 */
export async function revokeShare(
  transaction: Transaction<Schema>,
  { labelId }: { readonly labelId: bigint },
  clock: Clock,
): Promise<void> {
  const share = await transaction
    .selectFrom('shares')
    .innerJoin('submissions', 'submissions.id', 'shares.submission_id')
    .select(['shares.submission_id', 'submissions.product_id', 'submissions.account_id'])
    .where('shares.label_id', '=', labelId)
    .where('shares.revoked_at', 'is', null)
    .executeTakeFirst();
  if (share === undefined) return;
  const now = clock().toISOString();
  const { submission_id: submissionId, product_id: productId, account_id: accountId } = share;
  // Sharing locks the product first too: what another label shares at this moment is seen here, or sees this.
  await transaction
    .updateTable('products')
    .set({ updated_by: SERVICE.actor, updated_at: now })
    .where('id', '=', productId)
    .execute();
  const before = sharedHardwareIds(await activeShares(transaction, submissionId));
  await transaction
    .updateTable('shares')
    .set({ revoked_at: now })
    .where('label_id', '=', labelId)
    .where('revoked_at', 'is', null)
    .execute();
  const remaining = await activeShares(transaction, submissionId);
  if (!isSameSelection(before, sharedHardwareIds(remaining))) await remakeMetadata(transaction, submissionId, clock);
  if (remaining.length === 0) {
    await transaction.deleteFrom('downloads').where('submission_id', '=', submissionId).execute();
    await transaction
      .updateTable('submissions')
      .set({ messages: JSON.stringify([NO_LONGER_SHARED]), updated_at: now })
      .where('id', '=', submissionId)
      .execute();
    await deprecateUnsharedProduct(transaction, productId);
  }
  const entity = `products/${productId}/submissions/${submissionId}`;
  const change = { accountId, action: 'submission.withdraw', entity, details: { labelId } };
  await appendAudit(transaction, SERVICE, change, clock);
}

async function deprecateUnsharedProduct(transaction: Transaction<Schema>, productId: bigint): Promise<void> {
  const other = await transaction
    .selectFrom('shares')
    .innerJoin('submissions', 'submissions.id', 'shares.submission_id')
    .select('shares.label_id')
    .where('submissions.product_id', '=', productId)
    .where('shares.revoked_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  if (other !== undefined) return;
  await transaction.updateTable('products').set({ deprecated: 1n }).where('id', '=', productId).execute();
}

/** Which part of a submission is shared: nothing, all of it, or these hardware ids. */
export type SharedHardwareIds = 'none' | 'all' | readonly HardwareIdCombination[];

/** What several labels share together. */
function sharedHardwareIds(shares: readonly Share[]): SharedHardwareIds {
  if (shares.length === 0) return 'none';
  const lists = shares.map(({ hardware_ids }) => JSON.parse(hardware_ids) as readonly HardwareIdCombination[]);
  return lists.some((list) => list.length === 0) ? 'all' : lists.flat();
}

function isSameSelection(one: SharedHardwareIds, other: SharedHardwareIds): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  const [first, second] = [one, other].map((list) => new Set(list.map(combinationKey)));
  return first !== undefined && second !== undefined && first.symmetricDifference(second).size === 0;
}

/** Where a shared submission comes from and which part of it is shared at this moment. */
export async function loadShared(
  database: Database,
  submissionId: bigint,
): Promise<{ readonly sourceSubmissionId: bigint; readonly hardwareIds: SharedHardwareIds } | undefined> {
  const submission = await database
    .selectFrom('submissions')
    .select('source_submission_id')
    .where('id', '=', submissionId)
    .executeTakeFirst();
  if (submission === undefined || submission.source_submission_id === null) return undefined;
  const hardwareIds = sharedHardwareIds(await activeShares(database, submissionId));
  return { sourceSubmissionId: submission.source_submission_id, hardwareIds };
}

/** The account's copy of what a partner shares with it, by the ids that the partner sees. */
export function findReceivedSubmission(
  database: Database,
  key: {
    readonly accountId: bigint;
    readonly publisherId: bigint;
    readonly sourceProductId: bigint;
    readonly sourceSubmissionId: bigint;
  },
): Promise<Submission | undefined> {
  return database
    .selectFrom('submissions')
    .innerJoin('products', 'products.id', 'submissions.product_id')
    .selectAll('submissions')
    .where('submissions.account_id', '=', key.accountId)
    .where('submissions.source_submission_id', '=', key.sourceSubmissionId)
    .where('products.account_id', '=', key.accountId)
    .where('products.source_product_id', '=', key.sourceProductId)
    .where('products.source_publisher_id', '=', key.publisherId)
    .executeTakeFirst();
}
