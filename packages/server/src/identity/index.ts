// Front door of identity: who may call, and how a caller proves it.
export { AuthenticationError } from './authentication-error.ts';
export {
  type CertificateRegistration,
  createCertificateRegistration,
  type ExamineSignedFile,
  type Registration,
  RegistrationRefused,
  type SignedFileFacts,
  type SignerFacts,
} from './certificate-registration.ts';
export { instanceDiscovery, openidConfiguration } from './discovery.ts';
export { EntraError, type EntraErrorBody } from './entra-errors.ts';
export type { IdentityLog } from './foreign-keys.ts';
export {
  FOREIGN_ALGORITHMS,
  type ForeignAlgorithm,
  type ForeignIssuer,
  IssuerConfigurationError,
  parseIssuerConfiguration,
} from './issuer-configuration.ts';
export { RESOURCE_FORMS } from './resource.ts';
export { SIGNABLE_FILE_NAME } from './signable-file.ts';
export type { TokenVersion } from './token-form.ts';
export {
  createTokenIssuer,
  type Principal,
  type TokenIssuer,
  type TokenIssuerOptions,
  type TokenResponse,
} from './token-issuer.ts';
