// The documents that MSAL and @azure/identity fetch before they ask for a token: OpenID Connect Discovery 1.0 and Entra's
// instance discovery. They name only what this server really does.
import { ASSERTION_ALGORITHMS } from './client-assertion.ts';
import { EntraError } from './entra-errors.ts';
import type { TokenVersion } from './token-form.ts';

const PATHS = {
  v1: { token: 'oauth2/token', authorize: 'oauth2/authorize', keys: 'discovery/keys' },
  v2: { token: 'oauth2/v2.0/token', authorize: 'oauth2/v2.0/authorize', keys: 'discovery/v2.0/keys' },
} as const;

/** What the issuer's name in a token looks like, by the token's version. `baseUrl` has no trailing slash. */
export function issuerName(baseUrl: string, tenant: string, version: TokenVersion): string {
  return version === 'v1' ? `${baseUrl}/${tenant}/` : `${baseUrl}/${tenant}/v2.0`;
}

/** What a client may write as the audience of its assertion: the token endpoints, and the issuer as older clients do. */
export function assertionAudiences(baseUrl: string, tenant: string): readonly string[] {
  const versions: readonly TokenVersion[] = ['v2', 'v1'];
  return [
    ...versions.map((version) => `${baseUrl}/${tenant}/${PATHS[version].token}`),
    ...versions.map((version) => issuerName(baseUrl, tenant, version)),
  ];
}

/** The OpenID configuration of a tenant. `baseUrl` has no trailing slash. */
export function openidConfiguration(baseUrl: string, tenant: string, version: TokenVersion): object {
  const at = (path: string): string => `${baseUrl}/${tenant}/${path}`;
  const { host } = new URL(baseUrl);
  return {
    issuer: issuerName(baseUrl, tenant, version),
    token_endpoint: at(PATHS[version].token),
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: [...ASSERTION_ALGORITHMS],
    // Required by OpenID Connect Discovery and by MSAL; it answers that nobody can sign in there.
    authorization_endpoint: at(PATHS[version].authorize),
    jwks_uri: at(PATHS[version].keys),
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    response_modes_supported: [],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nbf', 'tid', 'ver', 'appid', 'azp', 'roles'],
    cloud_instance_name: host,
    tenant_region_scope: null,
  };
}

/**
 * Entra's answer to "may I trust this authority?", given the `authorization_endpoint` that the client was told of.
 * Only the host that was asked itself is vouched for. Throws EntraError for a missing, malformed or foreign endpoint.
 */
export function instanceDiscovery(baseUrl: string, authorizationEndpoint: string | undefined): object {
  if (!authorizationEndpoint) {
    throw new EntraError(
      'missingParameter',
      "The request must contain the following parameter: 'authorization_endpoint'.",
    );
  }
  const { host } = new URL(baseUrl);
  const endpoint = URL.canParse(authorizationEndpoint) ? new URL(authorizationEndpoint) : undefined;
  const tenant = endpoint?.pathname.split('/')[1];
  if (endpoint === undefined || endpoint.host !== host || !tenant) {
    throw new EntraError(
      'unknownInstance',
      `Unknown or invalid instance. This authority answers only for ${host}; set the authority host to ${baseUrl}`,
    );
  }
  return {
    tenant_discovery_endpoint: `${baseUrl}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}
