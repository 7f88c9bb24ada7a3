// Front door of PKCS#7 SignedData.
export { createSignedData, encodeUnsignedData, type SignedDataRequest } from './create-signed-data.ts';
export { addUnauthenticatedAttribute } from './edit-signed-data.ts';
export { type ContentReader, openSignedData } from './file-signature.ts';
export { indirectDataReader } from './indirect-data-content.ts';
export { type Attribute, findSigner, parseSignedData, type SignedData, type SignerInfo } from './parse-signed-data.ts';
export { checkSigner } from './verify-signer.ts';
