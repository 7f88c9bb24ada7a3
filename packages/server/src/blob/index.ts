// The blob endpoint: files on disk behind the part of Azure Blob Storage's REST API that clients of the Hardware API use.
import type { BlobStore } from './blob-store.ts';
import type { Sas } from './sas.ts';

/** What the rest of the server needs to keep blobs and to give out URLs for them. */
export interface BlobService {
  readonly blobs: BlobStore;
  readonly sas: Sas;
}

export { bodyOf, drain, hasBody } from './blob-request.ts';
export { type AliasedBlob, type BlobAlias, blobRoutes } from './blob-routes.ts';
export { type BlobStore, createBlobStore, DEFAULT_MAXIMUM_BLOB_SIZE } from './blob-store.ts';
export { lengthOf, negotiateRead, type ReadHeaders, sendContent } from './content-answers.ts';
export { BlobError } from './errors.ts';
export { createSas, type Sas } from './sas.ts';
export { blobUrl, SAS_LIFETIMES } from './urls.ts';
