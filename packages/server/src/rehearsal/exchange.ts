// What is gathered about a request from its arrival to its end: the times, the bytes, and what was done to it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JournalEntry } from './journal.ts';

/** Gathered while the request runs. */
export interface Exchange {
  readonly startedAt: Date;
  /** In milliseconds, of a clock that does not jump. */
  readonly started: number;
  readonly faults: Set<string>;
  /** A fault closed the connection before there was an answer. */
  unanswered: boolean;
  refusal: JournalEntry['refusal'];
  requestBytes: number;
  responseBytes: number;
}

function lengthOf(chunk: unknown): number {
  if (typeof chunk === 'string') return Buffer.byteLength(chunk);
  return chunk instanceof Uint8Array ? chunk.length : 0;
}

/** Counts the bytes of the body as they arrive, whoever reads them. */
function countRequest(request: IncomingMessage, exchange: Exchange): void {
  exchange.requestBytes = request.readableLength;
  const push = request.push.bind(request);
  request.push = (chunk, encoding) => {
    exchange.requestBytes += lengthOf(chunk);
    return push(chunk, encoding);
  };
}

/** Counts the bytes of the answer's body as they are written, whoever writes them. */
function countResponse(response: ServerResponse, exchange: Exchange): void {
  for (const name of ['write', 'end'] as const) {
    const original = response[name].bind(response) as (...rest: unknown[]) => never;
    response[name] = (...rest: unknown[]) => {
      exchange.responseBytes += lengthOf(rest[0]);
      return original(...rest);
    };
  }
}

/** Begins to gather. */
export function openExchange(request: IncomingMessage, response: ServerResponse, now: Date): Exchange {
  const exchange: Exchange = {
    startedAt: now,
    started: performance.now(),
    faults: new Set(),
    unanswered: false,
    refusal: undefined,
    requestBytes: 0,
    responseBytes: 0,
  };
  countRequest(request, exchange);
  countResponse(response, exchange);
  return exchange;
}
