// The body of every error answer. Beside the documented `error` it carries what real clients read from the gateway's shape:
// `statusCode` must be a string and `httpErrorCode` never 0, or they throw the details away.
import { type Static, Type } from 'typebox';
import { ERRORS, type ErrorCode, type ValidationError } from '../errors.ts';

export const ErrorBody = Type.Object({
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    validationErrors: Type.Array(Type.Object({ target: Type.String(), message: Type.String() })),
    httpErrorCode: Type.Integer(),
  }),
  statusCode: Type.String(),
  message: Type.String(),
  httpErrorCode: Type.Integer(),
});
export type ErrorBody = Static<typeof ErrorBody>;

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  411: 'LengthRequired',
  412: 'PreconditionFailed',
  413: 'PayloadTooLarge',
  415: 'UnsupportedMediaType',
  416: 'RangeNotSatisfiable',
  422: 'UnprocessableEntity',
  429: 'TooManyRequests',
  500: 'InternalServerError',
  503: 'ServiceUnavailable',
};

/** The error body; `wireCode` is the code as the answered version of the API spells it, `status` the HTTP status. */
export function errorBody(options: {
  readonly code: ErrorCode;
  readonly wireCode: string;
  readonly message?: string;
  readonly status?: number;
  readonly validationErrors?: readonly ValidationError[];
}): ErrorBody {
  const { status = ERRORS[options.code].status, message = ERRORS[options.code].message } = options;
  return {
    error: {
      code: options.wireCode,
      message,
      validationErrors: (options.validationErrors ?? []).map(({ target, message: text }) => ({
        target,
        message: text,
      })),
      httpErrorCode: status,
    },
    statusCode: `${status} ${REASONS[status] ?? 'Error'}`,
    message,
    httpErrorCode: status,
  };
}
