// Issues access tokens to applications and checks them again: OAuth 2.0 client credentials (RFC 6749 §4.4) as Microsoft
// Entra ID speaks it, tokens as JWT (RFC 7519) signed with RS256, bearer use after RFC 6750.
import { randomUUID } from 'node:crypto';
import { type JSONWebKeySet, type JWTPayload, errors as joseErrors, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../clock.ts';
import { type ApplicationInTenant, findAccountOfTenant, findApplication, rolesOf } from '../store/accounts.ts';
import type { Database } from '../store/database.ts';
import { AuthenticationError } from './authentication-error.ts';
import { authenticateClient } from './client-authentication.ts';
import { assertionAudiences, issuerName } from './discovery.ts';
import { EntraError } from './entra-errors.ts';
import { createForeignIssuers } from './foreign-issuers.ts';
import type { IdentityLog } from './foreign-keys.ts';
import type { ForeignIssuer } from './issuer-configuration.ts';
import { RESOURCE_FORMS } from './resource.ts';
import { requireAudience, requireGrantType, requireParameter, type TokenVersion } from './token-form.ts';
import { openTokenKey } from './token-key.ts';

/** Who is calling, for which account, and in which roles. */
export interface Principal {
  readonly clientId: string;
  readonly accountId: bigint;
  readonly roles: readonly string[];
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

export interface TokenIssuerOptions {
  readonly database: Database;
  /** Path of the PKCS#8 PEM private key; made (mode 0600) when it is missing. */
  readonly keyFile: string;
  readonly clock: Clock;
  /** When set, only tokens whose issuer has this origin are accepted. */
  readonly publicUrl?: string;
  /** Other authorities whose tokens are accepted. */
  readonly foreignIssuers?: readonly ForeignIssuer[];
  /** Gets a line when a foreign issuer cannot be reached or its token is refused. */
  readonly log?: IdentityLog;
  /** Least time between two attempts to fetch a foreign issuer's keys, in milliseconds. 30 seconds by default. */
  readonly keyCooldownMs?: number;
}

/** Opens the token key and gives the issuer. Throws when the key file cannot be read or made. */
export async function createTokenIssuer(options: TokenIssuerOptions): Promise<TokenIssuer> {
  const { database, clock } = options;
  const key = await openTokenKey(options.keyFile);
  const publicOrigin = options.publicUrl === undefined ? undefined : new URL(options.publicUrl).origin;
  const verified = new Map<string, JWTPayload>();
  /** Those of the verified claims that name us as their issuer. */
  const ours = new WeakSet<JWTPayload>();
  const foreign = createForeignIssuers({
    issuers: options.foreignIssuers ?? [],
    clock,
    log: options.log,
    cooldownMs: options.keyCooldownMs,
  });

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
    if (application.disabled_at !== null) {
      throw new EntraError('disabledApplication', `Application '${application.client_id}' is disabled.`);
    }
    return application;
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
    const audience = requireAudience(form, version);
    const audiences = assertionAudiences(baseUrl, tenant);
    await authenticateClient({ database, clock, application, form, audiences });

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
      if (issuerIsOurs(payload)) ours.add(payload);
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
    // A token of ours that was checked before need not be taken apart again.
    return verified.has(token) || !foreign.covers(token) ? authenticateOwn(token) : authenticateForeign(token);
  }

  async function authenticateOwn(token: string): Promise<Principal> {
    const claims = await verify(token);
    if (!ours.has(claims)) throw new AuthenticationError('The access token was issued by another authority.');
    // Looked up each time, so that an application which is removed or loses a role does so at once.
    const application = typeof claims.appid === 'string' ? await findApplication(database, claims.appid) : undefined;
    if (application === undefined || application.tenant_id !== claims.tid) {
      throw new AuthenticationError('The application of the access token does not exist any more.');
    }
    return principalOf(application);
  }

  async function authenticateForeign(token: string): Promise<Principal> {
    const caller = await foreign.authenticate(token);
    const application = await findApplication(database, caller.clientId);
    if (application === undefined || application.account_id !== caller.accountId) {
      throw new AuthenticationError(
        `The application of the access token is not known here. Add it to the account, or map it to one of the account's.`,
      );
    }
    return principalOf(application);
  }

  function principalOf(application: ApplicationInTenant): Principal {
    if (application.disabled_at !== null) {
      throw new AuthenticationError('The application of the access token is disabled.');
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
