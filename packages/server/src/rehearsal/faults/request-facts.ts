// What the faults and the journal know of a request: which part of the service it is for, and which operation it is.
import type { FastifyRequest } from 'fastify';
import { API_PREFIXES } from '../../http/api-prefixes.ts';
import { REVIEW_PREFIX } from '../../http/reviews.ts';
import { blobOperationOf } from './operations.ts';
import type { RequestFacts } from './schedule.ts';

const AUTHORITY_PATH = /^\/[^/]+\/(?:oauth2|discovery|\.well-known|v2\.0\/\.well-known)(?:\/|$)|^\/common\/discovery\//;

/** Paths of the rehearsal itself and of probes: no fault is done to them, and the journal does not have them. */
const EXEMPT_PATH = /^\/(?:_rehearsal|healthz)(?:\/|$)/i;

/** Where certification reports are, which are read like blobs. */
const REPORT_PATH = /^(?:\/[a-z-]+)?\/dashboard\/hardware\/driver\/downloadcertificationreport\//i;

function areaOf(path: string, accountName: string): RequestFacts['area'] {
  const lower = path.toLowerCase();
  if (lower.startsWith(`/${accountName.toLowerCase()}/`) || REPORT_PATH.test(path)) return 'blob';
  const prefixes = [...API_PREFIXES.map((prefix) => prefix.path), REVIEW_PREFIX];
  if (prefixes.some((prefix) => lower.startsWith(`${prefix.toLowerCase()}/`))) return 'api';
  return AUTHORITY_PATH.test(lower) ? 'authority' : 'other';
}

/** The facts of a request; undefined for those that are no part of what is rehearsed. */
export function requestFacts(request: FastifyRequest, accountName: string): RequestFacts | undefined {
  const [path = '', ...query] = (request.raw.url ?? '').split('?');
  if (EXEMPT_PATH.test(path)) return undefined;
  const area = areaOf(path, accountName);
  const operation =
    area === 'blob'
      ? blobOperationOf(request.method, new URLSearchParams(query.join('?')))
      : request.routeOptions.schema?.operationId;
  return { area, operation, method: request.method, path };
}
