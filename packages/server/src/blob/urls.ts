// The URLs that the API gives out for a blob: path form (/account/container/blob) with a signature in the query.
import type { Sas } from './sas.ts';

const HOUR_MS = 3_600_000;

/**
 * How long a URL works, in milliseconds. Each GET of a submission writes fresh URLs, so a lifetime only has to outlast one
 * transfer: two days leave room for a package of 10 GiB over a slow line that is resumed the next morning, one day is enough
 * to download. A URL that leaks into a log is worth nothing after that.
 */
export const SAS_LIFETIMES = { upload: 48 * HOUR_MS, download: 24 * HOUR_MS } as const;

/** Expiries are whole minutes, so that clients which poll are given the same signature again instead of a new one each time. */
const EXPIRY_STEP_MS = 60_000;
/** Queries that are remembered for a signer. */
const QUERIES_KEPT = 2_000;
const knownQueries = new WeakMap<Sas, Map<string, string>>();

/** The signed query for a request, signed once for each minute. */
function signedQuery(sas: Sas, request: Parameters<Sas['sign']>[0]): string {
  let known = knownQueries.get(sas);
  if (known === undefined) {
    known = new Map();
    knownQueries.set(sas, known);
  }
  const { container, blob, permissions, expiresAt, fileName = '' } = request;
  const key = `${expiresAt.getTime()} ${permissions} ${container}/${blob} ${fileName}`;
  const existing = known.get(key);
  if (existing !== undefined) return existing;
  const query = sas.sign(request);
  const oldest = known.keys().next().value;
  if (known.size >= QUERIES_KEPT && oldest !== undefined) known.delete(oldest);
  known.set(key, query);
  return query;
}

/** Below these hosts the account is part of the name, and so no part of the path. */
const BLOB_STORAGE_HOST = /^https?:\/\/[^/.]+\.blob\.core\.windows\.net$/;

/** A blob's path below the host: `/{account}/{container}/{blob}`, each segment percent-encoded. */
export function blobPath(accountName: string, container: string, blob: string): string {
  return `/${[accountName, container, ...blob.split('/')].map(encodeURIComponent).join('/')}`;
}

/**
 * A URL with which anybody may do what `permissions` say.
 *
 * @param baseUrl scheme, host and port under which the server is reached; a trailing slash is ignored. Under the name of a
 * storage account at `blob.core.windows.net` the path is without the account.
 * @param options.lifetime milliseconds; by default SAS_LIFETIMES, by whether the URL may write
 * @param options.path where else than at its own path the server has the blob
 */
export function blobUrl(
  baseUrl: string,
  sas: Sas,
  options: {
    readonly container: string;
    readonly blob: string;
    readonly permissions: string;
    readonly fileName?: string;
    readonly lifetime?: number;
    readonly path?: string;
  },
): string {
  const { container, blob, permissions, fileName } = options;
  const lifetime = options.lifetime ?? SAS_LIFETIMES[permissions.includes('w') ? 'upload' : 'download'];
  const expiry = sas.clock().getTime() + lifetime;
  const query = signedQuery(sas, {
    container,
    blob,
    permissions,
    expiresAt: new Date(Math.ceil(expiry / EXPIRY_STEP_MS) * EXPIRY_STEP_MS),
    ...(fileName === undefined ? {} : { fileName }),
  });
  const root = baseUrl.replace(/\/+$/, '');
  const ownPath = blobPath(sas.accountName, container, blob);
  const path = options.path ?? (BLOB_STORAGE_HOST.test(root) ? ownPath.slice(sas.accountName.length + 1) : ownPath);
  return `${root}${path}?${query}`;
}
