// Trying again: which failures are worth it and how long to wait, half of it by chance so that many clients do not come back
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

/** Told before a wait, so that a program can say why nothing happens. */
export interface RetryEvent {
  /** The try that failed, from 1; a transfer counts anew after each progress. */
  readonly attempt: number;
  /** How long the wait is, in milliseconds. */
  readonly delayMs: number;
  readonly error: HardwareApiError;
  /** What is tried again, for example `GET /v2.0/my/hardware/products` or `download`. */
  readonly what: string;
}

export type OnRetry = (event: RetryEvent) => void;

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

/** How long to wait before try number `attempt` + 1. What the service asks for counts first, whatever its status. */
export function retryDelay(policy: RetryPolicy, attempt: number, error: unknown): number {
  const asked = error instanceof HardwareApiError ? error.retryAfterMs : undefined;
  if (asked !== undefined) return Math.min(asked, policy.maximumDelayMs);
  const ceiling = Math.min(policy.maximumDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

/** Says that a try failed and waits for the next one. */
export async function waitForRetry(
  policy: RetryPolicy,
  failure: Omit<RetryEvent, 'delayMs'>,
  { onRetry, signal }: { readonly onRetry?: OnRetry | undefined; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const delayMs = retryDelay(policy, failure.attempt, failure.error);
  onRetry?.({ ...failure, delayMs });
  await delay(delayMs, signal);
}

/** Runs `operation` until it succeeds, fails for good (by `isRetryable`), or the tries are used up. */
export async function withRetries<Result>(
  operation: (attempt: number) => Promise<Result>,
  options: {
    readonly policy: RetryPolicy;
    readonly isRetryable?: (error: HardwareApiError) => boolean;
    /** What is tried, for `onRetry`. */
    readonly what?: string;
    readonly onRetry?: OnRetry | undefined;
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
      await waitForRetry(options.policy, { attempt, error, what: options.what ?? 'request' }, options);
    }
  }
}
