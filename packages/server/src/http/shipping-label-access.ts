// Which shipping labels a request may work with: whose they are, what the caller's role allows, and whether the submission is
// far enough.
import { MESSAGES, type ValidationError } from '@assay/hardware-api';
import { isAutomatic, SUBMISSION_STEPS } from '@assay/hardware-api/schemas';
import type { FastifyRequest } from 'fastify';
import { readDriverMetadata, type SubmissionMetadata } from '../blob/driver-metadata.ts';
import { findAccount, type Role } from '../store/accounts.ts';
import { parseId } from '../store/ids.ts';
import { findProduct } from '../store/products.ts';
import type { Product, ShippingLabel, Submission } from '../store/schema.ts';
import { findShippingLabel, isReaderOfSubmission, type SeenShippingLabel } from '../store/shipping-labels.ts';
import { findSubmission, type SubmissionKey } from '../store/submissions.ts';
import type { ApiContext } from './api-context.ts';
import { principalOf } from './authentication.ts';
import { ApiError } from './errors.ts';

export interface LabelsPath {
  readonly productId: string;
  readonly submissionId: string;
}
export interface LabelPath extends LabelsPath {
  readonly shippingLabelId: string;
}

/** The roles that may work with shipping labels. */
export const LABEL_ROLES: readonly Role[] = ['Manager', 'Shipping Label Owner', 'Shipping Label Promoter'];
/** Those that may also make a driver install without anybody asking for it. */
const PROMOTER_ROLES: readonly Role[] = ['Manager', 'Shipping Label Promoter'];

/** The submission that a path names, as far as its ids can be ids. Throws ApiError EntityNotFound. */
export function labelsKey(accountId: bigint, path: LabelsPath): SubmissionKey {
  const productId = parseId(path.productId);
  const submissionId = parseId(path.submissionId);
  if (productId === undefined || submissionId === undefined) {
    throw new ApiError('EntityNotFound', MESSAGES.submissionNotFound);
  }
  return { accountId, productId, submissionId };
}

/** A submission with its product. */
export interface LabelledSubmission {
  readonly submission: Submission;
  readonly product: Product;
}

/**
 * The submission that labels are to be made for. Throws ApiError EntityNotFound when the account has none such, and
 * ReadOnlyProduct when it may only see its labels.
 */
export async function requireLabelledSubmission(context: ApiContext, key: SubmissionKey): Promise<LabelledSubmission> {
  const { database } = context;
  const submission = await findSubmission(database, key);
  const product = submission && (await findProduct(database, key.accountId, key.productId));
  if (submission !== undefined && product !== undefined) return { submission, product };
  if (await isReaderOfSubmission(database, key)) throw new ApiError('ReadOnlyProduct', MESSAGES.readOnlyProduct);
  throw new ApiError('EntityNotFound', MESSAGES.submissionNotFound);
}

/** The label that a path names, when the account may see it. Throws ApiError EntityNotFound. */
export async function requireShippingLabel(
  context: ApiContext,
  accountId: bigint,
  path: LabelPath,
): Promise<SeenShippingLabel> {
  const labelId = parseId(path.shippingLabelId);
  const productId = parseId(path.productId);
  const submissionId = parseId(path.submissionId);
  const known = labelId !== undefined && productId !== undefined && submissionId !== undefined;
  const seen = known
    ? await findShippingLabel(context.database, { accountId, productId, submissionId, labelId })
    : undefined;
  if (seen === undefined) throw new ApiError('EntityNotFound', MESSAGES.shippingLabelNotFound);
  return seen;
}

/** The label that a request is to change. Throws ApiError EntityNotFound, and ReadOnlyProduct when it may only be seen. */
export async function requireOwnLabel(context: ApiContext, accountId: bigint, path: LabelPath): Promise<ShippingLabel> {
  const { label, access } = await requireShippingLabel(context, accountId, path);
  if (access === 'reader') throw new ApiError('ReadOnlyProduct', MESSAGES.readOnlyProduct);
  return label;
}

/** Refuses a product of which nothing is shared with the account any more. */
export function requireWritable(product: Pick<Product, 'deprecated'> | undefined): void {
  if (product?.deprecated === 1n) throw new ApiError('ReadOnlyProduct', MESSAGES.readOnlyProduct);
}

/** Refuses a label with automatic install to callers who may only make the others. Throws ApiError Forbidden. */
export function requirePromoterFor(request: FastifyRequest, publishing: Parameters<typeof isAutomatic>[0]): void {
  const { roles } = principalOf(request);
  const allowed = PROMOTER_ROLES.map((role) => role.toLowerCase());
  if (!isAutomatic(publishing) || roles.some((role) => allowed.includes(role.toLowerCase()))) return;
  throw new ApiError(
    'Forbidden',
    `A shipping label with automatic install needs one of these roles: ${PROMOTER_ROLES.join(', ')}.`,
  );
}

/** The steps that must be over before labels can be made. */
const UNREADY_STEPS: readonly string[] = SUBMISSION_STEPS.slice(0, SUBMISSION_STEPS.indexOf('preparation') + 1);

/** Throws ApiError RequestInvalidForCurrentState when no label can be made for the submission (yet). */
export function requireReady(submission: Submission): void {
  const { commit_status: commit, current_step: step, step_state: state } = submission;
  if (commit === 'commitFailed' || state === 'failed') {
    throw new ApiError('RequestInvalidForCurrentState', MESSAGES.submissionCannotBeLabelled);
  }
  if (commit === 'commitPending' || step === null || UNREADY_STEPS.includes(step)) {
    throw new ApiError('RequestInvalidForCurrentState', MESSAGES.notReadyForShippingLabel);
  }
}

/**
 * The metadata that hardware ids are chosen from; undefined while the submission is still being processed. Throws ApiError
 * RequestInvalidForCurrentState when a complete submission has none.
 */
export async function readMetadata(
  context: ApiContext,
  submission: Submission,
): Promise<SubmissionMetadata | undefined> {
  if (submission.step_state !== 'completed') return undefined;
  const metadata = await readDriverMetadata(context.database, context.blob.blobs, submission.id);
  if (metadata === undefined) {
    throw new ApiError('RequestInvalidForCurrentState', MESSAGES.submissionNeedsMetadata);
  }
  return metadata;
}

/** The account to share with, or what is wrong with it. */
export async function findReceiver(
  context: ApiContext,
  accountId: bigint,
  receiverPublisherId: string,
): Promise<{ readonly id: bigint } | { readonly fault: ValidationError }> {
  const target = 'recipientSpecifications.receiverPublisherId';
  const id = parseId(receiverPublisherId.trim());
  if (id === accountId) {
    return { fault: { target, message: 'The receiver is the account itself; share with another one.' } };
  }
  const receiver = id === undefined ? undefined : await findAccount(context.database, id);
  return receiver === undefined
    ? { fault: { target, message: `There is no account with the seller id "${receiverPublisherId}".` } }
    : { id: receiver.id };
}
