// Who is calling: the bearer token of a request, checked before its body is read, and the role that a route needs.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AuthenticationError, type Principal, RESOURCE_FORMS, type TokenIssuer } from '../identity/index.ts';
import { ROLES, type Role } from '../store/accounts.ts';
import type { Actor } from '../store/audit.ts';
import { baseUrlOf } from './base-url.ts';
import { ApiError } from './errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the token is checked; read it with `principalOf`. */
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    /** The roles that may call this route: its own, else those of its scope. Absent where no token is asked for. */
    roles?: readonly Role[];
  }
}

/** The roles that may work with products and submissions. */
export const SUBMITTER_ROLES: readonly Role[] = ['Manager', 'Driver Submitter'];

/** The roles that may look at products and submissions: who makes shipping labels needs to see what they are for. */
export const READER_ROLES: readonly Role[] = ROLES;

/** Who is behind a change that this request makes, for the audit log. */
export function actorOf(request: FastifyRequest): Actor {
  return { actor: principalOf(request).clientId, correlationId: request.correlationId };
}

/** The caller of a request in a scope that `requireToken` guards. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new Error('The route is not guarded by requireToken.');
  return request.principal;
}

/** RFC 6750 §3, with the two parameters that Microsoft's services add. */
function challenge(baseUrl: string, error: AuthenticationError): string {
  const parameters = [`authorization_uri="${baseUrl}"`, `resource_id="${RESOURCE_FORMS[0]}"`];
  if (!error.missing) {
    parameters.push('error="invalid_token"', `error_description="${error.message.replaceAll(/["\\]/g, "'")}"`);
  }
  return `Bearer ${parameters.join(', ')}`;
}

/** Whether a role is among these, compared without case. */
function hasRole(roles: readonly Role[], role: string): boolean {
  const known: readonly string[] = roles;
  return known.includes(role) || roles.some((needed) => needed.toLowerCase() === role.toLowerCase());
}

/**
 * Guards a scope: without a valid token its routes answer 401 with a `WWW-Authenticate` header, and 403 when the token's
 * application has none of the roles.
 */
export function requireToken(
  scope: FastifyInstance,
  options: { readonly issuer: TokenIssuer; readonly publicUrl?: string | undefined; readonly roles: readonly Role[] },
): void {
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, roles: route.config?.roles ?? options.roles };
  });
  scope.addHook('onRequest', async (request: FastifyRequest, _reply: FastifyReply) => {
    let principal: Principal;
    try {
      principal = await options.issuer.authenticate(request.headers.authorization);
    } catch (error) {
      if (!(error instanceof AuthenticationError)) throw error;
      const header = challenge(baseUrlOf(request, options.publicUrl), error);
      throw new ApiError('Unauthorized', error.message, { headers: { 'WWW-Authenticate': header } });
    }
    const roles = request.routeOptions.config.roles ?? options.roles;
    if (!principal.roles.some((role) => hasRole(roles, role))) {
      throw new ApiError('Forbidden', `The application needs one of these roles: ${roles.join(', ')}.`);
    }
    request.principal = principal;
  });
}
