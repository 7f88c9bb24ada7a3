// One HTTP request and its answer: time limit, what to report about it, and what must never be reported.
import { HardwareApiError, NO_ANSWER, readErrorResponse } from './hardware-api-error.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What happened in one request, for progress and debugging. The URL is masked: it holds no signature. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  /** HTTP status, 0 when no answer came. */
  readonly status: number;
  /** From sending the request to the head of the answer. */
  readonly milliseconds: number;
  readonly requestId: string | undefined;
}

export interface ExchangeOptions {
  readonly fetch: Fetch;
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
  /** Time limit of one request in milliseconds; undefined for none. */
  readonly timeoutMs?: number | undefined;
  /** Breaks off this request alone, which then counts as one without an answer. */
  readonly breakOff?: AbortSignal | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A URL that can be shown: the signature of a SAS is replaced, because whoever has it can read or write the blob. */
export function maskUrl(url: string): string {
  return url.replace(/([?&](?:sig|code|token|access_token)=)[^&]*/gi, '$1***');
}

function describeFailure(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const code = (cause as { code?: unknown }).code;
  return typeof code === 'string' && !cause.message.includes(code)
    ? `${cause.message} (${code})`
    : cause.message || String(code);
}

/**
 * Sends a request. Resolves with an answer of 2xx, throws HardwareApiError for any other and for none. When the caller's
 * own signal is aborted, its reason is thrown instead.
 */
export async function exchange(url: string, init: RequestInit, options: ExchangeOptions): Promise<Response> {
  const { fetch, onExchange, timeoutMs, breakOff, signal } = options;
  const limits = [signal, breakOff, timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)].filter(
    (limit) => limit !== undefined,
  );
  const method = init.method ?? 'GET';
  const started = performance.now();
  const report = (status: number, requestId?: string) => {
    const milliseconds = performance.now() - started;
    onExchange?.({ method, url: maskUrl(url), status, milliseconds, requestId });
  };
  let response: Response;
  try {
    response = await fetch(url, {
      ...init,
      redirect: 'error',
      ...(limits.length > 0 ? { signal: AbortSignal.any(limits) } : {}),
    });
  } catch (error) {
    signal?.throwIfAborted();
    report(0);
    throw new HardwareApiError({
      status: 0,
      code: NO_ANSWER,
      message: `${method} ${new URL(url).origin} got no answer: ${describeFailure(error)}`,
      cause: error,
    });
  }
  report(response.status, response.headers.get('ms-requestid') ?? response.headers.get('x-ms-request-id') ?? undefined);
  if (!response.ok) throw await readErrorResponse(response, `${method} ${maskUrl(url)}`);
  return response;
}
