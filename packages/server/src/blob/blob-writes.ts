// Put Blob, Put Block and Put Block List (learn.microsoft.com/rest/api/storageservices/put-blob, .../put-block,
// .../put-block-list). The body is a stream of opaque bytes whatever its content type says.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Blob } from '../store/schema.ts';
import {
  type BlobAddress,
  bodyOf,
  checkContentLength,
  declaredChecksums,
  header,
  readBody,
  refuseUnsupportedHeaders,
} from './blob-request.ts';
import type { BlobStore, Precondition } from './blob-store.ts';
import { isBlockId, MAXIMUM_BLOCK_LIST_SIZE, parseBlockList } from './block-list.ts';
import { Checksums, type ComputedChecksums, decodeMd5 } from './checksums.ts';
import { checkWrite } from './conditions.ts';
import { BlobError } from './errors.ts';

const DEFAULT_CONTENT_TYPE = 'application/octet-stream';
/** Largest block on Azure since version 2019-12-12, in bytes. */
const MAXIMUM_BLOCK_SIZE = 4000 * 1024 * 1024;
const MAXIMUM_CONTENT_TYPE_LENGTH = 255;

function contentType(request: FastifyRequest, ofBody: string | undefined): string {
  const type = header(request.headers, 'x-ms-blob-content-type') ?? (ofBody || DEFAULT_CONTENT_TYPE);
  if (type.length <= MAXIMUM_CONTENT_TYPE_LENGTH) return type;
  throw new BlobError('InvalidHeaderValue', { HeaderName: 'x-ms-blob-content-type' });
}

/** Passes when the blob may be written now, and gives the same check to be made again when the row is switched. */
async function precondition(
  blobs: BlobStore,
  { container, blob }: BlobAddress,
  request: FastifyRequest,
): Promise<Precondition> {
  const check: Precondition = (current) => checkWrite(request.headers, current);
  check(await blobs.find(container, blob));
  return check;
}

function writeChecksums(reply: FastifyReply, checksums: ComputedChecksums): void {
  if (checksums.md5 !== undefined) reply.header('content-md5', checksums.md5);
  if (checksums.crc64 !== undefined) reply.header('x-ms-content-crc64', checksums.crc64);
}

function created(reply: FastifyReply, blob: Blob): FastifyReply {
  return reply
    .code(201)
    .headers({
      etag: blob.etag,
      'last-modified': new Date(blob.last_modified).toUTCString(),
      'x-ms-request-server-encrypted': 'false',
    })
    .send();
}

/**
 * PUT without `comp`: the whole blob in one request.
 *
 * @param bodyType the request's `Content-Type`, which becomes the blob's unless `x-ms-blob-content-type` is sent
 */
export async function putBlob(
  blobs: BlobStore,
  address: BlobAddress,
  bodyType: string | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { headers } = request;
  const blobType = header(headers, 'x-ms-blob-type');
  if (blobType === undefined) throw new BlobError('MissingRequiredHeader', { HeaderName: 'x-ms-blob-type' });
  if (blobType.toLowerCase() !== 'blockblob') {
    throw new BlobError('InvalidHeaderValue', {
      HeaderName: 'x-ms-blob-type',
      HeaderValue: blobType,
      Reason: 'Only BlockBlob is supported.',
    });
  }
  refuseUnsupportedHeaders(headers);
  checkContentLength(headers, blobs.maximumSize);
  const declared = declaredChecksums(headers);
  const blobMd5 = header(headers, 'x-ms-blob-content-md5');
  if (blobMd5 !== undefined && declared.md5 && !Buffer.from(declared.md5).equals(decodeMd5(blobMd5))) {
    throw new BlobError('Md5Mismatch');
  }
  const { blob, checksums } = await blobs.put(address.container, address.blob, bodyOf(request.raw), {
    contentType: contentType(request, bodyType),
    declared: blobMd5 === undefined ? declared : { ...declared, md5: decodeMd5(blobMd5) },
    precondition: await precondition(blobs, address, request),
  });
  writeChecksums(reply, checksums);
  return created(reply, blob);
}

/** PUT with `comp=block`: one block of a blob to be. */
export async function putBlock(
  blobs: BlobStore,
  address: BlobAddress,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { headers } = request;
  const blockId = address.query.get('blockid') ?? '';
  if (!isBlockId(blockId)) {
    throw new BlobError('InvalidQueryParameterValue', {
      QueryParameterName: 'blockid',
      QueryParameterValue: blockId,
      Reason: 'Not a valid base64 string of 1 to 64 bytes.',
    });
  }
  refuseUnsupportedHeaders(headers);
  const length = checkContentLength(headers, Math.min(MAXIMUM_BLOCK_SIZE, blobs.maximumSize));
  if (length === 0) {
    throw new BlobError('InvalidHeaderValue', { HeaderName: 'Content-Length', HeaderValue: '0' });
  }
  const declared = declaredChecksums(headers);
  const checksums = await blobs.putBlock(address.container, address.blob, blockId, bodyOf(request.raw), declared);
  writeChecksums(reply, checksums);
  return reply.code(201).header('x-ms-request-server-encrypted', 'false').send();
}

/** PUT with `comp=blocklist`: puts the blob together. */
export async function putBlockList(
  blobs: BlobStore,
  address: BlobAddress,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { headers } = request;
  refuseUnsupportedHeaders(headers);
  checkContentLength(headers, MAXIMUM_BLOCK_LIST_SIZE);
  const bodyChecksums = new Checksums(declaredChecksums(headers));
  const document = await readBody(bodyOf(request.raw), MAXIMUM_BLOCK_LIST_SIZE);
  bodyChecksums.update(document);
  writeChecksums(reply, bodyChecksums.finish());
  const blobMd5 = header(headers, 'x-ms-blob-content-md5');
  const { blob } = await blobs.putBlockList(address.container, address.blob, parseBlockList(document), {
    contentType: contentType(request, undefined),
    ...(blobMd5 === undefined ? {} : { declared: { md5: decodeMd5(blobMd5) } }),
    precondition: await precondition(blobs, address, request),
  });
  return created(reply, blob);
}
