// The client's methods for shipping labels and audiences.
import type { Audience } from '../schemas/audience.ts';
import type { NewShippingLabel, ShippingLabel, ShippingLabelChanges } from '../schemas/shipping-label.ts';
import type { Identifier, ReadOptions } from './hardware-client.ts';
import { idSegment, toInteger } from './identifiers.ts';

/** Names one shipping label. */
export interface ShippingLabelPath {
  readonly productId: Identifier;
  readonly submissionId: Identifier;
  readonly shippingLabelId: Identifier;
}

export interface ShippingLabelMethods {
  /** Creates a label for a submission, which starts to be published or shared at once. */
  createShippingLabel(productId: Identifier, submissionId: Identifier, label: NewShippingLabel): Promise<ShippingLabel>;
  /** All labels of a submission, page after page, without their targeting. */
  listShippingLabels(productId: Identifier, submissionId: Identifier): AsyncGenerator<ShippingLabel>;
  /** One label with its targeting. */
  getShippingLabel(path: ShippingLabelPath, options?: ReadOptions): Promise<ShippingLabel>;
  /** Changes what a label targets. Refused while it is being published. */
  updateShippingLabel(path: ShippingLabelPath, changes: ShippingLabelChanges): Promise<void>;
  /** Takes back a label that waits for approval or is being published. */
  cancelShippingLabel(path: ShippingLabelPath): Promise<void>;
  /** The audiences that the account's labels can be limited to. */
  listAudiences(): Promise<Audience[]>;
}

/** How the methods reach the service. */
export interface ShippingLabelTransport {
  /** Path of the API's root, for example `/v2.0/my/hardware`. */
  readonly prefix: string;
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  /** One resource; a failure when the answer holds none. */
  get(path: string, options?: ReadOptions): Promise<unknown>;
  /** Creates a resource; a failure when the answer does not say which it is. */
  create(path: string, body: unknown): Promise<unknown>;
  /** The elements of a list, page after page. */
  list(path: string): AsyncGenerator<unknown>;
}

/**
 * Seller ids and build numbers as bigint, whatever their size and however the service wrote them; the receiver's and the step as
 * text.
 */
function withExactNumbers(resource: unknown): ShippingLabel {
  const label = resource as ShippingLabel;
  // The service writes null for what a label does not have.
  const { publishingSpecifications: publishing, recipientSpecifications: recipient, targeting, workflowStatus } = label;
  const builds = targeting?.coEngDriverPublishInfo;
  return {
    ...label,
    ...(workflowStatus && {
      workflowStatus: {
        ...workflowStatus,
        currentStep: String(workflowStatus.currentStep ?? '') as typeof workflowStatus.currentStep,
        state: String(workflowStatus.state ?? '') as typeof workflowStatus.state,
        messages: workflowStatus.messages ?? [],
      },
    }),
    ...(publishing && {
      publishingSpecifications: {
        ...publishing,
        visibleToAccounts: (publishing.visibleToAccounts ?? []).map((account) => toInteger(account) as bigint),
      },
    }),
    ...(recipient && {
      recipientSpecifications: { ...recipient, receiverPublisherId: String(recipient.receiverPublisherId) },
    }),
    ...(targeting &&
      builds && {
        targeting: {
          ...targeting,
          coEngDriverPublishInfo: Object.fromEntries(
            Object.entries(builds).map(([name, build]) => [name, toInteger(build)]),
          ),
        },
      }),
  };
}

/** The methods over a transport. */
export function shippingLabelMethods({
  prefix,
  call,
  get,
  create,
  list,
}: ShippingLabelTransport): ShippingLabelMethods {
  const labelsPath = (productId: Identifier, submissionId: Identifier): string =>
    `${prefix}/products/${idSegment(productId)}/submissions/${idSegment(submissionId)}/shippingLabels`;
  const labelPath = (path: ShippingLabelPath): string =>
    `${labelsPath(path.productId, path.submissionId)}/${idSegment(path.shippingLabelId)}`;
  return {
    createShippingLabel: async (productId, submissionId, label) =>
      withExactNumbers(await create(labelsPath(productId, submissionId), label)),
    async *listShippingLabels(productId, submissionId) {
      for await (const label of list(labelsPath(productId, submissionId))) yield withExactNumbers(label);
    },
    getShippingLabel: async (path, options) =>
      withExactNumbers(await get(`${labelPath(path)}?includeTargetingInfo=true`, options)),
    async updateShippingLabel(path, changes) {
      await call('PATCH', labelPath(path), changes);
    },
    async cancelShippingLabel(path) {
      await call('PUT', `${labelPath(path)}/cancel`);
    },
    listAudiences: async () => ((await get(`${prefix}/audiences`)) as { value?: Audience[] }).value ?? [],
  };
}
