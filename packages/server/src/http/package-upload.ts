// A package that is the body of an API request rather than a blob put to a signed URL: a stream of opaque bytes, whatever its
// type says, that goes to disk as it arrives.
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { BlobError, bodyOf, drain, hasBody } from '../blob/index.ts';
import { ApiError, handleError } from './errors.ts';

/** Whether the caller went away, so that there is nobody to answer. */
function wasAborted(request: FastifyRequest): boolean {
  return request.raw.destroyed && !request.raw.complete;
}

/** What an interrupted or oversized upload is answered with. */
function toUploadError(error: FastifyError | Error, request: FastifyRequest): Error {
  if (wasAborted(request)) return new ApiError('MalformedRequest', 'The connection was closed before the body ended.');
  if (error instanceof BlobError && error.code === 'RequestBodyTooLarge') return tooLarge(error.details.MaxLimit ?? '');
  return error;
}

function tooLarge(limit: string): ApiError {
  return new ApiError('PayloadTooLarge', `The package is larger than the ${limit} bytes that this service takes.`);
}

/** Leaves the bodies of this scope's requests unread until the route reads them; the scope should hold nothing but uploads. */
export function acceptUploads(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  scope.addHook('onRequest', async (request) => {
    // Fastify refuses a content type that it cannot read; here any text will do.
    delete request.raw.headers['content-type'];
  });
  scope.setErrorHandler(async (error: FastifyError | Error, request, reply) => {
    // Most senders look at the answer only when they have sent everything.
    if (hasBody(request.raw.headers) && !(await drain(request.raw))) reply.header('Connection', 'close');
    return handleError(toUploadError(error, request), request, reply);
  });
}

/**
 * The package in the body of a request, chunk by chunk. Throws ApiError: at once for a body that is announced as too large or
 * compressed, in the end when there was no byte.
 *
 * @param limit largest package in bytes
 */
export function packageChunks(request: FastifyRequest, limit: number): AsyncIterable<Uint8Array> {
  const { headers } = request.raw;
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    throw new ApiError('UnsupportedMediaType', 'Send the package without a Content-Encoding.');
  }
  if (Number(headers['content-length'] ?? 0) > limit) throw tooLarge(String(limit));
  return requireBytes(bodyOf(request.raw));
}

async function* requireBytes(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isEmpty = true;
  for await (const chunk of chunks) {
    if (chunk.length > 0) isEmpty = false;
    yield chunk;
  }
  if (isEmpty) throw new ApiError('MalformedRequest', 'The request has no body. Send the package itself as the body.');
}
