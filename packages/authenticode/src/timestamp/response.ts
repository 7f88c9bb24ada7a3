// TimeStampResp (RFC 3161 §2.4.2): a token, or why there is none.
import { decodeDer, readSmallInteger, readString, TAG, write } from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { withDefiniteLengths } from './definite-lengths.ts';

/** PKIStatus, in the order of its values. */
const STATUSES = [
  'granted',
  'grantedWithMods',
  'rejection',
  'waiting',
  'revocationWarning',
  'revocationNotification',
] as const;

export type TimestampStatus = (typeof STATUSES)[number];

/** PKIFailureInfo: number of the bit, and what it means. */
const FAILURES = {
  badAlg: { bit: 0, meaning: 'the digest algorithm is not known or not supported' },
  badRequest: { bit: 2, meaning: 'such requests are not permitted or not supported' },
  badDataFormat: { bit: 5, meaning: 'the request is malformed' },
  timeNotAvailable: { bit: 14, meaning: "the authority's source of time is not available" },
  unacceptedPolicy: { bit: 15, meaning: 'the requested policy is not offered' },
  unacceptedExtension: { bit: 16, meaning: 'a requested extension is not supported' },
  addInfoNotAvailable: {
    bit: 17,
    meaning: 'additional information that was requested is not understood or not available',
  },
  systemFailure: { bit: 25, meaning: 'the request could not be handled because of a system failure' },
} as const;

export type TimestampFailure = keyof typeof FAILURES;

export interface TimestampResponse {
  readonly status: TimestampStatus;
  /** What the authority says about it, line by line. */
  readonly statusText: readonly string[];
  /** The failures that are set and have a name in RFC 3161. */
  readonly failures: readonly TimestampFailure[];
  /** DER of the TimeStampToken; undefined when none was given. */
  readonly token: Uint8Array | undefined;
}

function isFailure(name: string): name is TimestampFailure {
  return name in FAILURES;
}

/** Largest response that is read, in bytes. */
const MAXIMUM_RESPONSE_BYTES = 1024 * 1024;

/** Reads a TimeStampResp, in DER or in BER; the token comes out as DER. Throws ParseError, `token-missing` when it grants a token without giving one. */
export function parseTimestampResponse(response: Uint8Array): TimestampResponse {
  if (response.length > MAXIMUM_RESPONSE_BYTES) {
    throw new ParseError('timestamp', 'too-large', `a time-stamp response of ${response.length} bytes is too large`);
  }
  const parts = decodeDer(withDefiniteLengths(response), { maximumElements: 100_000 }).parts(
    TAG.sequence,
    'the time-stamp response',
  );
  const statusInfo = parts.next('status');
  const statusParts = statusInfo.parts(TAG.sequence, 'the status information');
  const status =
    STATUSES[readSmallInteger(statusParts.next('status'), 'the status', STATUSES.length - 1)] ?? 'rejection';
  const text = statusParts.optional(TAG.sequence)?.children() ?? [];
  const failureBits = statusParts.optional(TAG.bitString);
  statusParts.end();
  // Not every authority leaves out trailing zeros and says how many bits do not count, as DER would have it.
  const bits = failureBits?.value.subarray(1);
  const [token] = parts.rest();
  if (token === undefined && (status === 'granted' || status === 'grantedWithMods')) {
    throw new ParseError(
      'timestamp',
      'token-missing',
      `the status is '${status}' but there is no token`,
      statusInfo.offset,
    );
  }
  return {
    status,
    statusText: text.slice(0, 16).map((line) => readString(line, 'the status text')),
    failures: Object.keys(FAILURES)
      .filter(isFailure)
      .filter((name) => ((bits?.[FAILURES[name].bit >> 3] ?? 0) & (0x80 >> (FAILURES[name].bit & 7))) !== 0),
    token: token?.bytes,
  };
}

/** DER of a TimeStampResp that grants this token. */
export function encodeGrantedResponse(token: Uint8Array): Uint8Array {
  return write.sequence([write.sequence([write.integer(STATUSES.indexOf('granted'))]), token]);
}

/** DER of a TimeStampResp that says why there is no token. */
export function encodeRejection(failure: TimestampFailure, text: string): Uint8Array {
  return write.sequence([
    write.sequence([
      write.integer(STATUSES.indexOf('rejection')),
      write.sequence([write.utf8String(text)]),
      write.namedBits([FAILURES[failure].bit]),
    ]),
  ]);
}

/** A refusal in words: the status, what the failures mean, and the authority's own text. */
export function describeRefusal({ status, failures, statusText }: TimestampResponse): string {
  const reasons = [
    ...failures.map((name) => `${name}: ${FAILURES[name].meaning}`),
    ...statusText.map((line) => `"${line}"`),
  ];
  return `the authority answered '${status}'${reasons.length === 0 ? '' : ` (${reasons.join('; ')})`}`;
}
