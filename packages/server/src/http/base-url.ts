// The address under which the caller reaches this server: what links, blob URLs and issuers start with.
import type { FastifyRequest } from 'fastify';
import { ApiError } from './errors.ts';

/** A host name, IPv4 address or bracketed IPv6 address, with a port or without (RFC 3986 §3.2.2, without user info). */
const HOST = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/** Addresses that were found right before, with what they come to. */
const known = new Map<string, string>();
const ADDRESSES_KEPT = 100;

/**
 * Scheme, host and port (left out when it is the scheme's own), without a trailing slash: of `publicUrl` when it is
 * configured, else of what the request was sent to. Throws ApiError when the Host header cannot stand in a URL.
 */
export function baseUrlOf(request: FastifyRequest, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return new URL(publicUrl).origin;
  const url = `${request.protocol}://${request.host}`;
  const origin = known.get(url);
  if (origin !== undefined) return origin;
  if (!HOST.test(request.host) || !URL.canParse(url)) {
    throw new ApiError('MalformedRequest', 'The Host header is not a valid host name.');
  }
  if (known.size >= ADDRESSES_KEPT) known.clear();
  const found = new URL(url).origin;
  known.set(url, found);
  return found;
}
