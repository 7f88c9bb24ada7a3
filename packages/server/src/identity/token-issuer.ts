// Issues access tokens to applications and checks them again: OAuth 2.0 client credentials (RFC 6749 §4.4) as Microsoft
// Entra ID speaks it, tokens as JWT (RFC 7519) signed with RS256, bearer use after RFC 6750.
import { randomUUID, timingSafeEqual } from 'node:crypto';
import { type JSONWebKeySet, type JWTPayload, errors as joseErrors, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../clock.ts';
import {
  type ApplicationInTenant,
  findAccountOfTenant,
  findApplication,
  hashSecret,
  listClientSecrets,
  rolesOf,
} from '../store/accounts.ts';
import type { Database } from '../store/database.ts';
import { EntraError } from './entra-errors.ts';
import { audienceOfResource, RESOURCE_FORMS, resourceOfScope } from './resource.ts';
import { openTokenKey } from './token-key.ts';

/** Which of the two token endpoints is spoken: `/oauth2/token` or `/oauth2/v2.0/token`. */
export type TokenVersion = 'v1' | 'v2';

/** Who is calling, for which account, and in which roles. */
export interface Principal {
  readonly clientId: string;
  readonly accountId: bigint;
  readonly roles: readonly string[];
}

/** Why a bearer token was not accepted. `reason` is for the caller; `missing` tells "none" from "a bad one". */
export class AuthenticationError extends Error {
  readonly missing: boolean;

  constructor(reason: string, missing = false) {
    super(reason);
    this.name = 'AuthenticationError';
    this.missing = missing;
  }
}

/** The body of a successful token answer: the v1 endpoint writes its numbers as strings of digits. */
export type TokenResponse = Readonly<Record<string, string | number>>;

export interface TokenIssuer {
  /**
   * Issues a token to the application that the form names and proves to be. `tenant` is the path segment, `baseUrl` the
   * address that the caller used (no trailing slash). Throws EntraError when anything is missing, unknown or wrong.
   */
  issue(tenant: string, form: URLSearchParams, version: TokenVersion, baseUrl: string): Promise<TokenResponse>;
  /** The public keys that check our tokens, RFC 7517. */
  jwks(): JSONWebKeySet;
  /** The caller that an `Authorization` header proves. Throws AuthenticationError. */
  authenticate(authorization: string | undefined): Promise<Principal>;
  /** Throws EntraError when no account has this tenant. */
  requireTenant(tenant: string): Promise<void>;
  /** A secret of 32 bytes for another purpose, the same on every replica and after every restart. */
  deriveSecret(purpose: string): Uint8Array;
}

const LIFETIME_SECONDS = 60 * 60;
/** Checked signatures that are remembered, so that a client which polls costs one RSA operation an hour. */
const VERIFIED_TOKENS_KEPT = 1_000;
/** A longer header is no token of ours. */
const MAXIMUM_TOKEN_LENGTH = 8_192;

const seconds = (moment: Date): number => Math.floor(moment.getTime() / 1000);

/** What the issuer's name in a token looks like, by the token's version. */
export function issuerName(baseUrl: string, tenant: string, version: TokenVersion): string {
  return version === 'v1' ? `${baseUrl}/${tenant}/` : `${baseUrl}/${tenant}/v2.0`;
}

/** The parameter's only value. Throws EntraError when it is missing, empty or there twice. */
function requireParameter(form: URLSearchParams, name: string): string {
  const values = form.getAll(name);
  if (values.length > 1) throw new EntraError('malformedRequest', `The parameter '${name}' was sent more than once.`);
  const value = values[0]?.trim();
  if (!value) {
    throw new EntraError('missingParameter', `The request body must contain the following parameter: '${name}'.`);
  }
  return value;
}

function requireGrantType(form: URLSearchParams): void {
  const grantType = requireParameter(form, 'grant_type');
  if (grantType !== 'client_credentials') {
    throw new EntraError(
      'unsupportedGrantType',
      `The app requested an unsupported grant type '${grantType.slice(0, 100)}'. Use 'client_credentials'.`,
    );
  }
}

/** The audience that the form asks for: `resource` on the v1 endpoint, `scope` on the v2 one; the other one is ignored. */
function requireAudience(form: URLSearchParams, version: TokenVersion): string {
  const name = version === 'v1' ? 'resource' : 'scope';
  const asked = requireParameter(form, name);
  const resource = version === 'v1' ? asked : resourceOfScope(asked);
  if (resource === undefined) {
    throw new EntraError(
      'invalidScope',
      `The provided value for scope ${asked.slice(0, 200)} is not valid. Client credential flows must have one scope value with /.default suffixed to the resource identifier: ${RESOURCE_FORMS[0]}/.default`,
    );
  }
  const audience = audienceOfResource(resource);
  if (audience === undefined) {
    throw new EntraError(
      'unknownResource',
      `The resource principal named ${resource.slice(0, 200)} was not found in the tenant. Ask for ${RESOURCE_FORMS[0]}`,
    );
  }
  return audience;
}

export interface TokenIssuerOptions {
  readonly database: Database;
  /** Path of the PKCS#8 PEM private key; made (mode 0600) when it is missing. */
  readonly keyFile: string;
  readonly clock: Clock;
  /** When set, only tokens whose issuer has this origin are accepted. */
  readonly publicUrl?: string;
}

/** Opens the token key and gives the issuer. Throws when the key file cannot be read or made. */
export async function createTokenIssuer(options: TokenIssuerOptions): Promise<TokenIssuer> {
  const { database, clock } = options;
  const key = await openTokenKey(options.keyFile);
  const publicOrigin = options.publicUrl === undefined ? undefined : new URL(options.publicUrl).origin;
  const verified = new Map<string, JWTPayload>();

  async function requireTenant(tenant: string): Promise<void> {
    if (await findAccountOfTenant(database, tenant)) return;
    throw new EntraError(
      'unknownTenant',
      `Tenant '${tenant.slice(0, 100)}' not found. Check that the tenant ID is the one of your account, "tenantId" in credentials.json.`,
    );
  }

  async function requireApplication(tenant: string, form: URLSearchParams): Promise<ApplicationInTenant> {
    const clientId = requireParameter(form, 'client_id');
    const application = await findApplication(database, clientId);
    if (application === undefined || application.tenant_id !== tenant) {
      throw new EntraError(
        'unknownApplication',
        `Application with identifier '${clientId.slice(0, 100)}' was not found in the directory '${tenant}'.`,
      );
    }
    return application;
  }

  async function requireSecret(application: ApplicationInTenant, form: URLSearchParams): Promise<void> {
    if (form.has('client_assertion') || form.has('client_assertion_type')) {
      throw new EntraError(
        'assertionNotAccepted',
        'This server does not accept client assertions yet. Send client_secret instead.',
      );
    }
    if (!form.get('client_secret')?.trim()) {
      throw new EntraError(
        'missingCredential',
        "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
      );
    }
    const offered = Buffer.from(hashSecret(requireParameter(form, 'client_secret')), 'hex');
    const matching = (await listClientSecrets(database, application.client_id)).filter(({ secret_hash }) =>
      timingSafeEqual(Buffer.from(secret_hash, 'hex'), offered),
    );
    if (matching.length === 0) {
      throw new EntraError(
        'wrongSecret',
        `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${application.client_id}'.`,
      );
    }
    const now = clock().toISOString();
    if (matching.every(({ expires_at }) => expires_at <= now)) {
      throw new EntraError(
        'expiredSecret',
        `The provided client secret keys for app '${application.client_id}' are expired. Create new keys for the app.`,
      );
    }
  }

  async function issue(
    tenantInPath: string,
    form: URLSearchParams,
    version: TokenVersion,
    baseUrl: string,
  ): Promise<TokenResponse> {
    requireGrantType(form);
    const tenant = tenantInPath.toLowerCase();
    await requireTenant(tenant);
    const application = await requireApplication(tenant, form);
    await requireSecret(application, form);
    const audience = requireAudience(form, version);

    const issuedAt = seconds(clock());
    const expiresAt = issuedAt + LIFETIME_SECONDS;
    const accessToken = await new SignJWT({
      appid: application.client_id,
      azp: application.client_id,
      tid: tenant,
      roles: [...rolesOf(application)],
      ver: version === 'v1' ? '1.0' : '2.0',
    })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.keyId })
      .setIssuer(issuerName(baseUrl, tenant, version))
      .setAudience(audience)
      .setSubject(application.client_id)
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt)
      .setExpirationTime(expiresAt)
      .setJti(randomUUID())
      .sign(key.privateKey);

    if (version === 'v2') {
      return {
        token_type: 'Bearer',
        expires_in: LIFETIME_SECONDS,
        ext_expires_in: LIFETIME_SECONDS,
        access_token: accessToken,
      };
    }
    return {
      token_type: 'Bearer',
      expires_in: String(LIFETIME_SECONDS),
      ext_expires_in: String(LIFETIME_SECONDS),
      expires_on: String(expiresAt),
      not_before: String(issuedAt),
      resource: audience,
      access_token: accessToken,
    };
  }

  /** The claims of a token whose signature, audience and times are right. */
  async function verify(token: string): Promise<JWTPayload> {
    const known = verified.get(token);
    if (known !== undefined) {
      if (known.exp !== undefined && known.exp > seconds(clock())) return known;
      verified.delete(token);
      throw new AuthenticationError('The access token has expired. Ask the token endpoint for a new one.');
    }
    try {
      const { payload } = await jwtVerify(token, key.publicKey, {
        algorithms: ['RS256'],
        audience: [...RESOURCE_FORMS],
        typ: 'JWT',
        requiredClaims: ['exp', 'nbf', 'iss', 'tid', 'appid'],
        clockTolerance: 0,
        currentDate: clock(),
      });
      const oldest = verified.keys().next().value;
      if (verified.size >= VERIFIED_TOKENS_KEPT && oldest !== undefined) verified.delete(oldest);
      verified.set(token, payload);
      return payload;
    } catch (error) {
      if (error instanceof joseErrors.JWTExpired) {
        throw new AuthenticationError('The access token has expired. Ask the token endpoint for a new one.');
      }
      if (error instanceof joseErrors.JWTClaimValidationFailed && error.claim === 'aud') {
        throw new AuthenticationError(`The access token is for another resource. Ask for ${RESOURCE_FORMS[0]}`);
      }
      if (error instanceof joseErrors.JOSEError) throw new AuthenticationError('The access token is not valid.');
      throw error;
    }
  }

  function issuerIsOurs({ iss = '', tid, ver }: JWTPayload): boolean {
    if (typeof tid !== 'string' || !URL.canParse(iss)) return false;
    const { origin } = new URL(iss);
    if (publicOrigin !== undefined && origin !== publicOrigin) return false;
    return iss === issuerName(origin, tid, ver === '1.0' ? 'v1' : 'v2');
  }

  async function authenticate(authorization: string | undefined): Promise<Principal> {
    if (authorization === undefined || authorization.trim() === '') {
      throw new AuthenticationError('The request has no access token: send "Authorization: Bearer <token>".', true);
    }
    const [, token] = /^bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization) ?? [];
    if (token === undefined || token.length > MAXIMUM_TOKEN_LENGTH) {
      throw new AuthenticationError('The Authorization header does not hold a bearer token.');
    }
    const claims = await verify(token);
    if (!issuerIsOurs(claims)) throw new AuthenticationError('The access token was issued by another authority.');
    // Looked up each time, so that an application which is removed or loses a role does so at once.
    const application = typeof claims.appid === 'string' ? await findApplication(database, claims.appid) : undefined;
    if (application === undefined || application.tenant_id !== claims.tid) {
      throw new AuthenticationError('The application of the access token does not exist any more.');
    }
    return { clientId: application.client_id, accountId: application.account_id, roles: rolesOf(application) };
  }

  return {
    issue,
    jwks: () => ({ keys: [key.jwk] }),
    authenticate,
    requireTenant,
    deriveSecret: key.deriveSecret,
  };
}
