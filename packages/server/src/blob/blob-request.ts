// What all operations of the blob endpoint read from a request: which blob, by which query, with which declared checksums.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type DeclaredChecksums, decodeCrc64, decodeMd5 } from './checksums.ts';
import { BlobError } from './errors.ts';

export interface BlobAddress {
  readonly container: string;
  readonly blob: string;
  readonly query: URLSearchParams;
}

/** Azure's rules for names (learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata). */
const CONTAINER_NAME = /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/;
const MAXIMUM_BLOB_NAME_LENGTH = 1024;

/** Splits `/{account}/{container}/{blob}?{query}`. Throws BlobError InvalidUri when a part is missing or cannot be a name. */
export function parseAddress(url: string): BlobAddress {
  const queryStart = url.indexOf('?');
  const path = queryStart < 0 ? url : url.slice(0, queryStart);
  const [, , container = '', ...segments] = path.split('/');
  let blob: string;
  try {
    blob = decodeURIComponent(segments.join('/'));
  } catch (error) {
    throw new BlobError('InvalidUri', {}, { cause: error });
  }
  if (!CONTAINER_NAME.test(container) || blob === '' || blob.length > MAXIMUM_BLOB_NAME_LENGTH || blob.includes('\0')) {
    throw new BlobError('InvalidUri');
  }
  return { container, blob, query: new URLSearchParams(queryStart < 0 ? '' : url.slice(queryStart + 1)) };
}

/** One value of a header, undefined when it is not sent. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The checksums of the request body that the headers declare. Throws BlobError InvalidMd5 or InvalidCrc64. */
export function declaredChecksums(headers: IncomingHttpHeaders): DeclaredChecksums {
  const md5 = header(headers, 'content-md5');
  const crc64 = header(headers, 'x-ms-content-crc64');
  return {
    ...(md5 === undefined ? {} : { md5: decodeMd5(md5) }),
    ...(crc64 === undefined ? {} : { crc64: decodeCrc64(crc64) }),
  };
}

/**
 * Headers whose meaning would be lost if the request were carried out without them: metadata and tags that are not kept, leases
 * and customer keys that are not honoured, bodies in another encoding, content that is to be fetched from elsewhere.
 */
const REFUSED_HEADERS: readonly RegExp[] = [
  /^x-ms-meta-/,
  /^x-ms-tags$/,
  /^x-ms-if-tags$/,
  /^x-ms-lease-id$/,
  /^x-ms-encryption-(key|scope|algorithm)/,
  /^x-ms-immutability-policy-/,
  /^x-ms-legal-hold$/,
  /^x-ms-copy-source/,
  /^x-ms-structured-body$/,
];

/** Throws BlobError UnsupportedHeader, naming the header, when the request asks for something that cannot be done. */
export function refuseUnsupportedHeaders(headers: IncomingHttpHeaders): void {
  const refused = Object.keys(headers).find((name) => REFUSED_HEADERS.some((pattern) => pattern.test(name)));
  if (refused !== undefined) throw new BlobError('UnsupportedHeader', { HeaderName: refused });
}

/** Throws BlobError when the body is surely too long, or of unknown length without being chunked. Gives the length if it is known. */
export function checkContentLength(headers: IncomingHttpHeaders, limit: number): number | undefined {
  const text = header(headers, 'content-length');
  if (text === undefined) {
    if (headers['transfer-encoding'] === undefined) throw new BlobError('MissingContentLengthHeader');
    return undefined;
  }
  const length = Number(text);
  if (length > limit) throw new BlobError('RequestBodyTooLarge', { MaxLimit: String(limit) });
  return length;
}

/** Reads a small body whole. Throws BlobError RequestBodyTooLarge beyond `limit` bytes. */
export async function readBody(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > limit) throw new BlobError('RequestBodyTooLarge', { MaxLimit: String(limit) });
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

/** How much of a refused body is read before the answer, in bytes: enough for most senders to get round to reading it. */
const DRAIN_LIMIT = 64 * 1024 * 1024;
const DRAIN_TIME_MS = 10_000;

/** Whether the headers announce a body. */
export function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The body as chunks. To stop reading does not close the connection, so that an error can still be answered. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false });
}

/**
 * Reads on what is left of a refused body, within bounds: many senders look at the answer only when they have sent everything.
 * Gives false when there is more to come, so that the connection has to be closed after the answer.
 */
export function drain(request: IncomingMessage): Promise<boolean> {
  if (request.readableEnded || request.destroyed) return Promise.resolve(true);
  return new Promise((resolve) => {
    let length = 0;
    const finish = (drained: boolean): void => {
      clearTimeout(timer);
      request.off('data', count).off('end', end).off('close', end).off('error', end).pause();
      resolve(drained);
    };
    const end = (): void => finish(true);
    const count = (chunk: Uint8Array): void => {
      length += chunk.length;
      if (length > DRAIN_LIMIT) finish(false);
    };
    const timer = setTimeout(() => finish(false), DRAIN_TIME_MS);
    request.on('data', count).on('end', end).on('close', end).on('error', end).resume();
  });
}
