// The typed client: calls, tokens, upload, download, waiting.
export { type Page, readPage } from './answers.ts';
export { type AssertionAlgorithm, type AssertionKey, certificateAssertion } from './client-assertion.ts';
export {
  type DownloadFault,
  DownloadIntegrityError,
  type DownloadOptions,
  type DownloadPosition,
  type DownloadResult,
  type DownloadSink,
  type DownloadStart,
  downloadBlob,
  type RunningDigest,
} from './download.ts';
export { type Exchange, type Fetch, maskUrl } from './exchange.ts';
export {
  HardwareApiError,
  NO_ANSWER,
  PreprodFailedError,
  ShippingLabelFailedError,
  SubmissionFailedError,
  WaitTimeoutError,
} from './hardware-api-error.ts';
export {
  type CreationOptions,
  createHardwareClient,
  type HardwareClient,
  type HardwareClientOptions,
  type Identifier,
  type PartnerSubmissionPath,
} from './hardware-client.ts';
export { withBigintIds } from './identifiers.ts';
export { findSignedAsset, type PreprodMethods } from './preprod.ts';
export { DEFAULT_RETRY_POLICY, type OnRetry, type RetryEvent, type RetryPolicy } from './retry.ts';
export type { ShippingLabelMethods, ShippingLabelPath } from './shipping-labels.ts';
export type { RenewUrl } from './signed-url.ts';
export {
  requireSameSubmission,
  type SubmitEvent,
  type SubmitOptions,
  type SubmitOutcome,
  type SubmitRequest,
  submitAndWait,
} from './submit-and-wait.ts';
export {
  type Creation,
  type PackageIdentity,
  SubmissionMismatchError,
  type SubmitCheckpoint,
  type SubmitState,
} from './submit-state.ts';
export {
  type AccessToken,
  type ClientAssertionCredentials,
  type ClientCredentialOptions,
  type ClientCredentials,
  type ClientIdentity,
  clientAssertionCredential,
  clientSecretCredential,
  createTokenSource,
  type GetAssertion,
  HARDWARE_SCOPE,
  type TokenCredential,
  type TokenRequestOptions,
} from './token-source.ts';
export {
  BLOCK_BYTES,
  IDLE_TIMEOUT_MS,
  type RandomAccessReader,
  SINGLE_UPLOAD_BYTES,
  type UploadContent,
  type UploadOptions,
  uploadBlob,
} from './upload.ts';
export {
  findDownload,
  hasFailed,
  type ShippingLabelWaitOptions,
  type SubmissionWaitOptions,
  type WaitOptions,
  waitForShippingLabel,
  waitForSubmission,
} from './wait.ts';
