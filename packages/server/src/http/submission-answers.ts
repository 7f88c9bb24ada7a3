// Finding the submission that a path names, and writing the answer that shows one submission in full.
import { MESSAGES, type Submission as SubmissionResource } from '@assay/hardware-api';
import type { FastifyRequest } from 'fastify';
import { parseId } from '../store/ids.ts';
import { ERROR_REPORT } from '../store/ingestion.ts';
import type { Submission } from '../store/schema.ts';
import { findDerivedPackage, findSubmission, listDownloads, type SubmissionKey } from '../store/submissions.ts';
import type { ApiContext } from './api-context.ts';
import type { ApiPrefix } from './api-prefixes.ts';
import { baseUrlOf } from './base-url.ts';
import { ApiError } from './errors.ts';
import { downloadItems, errorReportUrl, type ResourceContext, toSubmissionResource } from './submission-resource.ts';

export interface ProductPath {
  readonly productId: string;
}
export interface SubmissionPath extends ProductPath {
  readonly submissionId: string;
}

/** The submission that a path names, as far as its ids can be ids. Throws ApiError EntityNotFound. */
export function submissionKey(accountId: bigint, path: SubmissionPath): SubmissionKey {
  const productId = parseId(path.productId);
  const submissionId = parseId(path.submissionId);
  if (productId === undefined || submissionId === undefined) {
    throw new ApiError('EntityNotFound', MESSAGES.submissionNotFound);
  }
  return { accountId, productId, submissionId };
}

/** The submission that a path names. Throws ApiError EntityNotFound when the account has none such. */
export async function requireSubmission(
  context: ApiContext,
  accountId: bigint,
  path: SubmissionPath,
): Promise<Submission> {
  const submission = await findSubmission(context.database, submissionKey(accountId, path));
  if (submission === undefined) throw new ApiError('EntityNotFound', MESSAGES.submissionNotFound);
  return submission;
}

/** How an answer to this request is written. */
export function resourceContextOf(request: FastifyRequest, context: ApiContext, prefix: ApiPrefix): ResourceContext {
  const baseUrl = baseUrlOf(request, context.publicUrl);
  return {
    baseUrl,
    blobBaseUrl: context.blobBaseUrl?.(request) ?? baseUrl,
    apiUrl: baseUrl + prefix.path,
    version: prefix.version,
  };
}

/** The whole submission. The row was read before its downloads are: `completed` is never shown without them. */
export async function answerSubmission(
  context: ApiContext,
  submission: Submission,
  resource: ResourceContext,
): Promise<SubmissionResource> {
  const { database, blob } = context;
  // Results belong to a finished workflow: the row and the downloads are two reads, and must not contradict each other.
  const hasEnded = submission.step_state === 'completed' || submission.step_state === 'failed';
  const results = hasEnded ? await listDownloads(database, submission.id) : [];
  const report = results.find(({ type }) => type === ERROR_REPORT);
  const downloads = results.filter(({ type }) => type !== ERROR_REPORT);
  if (submission.type === 'derived') {
    const shell = await findDerivedPackage(database, {
      accountId: submission.account_id,
      productId: submission.product_id,
    });
    if (shell !== undefined) downloads.unshift(shell);
  }
  const shown = toSubmissionResource(submission, resource);
  return {
    ...shown,
    ...(report !== undefined &&
      shown.workflowStatus !== undefined && {
        workflowStatus: { ...shown.workflowStatus, errorReport: errorReportUrl(report, blob.sas, resource) },
      }),
    downloads: { items: downloadItems(submission, downloads, blob.sas, resource), messages: [] },
  };
}
