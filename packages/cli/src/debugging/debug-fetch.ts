// What --debug shows: each request with its answer, on stderr, without anything that could be used. A `fetch` around the real
// one, so that it sees what is really sent. What is in blobs is never shown.
import type { Fetch, RetryEvent } from '@assay/hardware-api';
import { type Mask, maskForm, maskHeader, maskJson } from './mask.ts';

export interface DebugFetchOptions {
  readonly mask: Mask;
  readonly write: (text: string) => void;
  readonly fetch?: Fetch;
}

/** Longest body that is shown, in characters. */
const LONGEST_BODY = 16_384;
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i;
const FORM_TYPE = /^application\/x-www-form-urlencoded\b/i;

function isBlob(url: string): boolean {
  return /[?&]sig=/i.test(url);
}

function showBody(type: string | null, text: string, mask: Mask): string | undefined {
  if (text === '' || type === null) return undefined;
  const masked = JSON_TYPE.test(type) ? maskJson(text, mask) : FORM_TYPE.test(type) ? maskForm(text, mask) : undefined;
  if (masked === undefined || masked.length <= LONGEST_BODY) return masked;
  return `${masked.slice(0, LONGEST_BODY)}… (${masked.length} characters)`;
}

function headerLines(headers: Headers, mark: string, mask: Mask): string[] {
  return [...headers].map(([name, value]) => `  ${mark} ${name}: ${maskHeader(name, value, mask)}`);
}

function failureText(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as NodeJS.ErrnoException;
  return code === undefined || cause.message.includes(code) ? cause.message : `${cause.message} (${code})`;
}

/** A fetch that writes what it does. One block for each request, written when its answer is there. */
export function createDebugFetch({ mask, write, fetch: send = fetch }: DebugFetchOptions): Fetch {
  async function bodyOf(response: Response, url: string): Promise<string | undefined> {
    const type = response.headers.get('content-type');
    if (isBlob(url) || type === null || !JSON_TYPE.test(type)) return undefined;
    // A body that breaks off is for whoever reads the answer to find out.
    const text = await response
      .clone()
      .text()
      .catch(() => '');
    return showBody(type, text, mask);
  }

  return async (url, init) => {
    const method = init.method ?? 'GET';
    const started = performance.now();
    const requestHeaders = new Headers(init.headers);
    const lines = headerLines(requestHeaders, '>', mask);
    if (!isBlob(url) && typeof init.body === 'string') {
      const shown = showBody(requestHeaders.get('content-type'), init.body, mask);
      if (shown !== undefined) lines.push(`  > ${shown}`);
    }
    const finish = (outcome: string, requestId: string | null, rest: readonly string[]) => {
      const milliseconds = (performance.now() - started).toFixed(0);
      const request = requestId === null ? '' : `  request ${requestId}`;
      const head = `${method} ${mask(url)}  ${outcome}  ${milliseconds} ms${request}`;
      write(`${[head, ...lines, ...rest].join('\n')}\n`);
    };
    let response: Response;
    try {
      response = await send(url, init);
    } catch (error) {
      finish('no answer', null, [`  ! ${mask(failureText(error))}`]);
      throw error;
    }
    const { headers, status } = response;
    const body = await bodyOf(response, url);
    finish(String(status), headers.get('ms-requestid') ?? headers.get('x-ms-request-id'), [
      ...headerLines(headers, '<', mask),
      ...(body === undefined ? [] : [`  < ${body}`]),
    ]);
    return response;
  };
}

/** What is told of a wait before a request is made again, for the same reader. */
export function describeRetry({ attempt, delayMs, error, what }: RetryEvent): string {
  const reason = error.status === 0 ? error.message : `${error.status} ${error.code}`;
  return `retry ${attempt + 1} in ${(delayMs / 1000).toFixed(1)} s: ${what}: ${reason}\n`;
}
