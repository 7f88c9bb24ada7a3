// Submissions of a product, always seen through the account that owns them, and the one transaction that commits one.
import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import { lockBlob } from './blobs.ts';
import type { Database } from './database.ts';
import { newSubmissionId } from './ids.ts';
import { prepareQuery } from './prepared-query.ts';
import { type Page, type PageRequest, toPage } from './products.ts';
import type { Download, Schema, Submission } from './schema.ts';

/** The container that callers upload their packages to. */
export const UPLOAD_CONTAINER = 'ingestion';

/** What the name of a certification report's HTML form has after that of the PDF, which is the one among the downloads. */
export const HTML_REPORT_SUFFIX = '.html';

/** Names one submission within what an account may see. */
export interface SubmissionKey {
  readonly accountId: bigint;
  readonly productId: bigint;
  readonly submissionId: bigint;
}

/** Times that an insert is tried with a fresh id before the collision is reported. */
const ID_ATTEMPTS = 5;

/**
 * Stores a new submission, not yet committed, with a fresh upload blob. Returns undefined when it would be the second
 * initial submission of its product: an index holds that rule, so that two requests cannot race past it.
 */
export async function insertSubmission(
  database: Database,
  submission: {
    readonly accountId: bigint;
    readonly productId: bigint;
    readonly name: string;
    readonly type: 'initial' | 'derived';
    /** Who made it: a client id. */
    readonly createdBy: string;
  },
  clock: Clock,
): Promise<Submission | undefined> {
  const now = clock().toISOString();
  for (let attempt = 0; attempt < ID_ATTEMPTS; attempt += 1) {
    const row: Submission = {
      id: newSubmissionId(clock),
      product_id: submission.productId,
      account_id: submission.accountId,
      name: submission.name,
      type: submission.type,
      commit_status: 'commitPending',
      current_step: null,
      step_state: null,
      messages: '[]',
      is_extension_inf: null,
      is_universal: null,
      is_declarative_inf: null,
      upload_blob: randomUUID(),
      package_content: null,
      created_by: submission.createdBy,
      created_at: now,
      updated_at: now,
      source_submission_id: null,
    };
    const { numInsertedOrUpdatedRows } = await database
      .insertInto('submissions')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 1n) return row;
    if (submission.type === 'initial' && (await findInitialSubmission(database, submission))) return undefined;
  }
  throw new Error(`No free submission id was found in ${ID_ATTEMPTS} attempts.`);
}

const submissionQuery = prepareQuery((database, id: bigint, productId: bigint, accountId: bigint) =>
  database
    .selectFrom('submissions')
    .selectAll()
    .where('id', '=', id)
    .where('product_id', '=', productId)
    .where('account_id', '=', accountId),
);

/** The submission with this id, when the account owns it and it belongs to this product. */
export async function findSubmission(database: Database, key: SubmissionKey): Promise<Submission | undefined> {
  const [submission] = await submissionQuery(database, key.submissionId, key.productId, key.accountId);
  return submission;
}

/** The submission, which nobody else changes until the transaction ends. Undefined when the account has none such. */
export function lockSubmission(transaction: Transaction<Schema>, key: SubmissionKey): Promise<Submission | undefined> {
  // An update that changes nothing takes the row's lock on PostgreSQL and on SQLite alike.
  return transaction
    .updateTable('submissions')
    .set((row) => ({ updated_at: row.ref('updated_at') }))
    .where('id', '=', key.submissionId)
    .where('product_id', '=', key.productId)
    .where('account_id', '=', key.accountId)
    .returningAll()
    .executeTakeFirst();
}

/** Gives a submission that the transaction has locked another name. */
export async function renameSubmission(
  transaction: Transaction<Schema>,
  key: SubmissionKey,
  name: string,
  clock: Clock,
): Promise<void> {
  await transaction
    .updateTable('submissions')
    .set({ name, updated_at: clock().toISOString() })
    .where('id', '=', key.submissionId)
    .where('account_id', '=', key.accountId)
    .execute();
}

