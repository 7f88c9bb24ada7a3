// The Hardware API without a server: lossless JSON, the tables of codes, the error table and types. Runs wherever there is
// `fetch`; nothing here needs another package.
export * from './client/index.ts';
export { CodeExtensionError, parseCodeExtension } from './code-extension.ts';
export { BUILT_IN_CODES, type CodeExtension, type CodeTables, createCodeTables } from './code-tables.ts';
export { Crc64 } from './crc64.ts';
export { DISTRIBUTION_RELEASES, type DistributionRelease } from './distribution-releases.ts';
export {
  combinationKey,
  DriverMetadataError,
  type DriverMetadataIndex,
  type HardwareIdCombination,
  isSameCombination,
  parseDriverMetadata,
} from './driver-metadata.ts';
export {
  type ApiVersion,
  ERRORS,
  type ErrorCode,
  MESSAGES,
  type ValidationError,
  wireCode,
} from './errors.ts';
export { parseJson, stringifyJson } from './json.ts';
export { OPERATING_SYSTEM_FAMILIES, type OperatingSystemFamily } from './operating-system-families.ts';
export {
  type Architecture,
  OPERATING_SYSTEMS,
  type OperatingSystem,
  type OperatingSystemVersion,
} from './operating-systems.ts';
export { PRODUCT_TYPES, type ProductType } from './product-types.ts';
export type { Audience, AudienceList } from './schemas/audience.ts';
export type { ErrorBody } from './schemas/error-body.ts';
export type { Link } from './schemas/link.ts';
export type { PreprodAsset, PreprodPackage } from './schemas/preprod.ts';
export type { AdditionalAttributes, NewProduct, Product, ProductChanges, ProductList } from './schemas/product.ts';
export type {
  NewShippingLabel,
  PublishingSpecifications,
  ShippingLabel,
  ShippingLabelChanges,
  ShippingLabelList,
  Targeting,
} from './schemas/shipping-label.ts';
export type {
  DownloadItem,
  Downloads,
  NewSubmission,
  Submission,
  SubmissionChanges,
  SubmissionList,
  WorkflowStatus,
} from './schemas/submission.ts';
export { isInboxOrSystem } from './system-product-types.ts';
