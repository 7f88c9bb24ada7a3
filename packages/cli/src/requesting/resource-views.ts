// How products, submissions and shipping labels are shown to people, and what is masked in all forms of output.
import { maskUrl, type Product, type ShippingLabel, type Submission } from '@assay/hardware-api';
import type { Cell } from '../output.ts';

export interface UrlOptions {
  readonly showUrls?: boolean;
}

type Fields = { readonly fields: Readonly<Record<string, Cell>> };

/** The service writes null for lists that it does not have. */
function joined(values: readonly unknown[] | null | undefined): string | undefined {
  return values ? values.join(', ') || undefined : undefined;
}

export function productView(product: Product): Fields {
  const types = Object.entries(product.selectedProductTypes ?? {}).map(([family, type]) => `${family}=${type}`);
  return {
    fields: {
      id: product.id,
      productName: product.productName,
      testHarness: product.testHarness,
      deviceType: product.deviceType,
      isCommitted: product.isCommitted,
      requestedSignatures: joined(product.requestedSignatures),
      selectedProductTypes: joined(types),
      marketingNames: joined(product.marketingNames),
      announcementDate: product.announcementDate,
      originType: product.originType,
      sharedProductId: product.sharedProductId,
      sourceProductId: product.sourceProductId || undefined,
      sourcePublisherId: product.sourcePublisherId || undefined,
      createdDateTime: product.createdDateTime,
      createdBy: product.createdBy,
      message: product.message || undefined,
    },
  };
}

export const PRODUCT_LIST = {
  headings: ['ID', 'NAME', 'HARNESS', 'COMMITTED', 'CREATED'],
  cells: ({ id, productName, testHarness, isCommitted, createdDateTime }: Product): Cell[] => [
    id,
    productName,
    testHarness,
    isCommitted,
    createdDateTime,
  ],
};

export function submissionView(submission: Submission): Fields {
  const { workflowStatus } = submission;
  return {
    fields: {
      id: submission.id,
      productId: submission.productId,
      name: submission.name,
      type: submission.type,
      commitStatus: submission.commitStatus,
      currentStep: workflowStatus?.currentStep,
      state: workflowStatus?.state,
      messages: joined(workflowStatus?.messages),
      downloads: joined(submission.downloads?.items.map(({ type }) => type)),
      createdDateTime: submission.createdDateTime,
      createdBy: submission.createdBy,
    },
  };
}

export const SUBMISSION_LIST = {
  headings: ['ID', 'NAME', 'TYPE', 'COMMIT STATUS', 'STEP', 'STATE'],
  cells: ({ id, name, type, commitStatus, workflowStatus }: Submission): Cell[] => [
    id,
    name,
    type,
    commitStatus,
    workflowStatus?.currentStep,
    workflowStatus?.state,
  ],
};

/**
 * The submission with the signatures of its download URLs masked: whoever has one can read or write the blob, and output ends
 * up in logs.
 */
export function withoutSignatures(submission: Submission, { showUrls }: UrlOptions): Submission {
  const { downloads, workflowStatus } = submission;
  if (showUrls === true) return submission;
  return {
    ...submission,
    ...(downloads && {
      downloads: { ...downloads, items: downloads.items.map((item) => ({ ...item, url: maskUrl(item.url ?? '') })) },
    }),
    ...(workflowStatus?.errorReport && {
      workflowStatus: { ...workflowStatus, errorReport: maskUrl(workflowStatus.errorReport) },
    }),
  };
}

/** The same for a shipping label: the address of its report. */
export function withoutReportSignature(label: ShippingLabel, { showUrls }: UrlOptions): ShippingLabel {
  const { workflowStatus } = label;
  const report = workflowStatus?.errorReport;
  if (showUrls === true || !report) return label;
  return { ...label, workflowStatus: { ...workflowStatus, errorReport: maskUrl(report) } };
}

/** Those whose name contains the text, without regard to case; all without one. */
export async function* named<Item>(
  items: AsyncIterable<Item>,
  nameOf: (item: Item) => string | undefined,
  wanted = '',
): AsyncGenerator<Item> {
  for await (const item of items) if ((nameOf(item) ?? '').toLowerCase().includes(wanted.toLowerCase())) yield item;
}

function distribution(
  states: readonly { readonly distributionState: string }[] | null | undefined,
): string | undefined {
  if (!states || states.length === 0) return undefined;
  const counts = new Map<string, number>();
  for (const { distributionState } of states) counts.set(distributionState, (counts.get(distributionState) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

export function shippingLabelView(label: ShippingLabel): Fields {
  const { workflowStatus, publishingSpecifications: publishing, targeting } = label;
  return {
    fields: {
      id: label.id,
      productId: label.productId,
      submissionId: label.submissionId,
      name: label.name,
      destination: label.destination,
      currentStep: workflowStatus?.currentStep,
      state: workflowStatus?.state,
      messages: joined(workflowStatus?.messages),
      goLiveDate: publishing?.goLiveDate,
      automaticInstall:
        publishing && (publishing.isAutoInstallDuringOSUpgrade || publishing.isAutoInstallOnApplicableSystems),
      visibleToAccounts: joined(publishing?.visibleToAccounts),
      receiverPublisherId: label.recipientSpecifications?.receiverPublisherId,
      hardwareIds: distribution(targeting?.hardwareIds),
      chids: distribution(targeting?.chids),
      restrictedToAudiences: joined(targeting?.restrictedToAudiences),
    },
  };
}

export const SHIPPING_LABEL_LIST = {
  headings: ['ID', 'NAME', 'DESTINATION', 'STEP', 'STATE'],
  cells: ({ id, name, destination, workflowStatus }: ShippingLabel): Cell[] => [
    id,
    name,
    destination,
    workflowStatus?.currentStep,
    workflowStatus?.state,
  ],
};
