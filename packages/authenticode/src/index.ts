// Front door of @assay/authenticode: everything that other packages may use.
export {
  type ByteSource,
  bytesSource,
  fileSource,
  type ReadableHandle,
  STREAM_CHUNK_BYTES,
  streamSource,
} from './byte-source.ts';
export * from './cab/index.ts';
export {
  type Catalog,
  type CatalogAttribute,
  type CatalogEntry,
  type CatalogMember,
  type CatalogMemberKind,
  type CatalogRequest,
  catalog,
  catalogFileName,
  createCatalog,
  driverCatalogAttributes,
  type FileDigests,
  findCatalogMember,
  parseCatalog,
} from './catalog/index.ts';
export {
  type Attribute,
  addUnauthenticatedAttribute,
  checkSigner,
  createSignedData,
  findSigner,
  parseSignedData,
  type SignedData,
  type SignedDataRequest,
  type SignerInfo,
} from './cms/index.ts';
export { DIGEST_ALGORITHMS, type DigestAlgorithm, digestAlgorithmFromOid } from './digest-algorithms.ts';
export { type FormatName, ParseError, SigningError } from './errors.ts';
export { HEAD_BYTES, identifyFile, identifySource, SIGNABLE_FILES } from './identify.ts';
export {
  createLocalKey,
  keyMatchesCertificate,
  type LocalKey,
  type Pkcs12Request,
  readPkcs12,
  readPrivateKeyPem,
  type SigningKey,
  writePkcs12,
} from './keys/index.ts';
export { OID } from './object-identifiers.ts';
export {
  computePeDigests,
  type FileRange,
  machineName,
  PE_MACHINES,
  type PeImage,
  type PeSection,
  pe,
  readPeImage,
} from './pe/index.ts';
export { type Rewrite, type RewritePiece, rewriteBytes, rewriteSize, rewriteStream } from './rewrite.ts';
export {
  checkAbilities,
  countSignatures,
  requireSignableFile,
  type SigningRequest,
  signFile,
} from './sign-file.ts';
export type {
  ContentOptions,
  FileFormat,
  FileSignature,
  SignableContent,
  SignableFile,
  SignatureRequest,
  SigningAbilities,
  SigningMode,
  StampBytes,
  Timestamper,
} from './signable-file.ts';
export type { KeyType } from './signature-algorithms.ts';
export {
  encodeIndirectData,
  type IndirectData,
  type IndirectDataKind,
  type OpusInfo,
  parseIndirectData,
  type StatementType,
} from './spc/index.ts';
export {
  computeCatalogDigests,
  type FileVerification,
  type SignatureVerification,
  type VerificationOptions,
  type VerificationProblem,
  type VerificationProblemCode,
  verifyFile,
  verifyFileInCatalog,
} from './verify/index.ts';
export {
  buildCertificationPath,
  type Certificate,
  type CertificateRequest,
  type CertificationPath,
  createCertificate,
  encodePem,
  isSignedBy,
  type NameParts,
  type PathProblem,
  type PathProblemCode,
  type PathRequest,
  type PemBlock,
  parseCertificate,
  parsePem,
  parsePemCertificates,
} from './x509/index.ts';
