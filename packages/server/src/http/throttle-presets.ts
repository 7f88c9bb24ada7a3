// How many calls a minute an account may make, as data. The real service limits each API for each account by the minute and
// publishes no numbers (its support tells them on request), so these are ours.

/** What a method does, for its limit: calls of one method are counted together, methods of one kind have the same limit. */
export type MethodKind = 'read' | 'write' | 'upload';

/** Calls of one method that an account may make in a minute. */
export type ThrottleLimits = Readonly<Record<MethodKind, number>>;

export const THROTTLE_PRESETS = {
  /**
   * A guess at the real service, for rehearsals. What speaks for it: a client library of Microsoft's once spaced its calls by
   * 250 ms, that is 240 a minute over all methods, and users have met the limit while polling and creating in loops.
   */
  realistic: { read: 120, write: 30, upload: 10 },
  /** Small enough that a client meets the limit within one run and shows how it takes it. */
  strict: { read: 10, write: 3, upload: 2 },
} as const satisfies Readonly<Record<string, ThrottleLimits>>;

export type ThrottlePreset = keyof typeof THROTTLE_PRESETS;

/** What an operator may choose: nothing, a preset by its name, or numbers. */
export type ThrottleChoice = 'off' | ThrottlePreset | ThrottleLimits;

/** The limits of a choice; undefined for `off`. Throws RangeError for an unknown name or a limit that is no positive integer. */
export function resolveThrottle(choice: ThrottleChoice): ThrottleLimits | undefined {
  if (choice === 'off') return undefined;
  if (typeof choice === 'string' && !Object.hasOwn(THROTTLE_PRESETS, choice)) {
    throw new RangeError(
      `There is no throttling preset "${choice}"; use off or one of ${Object.keys(THROTTLE_PRESETS).join(', ')}.`,
    );
  }
  const limits = typeof choice === 'string' ? THROTTLE_PRESETS[choice] : choice;
  for (const kind of ['read', 'write', 'upload'] as const) {
    if (!Number.isSafeInteger(limits[kind]) || limits[kind] < 1) {
      throw new RangeError(`The limit for "${kind}" must be a whole number of calls a minute, at least 1.`);
    }
  }
  return limits;
}
