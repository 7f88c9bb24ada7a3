// The signing keys of a foreign issuer: found by OpenID Connect Discovery, fetched as a JWK set (RFC 7517), kept, and fetched
// anew when they are old or a token names one that is not among them. While the issuer cannot be reached the keys that are
// known go on working.
import { createRemoteJWKSet, type JWTVerifyGetKey, errors as joseErrors } from 'jose';
import type { Clock } from '../clock.ts';
import { isSafeAddress } from './issuer-configuration.ts';

/** What is worth a line in the service's log. */
export type IdentityLog = (event: {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly [key: string]: unknown;
}) => void;

/** How often keys are fetched anew, in milliseconds: a key that the issuer withdrew stops working within this time. */
const REFRESH_MS = 10 * 60_000;
/** How long known keys work while the issuer cannot be reached, in milliseconds. */
const STALE_LIMIT_MS = 24 * 60 * 60_000;
/** Least time between two attempts, in milliseconds, whatever key ids strangers make up. */
const COOLDOWN_MS = 30_000;
const TIMEOUT_MS = 5_000;

/** The keys cannot be had at this time; the log has the details. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

export interface ForeignKeysOptions {
  readonly issuer: string;
  readonly jwksUri?: string | undefined;
  readonly clock: Clock;
  readonly log: IdentityLog;
  /** Instead of the usual cooldown, for tests. */
  readonly cooldownMs?: number | undefined;
}

type KeySet = ReturnType<typeof createRemoteJWKSet>;

async function discoverKeys(issuer: string): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  const document = (await response.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown } | null;
  if (document?.issuer !== issuer) throw new Error(`${address} is the configuration of another issuer`);
  const { jwks_uri: jwksUri } = document;
  if (typeof jwksUri !== 'string' || !isSafeAddress(jwksUri)) throw new Error(`${address} names no safe jwks_uri`);
  return jwksUri;
}

/** Gives the key for a token's header, for jose. It throws KeysUnavailable, or jose's JWKSNoMatchingKey. */
export function createForeignKeys(options: ForeignKeysOptions): JWTVerifyGetKey {
  const { issuer, clock, log } = options;
  const cooldownMs = options.cooldownMs ?? COOLDOWN_MS;
  let keys: KeySet | undefined;
  /** When keys were last fetched, and last asked for. */
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  const now = (): number => clock().getTime();

  async function fetchKeys(): Promise<void> {
    attemptedAt = now();
    try {
      // The set itself never fetches: when it does so is decided here, by the service's own clock.
      const jwksUri = options.jwksUri ?? (await discoverKeys(issuer));
      const fresh = createRemoteJWKSet(new URL(jwksUri), {
        cacheMaxAge: Number.POSITIVE_INFINITY,
        cooldownDuration: Number.POSITIVE_INFINITY,
        timeoutDuration: TIMEOUT_MS,
      });
      await fresh.reload();
      keys = fresh;
      fetchedAt = now();
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
      log({
        level: 'warn',
        message: 'The keys of a foreign issuer could not be fetched',
        issuer,
        reason: `${error instanceof Error ? error.message : String(error)}${cause}`,
        knownKeys: keys === undefined ? 'none' : 'go on working',
      });
    }
  }

  /** Fetches once, however many ask at the same time, and not again before the cooldown is over. */
  async function refresh(): Promise<void> {
    if (running === undefined && now() - attemptedAt < cooldownMs) return;
    running ??= fetchKeys().finally(() => {
      running = undefined;
    });
    await running;
  }

  return async (header, token) => {
    if (keys === undefined || now() - fetchedAt >= STALE_LIMIT_MS) await refresh();
    // Nobody waits for new keys while the known ones may still be used.
    else if (now() - fetchedAt >= REFRESH_MS) void refresh();
    if (keys === undefined || now() - fetchedAt >= STALE_LIMIT_MS) throw new KeysUnavailable(issuer);
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof joseErrors.JWKSNoMatchingKey)) throw error;
      await refresh();
      return await keys(header, token);
    }
  };
}
