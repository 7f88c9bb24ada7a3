// Submissions and preprod packages that are held at the step manualReview, and the decision that a person takes about one, once and for all.
import type { Selectable, Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import { preprodEntity } from './preprod.ts';
import type { PreprodPackage, ReviewTable, Schema, Submission } from './schema.ts';

/** The workflow step at which a submission waits for a person. */
const REVIEW_STEP = 'manualReview';

/** A recorded decision. */
export type Review = Selectable<ReviewTable>;

/** A submission that waits for a decision. */
export interface HeldSubmission extends Pick<Submission, 'id' | 'product_id' | 'name' | 'messages' | 'updated_at'> {
  readonly product_name: string;
}

/** The submissions of an account that wait for a decision, oldest first, at most `limit` of them. */
export function listHeldSubmissions(database: Database, accountId: bigint, limit: number): Promise<HeldSubmission[]> {
  return database
    .selectFrom('submissions')
    .innerJoin('products', 'products.id', 'submissions.product_id')
    .leftJoin('reviews', 'reviews.submission_id', 'submissions.id')
    .select([
      'submissions.id',
      'submissions.product_id',
      'submissions.name',
      'submissions.messages',
      'submissions.updated_at',
      'products.product_name',
    ])
    .where('submissions.account_id', '=', accountId)
    .where('submissions.current_step', '=', REVIEW_STEP)
    .where('submissions.step_state', '=', 'started')
    .where('reviews.submission_id', 'is', null)
    .orderBy('submissions.id')
    .limit(limit)
    .execute();
}

/** A preprod package that waits for a decision. */
export type HeldPreprodPackage = Pick<PreprodPackage, 'id' | 'package_id' | 'updated_at'>;

/** The preprod packages of an account that wait for a decision, oldest first, at most `limit` of them. */
export function listHeldPreprodPackages(
  database: Database,
  accountId: bigint,
  limit: number,
): Promise<HeldPreprodPackage[]> {
  return database
    .selectFrom('preprod_packages')
    .leftJoin('reviews', 'reviews.submission_id', 'preprod_packages.id')
    .select(['preprod_packages.id', 'preprod_packages.package_id', 'preprod_packages.updated_at'])
    .where('preprod_packages.account_id', '=', accountId)
    .where('preprod_packages.current_step', '=', REVIEW_STEP)
    .where('preprod_packages.signing_status', '=', 'Processing')
    .where('reviews.submission_id', 'is', null)
    .orderBy('preprod_packages.id')
    .limit(limit)
    .execute();
}

/** A submission or a preprod package that a decision may be about. */
export interface ReviewSubject {
  readonly id: bigint;
  /** Whether it waits for a decision. */
  readonly isHeld: boolean;
  /** Its path in the audit log. */
  readonly entity: string;
}

/** The submission or the preprod package with this id, when the account owns it. */
export async function findReviewSubject(
  database: Database,
  accountId: bigint,
  id: bigint,
): Promise<ReviewSubject | undefined> {
  const submission = await database
    .selectFrom('submissions')
    .select(['current_step', 'step_state'])
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  if (submission !== undefined) {
    const isHeld = submission.current_step === REVIEW_STEP && submission.step_state === 'started';
    return { id, isHeld, entity: `submissions/${id}` };
  }
  const preprod = await database
    .selectFrom('preprod_packages')
    .select(['package_id', 'current_step', 'signing_status'])
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  if (preprod === undefined) return undefined;
  const isHeld = preprod.current_step === REVIEW_STEP && preprod.signing_status === 'Processing';
  return { id, isHeld, entity: preprodEntity(preprod.package_id) };
}

/**
 * Records a decision and makes the waiting workflow due at once. Returns undefined, and changes nothing, when the
 * submission has been decided about already.
 */
export async function recordReview(
  transaction: Transaction<Schema>,
  review: Omit<Review, 'decided_at'>,
  clock: Clock,
): Promise<Review | undefined> {
  const row: Review = { ...review, decided_at: clock().toISOString() };
  const { numInsertedOrUpdatedRows } = await transaction
    .insertInto('reviews')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n) return undefined;
  await transaction
    .updateTable('workflows')
    .set({ due_at: row.decided_at })
    .where('kind', 'in', ['ingestion', 'preprod'])
    .where('subject_id', '=', row.submission_id)
    .execute();
  return row;
}
