// Front door of PKCS#7 and CMS SignedData.
export { type CanonicalCheck, isCanonicalSignedData } from './canonical.ts';
export { type CmsSigningRequest, createCmsSignedData } from './create-cms-signed-data.ts';
export {
  type ContentPreparation,
  createSignedData,
  encodeUnsignedData,
  type PreparedContent,
  prepareSignature,
  type SignedDataRequest,
} from './create-signed-data.ts';
export { addUnauthenticatedAttribute } from './edit-signed-data.ts';
export { type ContentReader, openSignedData } from './file-signature.ts';
export { indirectDataReader } from './indirect-data-content.ts';
export { type CmsSignedData, parseCmsSignedData } from './parse-cms-signed-data.ts';
export { parseSignedData, type SignedData } from './parse-signed-data.ts';
export {
  type Attribute,
  type CmsSignerInfo,
  findSigner,
  type IssuerAndSerialNumber,
  readCmsSignerInfo,
  type SignerIdentifier,
  type SignerInfo,
  type SignerStatement,
} from './signer-info.ts';
export {
  checkAttributesSignature,
  checkCmsSigner,
  checkSigner,
  onlyValue,
  type SignedContent,
} from './verify-signer.ts';
