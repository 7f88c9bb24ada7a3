// Shipping labels of a submission: create, list, read, update, cancel ("Create a new shipping label", "Get all shipping labels",
// "Get a shipping label", "Update a shipping label", "Cancel a shipping label").
import { isInboxOrSystem, MESSAGES } from '@assay/hardware-api';
import {
  applyTargetingChanges,
  bindRequest,
  checkNewShippingLabel,
  NewShippingLabel,
  ShippingLabel,
  ShippingLabelChanges,
  ShippingLabelList,
} from '@assay/hardware-api/schemas';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { readAudienceIds } from '../store/audiences.ts';
import { appendAudit } from '../store/audit.ts';
import { readPublishing, readTargeting } from '../store/label-targeting.ts';
import { findProduct, readProductProperties } from '../store/products.ts';
import type { ShippingLabel as ShippingLabelRow } from '../store/schema.ts';
import { cancelRun, labelEntity } from '../store/shipping-label-runs.ts';
import {
  insertShippingLabel,
  isAtRest,
  listShippingLabels,
  mustTargetChids,
  type NewShippingLabelRow,
  startUpdate,
  WORKFLOW_KINDS,
} from '../store/shipping-labels.ts';
import { findSubmission } from '../store/submissions.ts';
import { queueWorkflow } from '../workflow/queue.ts';
import type { ApiContext } from './api-context.ts';
import type { ApiPrefix } from './api-prefixes.ts';
import { actorOf, principalOf } from './authentication.ts';
import { baseUrlOf } from './base-url.ts';
import { ApiError, invalidInput } from './errors.ts';
import { lastValue, pageLinks, type Query, readPageRequest } from './paging.ts';
import { NoContent, PageQuery } from './route-documentation.ts';
import {
  findReceiver,
  LABEL_ROLES,
  type LabelledSubmission,
  type LabelPath,
  type LabelsPath,
  labelsKey,
  readMetadata,
  requireLabelledSubmission,
  requireOwnLabel,
  requirePromoterFor,
  requireReady,
  requireShippingLabel,
  requireWritable,
} from './shipping-label-access.ts';
import { type LabelContext, publishingOf, targetingOf, toShippingLabelResource } from './shipping-label-resource.ts';

const LABELS = '/products/:productId/submissions/:submissionId/shippingLabels';
const LABEL = `${LABELS}/:shippingLabelId`;
const FIRST_STEP = 'created';
const CANCELLED = 'The shipping label was cancelled.';

const includeTargetingInfo = Type.Optional(
  Type.Boolean({ default: false, description: 'Whether `targeting` is part of the answer.' }),
);
const TargetingQuery = Type.Object({ includeTargetingInfo });

function wantsTargeting(query: Query): boolean {
  return lastValue(query, 'includeTargetingInfo')?.toLowerCase() === 'true';
}

/** Where a new label goes, once all rules are kept. Throws ApiError with every fault. */
async function checkedLabel(
  context: ApiContext,
  { submission, product }: LabelledSubmission,
  label: NewShippingLabel,
): Promise<Omit<NewShippingLabelRow, 'createdBy'>> {
  const { database } = context;
  const accountId = product.account_id;
  const metadata = await readMetadata(context, submission);
  const faults = checkNewShippingLabel(label, {
    metadata: metadata?.index,
    isExtensionInf: submission.is_extension_inf === 1n || product.is_extension_inf === 1n,
    isShared: product.origin_type === 'publisher',
    mustTargetChids: await mustTargetChids(database, submission.id),
    audiences: await readAudienceIds(database, accountId),
    codes: context.codes,
  });
  const recipient = label.destination === 'anotherPartner' ? label.recipientSpecifications : undefined;
  const receiver = recipient && (await findReceiver(context, accountId, recipient.receiverPublisherId));
  if (receiver !== undefined && 'fault' in receiver) faults.push(receiver.fault);
  const [first, ...others] = faults;
  if (first !== undefined) throw invalidInput([first, ...others]);

  const row = {
    accountId,
    productId: product.id,
    submissionId: submission.id,
    name: label.name,
    targeting: targetingOf(label.targeting, metadata?.index),
  };
  if (receiver !== undefined && 'id' in receiver) {
    const enforceChidTargeting = recipient?.enforceChidTargeting ?? false;
    return { ...row, purpose: { destination: 'anotherPartner', receiverAccountId: receiver.id, enforceChidTargeting } };
  }
  const publishing = publishingOf(label.publishingSpecifications ?? {});
  return { ...row, purpose: { destination: 'windowsUpdate', publishing } };
}

