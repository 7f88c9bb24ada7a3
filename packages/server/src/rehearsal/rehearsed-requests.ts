// The hooks through which every request of a rehearsal goes: faults are done to it, and it is written to the journal.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sas } from '../blob/index.ts';
import type { Clock } from '../clock.ts';
import { ApiError, sendApiError } from '../http/errors.ts';
import { type Exchange, openExchange } from './exchange.ts';
import type { FaultName, FaultSpecification } from './fault-specification.ts';
import { createUrlExpiry } from './faults/expired-urls.ts';
import { createPresentation } from './faults/presentation.ts';
import { faultAnswer, refuseWith } from './faults/refusals.ts';
import { requestFacts } from './faults/request-facts.ts';
import type { FaultSchedule, RequestFacts } from './faults/schedule.ts';
import { alterDownload, alterUpload, type TransferFaults, transferFaults } from './faults/transfers.ts';
import type { Journal } from './journal.ts';
import { maskPath } from './masked-text.ts';
import { refusalOf } from './refusal-of.ts';

export interface RehearsedRequestsOptions {
  readonly schedule: FaultSchedule;
  readonly journal: Journal;
  readonly sas: Sas;
  readonly clock: Clock;
}

/** What is known of a request while it runs. */
interface Rehearsed {
  readonly facts: RequestFacts;
  readonly exchange: Exchange;
}

/** Longer names are no names; the journal is kept in memory. */
const LONGEST_HOST = 255;
const EXPIRED_TOKEN = 'The access token has expired. Ask the token endpoint for a new one.';

/** The bearer token of a request as a hash; undefined when it has none. */
function tokenHash(request: FastifyRequest): string | undefined {
  const [, token] = /^bearer +(\S+)/i.exec(request.headers.authorization ?? '') ?? [];
  return token === undefined ? undefined : createHash('sha256').update(token).digest('base64');
}

/** The length of a body by its headers; infinite when it is not announced. */
function announcedLength(length: unknown): number {
  return length === undefined ? Number.POSITIVE_INFINITY : Number(length);
}

/**
 * Adds the hooks to an application that has no route yet. The returned function forgets what was shown and refused, for a run
 * that begins anew.
 */
