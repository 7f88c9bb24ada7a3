// Submissions of a product: create, read, list and commit ("Create a new submission for a product", "Get a submission",
// "Commit a product submission").
import { MESSAGES } from '@assay/hardware-api';
import {
  bindRequest,
  CommitResult,
  NewSubmission,
  SUBMISSION_STEPS,
  Submission,
  SubmissionList,
} from '@assay/hardware-api/schemas';
import type { FastifyInstance } from 'fastify';
import { appendAudit } from '../store/audit.ts';
import { readProductProperties } from '../store/products.ts';
import type { Product } from '../store/schema.ts';
import { commitSubmission, findInitialSubmission, insertSubmission, listSubmissions } from '../store/submissions.ts';
import { queueWorkflow } from '../workflow/queue.ts';
import type { ApiContext } from './api-context.ts';
import type { ApiPrefix } from './api-prefixes.ts';
import { actorOf, principalOf, READER_ROLES } from './authentication.ts';
import { ApiError, invalidInput } from './errors.ts';
import { pageLinks, type Query, readPageRequest } from './paging.ts';
import { requireProduct } from './products.ts';
import { NoContent, PageQuery } from './route-documentation.ts';
import {
  answerSubmission,
  type ProductPath,
  requireSubmission,
  resourceContextOf,
  type SubmissionPath,
  submissionKey,
} from './submission-answers.ts';
import { toSubmissionResource } from './submission-resource.ts';

const [FIRST_STEP] = SUBMISSION_STEPS;

/** A product that was shared with the account takes no submissions of its own. */
function requireOwn(product: Product): void {
  if (product.origin_type === 'publisher') throw new ApiError('ReadOnlyProduct', MESSAGES.sharedProductReadOnly);
}

/**
 * What a derived submission needs, besides a product that is neither attested, test-signed nor an extension INF: an initial
 * submission with a result, for its shell is what the derived package is made from.
 */
async function requireDerivable(context: ApiContext, product: Product): Promise<void> {
  const { isTestSign } = readProductProperties(product);
  if (product.test_harness === 'attestation' || isTestSign || product.is_extension_inf === 1n) {
    throw invalidInput([{ target: 'type', message: MESSAGES.derivedNotPossible }]);
  }
  const key = { accountId: product.account_id, productId: product.id };
  const initial = await findInitialSubmission(context.database, key);
  if (initial === undefined) throw new ApiError('RequestInvalidForCurrentState', MESSAGES.noInitialSubmission);
  if (initial.step_state !== 'completed') {
    throw new ApiError('RequestInvalidForCurrentState', MESSAGES.initialNotCompleted);
  }
}

/** Adds the routes below one prefix. The scope must be guarded by `requireToken`. */
export function addSubmissionRoutes(scope: FastifyInstance, context: ApiContext, prefix: ApiPrefix): void {
  const { database, clock, continuationTokens: tokens } = context;

  scope.post<{ Params: ProductPath }>(
    '/products/:productId/submissions',
    {
      schema: {
        operationId: 'createSubmission',
        summary: 'Create a submission for a product',
        description: 'Upload the package to the URL of the `initialPackage` in its `downloads`, then commit it.',
        tags: ['Submissions'],
        response: { 201: Submission },
      },
      config: { requestBody: NewSubmission },
    },
    async (request, reply) => {
      const { clientId, accountId } = principalOf(request);
      const product = await requireProduct(context, accountId, request.params.productId);
      const bound = bindRequest(NewSubmission, request.body ?? {});
      if (bound.value === undefined) throw invalidInput(bound.errors);
      requireOwn(product);
      const { name, type } = bound.value;
      if (type === 'derived') await requireDerivable(context, product);
      const fields = { accountId, productId: product.id, name, type, createdBy: clientId };
      const submission = await database.transaction().execute(async (transaction) => {
        const row = await insertSubmission(transaction, fields, clock);
        if (row === undefined) return undefined;
        const entity = `products/${product.id}/submissions/${row.id}`;
        const change = { accountId, action: 'submission.create', entity, details: { name, type } };
        await appendAudit(transaction, actorOf(request), change, clock);
        return row;
      });
      if (submission === undefined) throw new ApiError('RequestInvalidForCurrentState', MESSAGES.initialExists);
      return reply
        .code(201)
        .send(await answerSubmission(context, submission, resourceContextOf(request, context, prefix)));
    },
  );

  scope.get<{ Params: ProductPath; Querystring: Query }>(
    '/products/:productId/submissions',
    {
      schema: {
        operationId: 'listSubmissions',
        summary: 'List the submissions of a product',
        tags: ['Submissions'],
        querystring: PageQuery,
        response: { 200: SubmissionList },
      },
      config: { roles: READER_ROLES },
    },
    async (request) => {
      const { accountId } = principalOf(request);
      const { id: productId } = await requireProduct(context, accountId, request.params.productId);
      const list = `submissions/${accountId}/${productId}`;
      const asked = readPageRequest(request.query, tokens, list);
      const page = await listSubmissions(database, { accountId, productId }, asked);
      const resource = resourceContextOf(request, context, prefix);
      const href = `${resource.apiUrl}/products/${productId}/submissions`;
      return {
        value: page.rows.map((submission) => toSubmissionResource(submission, resource)),
        links: pageLinks(page, asked, { href, list, tokens }),
      };
    },
  );

  scope.get<{ Params: SubmissionPath }>(
    '/products/:productId/submissions/:submissionId',
    {
      schema: {
        operationId: 'getSubmission',
        summary: 'Read a submission',
        description:
          'With fresh URLs for its downloads and, when it failed, for its `errorReport`. `completed` and the `signedPackage` appear in the same answer.',
        tags: ['Submissions'],
        response: { 200: Submission },
      },
      config: { roles: READER_ROLES },
    },
    async (request) => {
      const submission = await requireSubmission(context, principalOf(request).accountId, request.params);
      return answerSubmission(context, submission, resourceContextOf(request, context, prefix));
    },
  );

  scope.post<{ Params: SubmissionPath }>(
    '/products/:productId/submissions/:submissionId/commit',
    {
      schema: {
        operationId: 'commitSubmission',
        summary: 'Commit a submission',
        description: 'Its package is complete: validation and signing begin.',
        tags: ['Submissions'],
        response: { 202: prefix.version === 'v1.0' ? CommitResult : NoContent },
      },
    },
    async (request, reply) => {
      const { accountId } = principalOf(request);
      const key = submissionKey(accountId, request.params);
      const committed = await database.transaction().execute(async (transaction) => {
        if (!(await commitSubmission(transaction, { ...key, firstStep: FIRST_STEP }, clock))) return false;
        const workflow = { kind: 'ingestion', subjectId: key.submissionId, firstStep: FIRST_STEP };
        await queueWorkflow(transaction, workflow, clock);
        const entity = `products/${key.productId}/submissions/${key.submissionId}`;
        await appendAudit(transaction, actorOf(request), { accountId, action: 'submission.commit', entity }, clock);
        return true;
      });
      if (!committed) {
        await requireSubmission(context, accountId, request.params);
        throw new ApiError('RequestInvalidForCurrentState', MESSAGES.onlyPendingCanBeCommitted);
      }
      context.onWorkQueued();
      reply.code(202);
      return prefix.version === 'v1.0' ? { commitStatus: 'commitStarted' } : reply.send();
    },
  );
}