/** Whether an update asks for anything at all. */
function asksForNothing({ targeting, businessJustification }: ShippingLabelChanges): boolean {
  const { hardwareIds = [], chids = [], ...others } = targeting;
  const values = [...hardwareIds, ...chids, ...Object.values(others), businessJustification];
  return values.every((value) => value === undefined);
}

/** Adds the routes below one prefix. The scope must be guarded by `requireToken`. */
export function addShippingLabelRoutes(scope: FastifyInstance, context: ApiContext, prefix: ApiPrefix): void {
  const { database, clock, publicUrl, continuationTokens: tokens } = context;
  const tags = ['Shipping labels'];

  const labelContext = (request: FastifyRequest<{ Querystring: Query }>): LabelContext => ({
    apiUrl: baseUrlOf(request, publicUrl) + prefix.path,
    accountId: principalOf(request).accountId,
    includeTargeting: wantsTargeting(request.query),
  });

  const creation = {
    schema: {
      operationId: 'createShippingLabel',
      summary: 'Create a shipping label, which starts to be published or shared',
      tags,
      querystring: TargetingQuery,
      response: { 201: ShippingLabel },
    },
    config: { roles: LABEL_ROLES, requestBody: NewShippingLabel },
  };
  scope.post<{ Params: LabelsPath; Querystring: Query }>(LABELS, creation, async (request, reply) => {
    const { accountId, clientId } = principalOf(request);
    const subject = await requireLabelledSubmission(context, labelsKey(accountId, request.params));
    const bound = bindRequest(NewShippingLabel, request.body ?? {}, context.codes);
    if (bound.value === undefined) throw invalidInput(bound.errors);
    requireWritable(subject.product);
    requirePromoterFor(request, bound.value.publishingSpecifications);
    requireReady(subject.submission);
    if (bound.value.destination === 'windowsUpdate' && isInboxOrSystem(readProductProperties(subject.product))) {
      throw new ApiError('RequestInvalidForCurrentState', MESSAGES.cannotPublishInbox);
    }
    const fields = { ...(await checkedLabel(context, subject, bound.value)), createdBy: clientId };
    const label = await database.transaction().execute(async (transaction) => {
      const row = await insertShippingLabel(transaction, fields, clock);
      const workflow = { kind: WORKFLOW_KINDS[row.destination], subjectId: row.run_id, firstStep: FIRST_STEP };
      await queueWorkflow(transaction, workflow, clock);
      const details = {
        name: row.name,
        destination: row.destination,
        hardwareIds: fields.targeting.hardwareIds.length,
        ...(row.receiver_account_id !== null && { receiverPublisherId: row.receiver_account_id }),
      };
      const change = { accountId, action: 'shippingLabel.create', entity: labelEntity(row), details };
      await appendAudit(transaction, actorOf(request), change, clock);
      return row;
    });
    context.onWorkQueued();
    return reply.code(201).send(toShippingLabelResource(label, labelContext(request)));
  });

  const listing = {
    schema: {
      operationId: 'listShippingLabels',
      summary: 'List the shipping labels of a submission',
      tags,
      querystring: Type.Object({ ...PageQuery.properties, includeTargetingInfo }),
      response: { 200: ShippingLabelList },
    },
    config: { roles: LABEL_ROLES },
  };
  scope.get<{ Params: LabelsPath; Querystring: Query }>(LABELS, listing, async (request) => {
    const key = labelsKey(principalOf(request).accountId, request.params);
    const list = `shippingLabels/${key.accountId}/${key.submissionId}`;
    const asked = readPageRequest(request.query, tokens, list);
    const page = await listShippingLabels(database, key, asked);
    if (page.rows.length === 0 && (await findSubmission(database, key)) === undefined) {
      throw new ApiError('EntityNotFound', MESSAGES.submissionNotFound);
    }
    const resource = labelContext(request);
    const href = `${resource.apiUrl}/products/${key.productId}/submissions/${key.submissionId}/shippingLabels`;
    const links = pageLinks(page, asked, { href, list, tokens });
    return {
      value: page.rows.map((label) => toShippingLabelResource(label, resource)),
      links: resource.includeTargeting
        ? links.map((link) => ({ ...link, href: `${link.href}&includeTargetingInfo=true` }))
        : links,
    };
  });

  const reading = {
    schema: {
      operationId: 'getShippingLabel',
      summary: 'Read a shipping label',
      tags,
      querystring: TargetingQuery,
      response: { 200: ShippingLabel },
    },
    config: { roles: LABEL_ROLES },
  };
  scope.get<{ Params: LabelPath; Querystring: Query }>(LABEL, reading, async (request) => {
    const { label } = await requireShippingLabel(context, principalOf(request).accountId, request.params);
    return toShippingLabelResource(label, labelContext(request));
  });

  async function changedTargeting(label: ShippingLabelRow, changes: ShippingLabelChanges['targeting']) {
    const { account_id: accountId, product_id: productId, submission_id: submissionId } = label;
    const submission = await findSubmission(database, { accountId, productId, submissionId });
    if (submission === undefined) throw new ApiError('EntityNotFound', MESSAGES.submissionNotFound);
    const adds = changes.hardwareIds?.some(({ action }) => action === 'add') === true;
    const metadata = adds ? await readMetadata(context, submission) : undefined;
    const changed = applyTargetingChanges(readTargeting(label.targeting), changes, {
      metadata: metadata?.index,
      mustTargetChids: await mustTargetChids(database, submission.id),
      audiences: await readAudienceIds(database, accountId),
      codes: context.codes,
    });
    if (changed.targeting === undefined) throw invalidInput(changed.errors);
    return changed.targeting;
  }

  const update = {
    schema: {
      operationId: 'updateShippingLabel',
      summary: 'Change what a shipping label targets',
      tags,
      response: { 204: NoContent },
    },
    config: { roles: LABEL_ROLES, requestBody: ShippingLabelChanges },
  };
  scope.patch<{ Params: LabelPath }>(LABEL, update, async (request, reply) => {
    const { accountId, clientId } = principalOf(request);
    const label = await requireOwnLabel(context, accountId, request.params);
    const bound = bindRequest(ShippingLabelChanges, request.body ?? {}, context.codes);
    if (bound.value === undefined) throw invalidInput(bound.errors);
    requireWritable(await findProduct(database, accountId, label.product_id));
    requirePromoterFor(request, readPublishing(label.publishing));
    if (asksForNothing(bound.value)) {
      throw invalidInput([{ target: 'targeting', message: 'The update changes nothing.' }]);
    }
    const busy = invalidInput([{ target: 'workflowStatus', message: MESSAGES.shippingLabelBusy }]);
    if (!isAtRest(label)) throw busy;
    const { targeting: changes, businessJustification = changes.businessJustification } = bound.value;
    const targeting = await changedTargeting(label, changes);
    const started = await database.transaction().execute(async (transaction) => {
      const wish = { label, targeting, businessJustification, requestedBy: clientId };
      const run = await startUpdate(transaction, wish, clock);
      if (run === undefined) return false;
      await queueWorkflow(transaction, { kind: run.kind, subjectId: run.id, firstStep: FIRST_STEP }, clock);
      const details = {
        hardwareIds: changes.hardwareIds?.length ?? 0,
        chids: changes.chids?.length ?? 0,
        ...(changes.restrictedToAudiences !== undefined && { restrictedToAudiences: targeting.restrictedToAudiences }),
        ...(businessJustification !== undefined && { businessJustification }),
      };
      const change = { accountId, action: 'shippingLabel.update', entity: labelEntity(label), details };
      await appendAudit(transaction, actorOf(request), change, clock);
      return true;
    });
    if (!started) throw busy;
    context.onWorkQueued();
    return reply.code(204).send();
  });

  const cancellation = {
    schema: {
      operationId: 'cancelShippingLabel',
      summary: 'Take back a shipping label that is in approval or being published',
      tags,
      response: { 204: NoContent },
    },
    config: { roles: LABEL_ROLES },
  };
  scope.put<{ Params: LabelPath }>(`${LABEL}/cancel`, cancellation, async (request, reply) => {
    const { accountId } = principalOf(request);
    const label = await requireOwnLabel(context, accountId, request.params);
    requirePromoterFor(request, readPublishing(label.publishing));
    const cancelled = await database.transaction().execute(async (transaction) => {
      if (!(await cancelRun(transaction, label, CANCELLED, clock))) return false;
      const details = { step: label.current_step };
      const change = { accountId, action: 'shippingLabel.cancel', entity: labelEntity(label), details };
      await appendAudit(transaction, actorOf(request), change, clock);
      return true;
    });
    if (!cancelled) throw new ApiError('RequestInvalidForCurrentState', MESSAGES.shippingLabelNotCancellable);
    return reply.code(204).send();
  });
}