export function rehearseRequests(app: FastifyInstance, options: RehearsedRequestsOptions): () => void {
  const { schedule, journal, sas, clock } = options;
  const running = new WeakMap<FastifyRequest, Rehearsed>();
  const refusedTokens = new Set<string>();
  const stopping = new AbortController();
  app.addHook('preClose', async () => stopping.abort());
  const presentation = createPresentation(schedule, clock);
  const expireUrls = createUrlExpiry(schedule, sas);

  /** The first of these faults that happens now, noted for the journal. */
  function take(
    { facts, exchange }: Rehearsed,
    names: readonly FaultName[],
    applies?: (fault: FaultSpecification) => boolean,
  ): FaultSpecification | undefined {
    const fault = schedule.take(names, facts, applies);
    if (fault !== undefined) exchange.faults.add(fault.fault);
    return fault;
  }

  /** Refuses the request when a fault says so; undefined lets it pass. */
  async function refuse(
    rehearsed: Rehearsed,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply | undefined> {
    const { facts, exchange } = rehearsed;
    const hash = facts.area === 'api' ? tokenHash(request) : undefined;
    const wasRefused = hash !== undefined && refusedTokens.has(hash);
    const names: FaultName[] = ['throttle', 'error', ...(hash === undefined ? [] : (['unauthorized'] as const))];
    const fault = wasRefused ? undefined : take(rehearsed, names);
    if (fault === undefined && !wasRefused) return undefined;
    if (fault === undefined || fault.fault === 'unauthorized') {
      exchange.faults.add('unauthorized');
      if (hash !== undefined) refusedTokens.add(hash);
      const challenge = `Bearer error="invalid_token", error_description="${EXPIRED_TOKEN}"`;
      return sendApiError(
        new ApiError('Unauthorized', EXPIRED_TOKEN, { headers: { 'WWW-Authenticate': challenge } }),
        request,
        reply,
      );
    }
    const { status = 429, retryAfter } = fault;
    const answer = faultAnswer({ status, retryAfter, facts, url: request.url, clock, requestId: request.id });
    return await refuseWith(answer, request, reply);
  }

  /** Writes a request that has ended to the journal. */
  function write({ facts, exchange }: Rehearsed, request: FastifyRequest, reply: FastifyReply): void {
    const { refusal, faults, unanswered } = exchange;
    journal.record({
      at: exchange.startedAt.toISOString(),
      method: request.method,
      host: request.host.slice(0, LONGEST_HOST),
      path: maskPath(request.raw.url ?? ''),
      ...(facts.operation === undefined ? {} : { operation: facts.operation }),
      status: unanswered || !reply.raw.headersSent ? 0 : reply.raw.statusCode,
      milliseconds: Math.round(performance.now() - exchange.started),
      requestBytes: exchange.requestBytes,
      responseBytes: exchange.responseBytes,
      requestId: request.id,
      ...(faults.size === 0 ? {} : { fault: [...faults].join(', ') }),
      ...(refusal === undefined ? {} : { refusal }),
    });
  }

  app.addHook('onRequest', async (request, reply) => {
    const facts = requestFacts(request, sas.accountName);
    if (facts === undefined) return undefined;
    const exchange = openExchange(request.raw, reply.raw, clock());
    const rehearsed = { facts, exchange };
    running.set(request, rehearsed);
    // Not the framework's hook, which leaves out connections that were closed before there was an answer.
    reply.raw.once('close', () => write(rehearsed, request, reply));
    const slow = take(rehearsed, ['slow']);
    if (slow?.seconds !== undefined) {
      await sleep(slow.seconds * 1000, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    // Storage's own headers are set by its hooks, which come after this one.
    return facts.area === 'blob' ? undefined : await refuse(rehearsed, request, reply);
  });

  /** What happens to the bytes of a transfer of this length. */
  function takeTransferFaults(rehearsed: Rehearsed, length: number): TransferFaults | undefined {
    const slow = take(rehearsed, ['slow-blob']);
    const cut = take(rehearsed, ['cut-blob'], ({ bytes = 0 }) => bytes < length);
    return transferFaults(slow, cut, stopping.signal);
  }

  app.addHook('preHandler', async (request, reply) => {
    const rehearsed = running.get(request);
    if (rehearsed?.facts.area !== 'blob') return undefined;
    const refused = await refuse(rehearsed, request, reply);
    if (refused !== undefined) return refused;
    if (request.method !== 'PUT') return undefined;
    const faults = takeTransferFaults(rehearsed, announcedLength(request.headers['content-length']));
    if (faults !== undefined) {
      alterUpload(request.raw, faults, () => {
        rehearsed.exchange.unanswered = true;
      });
    }
    return undefined;
  });

  /** The answer of an operation that was carried out, as it is to be sent. */
  function changeAnswer(rehearsed: Rehearsed, request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
    const { facts, exchange } = rehearsed;
    const late = take(rehearsed, ['lost', 'drop']);
    if (late !== undefined) {
      if (payload instanceof Readable) payload.destroy();
      reply.removeHeader('content-length');
      if (late.fault === 'drop') {
        exchange.unanswered = true;
        request.raw.socket.destroy();
        return '';
      }
      const status = late.status ?? 502;
      const answer = faultAnswer({ status, facts, url: request.url, clock, requestId: request.id });
      reply.code(answer.status).headers(answer.headers).type(answer.type);
      return answer.body;
    }
    if (facts.area === 'blob' && request.method === 'GET') {
      if (!(payload instanceof Readable || payload instanceof Uint8Array)) return payload;
      const faults = takeTransferFaults(rehearsed, announcedLength(reply.getHeader('content-length')));
      if (faults === undefined) return payload;
      return alterDownload(payload, reply.raw, faults);
    }
    if (facts.area !== 'api' || typeof payload !== 'string' || payload === '') return payload;
    const shown = presentation.change(payload, facts);
    for (const name of shown.happened) exchange.faults.add(name);
    const expired = expireUrls(shown.body, facts);
    if (expired.happened) exchange.faults.add('expired-sas');
    return expired.body;
  }

  app.addHook('onSend', async (request, reply, payload) => {
    const rehearsed = running.get(request);
    if (rehearsed === undefined) return payload;
    const sent = reply.statusCode < 400 ? changeAnswer(rehearsed, request, reply, payload) : payload;
    if (reply.statusCode >= 400) rehearsed.exchange.refusal = refusalOf(sent);
    return sent;
  });

  return () => {
    refusedTokens.clear();
    presentation.clear();
  };
}
