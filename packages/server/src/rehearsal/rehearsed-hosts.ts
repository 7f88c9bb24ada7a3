// The host names under which clients of the real service reach it, and which a rehearsal answers for.
import type { FastifyRequest } from 'fastify';

/** The service's own name. */
export const API_HOST = 'manage.devcenter.microsoft.com';

/** The names of the authority. */
export const AUTHORITY_HOSTS = ['login.microsoftonline.com', 'login.microsoft.com', 'login.windows.net'] as const;

/**
 * The name in the URLs of blobs. Names of storage accounts have no hyphen, so nobody can ever have this one: a client that
 * goes around the rehearsal finds no such host, instead of sending a stranger the package.
 */
export const BLOB_HOST = 'assay-rehearsal.blob.core.windows.net';

/** What blob URLs start with in the answer to a request that was sent to the API's real name. */
export function rehearsalBlobBaseUrl(request: FastifyRequest): string | undefined {
  return request.hostname.toLowerCase() === API_HOST ? `https://${BLOB_HOST}` : undefined;
}
