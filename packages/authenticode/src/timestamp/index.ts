// Front door of time stamps: RFC 3161 data, client, authority, and the judgement about stamps of both kinds.
export {
  createTimestampAuthority,
  TIMESTAMP_AUTHORITY_USAGE,
  type TimestampAuthority,
  type TimestampAuthorityOptions,
} from './authority.ts';
export { type Countersignature, parseCountersignature, verifyCountersignature } from './countersignature.ts';
export type { MessageImprint } from './message-imprint.ts';
export { encodeTimestampRequest, parseTimestampRequest, type TimestampRequest } from './request.ts';
export {
  describeRefusal,
  encodeGrantedResponse,
  encodeRejection,
  parseTimestampResponse,
  type TimestampFailure,
  type TimestampResponse,
  type TimestampStatus,
} from './response.ts';
export { createTimestamper, type TimestampAttempt, type TimestamperOptions } from './timestamper.ts';
export { findTokenSigner, parseTimestampToken, type TimestampToken } from './token.ts';
export type { Accuracy, TokenInfo } from './token-info.ts';
export {
  type HttpTransportOptions,
  httpTimestampTransport,
  type TimestampTransport,
  TimestampTransportError,
} from './transport.ts';
export type {
  TimestampProblem,
  TimestampProblemCode,
  TimestampVerification,
  TimestampVerificationOptions,
} from './verification.ts';
export { verifyTimestampToken } from './verify-token.ts';
