// Front door of verification.
export {
  computeCatalogDigests,
  type FileVerification,
  type SignatureVerification,
  type VerificationOptions,
  type VerificationProblem,
  type VerificationProblemCode,
  verifyFile,
  verifyFileInCatalog,
} from './verify-file.ts';
