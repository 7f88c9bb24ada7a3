// Carries time-stamp requests over HTTP (RFC 3161 §3.4).
import { concatBytes } from '../bytes.ts';

/**
 * Sends the DER of a TimeStampReq and gives the TimeStampResp. Rejects with TimestampTransportError when it knows whether
 * trying again makes sense; any other rejection counts as a failure of the network, after which it does.
 */
export type TimestampTransport = (url: string, request: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>;

/** An answer that is not a time-stamp response. */
export class TimestampTransportError extends Error {
  override readonly name = 'TimestampTransportError';
  /** Whether the same request may succeed a little later. */
  readonly transient: boolean;

  constructor(message: string, transient: boolean) {
    super(message);
    this.transient = transient;
  }
}

export interface HttpTransportOptions {
  /** 3 when absent. */
  readonly maximumRedirects?: number;
  /** Bytes of an answer that are read; 1 MiB when absent. */
  readonly maximumBytes?: number;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307, 308]);

function requireHttp(url: string, base?: string): URL {
  const parsed = URL.parse(url, base);
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw new TimestampTransportError('only http and https addresses can be asked for time stamps', false);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new TimestampTransportError('an address with a user name or password in it cannot be asked', false);
  }
  return parsed;
}

/** Where a redirect leads; undefined when the response is not one. From https it may not lead to http. */
function redirectTarget(response: Response, from: URL): URL | undefined {
  const location = response.headers.get('location');
  if (!REDIRECTS.has(response.status) || location === null) return undefined;
  const target = requireHttp(location, from.href);
  if (from.protocol === 'https:' && target.protocol === 'http:') {
    throw new TimestampTransportError('it redirects from https to http', false);
  }
  return target;
}

async function readBody(response: Response, maximumBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maximumBytes) {
      throw new TimestampTransportError(`its answer is longer than ${maximumBytes} bytes`, false);
    }
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}

function checkAnswer(response: Response): void {
  const { status } = response;
  if (!response.ok) {
    const transient = status >= 500 || status === 429 || status === 408;
    throw new TimestampTransportError(`it answered with HTTP status ${status}`, transient);
  }
  // Authorities name their answers in several ways, but a text is a page for people.
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type.startsWith('text/')) {
    throw new TimestampTransportError(`it answered with ${type}, so it is not a time-stamping authority`, false);
  }
}

/** A transport over the global `fetch`: POST, redirects followed with the same body, answers of bounded size. */
export function httpTimestampTransport(options: HttpTransportOptions = {}): TimestampTransport {
  const { maximumRedirects = 3, maximumBytes = 1024 * 1024 } = options;
  return async (address, request, signal) => {
    let url = requireHttp(address);
    for (let redirects = 0; redirects <= maximumRedirects; redirects++) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
        body: Uint8Array.from(request),
        redirect: 'manual',
        signal,
      });
      try {
        const target = redirectTarget(response, url);
        if (target === undefined) {
          checkAnswer(response);
          return await readBody(response, maximumBytes);
        }
        url = target;
      } finally {
        if (response.body?.locked === false) await response.body.cancel();
      }
    }
    throw new TimestampTransportError(`it redirects more than ${maximumRedirects} times`, false);
  };
}
