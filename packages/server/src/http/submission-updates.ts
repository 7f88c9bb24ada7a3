// Changing a submission: only its name ("Error codes" on Microsoft's page "Get product data").
import { MESSAGES } from '@assay/hardware-api';
import { bindRequest, SubmissionChanges } from '@assay/hardware-api/schemas';
import type { FastifyInstance } from 'fastify';
import { appendAudit } from '../store/audit.ts';
import { hasFailed, lockSubmission, renameSubmission } from '../store/submissions.ts';
import type { ApiContext } from './api-context.ts';
import type { ApiPrefix } from './api-prefixes.ts';
import { actorOf, principalOf } from './authentication.ts';
import { ApiError, invalidInput } from './errors.ts';
import { NoContent } from './route-documentation.ts';
import { type SubmissionPath, submissionKey } from './submission-answers.ts';

/** Adds the route below one prefix. The scope must be guarded by `requireToken`. */
export function addSubmissionUpdateRoute(scope: FastifyInstance, context: ApiContext, prefix: ApiPrefix): void {
  const { database, clock } = context;

  scope.route<{ Params: SubmissionPath }>({
    // The version 1.0 reference lists the update under PUT.
    method: prefix.version === 'v1.0' ? ['PATCH', 'PUT'] : 'PATCH',
    url: '/products/:productId/submissions/:submissionId',
    schema: {
      operationId: 'updateSubmission',
      summary: 'Change a submission',
      description:
        'Only its name; without one nothing changes. Refused when its workflow has failed, and for a submission that was shared with the account.',
      tags: ['Submissions'],
      response: { 204: NoContent },
    },
    config: { requestBody: SubmissionChanges },
    handler: async (request, reply) => {
      const { accountId } = principalOf(request);
      const key = submissionKey(accountId, request.params);
      await database.transaction().execute(async (transaction) => {
        const submission = await lockSubmission(transaction, key);
        if (submission === undefined) throw new ApiError('EntityNotFound', MESSAGES.submissionNotFound);
        const bound = bindRequest(SubmissionChanges, request.body ?? {});
        if (bound.value === undefined) throw invalidInput(bound.errors);
        if (submission.source_submission_id !== null) {
          throw new ApiError('UpdateUnauthorized', MESSAGES.submissionNotUpdatable);
        }
        if (hasFailed(submission)) throw new ApiError('UpdateUnauthorized', MESSAGES.submissionWorkflowFailed);
        const { name } = bound.value;
        if (name === undefined || name === submission.name) return;
        await renameSubmission(transaction, key, name, clock);
        const entity = `products/${key.productId}/submissions/${key.submissionId}`;
        const change = { accountId, action: 'submission.update', entity, details: { name } };
        await appendAudit(transaction, actorOf(request), change, clock);
      });
      return reply.code(204).send();
    },
  });
}
