// The resources under `/_rehearsal/`: faults, journal, assertions, reset and seed. For whoever runs the rehearsal, never for the
// client that is rehearsed: they ask for a key of their own, and are no part of the API document.
import { createHash, timingSafeEqual } from 'node:crypto';
import { stringifyJson } from '@assay/hardware-api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, handleError } from '../http/errors.ts';
import { acceptJsonBodies } from '../http/json-body.ts';
import type { Database } from '../store/database.ts';
import { checkAssertions, matchesCall, parseAssertion, readStatus } from './assertions/index.ts';
import { parseFault, readOperation } from './faults/parse-fault.ts';
import type { FaultSchedule } from './faults/schedule.ts';
import { FaultScriptError } from './faults/script-error.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { SeedError } from './seed-document.ts';

/** Where the resources are. */
export const REHEARSAL_PREFIX = '/_rehearsal';

export interface EndpointsOptions {
  readonly key: string;
  readonly journal: Journal;
  readonly schedule: FaultSchedule;
  readonly database: Database;
  /** What `GET /_rehearsal` says of how the rehearsal was started. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Removes everything that clients made, all faults, and the journal. */
  readonly reset: () => Promise<void>;
  /** Makes products and submissions. Throws SeedError. */
  readonly seed: (document: unknown) => Promise<unknown>;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Guards the scope: without the key its routes answer 401. */
function requireKey(scope: FastifyInstance, key: string): void {
  const expected = digest(key);
  scope.addHook('onRequest', async (request) => {
    const [, given = ''] = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
    if (timingSafeEqual(digest(given), expected)) return;
    throw new ApiError(
      'Unauthorized',
      'Send "Authorization: Bearer <key>" with the key of this rehearsal: ASSAY_REHEARSAL_KEY, or "key" in rehearsal.json.',
      { headers: { 'WWW-Authenticate': 'Bearer realm="rehearsal"' } },
    );
  });
}

/** The filters of the journal that a query asks for, as one test. Throws FaultScriptError. */
function journalFilter(query: Readonly<Record<string, string | undefined>>): (entry: JournalEntry) => boolean {
  const { operation, method, status, fault, refused, after } = query;
  const call = {
    ...(operation === undefined ? {} : { operation: readOperation(operation, 'operation') }),
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
    ...(status === undefined ? {} : { status: readStatus(status, 'status') }),
  };
  if (after !== undefined && !/^\d{1,15}$/.test(after)) throw new FaultScriptError('after: write a sequence number.');
  return (entry) =>
    matchesCall(entry, call) &&
    (fault === undefined ||
      (entry.fault !== undefined && (fault === '*' || entry.fault.split(', ').includes(fault)))) &&
    (refused === undefined || (refused === 'true') === entry.status >= 400) &&
    (after === undefined || entry.sequence > Number(after));
}

const JOURNAL_FILTERS: readonly string[] = ['operation', 'method', 'status', 'fault', 'refused', 'after'];

/** Throws FaultScriptError for a query with anything else, or the same twice. */
function readQuery(query: unknown, names: readonly string[]): Readonly<Record<string, string | undefined>> {
  const given = query as Readonly<Record<string, string | readonly string[]>>;
  for (const [name, value] of Object.entries(given)) {
    if (!names.includes(name))
      throw new FaultScriptError(`there is no filter "${name}". There are: ${names.join(', ')}.`);
    if (typeof value !== 'string') throw new FaultScriptError(`${name}: give it once.`);
  }
  return given as Readonly<Record<string, string>>;
}

/** Adds the resources to a scope of their own. */
export function addRehearsalEndpoints(scope: FastifyInstance, options: EndpointsOptions): void {
  const { journal, schedule, database } = options;
  requireKey(scope, options.key);
  acceptJsonBodies(scope);
  scope.setErrorHandler((error: Error, request: FastifyRequest, reply: FastifyReply) => {
    const isOurs = error instanceof FaultScriptError || error instanceof SeedError;
    return handleError(isOurs ? new ApiError('InvalidInput', error.message) : error, request, reply);
  });
  scope.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'no-store'));

  scope.get('/', async () => ({
    ...options.settings,
    faults: schedule.list().length,
    journal: { entries: journal.entries().length, dropped: journal.dropped() },
  }));

  scope.get('/faults', async () => ({ faults: schedule.list() }));
  scope.post('/faults', async (request, reply) => {
    const { body } = request;
    // All or none: what is wrong with the last is found before the first is added.
    const faults = Array.isArray(body)
      ? body.map((item, index) => parseFault(item, `[${index}]`))
      : [parseFault(body, 'fault')];
    return reply.code(201).send({ faults: faults.map((fault) => schedule.add(fault)) });
  });
  scope.delete('/faults', async (_request, reply) => {
    schedule.clear();
    return reply.code(204).send();
  });
  scope.delete<{ Params: { id: string } }>('/faults/:id', async (request, reply) => {
    if (!schedule.remove(request.params.id)) {
      throw new ApiError('EntityNotFound', 'There is no fault with this id. GET /_rehearsal/faults lists them.');
    }
    return reply.code(204).send();
  });

  scope.get('/journal', async (request) => {
    const filter = journalFilter(readQuery(request.query, JOURNAL_FILTERS));
    return { entries: journal.entries().filter(filter), dropped: journal.dropped() };
  });
  scope.delete('/journal', async (_request, reply) => {
    journal.clear();
    return reply.code(204).send();
  });

  scope.post('/assertions', async (request, reply) => {
    const { body } = request;
    const given = Array.isArray(body) ? body : [body];
    const assertions = given.map((item, index) => parseAssertion(item, `[${index}]`));
    const result = await checkAssertions(assertions, { journal, database, faults: schedule });
    return reply.code(result.passed ? 200 : 409).send(result);
  });

  scope.post('/reset', async (_request, reply) => {
    await options.reset();
    return reply.code(204).send();
  });
  scope.post('/seed', async (request, reply) => {
    const result = await options.seed(request.body);
    return reply.code(201).type('application/json; charset=utf-8').send(stringifyJson(result));
  });
}
