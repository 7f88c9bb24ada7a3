// Notices credentials that are not of this rehearsal: whoever rehearses should hear that their client holds real ones. Of a
// token or a tenant nothing is kept but the fact that there was one; the service refuses both by itself.
import type { IncomingMessage } from 'node:http';
import { API_HOST } from '../rehearsed-hosts.ts';

export interface ForeignCredentials {
  /** Looks at a request that was sent to this host. */
  notice(host: string, request: Pick<IncomingMessage, 'headers' | 'url'>): void;
  /** What was noticed, a sentence for each kind. */
  notices(): readonly string[];
}

const BEARER = /^bearer +([\w-]+)\.([\w-]+)\.[\w-]*$/i;
const TENANT_IN_PATH = /^\/([^/?#]+)\/(?:oauth2|v2\.0\/\.well-known|\.well-known)\b/;
/** Words that stand for no tenant of anybody. */
const SHARED_TENANTS: ReadonlySet<string> = new Set(['common', 'organizations', 'consumers']);

/** The tenant that a token names, unchecked; undefined when it is none. */
function tenantOf(authorization: string): unknown {
  const payload = BEARER.exec(authorization)?.[2];
  if (payload === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))?.tid;
  } catch {
    return undefined;
  }
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** Watches for credentials that do not belong to this tenant. */
export function watchForeignCredentials(tenantId: string): ForeignCredentials {
  let tokens = 0;
  let tenants = 0;
  return {
    notice(host, { headers, url = '' }) {
      if (host === API_HOST) {
        if (headers.authorization !== undefined && tenantOf(headers.authorization) !== tenantId) tokens++;
        return;
      }
      const tenant = TENANT_IN_PATH.exec(url)?.[1]?.toLowerCase();
      if (tenant !== undefined && tenant !== tenantId && !SHARED_TENANTS.has(tenant)) tenants++;
    },
    notices() {
      const found: string[] = [];
      if (tokens > 0) {
        found.push(
          `A token that this rehearsal did not issue was presented ${times(tokens)} and refused: the client seems to hold real credentials. It was neither kept nor passed on.`,
        );
      }
      if (tenants > 0) {
        found.push(
          `A token was asked for in another tenant ${times(tenants)} and refused: the client does not take its tenant from the variables that the rehearsal sets. What it sent was neither kept nor passed on.`,
        );
      }
      return found;
    },
  };
}
