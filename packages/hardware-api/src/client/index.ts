// The typed client: calls, tokens, upload, download, waiting.
export {
  DownloadIntegrityError,
  type DownloadOptions,
  type DownloadResult,
  type DownloadSink,
  downloadBlob,
  type RunningDigest,
} from './download.ts';
export { type Exchange, type Fetch, maskUrl } from './exchange.ts';
export {
  HardwareApiError,
  NO_ANSWER,
  PreprodFailedError,
  SubmissionFailedError,
  WaitTimeoutError,
} from './hardware-api-error.ts';
export {
  createHardwareClient,
  type HardwareClient,
  type HardwareClientOptions,
  type Identifier,
  type PartnerSubmissionPath,
} from './hardware-client.ts';
export { findSignedAsset, type PreprodMethods } from './preprod.ts';
export { DEFAULT_RETRY_POLICY, type RetryPolicy } from './retry.ts';
export type { ShippingLabelMethods, ShippingLabelPath } from './shipping-labels.ts';
export {
  type AccessToken,
  type ClientCredentials,
  clientSecretCredential,
  createTokenSource,
  HARDWARE_SCOPE,
  type TokenCredential,
} from './token-source.ts';
export {
  BLOCK_BYTES,
  type RandomAccessReader,
  SINGLE_UPLOAD_BYTES,
  type UploadContent,
  type UploadOptions,
  uploadBlob,
} from './upload.ts';
export { findDownload, hasFailed, type WaitOptions, waitForSubmission } from './wait.ts';
