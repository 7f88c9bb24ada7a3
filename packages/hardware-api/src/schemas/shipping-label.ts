// The shipping label resource with its sub-objects ("ShippingLabel resource" on Microsoft's page "Get shipping label data"), and
// the requests that make and change it ("Create a new shipping label", "Update a shipping label").
import { type Static, Type } from 'typebox';
import { Link, ListOf } from './link.ts';
import { DateTime, DistributionReleaseName, Enumeration, Guid, Int64, OperatingSystemCode } from './scalars.ts';
import { WORKFLOW_STATES } from './submission.ts';

export const DESTINATIONS = ['windowsUpdate', 'anotherPartner', 'notSet'] as const;

/** The steps of a label that publishes to Windows Update, in their order. */
export const PUBLISHING_STEPS = [
  'created',
  'preProcessShippingLabel',
  'finalizePreProcessing',
  'publishJobValidation',
  'updateGeneration',
  'microsoftApproval',
  'publishing',
  'finalizePublishing',
] as const;

/** The steps of a label that shares with another partner, in their order. */
export const SHARING_STEPS = [
  'created',
  'preProcessShippingLabel',
  'finalizePreProcessing',
  'publishJobValidation',
  'processSharing',
  'finalizeSharing',
] as const;

/** Of a hardware id. `notSet`: nothing is asked for, or what was asked for was taken back. */
export const HARDWARE_ID_STATES = ['notSet', 'pendingAdd', 'added', 'pendingRemove'] as const;
export const CHID_STATES = ['unknown', 'pendingAdd', 'added', 'pendingRemove', 'pendingRecovery', 'recovered'] as const;

/** Hardware ids in one request. More than a list has otherwise: real drivers serve thousands of devices. */
export const MAXIMUM_HARDWARE_IDS = 10_000;

const flag = Type.Boolean();
const optionalFlag = Type.Optional(flag);
const optionalText = Type.Optional(Type.String());
const optionalTexts = Type.Optional(Type.Array(Type.String()));

export const InServicePublishInfo = Type.Object({
  flooring: Type.Optional(DistributionReleaseName),
  ceiling: Type.Optional(DistributionReleaseName),
});
export type InServicePublishInfo = Static<typeof InServicePublishInfo>;

export const CoEngDriverPublishInfo = Type.Object({
  flooringBuildNumber: Type.Optional(Int64),
  ceilingBuildNumber: Type.Optional(Int64),
});
export type CoEngDriverPublishInfo = Static<typeof CoEngDriverPublishInfo>;

const combination = {
  bundleId: Type.String({ minLength: 1 }),
  infId: Type.String({ minLength: 1 }),
  operatingSystemCode: OperatingSystemCode,
  pnpString: Type.String({ minLength: 1 }),
};

const limits = {
  inServicePublishInfo: Type.Optional(InServicePublishInfo),
  coEngDriverPublishInfo: Type.Optional(CoEngDriverPublishInfo),
};

export const RecipientSpecifications = Type.Object({
  /** Seller id of the account that the submission is shared with; a string, unlike every other id. */
  receiverPublisherId: Type.String({ minLength: 1 }),
  enforceChidTargeting: optionalFlag,
});

/** Body of `POST …/shippingLabels`. */
export const NewShippingLabel = Type.Object({
  name: Type.String({ minLength: 1 }),
  destination: Enumeration(DESTINATIONS),
  publishingSpecifications: Type.Optional(
    Type.Object({
      /** Absent or empty: as soon as the label is approved. */
      goLiveDate: Type.Optional(DateTime),
      visibleToAccounts: Type.Optional(Type.Array(Int64)),
      isAutoInstallDuringOSUpgrade: optionalFlag,
      isAutoInstallOnApplicableSystems: optionalFlag,
      manualAcquisition: optionalFlag,
      isDisclosureRestricted: optionalFlag,
      publishToWindows10s: optionalFlag,
      additionalInfoForMsApproval: Type.Optional(
        Type.Object({
          microsoftContact: optionalText,
          validationsPerformed: optionalText,
          affectedOems: optionalTexts,
          isRebootRequired: optionalFlag,
          isCoEngineered: optionalFlag,
          isForUnreleasedHardware: optionalFlag,
          hasUiSoftware: optionalFlag,
          businessJustification: optionalText,
        }),
      ),
    }),
  ),
  recipientSpecifications: Type.Optional(RecipientSpecifications),
  targeting: Type.Object({
    hardwareIds: Type.Array(Type.Object(combination), { maxItems: MAXIMUM_HARDWARE_IDS }),
    chids: Type.Optional(Type.Array(Type.Object({ chid: Guid }))),
    restrictedToAudiences: Type.Optional(Type.Array(Guid)),
    ...limits,
  }),
});
export type NewShippingLabel = Static<typeof NewShippingLabel>;

