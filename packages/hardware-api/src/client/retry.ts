// Trying again: which failures are worth it and how long to wait, with full jitter so that many clients do not come back
// at the same moment.
import { HardwareApiError } from './hardware-api-error.ts';

export interface RetryPolicy {
  /** How often a call is made at most, the first time included. */
  readonly attempts: number;
  /** Upper end of the first wait, in milliseconds; doubles with each further try. */
  readonly baseDelayMs: number;
  /** No wait is longer than this, not even one that the service asks for. */
  readonly maximumDelayMs: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = { attempts: 6, baseDelayMs: 500, maximumDelayMs: 60_000 };

/** Waits; rejects with the signal's reason when it is aborted first. */
export function delay(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** How long to wait before try number `attempt` + 1. What the service asks for counts first. */
export function retryDelay(policy: RetryPolicy, attempt: number, error: unknown): number {
  const asked = error instanceof HardwareApiError ? error.retryAfterMs : undefined;
  if (asked !== undefined) return Math.min(asked, policy.maximumDelayMs);
  const ceiling = Math.min(policy.maximumDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

/** Runs `operation` until it succeeds, fails for good (by `isRetryable`), or the tries are used up. */
export async function withRetries<Result>(
  operation: (attempt: number) => Promise<Result>,
  options: {
    readonly policy: RetryPolicy;
    readonly isRetryable?: (error: HardwareApiError) => boolean;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Result> {
  const isRetryable = options.isRetryable ?? ((error: HardwareApiError) => error.isTransient);
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation(attempt);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof HardwareApiError) || !isRetryable(error) || attempt >= options.policy.attempts)
        throw error;
      await delay(retryDelay(options.policy, attempt, error), options.signal);
    }
  }
}
