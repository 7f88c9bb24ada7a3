// The audit log of the caller's own account, a page at a time. Our own resource beside the Hardware API.
import { parseJson, stringifyJson } from '@assay/hardware-api';
import { DateTime, Int64, ListOf } from '@assay/hardware-api/schemas';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { listAuditPage } from '../store/audit.ts';
import type { AuditEntry } from '../store/schema.ts';
import type { ApiContext } from './api-context.ts';
import { principalOf } from './authentication.ts';
import { baseUrlOf } from './base-url.ts';
import { lastValue, pageLinks, type Query, readPageRequest } from './paging.ts';
import { PageQuery } from './route-documentation.ts';

const Entry = Type.Object({
  sequence: Int64,
  dateTime: DateTime,
  actor: Type.String({ description: 'A client id, `service` or `operator`.' }),
  action: Type.String({ description: 'Noun and verb: `submission.commit`.' }),
  entity: Type.String({ description: 'Path of the thing: `products/17/submissions/42`.' }),
  correlationId: Type.Optional(Type.String()),
  details: Type.Unknown({ description: 'What changed, as an object.' }),
  hash: Type.String({ description: 'SHA-256 over the entry and the hash of the one before it, in hexadecimal.' }),
});

const AuditQuery = Type.Object({
  ...PageQuery.properties,
  entity: Type.Optional(Type.String({ description: 'Only entries about this entity.' })),
  correlationId: Type.Optional(Type.String({ description: 'Only entries with this `MS-CorrelationId`.' })),
});

function toResource(entry: AuditEntry): object {
  return {
    sequence: entry.sequence,
    dateTime: entry.at,
    actor: entry.actor,
    action: entry.action,
    entity: entry.entity,
    correlationId: entry.correlation_id ?? undefined,
    details: parseJson(entry.details),
    hash: entry.hash,
  };
}

/** Adds the route below `prefix`. The scope must be guarded by `requireToken`. */
export function addAuditRoutes(scope: FastifyInstance, context: ApiContext, prefix: string): void {
  const { database, publicUrl, continuationTokens: tokens } = context;

  const listing = {
    schema: {
      operationId: 'listAuditEntries',
      summary: 'List the changes of the account',
      tags: ['Audit'],
      querystring: AuditQuery,
      response: { 200: ListOf(Entry) },
    },
    // Details have no schema, and may hold integers of 64 bits.
    serializerCompiler: () => stringifyJson,
  };
  scope.get<{ Querystring: Query }>('/audit', listing, async (request) => {
    const { accountId } = principalOf(request);
    const filter = {
      entity: lastValue(request.query, 'entity'),
      correlationId: lastValue(request.query, 'correlationId'),
    };
    const list = `audit ${accountId} ${JSON.stringify([filter.entity, filter.correlationId])}`;
    const asked = readPageRequest(request.query, tokens, list);
    const page = await listAuditPage(database, accountId, filter, asked);
    const given = Object.entries(filter).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const query = given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const rows = page.rows.map((entry) => ({ ...entry, id: entry.sequence }));
    const href = `${baseUrlOf(request, publicUrl)}${prefix}/audit`;
    const links = pageLinks({ rows, more: page.more }, asked, { href, list, tokens }).map((link) => ({
      ...link,
      href: [link.href, ...query].join('&'),
    }));
    return { value: page.rows.map(toResource), links };
  });
}