/** Whether the workflow of a submission ended without a result. */
export function hasFailed(submission: Pick<Submission, 'step_state' | 'commit_status'>): boolean {
  return submission.step_state === 'failed' || submission.commit_status === 'commitFailed';
}

/** Whether some submission of a product is being worked on. */
export async function hasRunningSubmission(
  database: Database,
  key: Pick<SubmissionKey, 'accountId' | 'productId'>,
): Promise<boolean> {
  const running = await database
    .selectFrom('submissions')
    .select('id')
    .where('account_id', '=', key.accountId)
    .where('product_id', '=', key.productId)
    .where('step_state', '=', 'started')
    .limit(1)
    .executeTakeFirst();
  return running !== undefined;
}

/** The initial submission of a product. */
export function findInitialSubmission(
  database: Database,
  key: Pick<SubmissionKey, 'accountId' | 'productId'>,
): Promise<Submission | undefined> {
  return database
    .selectFrom('submissions')
    .selectAll()
    .where('product_id', '=', key.productId)
    .where('account_id', '=', key.accountId)
    .where('type', '=', 'initial')
    .executeTakeFirst();
}

/** One page of a product's submissions, oldest first. */
export async function listSubmissions(
  database: Database,
  key: Pick<SubmissionKey, 'accountId' | 'productId'>,
  page: PageRequest,
): Promise<Page<Submission>> {
  const rows = await database
    .selectFrom('submissions')
    .selectAll()
    .where('account_id', '=', key.accountId)
    .where('product_id', '=', key.productId)
    .where('id', '>', page.after)
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
  return toPage(rows, page.limit);
}

const downloadsQuery = prepareQuery((database, submissionId: bigint) =>
  database.selectFrom('downloads').selectAll().where('submission_id', '=', submissionId).orderBy('position'),
);

/** The files that can be had with a submission, in the order in which the API lists them. */
export async function listDownloads(database: Database, submissionId: bigint): Promise<Download[]> {
  return [...(await downloadsQuery(database, submissionId))];
}

/** The shell for derived submissions that the initial submission of a product offers, when it has one. */
export function findDerivedPackage(
  database: Database,
  key: Pick<SubmissionKey, 'accountId' | 'productId'>,
): Promise<Download | undefined> {
  return database
    .selectFrom('downloads')
    .innerJoin('submissions', 'submissions.id', 'downloads.submission_id')
    .selectAll('downloads')
    .where('submissions.product_id', '=', key.productId)
    .where('submissions.account_id', '=', key.accountId)
    .where('submissions.type', '=', 'initial')
    .where('downloads.type', '=', 'derivedPackage')
    .executeTakeFirst();
}

/** The messages of the current step. */
export function readMessages(submission: Pick<Submission, 'messages'>): readonly string[] {
  return JSON.parse(submission.messages) as string[];
}

/**
 * Commits a pending submission: it starts at `firstStep` with the content that is uploaded at this moment (none is
 * recorded as null), and its product counts as committed. Returns false, and changes nothing, when the submission is not
 * pending; of several callers at once exactly one gets true.
 */
export async function commitSubmission(
  transaction: Transaction<Schema>,
  key: SubmissionKey & { readonly firstStep: string },
  clock: Clock,
): Promise<boolean> {
  const now = clock().toISOString();
  const committed = await transaction
    .updateTable('submissions')
    .set({ commit_status: 'commitReceived', current_step: key.firstStep, step_state: 'started', updated_at: now })
    .where('id', '=', key.submissionId)
    .where('product_id', '=', key.productId)
    .where('account_id', '=', key.accountId)
    .where('commit_status', '=', 'commitPending')
    .returning('upload_blob')
    .executeTakeFirst();
  if (committed === undefined) return false;
  const blob = await lockBlob(transaction, UPLOAD_CONTAINER, committed.upload_blob);
  if (blob !== undefined) {
    await transaction
      .updateTable('submissions')
      .set({ package_content: blob.content })
      .where('id', '=', key.submissionId)
      .execute();
  }
  await transaction
    .updateTable('products')
    .set({ is_committed: 1n })
    .where('id', '=', key.productId)
    .where('account_id', '=', key.accountId)
    .execute();
  return true;
}
