// The Hardware API without a server: lossless JSON, the tables of codes, the error table and types. Runs wherever there is
// `fetch`; nothing here needs another package.
export * from './client/index.ts';
export {
  type ApiVersion,
  ERRORS,
  type ErrorCode,
  MESSAGES,
  type ValidationError,
  wireCode,
} from './errors.ts';
export { parseJson, stringifyJson } from './json.ts';
export {
  findOperatingSystemFamily,
  OPERATING_SYSTEM_FAMILIES,
  type OperatingSystemFamily,
} from './operating-system-families.ts';
export {
  type Architecture,
  findOperatingSystem,
  OPERATING_SYSTEMS,
  type OperatingSystem,
  type OperatingSystemVersion,
} from './operating-systems.ts';
export { findProductType, PRODUCT_TYPES, type ProductType } from './product-types.ts';
export type { ErrorBody } from './schemas/error-body.ts';
export type { Link } from './schemas/link.ts';
export type { AdditionalAttributes, NewProduct, Product, ProductChanges, ProductList } from './schemas/product.ts';
export type {
  DownloadItem,
  Downloads,
  NewSubmission,
  Submission,
  SubmissionChanges,
  SubmissionList,
  WorkflowStatus,
} from './schemas/submission.ts';
