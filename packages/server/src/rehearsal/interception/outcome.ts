// What is there when a rehearsal is over: its submissions with their states, whoever made them.
import { join } from 'node:path';
import { openDatabase } from '../../store/database.ts';
import { readMessages } from '../../store/submissions.ts';

export interface SubmissionOutcome {
  readonly productId: bigint;
  readonly productName: string;
  readonly submissionId: bigint;
  readonly name: string;
  readonly commitStatus: string;
  /** Null until the submission is committed. */
  readonly currentStep: string | null;
  readonly state: string | null;
  readonly messages: readonly string[];
}

export interface Outcome {
  readonly products: number;
  readonly submissions: readonly SubmissionOutcome[];
}

/** Reads the outcome from a rehearsal's data folder, oldest submission first. */
export async function readOutcome(dataDirectory: string): Promise<Outcome> {
  const database = await openDatabase({ file: join(dataDirectory, 'assay.db') });
  try {
    const { count } = await database
      .selectFrom('products')
      .select(({ fn }) => fn.countAll<bigint>().as('count'))
      .executeTakeFirstOrThrow();
    const rows = await database
      .selectFrom('submissions')
      .innerJoin('products', 'products.id', 'submissions.product_id')
      .select([
        'products.product_name',
        'submissions.id',
        'submissions.product_id',
        'submissions.name',
        'submissions.commit_status',
        'submissions.current_step',
        'submissions.step_state',
        'submissions.messages',
      ])
      .orderBy('submissions.created_at')
      .orderBy('submissions.id')
      .execute();
    return {
      products: Number(count),
      submissions: rows.map((row) => ({
        productId: row.product_id,
        productName: row.product_name,
        submissionId: row.id,
        name: row.name,
        commitStatus: row.commit_status,
        currentStep: row.current_step,
        state: row.step_state,
        messages: readMessages(row),
      })),
    };
  } finally {
    await database.destroy();
  }
}
