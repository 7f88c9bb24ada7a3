// The operations that a fault, a filter of the journal or an assertion can name: the ids of the API document, and those of the
// blob endpoint. A test holds the first ones against the routes.

/** Of the Hardware API and of the service's own resources beside it. */
export const API_OPERATIONS = [
  'createProduct',
  'listProducts',
  'getProduct',
  'updateProduct',
  'createSubmission',
  'listSubmissions',
  'getSubmission',
  'commitSubmission',
  'updateSubmission',
  'getPartnerSubmission',
  'createPublisherMetadata',
  'createShippingLabel',
  'listShippingLabels',
  'getShippingLabel',
  'updateShippingLabel',
  'cancelShippingLabel',
  'listAudiences',
  'listAudience',
  'createAudience',
  'removeAudience',
  'submitPreprodPackage',
  'getPreprodPackage',
  'listPreprodAssets',
  'getPreprodAsset',
  'downloadPreprodAsset',
  'listReviews',
  'reviewSubmission',
  'listHeldShippingLabels',
  'getShippingLabelUpdate',
  'approveShippingLabel',
  'listAuditEntries',
  'listCertificates',
  'downloadSignableFile',
  'registerCertificate',
  'removeCertificate',
] as const;

/** Of the authority. */
export const AUTHORITY_OPERATIONS = [
  'issueToken',
  'issueTokenV2',
  'getOpenIdConfiguration',
  'getOpenIdConfigurationV2',
] as const;

/** Of the blob endpoint. */
export const BLOB_OPERATIONS = [
  'putBlob',
  'putBlock',
  'putBlockList',
  'getBlob',
  'getBlobProperties',
  'getBlockList',
] as const;

export const OPERATIONS: readonly string[] = [...API_OPERATIONS, ...AUTHORITY_OPERATIONS, ...BLOB_OPERATIONS];

/** The operation as it is spelled, however it was written; undefined when there is none. */
export function operationNamed(text: string): string | undefined {
  const lower = text.toLowerCase();
  return OPERATIONS.find((name) => name.toLowerCase() === lower);
}

/** Operations of blobs by method and by the value of `comp`. */
const BLOB_OPERATION_OF: Readonly<Record<string, (typeof BLOB_OPERATIONS)[number]>> = {
  'PUT ': 'putBlob',
  'PUT block': 'putBlock',
  'PUT blocklist': 'putBlockList',
  'GET ': 'getBlob',
  'HEAD ': 'getBlobProperties',
  'GET blocklist': 'getBlockList',
};

/** Which operation of the blob endpoint a request is; undefined when it is none. */
export function blobOperationOf(method: string, query: URLSearchParams): string | undefined {
  return BLOB_OPERATION_OF[`${method} ${(query.get('comp') ?? '').toLowerCase()}`];
}
