// Throttling: each account may call each method so many times a minute, whichever replica it reaches and whichever prefix it
// uses. What is too much is answered 429 with `Retry-After`, and has no effect.
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../clock.ts';
import type { Database } from '../store/database.ts';
import { countCall, removeCountersBefore } from '../store/throttle.ts';
import { principalOf } from './authentication.ts';
import { ApiError } from './errors.ts';
import type { MethodKind, ThrottleLimits } from './throttle-presets.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Which limit the route has, where its HTTP method does not tell. */
    methodKind?: MethodKind;
  }
}

const MINUTE_MS = 60_000;
/** Counters are kept for this many minutes beyond their own, for replicas whose clocks are behind. */
const KEPT_MINUTES = 2n;

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Counts the calls of an account; one for all scopes of an application. */
export interface Throttle {
  /** Throws ApiError TooManyRequests. `method` names what is called, without prefix and ids. */
  count(accountId: bigint, method: string, kind: MethodKind): Promise<void>;
}

export function createThrottle(options: {
  readonly database: Database;
  readonly limits: ThrottleLimits;
  readonly clock: Clock;
}): Throttle {
  const { database, limits, clock } = options;
  let cleanedMinute = -1n;
  return {
    async count(accountId, method, kind) {
      const now = clock().getTime();
      const minute = BigInt(Math.floor(now / MINUTE_MS));
      if (minute !== cleanedMinute) {
        cleanedMinute = minute;
        await removeCountersBefore(database, minute - KEPT_MINUTES);
      }
      const calls = await countCall(database, { minute, accountId, method });
      if (calls <= BigInt(limits[kind])) return;
      const seconds = Math.ceil((MINUTE_MS - (now % MINUTE_MS)) / 1000);
      throw new ApiError(
        'TooManyRequests',
        `More than ${limits[kind]} calls of ${method} in this minute. Wait ${seconds} seconds, as Retry-After says, then try again.`,
        { headers: { 'Retry-After': String(seconds) } },
      );
    },
  };
}

/** Counts every call of the scope's routes. To be added after `requireToken`, which says whose call it is. */
export function throttleCalls(scope: FastifyInstance, throttle: Throttle): void {
  scope.addHook('onRequest', async (request) => {
    const { url = '', config } = request.routeOptions;
    const kind = config.methodKind ?? (READING.has(request.method) ? 'read' : 'write');
    const route = url.slice(scope.prefix.length);
    await throttle.count(principalOf(request).accountId, `${request.method} ${route}`, kind);
  });
}
