// Submissions that are held at the step manualReview, and the decision that a person takes about one, once and for all.
import type { Selectable, Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import type { ReviewTable, Schema, Submission } from './schema.ts';

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

/** What tells whether a submission of an account is held. */
export type ReviewSubject = Pick<Submission, 'id' | 'current_step' | 'step_state'>;

/** The submission with this id, when the account owns it. */
export function findReviewSubject(
  database: Database,
  accountId: bigint,
  submissionId: bigint,
): Promise<ReviewSubject | undefined> {
  return database
    .selectFrom('submissions')
    .select(['id', 'current_step', 'step_state'])
    .where('id', '=', submissionId)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
}

/** Whether a submission waits for a decision. */
export function isHeld(submission: ReviewSubject): boolean {
  return submission.current_step === REVIEW_STEP && submission.step_state === 'started';
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
    .where('kind', '=', 'ingestion')
    .where('subject_id', '=', row.submission_id)
    .execute();
  return row;
}
