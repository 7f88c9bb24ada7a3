// Takes the access tokens of other authorities: checks them as RFC 7519 and RFC 9068 ask, and finds the application here for
// which they stand. What the application may do is what it may do here; roles in a foreign token mean nothing.
import { decodeJwt, type JWTPayload, type JWTVerifyGetKey, errors as joseErrors, jwtVerify } from 'jose';
import type { Clock } from '../clock.ts';
import { AuthenticationError } from './authentication-error.ts';
import { createForeignKeys, type IdentityLog, KeysUnavailable } from './foreign-keys.ts';
import {
  FOREIGN_ALGORITHMS,
  type ForeignIssuer,
  isMicrosoftAudience,
  isMicrosoftAuthority,
} from './issuer-configuration.ts';

/** How far the other authority's clock may be off, in seconds. */
const CLOCK_TOLERANCE = 60;
const DEFAULT_TENANT_CLAIM = 'tid';
const DEFAULT_APPLICATION_CLAIMS = ['appid', 'azp'] as const;
/** `typ` of access tokens: Entra ID writes JWT, RFC 9068 at+jwt. */
const ACCESS_TOKEN_TYPES: ReadonlySet<string | undefined> = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt']);

/** For whom a foreign token speaks, in our own ids. */
export interface ForeignCaller {
  readonly clientId: string;
  readonly accountId: bigint;
}

export interface ForeignIssuers {
  /** Whether this token names one of the issuers. It is not checked yet. */
  covers(token: string): boolean;
  /** Checks the token and gives its caller. Throws AuthenticationError, whose cause is in the log where that helps. */
  authenticate(token: string): Promise<ForeignCaller>;
}

export interface ForeignIssuersOptions {
  readonly issuers: readonly ForeignIssuer[];
  readonly clock: Clock;
  readonly log?: IdentityLog | undefined;
  /** Least time between two attempts to fetch keys, in milliseconds, for tests. */
  readonly cooldownMs?: number | undefined;
}

interface Known {
  readonly issuer: ForeignIssuer;
  readonly keys: JWTVerifyGetKey;
}

function unverifiedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

function audiencesOf({ aud }: JWTPayload): readonly string[] {
  return aud === undefined ? [] : typeof aud === 'string' ? [aud] : aud;
}

function textClaim(claims: JWTPayload, name: string): string | undefined {
  const value = claims[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The value under a key that is compared without case, as GUIDs are. */
function lookUp(map: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return Object.entries(map ?? {}).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}

function accountOf(issuer: ForeignIssuer, claims: JWTPayload): bigint {
  if (issuer.account !== undefined) return BigInt(issuer.account);
  const name = issuer.tenantClaim ?? DEFAULT_TENANT_CLAIM;
  const tenant = textClaim(claims, name);
  const sellerId = tenant === undefined ? undefined : lookUp(issuer.accounts, tenant);
  if (sellerId === undefined) {
    throw new AuthenticationError(`No account here belongs to the "${name}" of the access token.`);
  }
  return BigInt(sellerId);
}

function clientOf(issuer: ForeignIssuer, claims: JWTPayload): string {
  const names = issuer.applicationClaims ?? DEFAULT_APPLICATION_CLAIMS;
  const application = names.map((name) => textClaim(claims, name)).find((value) => value !== undefined);
  if (application === undefined) {
    throw new AuthenticationError(`The access token names no application: it has no claim ${names.join(' or ')}.`);
  }
  return lookUp(issuer.applications, application) ?? application;
}

/** Tokens that would be right in form but must not be taken. */
function refuseUnsuitable(issuer: ForeignIssuer, claims: JWTPayload): void {
  if (
    issuer.allowMicrosoftAudience !== true &&
    isMicrosoftAuthority(issuer.issuer) &&
    audiencesOf(claims).some(isMicrosoftAudience)
  ) {
    throw new AuthenticationError(
      'The access token was issued by Microsoft for Microsoft. Do not send it anywhere else: ask for a token with the audience of this service.',
    );
  }
  if (claims.scp !== undefined) {
    throw new AuthenticationError('The access token stands for a person. Use one that an application got for itself.');
  }
}

/** Makes the check for these issuers. Keys are fetched when the first token comes. */
export function createForeignIssuers(options: ForeignIssuersOptions): ForeignIssuers {
  const { clock } = options;
  const log: IdentityLog = options.log ?? (() => undefined);
  const known = new Map<string, Known>(
    options.issuers.map((issuer) => [
      issuer.issuer,
      {
        issuer,
        keys: createForeignKeys({
          issuer: issuer.issuer,
          jwksUri: issuer.jwksUri,
          clock,
          log,
          cooldownMs: options.cooldownMs,
        }),
      },
    ]),
  );

  async function verify({ issuer, keys }: Known, token: string): Promise<JWTPayload> {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        algorithms: [...(issuer.algorithms ?? FOREIGN_ALGORITHMS)],
        issuer: issuer.issuer,
        requiredClaims: ['exp', 'aud'],
        clockTolerance: CLOCK_TOLERANCE,
        currentDate: clock(),
      });
      if (!ACCESS_TOKEN_TYPES.has(protectedHeader.typ?.toLowerCase())) {
        throw new AuthenticationError('The token is not an access token.');
      }
      return payload;
    } catch (error) {
      if (error instanceof AuthenticationError) throw error;
      if (error instanceof KeysUnavailable) {
        throw new AuthenticationError(
          'The access token cannot be checked: its issuer does not answer. Try again later.',
        );
      }
      if (error instanceof joseErrors.JWTExpired) {
        throw new AuthenticationError('The access token has expired. Ask its issuer for a new one.');
      }
      if (error instanceof joseErrors.JOSEError || error instanceof TypeError) {
        log({ level: 'warn', message: 'A foreign token was refused', issuer: issuer.issuer, reason: error.message });
        throw new AuthenticationError('The access token is not valid.');
      }
      throw error;
    }
  }

  return {
    covers: (token) => known.has(unverifiedIssuer(token) ?? ''),
    async authenticate(token) {
      const entry = known.get(unverifiedIssuer(token) ?? '');
      if (entry === undefined) throw new AuthenticationError('The access token was issued by another authority.');
      const claims = await verify(entry, token);
      refuseUnsuitable(entry.issuer, claims);
      const wanted = entry.issuer.audiences;
      if (!audiencesOf(claims).some((audience) => wanted.includes(audience))) {
        throw new AuthenticationError(`The access token is for another resource. Ask for ${wanted[0]}`);
      }
      return { clientId: clientOf(entry.issuer, claims), accountId: accountOf(entry.issuer, claims) };
    },
  };
}
