// Get Blob, Get Blob Properties and Get Block List (learn.microsoft.com/rest/api/storageservices/get-blob,
// .../get-blob-properties, .../get-block-list).
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Crc64 } from '@assay/hardware-api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Blob } from '../store/schema.ts';
import { type BlobAddress, header, refuseUnsupportedHeaders } from './blob-request.ts';
import type { BlobStore, ByteRange } from './blob-store.ts';
import { renderBlockList } from './block-list.ts';
import { checkRead } from './conditions.ts';
import { negotiateRead, sendContent, validatorHeaders } from './content-answers.ts';
import { BlobError } from './errors.ts';
import type { ResponseOverrides } from './sas.ts';

/** Azure computes the checksum of a range only up to this many bytes. */
const MAXIMUM_CHECKSUM_RANGE = 4 * 1024 * 1024;

/** Checksums of a range that a header asks for. */
const RANGE_CHECKSUMS = [
  {
    request: 'x-ms-range-get-content-md5',
    response: 'content-md5',
    compute: (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64'),
  },
  {
    request: 'x-ms-range-get-content-crc64',
    response: 'x-ms-content-crc64',
    compute: (bytes: Uint8Array) => new Crc64().update(bytes).digestBase64(),
  },
] as const;

function propertyHeaders(blob: Blob, overrides: ResponseOverrides): Record<string, string> {
  return {
    'content-type': blob.content_type,
    'accept-ranges': 'bytes',
    'x-ms-blob-type': 'BlockBlob',
    'x-ms-server-encrypted': 'false',
    'x-ms-lease-state': 'available',
    'x-ms-lease-status': 'unlocked',
    ...overrides,
  };
}

/** HEAD: the properties alone. `Range` has no meaning here (RFC 9110 §14.2), and Azure does not look at it either. */
export async function getBlobProperties(
  blobs: BlobStore,
  { container, blob: name }: BlobAddress,
  overrides: ResponseOverrides,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  refuseUnsupportedHeaders(request.headers);
  const blob = await blobs.find(container, name);
  if (!blob) throw new BlobError('BlobNotFound');
  reply.headers(validatorHeaders(blob));
  checkRead(request.headers, blob);
  reply.headers({ ...propertyHeaders(blob, overrides), 'content-length': String(blob.length) });
  if (blob.content_md5 !== null) reply.header('content-md5', blob.content_md5);
  return reply.code(200).send();
}

async function readRange(file: FileHandle, { start, end }: ByteRange): Promise<Buffer> {
  const bytes = Buffer.alloc(end - start + 1);
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) throw new Error('The content file is shorter than its row says.');
    done += bytesRead;
  }
  return bytes;
}

/** Which checksums of the range the caller wants. Throws BlobError when there is no range or it is too long for that. */
function wantedChecksums(request: FastifyRequest, range: ByteRange | undefined): (typeof RANGE_CHECKSUMS)[number][] {
  const wanted = RANGE_CHECKSUMS.filter(
    (checksum) => header(request.headers, checksum.request)?.toLowerCase() === 'true',
  );
  for (const checksum of wanted) {
    if (!range) throw new BlobError('InvalidHeaderValue', { HeaderName: checksum.request, HeaderValue: 'true' });
    if (range.end - range.start + 1 > MAXIMUM_CHECKSUM_RANGE) {
      throw new BlobError('OutOfRangeInput', { HeaderName: checksum.request });
    }
  }
  return wanted;
}

/** GET: the bytes, whole or a range of them. */
export async function getBlob(
  blobs: BlobStore,
  { container, blob: name }: BlobAddress,
  overrides: ResponseOverrides,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  refuseUnsupportedHeaders(request.headers);
  const opened = await blobs.open(container, name);
  if (!opened) throw new BlobError('BlobNotFound');
  const { blob, file } = opened;
  try {
    const range = negotiateRead(
      blob,
      {
        ...request.headers,
        'x-ms-range': header(request.headers, 'x-ms-range'),
        'if-range': header(request.headers, 'if-range'),
      },
      reply,
    );
    const checksums = wantedChecksums(request, range);
    reply.headers(propertyHeaders(blob, overrides));
    if (blob.content_md5 !== null) reply.header(range ? 'x-ms-blob-content-md5' : 'content-md5', blob.content_md5);
    if (range && checksums.length > 0) {
      const bytes = await readRange(file, range);
      for (const { response, compute } of checksums) reply.header(response, compute(bytes));
      await file.close();
      return reply.header('content-length', String(bytes.length)).send(bytes);
    }
    return await sendContent(opened, range, reply);
  } catch (error) {
    await file.close();
    throw error;
  }
}

const BLOCK_LIST_TYPES = ['committed', 'uncommitted', 'all'];

/** GET with `comp=blocklist`. */
export async function getBlockList(
  blobs: BlobStore,
  { container, blob: name, query }: BlobAddress,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const type = (query.get('blocklisttype') ?? 'committed').toLowerCase();
  if (!BLOCK_LIST_TYPES.includes(type)) {
    throw new BlobError('InvalidQueryParameterValue', {
      QueryParameterName: 'blocklisttype',
      QueryParameterValue: type,
      Reason: `Use ${BLOCK_LIST_TYPES.join(', ')}.`,
    });
  }
  const lists = await blobs.listBlocks(container, name);
  const { blob } = lists;
  if (!blob && lists.uncommitted.length === 0) throw new BlobError('BlobNotFound');
  if (blob) {
    reply.headers({ ...validatorHeaders(blob), 'x-ms-blob-content-length': String(blob.length) });
  } else {
    reply.header('x-ms-blob-content-length', '0');
  }
  return reply.code(200).header('content-type', 'application/xml').send(renderBlockList(lists, type));
}