export const TARGETING_ACTIONS = ['add', 'remove'] as const;
const action = Enumeration(TARGETING_ACTIONS);

/** Body of `PATCH …/shippingLabels/{shippingLabelId}`. What is absent stays as it is; an empty list of audiences lifts the limit. */
export const ShippingLabelChanges = Type.Object({
  targeting: Type.Object({
    hardwareIds: Type.Optional(Type.Array(Type.Object({ action, ...combination }), { maxItems: MAXIMUM_HARDWARE_IDS })),
    chids: Type.Optional(Type.Array(Type.Object({ action, chid: Guid }))),
    restrictedToAudiences: Type.Optional(Type.Array(Guid)),
    ...limits,
    businessJustification: optionalText,
  }),
  /** Some clients put it here. */
  businessJustification: optionalText,
});
export type ShippingLabelChanges = Static<typeof ShippingLabelChanges>;

/** As answers hold it: the lists and flags are never absent, because real clients walk them unchecked. */
export const PublishingSpecifications = Type.Object({
  goLiveDate: Type.Optional(DateTime),
  visibleToAccounts: Type.Array(Int64),
  isAutoInstallDuringOSUpgrade: flag,
  isAutoInstallOnApplicableSystems: flag,
  isDisclosureRestricted: flag,
  publishToWindows10s: flag,
  additionalInfoForMsApproval: Type.Object({
    microsoftContact: optionalText,
    validationsPerformed: optionalText,
    affectedOems: Type.Array(Type.String()),
    isRebootRequired: flag,
    isCoEngineered: flag,
    isForUnreleasedHardware: flag,
    hasUiSoftware: flag,
    businessJustification: optionalText,
  }),
  manualAcquisition: flag,
});
export type PublishingSpecifications = Static<typeof PublishingSpecifications>;

export const Targeting = Type.Object({
  hardwareIds: Type.Array(Type.Object({ ...combination, distributionState: Enumeration(HARDWARE_ID_STATES) })),
  chids: Type.Array(Type.Object({ chid: Guid, distributionState: Enumeration(CHID_STATES) })),
  restrictedToAudiences: Type.Array(Guid),
  ...limits,
});
export type Targeting = Static<typeof Targeting>;

export const ShippingLabelWorkflowStatus = Type.Object({
  currentStep: Enumeration([...PUBLISHING_STEPS, ...SHARING_STEPS.slice(-2)] as const),
  /** Of the current step, not of the label. */
  state: Enumeration(WORKFLOW_STATES),
  messages: Type.Array(Type.String()),
  /** URL of the full report; absent when there is none. */
  errorReport: optionalText,
});

export const ShippingLabel = Type.Object({
  id: Int64,
  productId: Int64,
  submissionId: Int64,
  publishingSpecifications: Type.Optional(PublishingSpecifications),
  recipientSpecifications: Type.Optional(
    Type.Object({ receiverPublisherId: Type.String(), enforceChidTargeting: flag }),
  ),
  /** Only when `includeTargetingInfo=true` asks for it. */
  targeting: Type.Optional(Targeting),
  workflowStatus: ShippingLabelWorkflowStatus,
  links: Type.Array(Link),
  name: Type.String(),
  destination: Enumeration(DESTINATIONS),
});
export type ShippingLabel = Static<typeof ShippingLabel>;

export const ShippingLabelList = ListOf(ShippingLabel);
export type ShippingLabelList = Static<typeof ShippingLabelList>;
