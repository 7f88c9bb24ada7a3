// Our own small resource beside the Hardware API: the submissions and preprod packages that policy holds at manualReview, and
// the decision that a Manager takes about each. Approving or rejecting wakes the waiting workflow.
import { MESSAGES } from '@assay/hardware-api';
import { bindRequest, Enumeration, Int64 } from '@assay/hardware-api/schemas';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { appendAudit } from '../store/audit.ts';
import { parseId } from '../store/ids.ts';
import { findReviewSubject, listHeldPreprodPackages, listHeldSubmissions, recordReview } from '../store/reviews.ts';
import { readMessages } from '../store/submissions.ts';
import type { ApiContext } from './api-context.ts';
import { actorOf, principalOf } from './authentication.ts';
import { ApiError, invalidInput } from './errors.ts';

/** Under which path this resource lives. */
export const REVIEW_PREFIX = '/assay/v1';

/** Held submissions that one answer lists; the rest shows as these are decided. */
const MAXIMUM_LISTED = 1_000;

/** Request word → what is recorded. */
const DECISIONS = { approve: 'approved', reject: 'rejected' } as const;
type Decision = keyof typeof DECISIONS;

const Text = { type: 'string' } as const;

const NewReview = {
  type: 'object',
  required: ['decision'],
  properties: { decision: Enumeration(Object.keys(DECISIONS)), reason: Text },
} as const;

const ReviewResource = {
  type: 'object',
  properties: { submissionId: Int64, decision: Text, reason: Text, decidedBy: Text, decidedDateTime: Text },
} as const;

const HeldList = {
  type: 'object',
  properties: {
    value: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          submissionId: Int64,
          productId: Int64,
          productName: Text,
          submissionName: Text,
          packageId: Text,
          heldSince: Text,
          messages: { type: 'array', items: Text },
        },
      },
    },
  },
} as const;

/** Adds the routes. The scope must be guarded by `requireToken`. */
export function addReviewRoutes(scope: FastifyInstance, context: ApiContext): void {
  const { database, clock } = context;

  const listing = {
    schema: {
      operationId: 'listReviews',
      summary: 'List the submissions that wait for a decision',
      tags: ['Reviews'],
      response: { 200: HeldList },
    },
  };
  scope.get('/reviews', listing, async (request) => {
    const { accountId } = principalOf(request);
    const held = await listHeldSubmissions(database, accountId, MAXIMUM_LISTED);
    const preprod = await listHeldPreprodPackages(database, accountId, MAXIMUM_LISTED);
    const submissions = held.map((submission) => ({
      submissionId: submission.id,
      productId: submission.product_id,
      productName: submission.product_name,
      submissionName: submission.name,
      heldSince: submission.updated_at,
      messages: readMessages(submission),
    }));
    const packages = preprod.map(({ id, package_id, updated_at }) => ({
      submissionId: id,
      submissionName: `preprod package ${package_id}`,
      packageId: package_id,
      heldSince: updated_at,
      messages: [],
    }));
    return { value: [...submissions, ...packages] };
  });

  scope.post<{ Params: { submissionId: string } }>(
    '/submissions/:submissionId/review',
    {
      schema: {
        operationId: 'reviewSubmission',
        summary: 'Approve or reject a submission that waits for a decision',
        tags: ['Reviews'],
        response: { 200: ReviewResource },
      },
      config: { requestBody: Type.Unsafe(NewReview) },
    },
    async (request) => {
      const { clientId, accountId } = principalOf(request);
      const bound = bindRequest(NewReview, request.body ?? {});
      if (bound.value === undefined) throw invalidInput(bound.errors);
      const { decision, reason = '' } = bound.value as { readonly decision: Decision; readonly reason?: string };
      if (decision === 'reject' && reason.trim() === '') {
        throw invalidInput([{ target: 'reason', message: 'A rejection needs a reason: the submitter is shown it.' }]);
      }
      const id = parseId(request.params.submissionId);
      const submission = id === undefined ? undefined : await findReviewSubject(database, accountId, id);
      if (submission === undefined) throw new ApiError('EntityNotFound', MESSAGES.submissionNotFound);
      if (!submission.isHeld) {
        throw new ApiError('RequestInvalidForCurrentState', 'The submission is not held for review.');
      }
      const review = await database.transaction().execute(async (transaction) => {
        const row = await recordReview(
          transaction,
          { submission_id: submission.id, decision: DECISIONS[decision], reason, decided_by: clientId },
          clock,
        );
        if (row !== undefined) {
          const { entity } = submission;
          const change = { accountId, action: `submission.${DECISIONS[decision]}`, entity, details: { reason } };
          await appendAudit(transaction, actorOf(request), change, clock);
        }
        return row;
      });
      if (review === undefined) {
        throw new ApiError('RequestInvalidForCurrentState', 'The submission has been decided about already.');
      }
      context.onWorkQueued();
      return {
        submissionId: review.submission_id,
        decision: review.decision,
        reason: review.reason,
        decidedBy: review.decided_by,
        decidedDateTime: review.decided_at,
      };
    },
  );
}
