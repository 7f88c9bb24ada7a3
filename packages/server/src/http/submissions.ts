// Submissions of a product: create, read, list and commit ("Create a new submission for a product", "Get a submission",
// "Commit a product submission").
import { MESSAGES, type Submission as SubmissionResource } from '@assay/hardware-api';
import {
  bindRequest,
  CommitResult,
  NewSubmission,
  SUBMISSION_STEPS,
  Submission,
  SubmissionList,
} from '@assay/hardware-api/schemas';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { appendAudit } from '../store/audit.ts';
import { parseId } from '../store/ids.ts';
import { readProductProperties } from '../store/products.ts';
import type { Product, Submission as SubmissionRow } from '../store/schema.ts';
import {
  commitSubmission,
  findDerivedPackage,
  findInitialSubmission,
  findSubmission,
  insertSubmission,
  listDownloads,
  listSubmissions,
  type SubmissionKey,
} from '../store/submissions.ts';
import { queueWorkflow } from '../workflow/queue.ts';
import type { ApiContext } from './api-context.ts';
import type { ApiPrefix } from './api-prefixes.ts';
import { actorOf, principalOf } from './authentication.ts';
import { baseUrlOf } from './base-url.ts';
import { ApiError, invalidInput } from './errors.ts';
import { pageLinks, type Query, readPageRequest } from './paging.ts';
import { requireProduct } from './products.ts';
import { downloadItems, type ResourceContext, toSubmissionResource } from './submission-resource.ts';

interface ProductPath {
  readonly productId: string;
}
interface SubmissionPath extends ProductPath {
  readonly submissionId: string;
}

const [FIRST_STEP] = SUBMISSION_STEPS;

/** The submission that a path names, as far as its ids can be ids. Throws ApiError EntityNotFound. */
function submissionKey(accountId: bigint, path: SubmissionPath): SubmissionKey {
  const productId = parseId(path.productId);
  const submissionId = parseId(path.submissionId);
  if (productId === undefined || submissionId === undefined) {
    throw new ApiError('EntityNotFound', MESSAGES.submissionNotFound);
  }
  return { accountId, productId, submissionId };
}

async function requireSubmission(context: ApiContext, accountId: bigint, path: SubmissionPath): Promise<SubmissionRow> {
  const submission = await findSubmission(context.database, submissionKey(accountId, path));
  if (submission === undefined) throw new ApiError('EntityNotFound', MESSAGES.submissionNotFound);
  return submission;
}

/** What a derived submission needs, besides a product: one that is neither attested, test-signed nor an extension INF. */
async function requireDerivable(context: ApiContext, product: Product): Promise<void> {
  const { isTestSign } = readProductProperties(product);
  if (product.test_harness === 'attestation' || isTestSign || product.is_extension_inf === 1n) {
    throw invalidInput([{ target: 'type', message: MESSAGES.derivedNotPossible }]);
  }
  const key = { accountId: product.account_id, productId: product.id };
  if ((await findInitialSubmission(context.database, key)) === undefined) {
    throw new ApiError('RequestInvalidForCurrentState', MESSAGES.noInitialSubmission);
  }
}

/** Adds the routes below one prefix. The scope must be guarded by `requireToken`. */
export function addSubmissionRoutes(scope: FastifyInstance, context: ApiContext, prefix: ApiPrefix): void {
  const { database, clock, publicUrl, continuationTokens: tokens } = context;

  const resourceContext = (request: FastifyRequest): ResourceContext => {
    const baseUrl = baseUrlOf(request, publicUrl);
    return { baseUrl, apiUrl: baseUrl + prefix.path, version: prefix.version };
  };

  /** The whole submission. The row was read before its downloads are: `completed` is never shown without them. */
  async function withDownloads(submission: SubmissionRow, resource: ResourceContext): Promise<SubmissionResource> {
    // Results belong to a finished workflow: the row and the downloads are two reads, and must not contradict each other.
    const downloads = submission.step_state === 'completed' ? await listDownloads(database, submission.id) : [];
    if (submission.type === 'derived') {
      const shell = await findDerivedPackage(database, {
        accountId: submission.account_id,
        productId: submission.product_id,
      });
      if (shell !== undefined) downloads.unshift(shell);
    }
    return {
      ...toSubmissionResource(submission, resource),
      downloads: { items: downloadItems(submission, downloads, context.blob.sas, resource.baseUrl), messages: [] },
    };
  }

  scope.post<{ Params: ProductPath }>(
    '/products/:productId/submissions',
    { schema: { response: { 201: Submission } } },
    async (request, reply) => {
      const { clientId, accountId } = principalOf(request);
      const product = await requireProduct(context, accountId, request.params.productId);
      const bound = bindRequest(NewSubmission, request.body ?? {});
      if (bound.value === undefined) throw invalidInput(bound.errors);
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
      return reply.code(201).send(await withDownloads(submission, resourceContext(request)));
    },
  );

  scope.get<{ Params: ProductPath; Querystring: Query }>(
    '/products/:productId/submissions',
    { schema: { response: { 200: SubmissionList } } },
    async (request) => {
      const { accountId } = principalOf(request);
      const { id: productId } = await requireProduct(context, accountId, request.params.productId);
      const list = `submissions/${accountId}/${productId}`;
      const asked = readPageRequest(request.query, tokens, list);
      const page = await listSubmissions(database, { accountId, productId }, asked);
      const resource = resourceContext(request);
      const href = `${resource.apiUrl}/products/${productId}/submissions`;
      return {
        value: page.rows.map((submission) => toSubmissionResource(submission, resource)),
        links: pageLinks(page, asked, { href, list, tokens }),
      };
    },
  );

  scope.get<{ Params: SubmissionPath }>(
    '/products/:productId/submissions/:submissionId',
    { schema: { response: { 200: Submission } } },
    async (request) => {
      const submission = await requireSubmission(context, principalOf(request).accountId, request.params);
      return withDownloads(submission, resourceContext(request));
    },
  );

  scope.post<{ Params: SubmissionPath }>(
    '/products/:productId/submissions/:submissionId/commit',
    { schema: { response: { 202: CommitResult } } },
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
