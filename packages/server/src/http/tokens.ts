// The authority: token endpoints, discovery documents and keys, at the paths of Microsoft Entra ID. Bodies are read as forms
// whatever type they announce, because a client in the field announces none.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EntraError, instanceDiscovery, openidConfiguration, type TokenVersion } from '../identity/index.ts';
import type { ApiContext } from './api-context.ts';
import { baseUrlOf } from './base-url.ts';
import { toApiError } from './errors.ts';
import { OpenIdConfiguration, TokenAnswer, TokenFailure, TokenRequest } from './token-schemas.ts';

/** Bytes. A form with a client assertion has some four thousand. */
const FORM_LIMIT = 64 * 1024;

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const ENDPOINTS: readonly { readonly version: TokenVersion; readonly path: string }[] = [
  { version: 'v1', path: '' },
  { version: 'v2', path: '/v2.0' },
];

interface TenantPath {
  readonly tenant: string;
}

function handleTokenError(
  error: Error,
  context: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const refusal = error instanceof EntraError ? error : fromOtherError(error, request);
  const sent = request.headers['client-request-id'];
  const correlationId = typeof sent === 'string' && GUID.test(sent) ? sent : undefined;
  return reply
    .code(refusal.status)
    .header('Cache-Control', 'no-store')
    .send(refusal.toBody(context.clock, correlationId));
}

function fromOtherError(error: Error, request: FastifyRequest): EntraError {
  const apiError = toApiError(error);
  if (apiError.code !== 'InternalServerError') return new EntraError('malformedRequest', apiError.message);
  request.log.error({ err: error }, 'The token request failed');
  return new EntraError('serverError', 'The token could not be issued. Try again later.');
}

/** Adds the authority to a scope of its own. */
export function addTokenRoutes(scope: FastifyInstance, context: ApiContext): void {
  const { issuer, publicUrl } = context;

  scope.setErrorHandler((error: Error, request, reply) => handleTokenError(error, context, request, reply));
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: FORM_LIMIT }, (_request, body, done) =>
    done(null, body),
  );
  scope.addHook('onRequest', async (request) => {
    // Fastify answers 415 to a type that is no media type at all; here any text will do.
    delete request.raw.headers['content-type'];
  });

  for (const { version, path } of ENDPOINTS) {
    const issuing = {
      schema: {
        operationId: version === 'v1' ? 'issueToken' : 'issueTokenV2',
        summary: `Get an access token (${version} endpoint)`,
        description: 'The form is read whatever Content-Type is announced, also when there is none.',
        tags: ['Tokens'],
        response: { 200: TokenAnswer[version], 400: TokenFailure, 401: TokenFailure, 500: TokenFailure },
      },
      config: { requestBody: TokenRequest[version], requestMediaType: 'application/x-www-form-urlencoded' },
    };
    scope.post<{ Params: TenantPath }>(`/:tenant/oauth2${path}/token`, issuing, async (request, reply) => {
      reply.headers({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
      const form = new URLSearchParams(typeof request.body === 'string' ? request.body.replaceAll(/[\r\n]/g, '') : '');
      return issuer.issue(request.params.tenant, form, version, baseUrlOf(request, publicUrl));
    });

    scope.get(`/:tenant/oauth2${path}/authorize`, async () => {
      const message = 'Nobody signs in here: this authority issues tokens to applications only (client_credentials).';
      throw new EntraError('unsupportedResponseType', message);
    });

    const configuration = {
      schema: {
        operationId: version === 'v1' ? 'getOpenIdConfiguration' : 'getOpenIdConfigurationV2',
        summary: `Read the OpenID configuration (${version} endpoint)`,
        tags: ['Tokens'],
        response: { 200: OpenIdConfiguration, 400: TokenFailure },
      },
    };
    const configurationPath = `/:tenant${path}/.well-known/openid-configuration`;
    scope.get<{ Params: TenantPath }>(configurationPath, configuration, async (request) => {
      await issuer.requireTenant(request.params.tenant);
      return openidConfiguration(baseUrlOf(request, publicUrl), request.params.tenant.toLowerCase(), version);
    });

    scope.get(`/:tenant/discovery${path}/keys`, async () => issuer.jwks());
  }

  scope.get<{ Querystring: { authorization_endpoint?: string | string[] } }>(
    '/common/discovery/instance',
    async (request) => {
      const endpoint = request.query.authorization_endpoint;
      return instanceDiscovery(baseUrlOf(request, publicUrl), typeof endpoint === 'string' ? endpoint : undefined);
    },
  );
}
