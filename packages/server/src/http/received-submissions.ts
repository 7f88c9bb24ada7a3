// What belongs to submissions that cross accounts: finding the own copy by a partner's ids, and asking for its metadata.
import { MESSAGES } from '@assay/hardware-api';
import { Submission } from '@assay/hardware-api/schemas';
import type { FastifyInstance } from 'fastify';
import type { Transaction } from 'kysely';
import { appendAudit } from '../store/audit.ts';
import { parseId } from '../store/ids.ts';
import type { Schema, Submission as SubmissionRow } from '../store/schema.ts';
import { findReceivedSubmission, loadShared, NO_LONGER_SHARED, PUBLISHER_METADATA } from '../store/sharing.ts';
import { listDownloads, lockSubmission } from '../store/submissions.ts';
import { findWorkflowState, restartWorkflow } from '../store/workflows.ts';
import { queueWorkflow } from '../workflow/queue.ts';
import type { ApiContext } from './api-context.ts';
import type { ApiPrefix } from './api-prefixes.ts';
import { actorOf, principalOf, READER_ROLES } from './authentication.ts';
import { ApiError } from './errors.ts';
import { NoContent } from './route-documentation.ts';
import { answerSubmission, resourceContextOf, type SubmissionPath, submissionKey } from './submission-answers.ts';

/** The path as clients of the service know it, with its misspelling, and as it should be. */
const RELATIONSHIP_PATHS = ['sourcepubliherid', 'sourcepublisherid'].map(
  (publisher) =>
    `/products/relationships/${publisher}/:publisherId/sourceproductid/:productId/sourcesubmissionid/:submissionId`,
);

interface RelationshipPath extends SubmissionPath {
  readonly publisherId: string;
}

/** Adds the routes below one prefix. The scope must be guarded by `requireToken`. */
export function addReceivedSubmissionRoutes(scope: FastifyInstance, context: ApiContext, prefix: ApiPrefix): void {
  const { database, clock } = context;

  for (const path of RELATIONSHIP_PATHS) {
    scope.get<{ Params: RelationshipPath }>(
      path,
      {
        schema: {
          operationId: 'getPartnerSubmission',
          summary: 'Read a shared submission by the ids that its publisher sees',
          description: 'Answers with the submission as this account sees it, under its own ids.',
          tags: ['Submissions'],
          response: { 200: Submission },
        },
        config: { roles: READER_ROLES },
      },
      async (request) => {
        const { accountId } = principalOf(request);
        const publisherId = parseId(request.params.publisherId);
        const sourceProductId = parseId(request.params.productId);
        const sourceSubmissionId = parseId(request.params.submissionId);
        const submission =
          publisherId === undefined || sourceProductId === undefined || sourceSubmissionId === undefined
            ? undefined
            : await findReceivedSubmission(database, { accountId, publisherId, sourceProductId, sourceSubmissionId });
        if (submission === undefined) throw new ApiError('EntityNotFound', MESSAGES.submissionNotFound);
        return answerSubmission(context, submission, resourceContextOf(request, context, prefix));
      },
    );
  }

  /** True when there is something to do now that a worker may take up at once. */
  async function requestMetadata(transaction: Transaction<Schema>, submission: SubmissionRow): Promise<boolean> {
    const shared = await loadShared(transaction, submission.id);
    if (shared === undefined) {
      // The workflow of an own submission made its metadata, and it never goes away.
      if (submission.step_state === 'completed') return false;
      throw new ApiError('RequestInvalidForCurrentState', MESSAGES.metadataNeedsCompletion);
    }
    if (shared.hardwareIds === 'none') throw new ApiError('RequestInvalidForCurrentState', NO_LONGER_SHARED);
    const downloads = await listDownloads(transaction, submission.id);
    if (downloads.some(({ type }) => type === 'driverMetadata')) return false;
    const workflow = { ...PUBLISHER_METADATA, subjectId: submission.id };
    const state = await findWorkflowState(transaction, workflow);
    if (state === 'queued') return false;
    if (state === undefined) await queueWorkflow(transaction, workflow, clock);
    else await restartWorkflow(transaction, workflow, clock());
    return true;
  }

  scope.post<{ Params: SubmissionPath }>(
    '/products/:productId/submissions/:submissionId/createpublishermetadata',
    {
      schema: {
        operationId: 'createPublisherMetadata',
        summary: 'Create the driver metadata of a shared submission',
        description:
          'The `driverMetadata` appears among the downloads of a submission that was shared with the account. An own submission has its metadata from its workflow: nothing is done.',
        tags: ['Submissions'],
        response: { 202: NoContent },
      },
    },
    async (request, reply) => {
      const { accountId } = principalOf(request);
      const key = submissionKey(accountId, request.params);
      const queued = await database.transaction().execute(async (transaction) => {
        // The lock keeps a second request from queueing the same workflow.
        const submission = await lockSubmission(transaction, key);
        if (submission === undefined) throw new ApiError('EntityNotFound', MESSAGES.submissionNotFound);
        if (!(await requestMetadata(transaction, submission))) return false;
        const entity = `products/${key.productId}/submissions/${key.submissionId}`;
        const change = { accountId, action: 'submission.createMetadata', entity };
        await appendAudit(transaction, actorOf(request), change, clock);
        return true;
      });
      if (queued) context.onWorkQueued();
      return reply.code(202).send();
    },
  );
}
