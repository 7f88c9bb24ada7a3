// Every answer carries the caller's MS-CorrelationId and MS-RequestId back, or fresh ones, so that a line in the caller's log
// and one in ours can be brought together.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What may stand in a log line and a header unchanged. */
const SANE_ID = /^[A-Za-z0-9._:{}-]{1,128}$/;

function idFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && SANE_ID.test(header) ? header : randomUUID();
}

/** The id of a request, for Fastify's `genReqId`. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  return idFrom(request.headers['ms-requestid']);
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller's id for a chain of requests, or a fresh one. */
    correlationId: string;
  }
}

/** Sets both ids on the answer, and the correlation id on the request. */
export function writeRequestIds(request: FastifyRequest, reply: FastifyReply): void {
  request.correlationId = idFrom(request.headers['ms-correlationid']);
  reply.header('MS-RequestId', request.id);
  reply.header('MS-CorrelationId', request.correlationId);
}
