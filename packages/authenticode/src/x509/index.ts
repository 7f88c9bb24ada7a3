// Front door of certificates: read, make, PEM, paths.
export {
  type AlgorithmIdentifier,
  type Certificate,
  isSignedBy,
  parseCertificate,
  readAlgorithm,
  readAlgorithmIdentifier,
} from './certificate.ts';
export { type CertificateRequest, createCertificate } from './create-certificate.ts';
export { type NameParts, parseName } from './names.ts';
export {
  buildCertificationPath,
  type CertificationPath,
  type PathProblem,
  type PathProblemCode,
  type PathRequest,
} from './path.ts';
export { encodePem, type PemBlock, parsePem, parsePemCertificates } from './pem.ts';
