// Front door of verification.
export { certificatePolicyName, usageName } from './usage-names.ts';
export {
  type CatalogVerification,
  type CatalogVerificationOptions,
  type FileVerification,
  type MatchedMember,
  POLICIES,
  type Policy,
  type PolicyResult,
  type PolicyVerdict,
  type SignatureVerification,
  type VerificationOptions,
  type VerificationProblem,
  type VerificationProblemCode,
} from './verification.ts';
export { verifyFile } from './verify-file.ts';
export { type VerifiedCatalog, verifyCatalog, verifyFileInCatalog } from './verify-in-catalog.ts';
