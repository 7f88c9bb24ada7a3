// The errors of the blob endpoint, with the codes, statuses and words of Azure Blob Storage
// (learn.microsoft.com/rest/api/storageservices/blob-service-error-codes and .../common-rest-api-error-codes).

interface ErrorDefinition {
  readonly status: number;
  readonly message: string;
}

const HEADER_MESSAGE = 'The value for one of the HTTP headers is not in the correct format.';
const CONDITION_MESSAGE = 'The condition specified using HTTP conditional header(s) is not met.';

export const BLOB_ERRORS = {
  AuthenticationFailed: {
    status: 403,
    message:
      'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
  },
  AuthorizationPermissionMismatch: {
    status: 403,
    message: 'This request is not authorized to perform this operation using this permission.',
  },
  AuthorizationProtocolMismatch: {
    status: 403,
    message: 'This request is not authorized to perform this operation using this protocol.',
  },
  AuthorizationSourceIPMismatch: {
    status: 403,
    message: 'This request is not authorized to perform this operation using this source IP.',
  },
  BlobAlreadyExists: { status: 409, message: 'The specified blob already exists.' },
  BlobNotFound: { status: 404, message: 'The specified blob does not exist.' },
  BlockCountExceedsLimit: { status: 409, message: 'The uncommitted block count cannot exceed the maximum limit.' },
  BlockListTooLong: { status: 400, message: 'The block list may not contain more than 50,000 blocks.' },
  ConditionNotMet: { status: 412, message: CONDITION_MESSAGE },
  Crc64Mismatch: {
    status: 400,
    message: 'The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.',
  },
  InternalError: { status: 500, message: 'Server encountered an internal error. Please try again after some time.' },
  InvalidBlobOrBlock: { status: 400, message: 'The specified blob or block content is invalid.' },
  InvalidBlockList: { status: 400, message: 'The specified block list is invalid.' },
  InvalidCrc64: { status: 400, message: 'The CRC64 value specified in the request is invalid.' },
  InvalidHeaderValue: { status: 400, message: HEADER_MESSAGE },
  InvalidMd5: {
    status: 400,
    message: 'The MD5 value specified in the request is invalid. MD5 value must be 128 bits and base64-encoded.',
  },
  InvalidQueryParameterValue: {
    status: 400,
    message: 'Value for one of the query parameters specified in the request URI is invalid.',
  },
  InvalidRange: { status: 416, message: 'The range specified is invalid for the current size of the resource.' },
  InvalidUri: { status: 400, message: 'The requested URI does not represent any resource on the server.' },
  InvalidXmlDocument: { status: 400, message: 'XML specified is not syntactically valid.' },
  Md5Mismatch: {
    status: 400,
    message: 'The MD5 value specified in the request did not match with the MD5 value calculated by the server.',
  },
  MissingContentLengthHeader: { status: 411, message: 'The Content-Length header was not specified.' },
  MissingRequiredHeader: {
    status: 400,
    message: 'An HTTP header that is mandatory for this request is not specified.',
  },
  NotModified: { status: 304, message: CONDITION_MESSAGE },
  OutOfRangeInput: { status: 400, message: 'One of the request inputs is out of range.' },
  RequestBodyTooLarge: {
    status: 413,
    message: 'The request body is too large and exceeds the maximum permissible limit.',
  },
  ServerBusy: {
    status: 503,
    message: 'The server is currently unable to receive requests. Please retry your request.',
  },
  UnsupportedHeader: { status: 400, message: 'One of the HTTP headers specified in the request is not supported.' },
  UnsupportedHttpVerb: { status: 405, message: 'The resource does not support the specified HTTP verb.' },
  UnsupportedQueryParameter: {
    status: 400,
    message: 'One of the query parameters specified in the request URI is not supported.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type BlobErrorCode = keyof typeof BLOB_ERRORS;

/** The code on the wire: Azure answers 304 with the code of 412. */
const WIRE_CODES: Partial<Record<BlobErrorCode, string>> = { NotModified: 'ConditionNotMet' };

/** A refusal of the blob endpoint. `details` become further elements of the XML, for example `HeaderName`. */
export class BlobError extends Error {
  readonly code: BlobErrorCode;
  readonly status: number;
  readonly details: Readonly<Record<string, string>>;

  constructor(code: BlobErrorCode, details: Readonly<Record<string, string>> = {}, options?: ErrorOptions) {
    super(BLOB_ERRORS[code].message, options);
    this.name = 'BlobError';
    this.code = code;
    this.status = BLOB_ERRORS[code].status;
    this.details = details;
  }

  /** The value of `x-ms-error-code`. */
  get wireCode(): string {
    return WIRE_CODES[this.code] ?? this.code;
  }
}

const XML_ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as XML character data; characters that XML 1.0 cannot hold are left out. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g, '')
    .replace(/[&<>"]/g, (character) => XML_ENTITIES[character] ?? character);
}

/** The body of an error answer. */
export function errorDocument(error: BlobError, requestId: string, time: Date): string {
  const details = Object.entries(error.details)
    .map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`)
    .join('');
  const message = `${error.message}\nRequestId:${requestId}\nTime:${time.toISOString()}`;
  return `<?xml version="1.0" encoding="utf-8"?><Error><Code>${error.wireCode}</Code><Message>${escapeXml(message)}</Message>${details}</Error>`;
}
