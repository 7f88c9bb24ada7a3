// The front door of the server package.
export {
  type AccountView,
  type Administration,
  AdministrationError,
  type AdministrationErrorKind,
  type AdministrationOptions,
  type ApplicationCertificateView,
  type ApplicationView,
  type AuditRecord,
  type LogResult,
  openAdministration,
  type RegisteredCertificate,
  type SecretView,
  type SubmissionCertificateView,
} from './administration/index.ts';
export { CodesFileError } from './codes-file.ts';
export {
  BLOB_ACCOUNT,
  DataDirectoryBusy,
  type RunningServer,
  type ServerOptions,
  startServer,
} from './create-server.ts';
export { THROTTLE_PRESETS, type ThrottleChoice, type ThrottleLimits } from './http/throttle-presets.ts';
export { type ForeignIssuer, IssuerConfigurationError, parseIssuerConfiguration } from './identity/index.ts';
export type { Credentials } from './provision.ts';
export {
  API_HOST,
  AUTHORITY_HOSTS,
  BLOB_HOST,
  FAULT_NAMES,
  type FaultName,
  type FaultSpecification,
  type FaultTarget,
  type Journal,
  type JournalEntry,
  type RehearsalOptions,
  type RehearsalSpeed,
  type RunningRehearsal,
} from './rehearsal/index.ts';
export {
  type ClamdScanner,
  type ClamdScannerOptions,
  createClamdScanner,
  DEFAULT_STREAM_BYTES,
  type Scanner,
  ScannerAddressError,
  ScannerError,
  type ScannerErrorCode,
  type ScannerVersion,
  type ScanVerdict,
} from './scanner/index.ts';
export { readSigningProfiles } from './signing/profile-configuration.ts';
export {
  SIGNING_PROFILES,
  SigningProfileError,
  type SigningProfileName,
  type SigningProfileOptions,
  type SigningProfilesOptions,
  type TimestampSource,
} from './signing/profiles.ts';
