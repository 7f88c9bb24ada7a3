// What the ingestion workflow reads and writes of submissions. It works for the service, not for a caller, so nothing
// here is limited to one account.
import { parseJson } from '@assay/hardware-api';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import { appendAudit, SERVICE } from './audit.ts';
import type { Database } from './database.ts';
import type { ProductProperties } from './products.ts';
import type { Account, Schema, Submission } from './schema.ts';

/** A submission with what its processing depends on. */
export interface IngestionSubject {
  readonly submission: Submission;
  readonly productName: string;
  readonly testHarness: string;
  readonly properties: ProductProperties;
  readonly account: Account;
}

/** The submission with its product and account; throws when the id is unknown. */
export async function loadIngestionSubject(database: Database, submissionId: bigint): Promise<IngestionSubject> {
  const submission = await database
    .selectFrom('submissions')
    .selectAll()
    .where('id', '=', submissionId)
    .executeTakeFirstOrThrow();
  const product = await database
    .selectFrom('products')
    .selectAll()
    .where('id', '=', submission.product_id)
    .executeTakeFirstOrThrow();
  const account = await database
    .selectFrom('accounts')
    .selectAll()
    .where('id', '=', submission.account_id)
    .executeTakeFirstOrThrow();
  return {
    submission,
    productName: product.product_name,
    testHarness: product.test_harness,
    properties: parseJson(product.properties) as ProductProperties,
    account,
  };
}

/** Changes a submission's progress. */
export async function updateProgress(
  transaction: Transaction<Schema>,
  submissionId: bigint,
  change: Partial<
    Pick<
      Submission,
      'commit_status' | 'current_step' | 'step_state' | 'is_extension_inf' | 'is_universal' | 'is_declarative_inf'
    >
  > & {
    readonly messages?: readonly string[];
  },
  now: Date,
): Promise<void> {
  const { messages, ...columns } = change;
  await transaction
    .updateTable('submissions')
    .set({
      ...columns,
      ...(messages === undefined ? {} : { messages: JSON.stringify(messages) }),
      updated_at: now.toISOString(),
    })
    .where('id', '=', submissionId)
    .execute();
}

/** Writes into the audit log what the workflow did with a submission. */
export async function auditIngestion(
  transaction: Transaction<Schema>,
  submissionId: bigint,
  action: string,
  details: Readonly<Record<string, unknown>>,
  clock: Clock,
): Promise<void> {
  const { account_id, product_id } = await transaction
    .selectFrom('submissions')
    .select(['account_id', 'product_id'])
    .where('id', '=', submissionId)
    .executeTakeFirstOrThrow();
  const entity = `products/${product_id}/submissions/${submissionId}`;
  await appendAudit(transaction, SERVICE, { accountId: account_id, action, entity, details }, clock);
}

/** Marks the product of a submission as an extension driver, or not. */
export async function updateProductExtension(
  transaction: Transaction<Schema>,
  submissionId: bigint,
  isExtensionInf: boolean,
): Promise<void> {
  await transaction
    .updateTable('products')
    .set({ is_extension_inf: isExtensionInf ? 1n : 0n })
    .where('id', '=', (product) =>
      product.selectFrom('submissions').select('product_id').where('submissions.id', '=', submissionId),
    )
    .execute();
}

/** The type under which the report of a failed submission is kept: the API shows it in the workflow status instead. */
export const ERROR_REPORT = 'errorReport';

/** A file to offer with a submission. */
export interface NewDownload {
  readonly type: string;
  readonly container: string;
  readonly blob: string;
  readonly fileName: string;
}

/** Adds files to a submission's downloads, in this order. */
export async function addDownloads(
  transaction: Transaction<Schema>,
  submissionId: bigint,
  downloads: readonly NewDownload[],
): Promise<void> {
  await transaction
    .insertInto('downloads')
    .values(
      downloads.map((download, index) => ({
        submission_id: submissionId,
        type: download.type,
        position: BigInt(index + 1),
        container: download.container,
        blob: download.blob,
        file_name: download.fileName,
      })),
    )
    .execute();
}

/** The decision of a reviewer about a submission, when there is one. */
export async function findReview(
  database: Database,
  submissionId: bigint,
): Promise<{ decision: 'approved' | 'rejected'; reason: string } | undefined> {
  return await database
    .selectFrom('reviews')
    .select(['decision', 'reason'])
    .where('submission_id', '=', submissionId)
    .executeTakeFirst();
}
