// Our own small resource beside the Hardware API: the shipping labels that wait at microsoftApproval for a person, what each would
// publish, and the decision that a Manager takes. Deciding wakes the waiting workflow.
import { MESSAGES } from '@assay/hardware-api';
import { bindRequest, DateTime, Enumeration, Int64 } from '@assay/hardware-api/schemas';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { appendAudit } from '../store/audit.ts';
import { parseId } from '../store/ids.ts';
import {
  findHeldLabel,
  findOwnLabel,
  findUpdateBlob,
  listHeldLabels,
  recordLabelApproval,
} from '../store/shipping-label-approvals.ts';
import { labelEntity, UPDATE_CONTAINER } from '../store/shipping-label-runs.ts';
import type { ApiContext } from './api-context.ts';
import { actorOf, principalOf } from './authentication.ts';
import { ApiError, invalidInput } from './errors.ts';

/** Held labels that one answer lists; the rest shows as these are decided. */
const MAXIMUM_LISTED = 1_000;

/** Request word → what is recorded. */
const DECISIONS = { approve: 'approved', reject: 'rejected' } as const;

const NewApproval = Type.Object({
  decision: Enumeration(['approve', 'reject']),
  reason: Type.Optional(Type.String()),
});

const Approval = Type.Object({
  shippingLabelId: Int64,
  decision: Enumeration(Object.values(DECISIONS)),
  reason: Type.String(),
  decidedBy: Type.String(),
  decidedDateTime: DateTime,
});

const HeldLabels = Type.Object({
  value: Type.Array(
    Type.Object({
      shippingLabelId: Int64,
      productId: Int64,
      submissionId: Int64,
      productName: Type.String(),
      name: Type.String(),
      purpose: Enumeration(['create', 'update']),
      businessJustification: Type.Optional(Type.String()),
      requestedBy: Type.String(),
      heldSince: DateTime,
      messages: Type.Array(Type.String()),
    }),
  ),
});

/** A description of what a label publishes; `format` names its form. */
const UpdateDescription = Type.Unsafe<unknown>({ type: 'object', additionalProperties: true });

const params = Type.Object({
  shippingLabelId: Type.Unsafe<string>({ type: 'integer', format: 'int64', minimum: 1 }),
});

interface LabelParameter {
  readonly shippingLabelId: string;
}

/** Adds the routes. The scope must be guarded by `requireToken`. */
export function addShippingLabelApprovalRoutes(scope: FastifyInstance, context: ApiContext): void {
  const { database, clock } = context;
  const tags = ['Reviews'];

  async function requireLabel(accountId: bigint, idText: string) {
    const id = parseId(idText);
    const label = id === undefined ? undefined : await findOwnLabel(database, accountId, id);
    if (label === undefined) throw new ApiError('EntityNotFound', MESSAGES.shippingLabelNotFound);
    return label;
  }

  const listing = {
    schema: {
      operationId: 'listHeldShippingLabels',
      summary: 'List the shipping labels that wait for approval',
      tags,
      response: { 200: HeldLabels },
    },
  };
  scope.get('/shippingLabels/held', listing, async (request) => {
    const held = await listHeldLabels(database, principalOf(request).accountId, MAXIMUM_LISTED);
    return {
      value: held.map((label) => ({
        shippingLabelId: label.id,
        productId: label.product_id,
        submissionId: label.submission_id,
        productName: label.product_name,
        name: label.name,
        purpose: label.purpose,
        ...(label.business_justification !== null && { businessJustification: label.business_justification }),
        requestedBy: label.requested_by,
        heldSince: label.step_started_at,
        messages: JSON.parse(label.messages) as string[],
      })),
    };
  });

  const description = {
    schema: {
      operationId: 'getShippingLabelUpdate',
      summary: 'Read what a shipping label publishes',
      tags,
      params,
      response: { 200: UpdateDescription },
    },
  };
  scope.get<{ Params: LabelParameter }>(
    '/shippingLabels/:shippingLabelId/update',
    description,
    async (request, reply) => {
      const label = await requireLabel(principalOf(request).accountId, request.params.shippingLabelId);
      const name = await findUpdateBlob(database, label.run_id);
      const blob = name === undefined ? undefined : await context.blob.blobs.find(UPDATE_CONTAINER, name);
      if (blob === undefined) {
        throw new ApiError('EntityNotFound', 'What the shipping label publishes has not been written down yet.');
      }
      return reply.type('application/json; charset=utf-8').send(context.blob.blobs.openRead(blob));
    },
  );

  const approval = {
    schema: {
      operationId: 'approveShippingLabel',
      summary: 'Approve or reject a shipping label that waits for approval',
      tags,
      params,
      response: { 200: Approval },
    },
    config: { requestBody: NewApproval },
  };
  scope.post<{ Params: LabelParameter }>('/shippingLabels/:shippingLabelId/approval', approval, async (request) => {
    const { clientId, accountId } = principalOf(request);
    const label = await requireLabel(accountId, request.params.shippingLabelId);
    const bound = bindRequest(NewApproval, request.body ?? {});
    if (bound.value === undefined) throw invalidInput(bound.errors);
    const { decision, reason = '' } = bound.value;
    if (decision === 'reject' && reason.trim() === '') {
      throw invalidInput([{ target: 'reason', message: 'A rejection needs a reason: the label shows it.' }]);
    }
    const held = await findHeldLabel(database, accountId, label.id);
    if (held === undefined) {
      throw new ApiError('RequestInvalidForCurrentState', 'The shipping label does not wait for approval.');
    }
    const recorded = await database.transaction().execute(async (transaction) => {
      const row = await recordLabelApproval(
        transaction,
        { run_id: held.run_id, decision: DECISIONS[decision], reason, decided_by: clientId },
        clock,
      );
      if (row !== undefined) {
        const action = decision === 'approve' ? 'shippingLabel.approve' : 'shippingLabel.reject';
        const details = { reason, update: held.update_blob };
        await appendAudit(
          transaction,
          actorOf(request),
          { accountId, action, entity: labelEntity(label), details },
          clock,
        );
      }
      return row;
    });
    if (recorded === undefined) {
      throw new ApiError('RequestInvalidForCurrentState', 'The shipping label has been decided about already.');
    }
    context.onWorkQueued();
    return {
      shippingLabelId: label.id,
      decision: recorded.decision,
      reason: recorded.reason,
      decidedBy: recorded.decided_by,
      decidedDateTime: recorded.decided_at,
    };
  });
}
