// Reads request bodies of the API: JSON without loss of large integers, and the content-type rules that real clients have
// met. No body needs no type; a body without a type must be JSON all the same; an explicit other type is 415.
import { parseJson } from '@assay/hardware-api';
import type { FastifyInstance } from 'fastify';
import { ApiError } from './errors.ts';

/** Bytes. No request of the API comes near it; packages go to the blob endpoint. */
export const JSON_BODY_LIMIT = 1024 * 1024;

const JSON_TYPE = /^(?:application|text)\/(?:[a-z0-9!#$&^_.-]+\+)?json$/;
const UTF8_NAMES: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii']);

/** Whether a Content-Type header announces JSON that we can read. */
function announcesJson(contentType: string): boolean {
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  return JSON_TYPE.test(type) && (charset === undefined || UTF8_NAMES.has(charset.replaceAll('"', '')));
}

/**
 * The value that a request body holds; undefined for an empty one.
 * Throws ApiError: 415 for a type or an encoding that is not JSON in UTF-8, 400 for JSON that is malformed.
 */
export function readJsonBody(
  body: Uint8Array,
  headers: { readonly 'content-type'?: string | undefined; readonly 'content-encoding'?: string | undefined },
): unknown {
  const contentType = headers['content-type'];
  if (contentType !== undefined && !announcesJson(contentType)) throw new ApiError('UnsupportedMediaType');
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    throw new ApiError('UnsupportedMediaType', 'Send the request body without a Content-Encoding.');
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return text.trim() === '' ? undefined : parseJson(text);
  } catch (error) {
    // TypeError: not UTF-8. RangeError: nested too deeply for the parser.
    if (!(error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError)) throw error;
    if (contentType === undefined) throw new ApiError('UnsupportedMediaType');
    throw new ApiError('MalformedRequest', 'The request body is not valid JSON in UTF-8.');
  }
}

/** Makes every route of this scope read its body as JSON, whatever the type that is announced. */
export function acceptJsonBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: JSON_BODY_LIMIT }, (request, body, done) => {
    try {
      done(null, readJsonBody(typeof body === 'string' ? Buffer.from(body) : body, request.headers));
    } catch (error) {
      done(error instanceof Error ? error : new Error('The body cannot be read', { cause: error }));
    }
  });
}
