// Answers that carry a blob's bytes, whole or in part: conditions (RFC 9110 §13), ranges (§14) and the stream itself. What
// else an answer says of the blob is for the caller, because Azure's endpoint and the API's own downloads say different things.
import type { FileHandle } from 'node:fs/promises';
import type { FastifyReply } from 'fastify';
import type { Blob } from '../store/schema.ts';
import type { ByteRange } from './blob-store.ts';
import { type Conditions, checkRead, rangeStillApplies } from './conditions.ts';
import { BlobError } from './errors.ts';
import { selectRange } from './ranges.ts';

const READ_SIZE = 1024 * 1024;

/** The headers of a request that decide about a read. */
export interface ReadHeaders extends Conditions {
  readonly range?: string | undefined;
  readonly 'x-ms-range'?: string | undefined;
  readonly 'if-range'?: string | undefined;
}

/** What a cache compares; a 304 carries them too (RFC 9110 §15.4.5). */
export function validatorHeaders(blob: Blob): Record<string, string> {
  return { etag: blob.etag, 'last-modified': new Date(blob.last_modified).toUTCString() };
}

/**
 * Decides whether and which part of the blob is sent, and sets the validators and, for a part, status 206 and `Content-Range`.
 * Throws BlobError NotModified, ConditionNotMet, InvalidHeaderValue or InvalidRange.
 */
export function negotiateRead(blob: Blob, headers: ReadHeaders, reply: FastifyReply): ByteRange | undefined {
  reply.headers(validatorHeaders(blob));
  checkRead(headers, blob);
  if (!rangeStillApplies(headers['if-range'], blob)) return undefined;
  const length = Number(blob.length);
  try {
    const range = selectRange(headers, length);
    if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${length}`);
    return range;
  } catch (error) {
    if (error instanceof BlobError && error.code === 'InvalidRange') reply.header('content-range', `bytes */${length}`);
    throw error;
  }
}

/** Length of what is sent, in bytes. */
export function lengthOf(blob: Blob, range: ByteRange | undefined): number {
  return range ? range.end - range.start + 1 : Number(blob.length);
}

/** Streams the blob or a range of it, and closes the file. Headers other than `Content-Length` must be set by then. */
export async function sendContent(
  { blob, file }: { readonly blob: Blob; readonly file: FileHandle },
  range: ByteRange | undefined,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const size = lengthOf(blob, range);
  reply.header('content-length', String(size));
  if (size === 0) {
    await file.close();
    return reply.send(Buffer.alloc(0));
  }
  return reply.send(file.createReadStream({ ...(range ?? { start: 0 }), highWaterMark: READ_SIZE }));
}
