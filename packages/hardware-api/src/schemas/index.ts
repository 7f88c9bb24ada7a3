// JSON schemas of the API, for servers: validation of requests, serialisation of responses. Needs the package `typebox`.
export { Audience, AudienceList } from './audience.ts';
export { type BindResult, bindRequest, MAXIMUM_ELEMENTS } from './bind.ts';
export { normalizeDate } from './bind-scalars.ts';
export { ErrorBody, errorBody } from './error-body.ts';
export { LINK_RELATIONS, Link, ListOf } from './link.ts';
export {
  PREPROD_ASSET_TYPES,
  PreprodAsset,
  PreprodAssetList,
  PreprodPackage,
  SIGNING_STATUSES,
} from './preprod.ts';
export {
  AdditionalAttributes,
  DEVICE_TYPES,
  NewProduct,
  Product,
  ProductChanges,
  ProductList,
  RaidController,
  StorageController,
  Svvp,
  TEST_HARNESSES,
} from './product.ts';
export { checkNewProduct } from './product-rules.ts';
export { DateTime, Enumeration, Guid, Int64, OperatingSystemCode, ProductTypesByFamily } from './scalars.ts';
export {
  CHID_STATES,
  DESTINATIONS,
  HARDWARE_ID_STATES,
  NewShippingLabel,
  PUBLISHING_STEPS,
  PublishingSpecifications,
  SHARING_STEPS,
  ShippingLabel,
  ShippingLabelChanges,
  ShippingLabelList,
  Targeting,
} from './shipping-label.ts';
export { checkNewShippingLabel, isAutomatic, missingChids, type ShippingLabelFacts } from './shipping-label-rules.ts';
export {
  COMMIT_STATUSES,
  CommitResult,
  DOWNLOAD_TYPES,
  DownloadItem,
  Downloads,
  NewSubmission,
  SUBMISSION_STEPS,
  SUBMISSION_TYPES,
  Submission,
  SubmissionChanges,
  SubmissionList,
  WORKFLOW_STATES,
  WorkflowStatus,
} from './submission.ts';
export { applyTargetingChanges, type ChangedTargeting, isTargeted, type TargetingFacts } from './targeting-changes.ts';
export { checkAudiences, checkDistribution, checkHardwareIds } from './targeting-rules.ts';
