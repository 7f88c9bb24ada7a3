// The shipping label resource as the API writes it, and the parts of a request as they are stored ("ShippingLabel resource" on
// Microsoft's page "Get shipping label data").
import {
  combinationKey,
  type DriverMetadataIndex,
  type Link,
  type NewShippingLabel,
  type PublishingSpecifications,
  type ShippingLabel as ShippingLabelResource,
  type Targeting,
} from '@assay/hardware-api';
import { isAutomatic } from '@assay/hardware-api/schemas';
import { readPublishing, readTargeting } from '../store/label-targeting.ts';
import type { ShippingLabel } from '../store/schema.ts';

/** What is stored of the publishing specifications; what real clients walk unchecked is filled in. */
export function publishingOf(
  given: NonNullable<NewShippingLabel['publishingSpecifications']>,
): PublishingSpecifications {
  const info = given.additionalInfoForMsApproval ?? {};
  return {
    ...(given.goLiveDate !== undefined && { goLiveDate: given.goLiveDate }),
    visibleToAccounts: [...new Set(given.visibleToAccounts ?? [])],
    isAutoInstallDuringOSUpgrade: given.isAutoInstallDuringOSUpgrade ?? false,
    isAutoInstallOnApplicableSystems: given.isAutoInstallOnApplicableSystems ?? false,
    isDisclosureRestricted: given.isDisclosureRestricted ?? false,
    publishToWindows10s: given.publishToWindows10s ?? false,
    additionalInfoForMsApproval: {
      ...info,
      affectedOems: info.affectedOems ?? [],
      isRebootRequired: info.isRebootRequired ?? false,
      isCoEngineered: info.isCoEngineered ?? false,
      isForUnreleasedHardware: info.isForUnreleasedHardware ?? false,
      hasUiSoftware: info.hasUiSoftware ?? false,
    },
    // The rules allow no other value than this one.
    manualAcquisition: given.manualAcquisition ?? !isAutomatic(given),
  };
}

/** The targeting of a new label: everything in it is asked to be added. What is named twice counts once. */
export function targetingOf(
  given: NewShippingLabel['targeting'],
  metadata: DriverMetadataIndex | undefined,
): Targeting {
  const { hardwareIds, chids = [], restrictedToAudiences = [], ...limits } = given;
  const distinct = new Map(hardwareIds.map((item) => [combinationKey(item), metadata?.find(item) ?? item]));
  return {
    hardwareIds: [...distinct.values()].map((item) => ({ ...item, distributionState: 'pendingAdd' })),
    chids: [...new Set(chids.map(({ chid }) => chid))].map((chid) => ({ chid, distributionState: 'pendingAdd' })),
    restrictedToAudiences: [...new Set(restrictedToAudiences)],
    ...limits,
  };
}

/** How a label is written. */
export interface LabelContext {
  /** The base URL with the prefix that the caller used. */
  readonly apiUrl: string;
  readonly accountId: bigint;
  readonly includeTargeting: boolean;
}

function linksOf(label: ShippingLabel, { apiUrl, accountId }: LabelContext): Link[] {
  const self = `${apiUrl}/products/${label.product_id}/submissions/${label.submission_id}/shippingLabels/${label.id}`;
  const links: Link[] = [{ href: self, rel: 'self', method: 'GET' }];
  // Who may only see the label is not told how to change it.
  if (label.account_id === accountId) links.push({ href: self, rel: 'update_shippinglabel', method: 'PATCH' });
  return links;
}

/** A label as the API writes it. */
export function toShippingLabelResource(label: ShippingLabel, context: LabelContext): ShippingLabelResource {
  const publishing = readPublishing(label.publishing);
  return {
    id: label.id,
    productId: label.product_id,
    submissionId: label.submission_id,
    ...(publishing !== undefined && { publishingSpecifications: publishing }),
    ...(label.receiver_account_id !== null && {
      recipientSpecifications: {
        receiverPublisherId: String(label.receiver_account_id),
        enforceChidTargeting: label.enforce_chid_targeting === 1n,
      },
    }),
    ...(context.includeTargeting && { targeting: readTargeting(label.targeting) }),
    workflowStatus: {
      currentStep: label.current_step as ShippingLabelResource['workflowStatus']['currentStep'],
      state: label.step_state,
      messages: JSON.parse(label.messages) as string[],
    },
    links: linksOf(label, context),
    name: label.name,
    destination: label.destination,
  };
}
