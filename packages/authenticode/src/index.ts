// Front door of @assay/authenticode: everything that other packages may use.
export { ASSAY_TIMESTAMP_POLICY, ASSAY_USAGES } from './assay-identifiers.ts';
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
  CATALOG_ATTRIBUTE_FLAGS,
  type Catalog,
  type CatalogAttribute,
  type CatalogAttributeRequest,
  type CatalogEntry,
  type CatalogLimits,
  type CatalogMember,
  type CatalogMemberKind,
  type CatalogNameValue,
  type CatalogRequest,
  type CatalogVersion,
  catalog,
  catalogFileName,
  createCatalog,
  DEFAULT_CATALOG_LIMITS,
  type DriverCatalogFacts,
  driverCatalogAttributes,
  type FileDigests,
  findCatalogMember,
  findCatalogMembers,
  type LinkForm,
  parseCatalog,
} from './catalog/index.ts';
export {
  type CatalogFile,
  type CatalogFromFilesRequest,
  computeCatalogMembers,
  createCatalogFromFiles,
} from './catalog-from-files.ts';
export {
  type Attribute,
  addUnauthenticatedAttribute,
  type CanonicalCheck,
  type CmsSignedData,
  type CmsSignerInfo,
  type CmsSigningRequest,
  type ContentPreparation,
  checkSigner,
  createCmsSignedData,
  createSignedData,
  encodeUnsignedData,
  findSigner,
  type IssuerAndSerialNumber,
  isCanonicalSignedData,
  type PreparedContent,
  parseCmsSignedData,
  parseSignedData,
  prepareSignature,
  type SignedData,
  type SignedDataRequest,
  type SignerIdentifier,
  type SignerInfo,
  type SignerStatement,
} from './cms/index.ts';
export { DIGEST_ALGORITHMS, type DigestAlgorithm, digestAlgorithmFromOid } from './digest-algorithms.ts';
export { type FormatName, ParseError, SigningError } from './errors.ts';
export { type CatalogDigests, computeCatalogDigests } from './file-digests.ts';
export { HEAD_BYTES, identifyFile, identifySource, SIGNABLE_FILES } from './identify.ts';
export {
  type CabinetDescription,
  type CatalogDescription,
  type CatalogMemberDescription,
  type CertificateDescription,
  type DescriptionOptions,
  describeCertificate,
  describeFile,
  type Fault,
  type FileDescription,
  type ImageDescription,
  type NamedIdentifier,
  type PackageDescription,
  type SignatureDescription,
  type TimestampDescription,
} from './inspect/index.ts';
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
  hlkx,
  type OpcPackage,
  openPackage,
  PACKAGE_ROOT,
  type Part,
  type Relationship,
  resolveTarget,
} from './opc/index.ts';
export {
  checkPackage,
  type EntryWithoutFile,
  type LineEndings,
  type PackageCheck,
  type PackageCheckOptions,
  type PackageFile,
  type PackageFileCheck,
  type PackageFileStatus,
} from './package-check/index.ts';
export {
  computePageHashes,
  computePeDigests,
  type FileRange,
  machineName,
  type PageHashAlgorithm,
  PE_MACHINES,
  type PeImage,
  type PeSection,
  pe,
  readPeImage,
  readSymbolFileName,
} from './pe/index.ts';
export { type PreparationRequest, type PreparedSignature, prepareFileSignature } from './prepare-signature.ts';
export {
  type Rewrite,
  type RewritePiece,
  rewriteBytes,
  rewriteSize,
  rewriteStream,
  rewrittenSource,
} from './rewrite.ts';
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
export * from './timestamp/index.ts';
export {
  type CatalogVerification,
  type CatalogVerificationOptions,
  certificatePolicyName,
  type FileVerification,
  type MatchedMember,
  POLICIES,
  type Policy,
  type PolicyResult,
  type PolicyVerdict,
  type SignatureVerification,
  usageName,
  type VerificationOptions,
  type VerificationProblem,
  type VerificationProblemCode,
  type VerifiedCatalog,
  verifyCatalog,
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
export {
  attributeOf,
  canonicalize,
  childElements,
  isNamed,
  parseXml,
  replaceText,
  textOf,
  type XmlAttribute,
  type XmlDocument,
  type XmlElement,
  type XmlLimits,
  type XmlNode,
} from './xml/index.ts';
export {
  DEFAULT_ZIP_LIMITS,
  openZip,
  writeZip,
  type ZipAddition,
  type ZipArchive,
  type ZipChanges,
  type ZipEntry,
  type ZipLimits,
  zipRewrite,
} from './zip/index.ts';
