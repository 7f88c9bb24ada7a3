// JSON schemas of the API, for servers: validation of requests, serialisation of responses. Needs the package `typebox`.
export { type BindResult, bindRequest, MAXIMUM_ELEMENTS } from './bind.ts';
export { normalizeDate } from './bind-scalars.ts';
export { ErrorBody, errorBody } from './error-body.ts';
export { LINK_RELATIONS, Link, ListOf } from './link.ts';
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
