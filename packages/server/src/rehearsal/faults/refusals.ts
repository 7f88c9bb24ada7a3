// Answers that faults give in place of the service's own, in the shape of whoever would give them: the gateway before the API,
// the API itself, the authority, and Azure Storage.
import { randomUUID } from 'node:crypto';
import { ERRORS, type ErrorCode, wireCode } from '@assay/hardware-api';
import { errorBody } from '@assay/hardware-api/schemas';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BLOB_ERRORS, escapeXml } from '../../blob/errors.ts';
import { drain, hasBody } from '../../blob/index.ts';
import type { Clock } from '../../clock.ts';
import { versionOfUrl } from '../../http/api-prefixes.ts';
import type { RequestFacts } from './schedule.ts';

/** An answer that is ready to be sent. */
export interface FaultAnswer {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';

const GATEWAY_MESSAGES: Readonly<Record<number, string>> = {
  429: 'Rate limit is exceeded. Try again later.',
  500: 'Internal server error',
  502: 'Bad gateway',
  503: 'Service unavailable',
  504: 'Gateway timeout',
};

function gatewayAnswer(status: number): Pick<FaultAnswer, 'status' | 'type' | 'body'> {
  const message = GATEWAY_MESSAGES[status] ?? 'The request could not be processed';
  return { status, type: JSON_TYPE, body: JSON.stringify({ statusCode: status, message }) };
}

function apiAnswer(status: number, url: string): Pick<FaultAnswer, 'status' | 'type' | 'body'> {
  const names = Object.keys(ERRORS) as ErrorCode[];
  const code = status === 403 ? 'Forbidden' : names.find((name) => ERRORS[name].status === status);
  if (status === 429 || status >= 500 || code === undefined) return gatewayAnswer(status);
  const body = errorBody({ code, wireCode: wireCode(code, versionOfUrl(url)), status });
  return { status, type: JSON_TYPE, body: JSON.stringify(body) };
}

/** Numbers of "Microsoft Entra authentication and authorization error codes". */
const ENTRA_CODES: Readonly<Record<number, readonly [number: number, error: string, message: string]>> = {
  429: [90055, 'temporarily_unavailable', 'There are too many incoming requests.'],
  500: [50000, 'server_error', 'The token could not be issued. Try again later.'],
};
const ENTRA_UNAVAILABLE = [90033, 'temporarily_unavailable', 'A transient error has occurred. Try again.'] as const;

function authorityAnswer(status: number, clock: Clock): Pick<FaultAnswer, 'status' | 'type' | 'body'> {
  const [number, error, message] = ENTRA_CODES[status] ?? ENTRA_UNAVAILABLE;
  const [traceId, correlationId] = [randomUUID(), randomUUID()];
  const timestamp = `${clock().toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const description = `AADSTS${number}: ${message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`;
  const body = {
    error,
    error_description: description,
    error_codes: [number],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
  };
  return { status, type: JSON_TYPE, body: JSON.stringify(body) };
}

const TIMED_OUT = ['OperationTimedOut', 'The operation could not be completed within the permitted time.'] as const;

function blobAnswer(asked: number, clock: Clock, requestId: string): Omit<FaultAnswer, 'headers'> & { code: string } {
  // Storage refuses what is too much with 503.
  const status = asked === 429 ? 503 : asked;
  const known = Object.entries(BLOB_ERRORS).find(([, error]) => error.status === status);
  const [code, text] = known === undefined ? TIMED_OUT : [known[0], known[1].message];
  const message = escapeXml(`${text}\nRequestId:${requestId}\nTime:${clock().toISOString()}`);
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, type: 'application/xml', body, code };
}

/** The answer with this status that the part of the service would give. `retryAfter` is in seconds, null for none. */
export function faultAnswer(options: {
  readonly status: number;
  readonly retryAfter?: number | null | undefined;
  readonly facts: RequestFacts;
  readonly url: string;
  readonly clock: Clock;
  readonly requestId: string;
}): FaultAnswer {
  const { status, retryAfter, facts, url, clock, requestId } = options;
  const headers = typeof retryAfter === 'number' ? { 'Retry-After': String(Math.ceil(retryAfter)) } : {};
  if (facts.area === 'blob') {
    const { code, ...answer } = blobAnswer(status, clock, requestId);
    return { ...answer, headers: { ...headers, 'x-ms-error-code': code } };
  }
  const answer = facts.area === 'authority' ? authorityAnswer(status, clock) : apiAnswer(status, url);
  return { ...answer, headers };
}

/** Sends it instead of running the handler. The request's body is read to its end first, or the connection closed after. */
export async function refuseWith(
  answer: FaultAnswer,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (hasBody(request.raw.headers) && !(await drain(request.raw))) reply.header('connection', 'close');
  return reply.code(answer.status).headers(answer.headers).type(answer.type).send(answer.body);
}
