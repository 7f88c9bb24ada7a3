// Errors of the API, and the one place where anything that was thrown becomes an answer. The body's shape and the codes are
// those of "Error codes" on Microsoft's page "Get product data".
import { ERRORS, type ErrorCode, type ValidationError, wireCode } from '@assay/hardware-api';
import { errorBody } from '@assay/hardware-api/schemas';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { versionOfUrl } from './api-prefixes.ts';

/** A refusal that the caller is told about in full. Everything else that is thrown is answered as an internal error. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly validationErrors: readonly ValidationError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string = ERRORS[code].message,
    options: {
      readonly validationErrors?: readonly ValidationError[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.validationErrors = options.validationErrors ?? [];
    this.headers = options.headers ?? {};
  }
}

/** InvalidInput with these faults. A single fault is also the error's message, for callers that show only that. */
export function invalidInput(faults: readonly [ValidationError, ...ValidationError[]]): ApiError {
  const [only, ...others] = faults;
  const message = others.length === 0 ? only.message : ERRORS.InvalidInput.message;
  return new ApiError('InvalidInput', message, { validationErrors: faults });
}

/** The framework's own refusals, by HTTP status. */
const FRAMEWORK_REFUSALS: Readonly<Record<number, ErrorCode>> = {
  400: 'MalformedRequest',
  413: 'PayloadTooLarge',
  // A path segment longer than any id names nothing.
  414: 'EntityNotFound',
  415: 'UnsupportedMediaType',
  503: 'ServiceUnavailable',
};

/** What a thrown error means to the caller. */
export function toApiError(error: FastifyError | Error): ApiError {
  if (error instanceof ApiError) return error;
  const status = 'statusCode' in error ? error.statusCode : undefined;
  const isFrameworks = 'code' in error && typeof error.code === 'string' && error.code.startsWith('FST_');
  const code = isFrameworks && status !== undefined ? FRAMEWORK_REFUSALS[status] : undefined;
  return new ApiError(code ?? 'InternalServerError');
}

/** Writes an error as the answer, in the spelling of the version that the URL belongs to. */
export function sendApiError(error: ApiError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const body = errorBody({
    code: error.code,
    wireCode: wireCode(error.code, versionOfUrl(request.url)),
    message: error.message,
    validationErrors: error.validationErrors,
  });
  return reply
    .code(ERRORS[error.code].status)
    .headers(error.headers)
    .type('application/json; charset=utf-8')
    .send(body);
}

/** Fastify's error handler for everything that has none of its own. */
export function handleError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const apiError = toApiError(error);
  if (apiError.code === 'InternalServerError') request.log.error({ err: error }, 'The request failed');
  return sendApiError(apiError, request, reply);
}

/** Fastify's handler for unknown paths, and for known paths with another method. */
export function handleNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message = 'There is no such resource. Check the path and the HTTP method.';
  return sendApiError(new ApiError('EntityNotFound', message), request, reply);
}
