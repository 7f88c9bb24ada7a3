// Front door of identity: who may call, and how a caller proves it.
export { instanceDiscovery, openidConfiguration } from './discovery.ts';
export { EntraError, type EntraErrorBody } from './entra-errors.ts';
export { RESOURCE_FORMS } from './resource.ts';
export {
  AuthenticationError,
  createTokenIssuer,
  type Principal,
  type TokenIssuer,
  type TokenIssuerOptions,
  type TokenResponse,
  type TokenVersion,
} from './token-issuer.ts';
