// Downloads a blob, mostly by its read SAS URL. When the transfer breaks or stalls, it goes on where it stopped with a
// Range request, as long as the ETag says that the blob is still the same (RFC 9110 §14.2, §13.1.1); in another process too.
import { type Exchange, exchange, type Fetch } from './exchange.ts';
import { HardwareApiError, NO_ANSWER } from './hardware-api-error.ts';
import { DEFAULT_RETRY_POLICY, type OnRetry, type RetryPolicy, waitForRetry } from './retry.ts';
import { type RenewUrl, signedUrl } from './signed-url.ts';
import { IDLE_TIMEOUT_MS, STORAGE_API_VERSION } from './upload.ts';

export interface DownloadSink {
  /** Takes the next bytes; the next write comes after this one is done. */
  write(bytes: Uint8Array): Promise<void> | void;
}

/** A hash that is fed as bytes arrive, as `createHash('sha256')` of node:crypto gives it. */
export interface RunningDigest {
  update(bytes: Uint8Array): unknown;
  digest(encoding: 'hex'): string;
}

/** Where an earlier run stopped. */
export interface DownloadPosition {
  /** Bytes that are here already. */
  readonly offset: number;
  /** The ETag of the answer that they came with, as `onStart` told it. */
  readonly etag: string;
}

/** What the head of the first answer says. */
export interface DownloadStart {
  /** Of the whole blob, in bytes. */
  readonly size: number;
  readonly etag: string | undefined;
  /** MD5 of the whole blob in base64, when the service knows one. */
  readonly contentMd5: string | undefined;
}

export interface DownloadOptions {
  readonly fetch?: Fetch | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly onRetry?: OnRetry | undefined;
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
  /** Called once, before the first byte, with what must be kept to go on in another process. */
  readonly onStart?: ((start: DownloadStart) => void | Promise<void>) | undefined;
  /** Called with the bytes received so far and the whole size. */
  readonly onProgress?: ((bytes: number, size: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Goes on where an earlier run stopped; the sink gets what follows, and `digest` must have seen what came before. */
  readonly from?: DownloadPosition | undefined;
  /** Gives a URL with a new signature when the service refuses the old one. */
  readonly renew?: RenewUrl | undefined;
  /** After so long without a byte the attempt is broken off and resumed, in milliseconds. 60 s unless given. */
  readonly idleTimeoutMs?: number | undefined;
  /** Runs each request with the headers that it needs, where it is not enough to know the URL. */
  readonly authorized?:
    | ((request: (headers: Readonly<Record<string, string>>) => Promise<Response>) => Promise<Response>)
    | undefined;
  /** A SHA-256 in the making; its result is returned and compared with `expectedSha256`. */
  readonly digest?: RunningDigest | undefined;
  /** Lower-case hex. */
  readonly expectedSha256?: string | undefined;
}

export interface DownloadResult {
  /** Bytes of the whole blob. */
  readonly size: number;
  readonly sha256: string | undefined;
  readonly etag: string | undefined;
  /** MD5 of the whole blob in base64, when the service knows one. */
  readonly contentMd5: string | undefined;
}

/**
 * What is wrong with a download. `changed`: the blob is not the one that the download began with, so start over from byte 0;
 * `length`: the answer has not the length or range that was asked for; `digest`: not the SHA-256 that was expected.
 */
export type DownloadFault = 'changed' | 'length' | 'digest';

/** What arrived is not what the service said it would send. */
export class DownloadIntegrityError extends Error {
  override readonly name = 'DownloadIntegrityError';
  readonly code: DownloadFault;

  constructor(message: string, code: DownloadFault = 'length') {
    super(message);
    this.code = code;
  }
}

/** Size of the whole blob in bytes, from an answer that must begin at `offset`. */
function blobSize(response: Response, offset: number): number {
  if (offset > 0) {
    const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
    if (response.status !== 206 || range === null || Number(range[1]) !== offset) {
      throw new DownloadIntegrityError(
        `The service did not answer with the bytes from ${offset} on that were asked for.`,
      );
    }
    return Number(range[2]);
  }
  const length = response.headers.get('content-length');
  if (length === null) throw new DownloadIntegrityError('The service did not say how long the download is.');
  return Number(length);
}

/** The hash of the whole blob: an answer with a range has it in a header of its own (Get Blob). */
function wholeMd5({ headers, status }: Response): string | undefined {
  return headers.get(status === 206 ? 'x-ms-blob-content-md5' : 'content-md5') ?? undefined;
}

/** Breaks an attempt off when nothing has arrived for too long. */
class StallWatch {
  readonly #controller = new AbortController();
  readonly #limitMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  start(): void {
    this.stop();
    const reason = new Error(`not a byte arrived for ${this.#limitMs / 1000} s`);
    this.#timer = setTimeout(() => this.#controller.abort(reason), this.#limitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** The chunks of a body. Platforms differ in what a broken transfer rejects with; here it is always HardwareApiError. */
async function* bodyChunks(response: Response, watch: StallWatch): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      watch.start();
      const next = await reader.read().catch((cause: unknown) => {
        const why = watch.signal.aborted ? `The download stalled: ${watch.signal.reason.message}.` : undefined;
        throw new HardwareApiError({ status: 0, code: NO_ANSWER, message: why ?? 'The download broke off.', cause });
      });
      // What the sink takes its time for is not the service's fault.
      watch.stop();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    watch.stop();
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * Downloads into a sink and checks the size, and the SHA-256 when one is expected. Throws HardwareApiError when the
 * service refuses or the transfer keeps breaking without progress, DownloadIntegrityError when the bytes are not right or
 * the blob is not the one any more that the download began with.
 */
export async function downloadBlob(
  url: string,
  sink: DownloadSink,
  options: DownloadOptions = {},
): Promise<DownloadResult> {
  const { signal, digest, from, onProgress, onStart, onRetry, retry = DEFAULT_RETRY_POLICY } = options;
  const target = signedUrl(url, options.renew);
  const authorized = options.authorized ?? ((request) => request({ 'x-ms-version': STORAGE_API_VERSION }));
  let received = from?.offset ?? 0;
  let etag = from?.etag;
  let start: DownloadStart | undefined;

  /** Asks for what is missing, from byte `first` on. */
  function ask(first: number, watch: StallWatch): Promise<Response> {
    const own: Record<string, string> = { 'accept-encoding': 'identity' };
    if (first > 0) own.range = `bytes=${first}-`;
    if (etag !== undefined) own['if-match'] = etag;
    const exchangeOptions = {
      fetch: options.fetch ?? fetch,
      onExchange: options.onExchange,
      breakOff: watch.signal,
      signal,
    };
    return target.use((signed) =>
      authorized((headers) => exchange(signed, { headers: { ...headers, ...own } }, exchangeOptions)),
    );
  }

  async function receive(): Promise<void> {
    // In a new process the last byte is asked for again: the file may be complete, and then no range would fit.
    const overlap = start === undefined && received > 0 ? 1 : 0;
    const watch = new StallWatch(options.idleTimeoutMs ?? IDLE_TIMEOUT_MS);
    watch.start();
    const response = await ask(received - overlap, watch).finally(() => watch.stop());
    const chunks = bodyChunks(response, watch);
    try {
      const size = blobSize(response, received - overlap);
      if (start !== undefined && size !== start.size) {
        throw new DownloadIntegrityError('The download changed its size. Start over.', 'changed');
      }
      etag ??= response.headers.get('etag') ?? undefined;
      if (start === undefined) {
        start = { size, etag, contentMd5: wholeMd5(response) };
        await onStart?.(start);
      }
      let skip = overlap;
      for await (const arrived of chunks) {
        const chunk = arrived.subarray(skip);
        skip -= arrived.length - chunk.length;
        if (received + chunk.length > size) {
          throw new DownloadIntegrityError('More bytes arrived than were announced.');
        }
        if (chunk.length === 0) continue;
        await sink.write(chunk);
        digest?.update(chunk);
        received += chunk.length;
        onProgress?.(received, size);
      }
    } finally {
      await chunks.return(undefined);
      await response.body?.cancel().catch(() => undefined);
    }
  }

  for (let attempt = 1; start === undefined || received < start.size; attempt++) {
    const before = received;
    try {
      await receive();
      if (start !== undefined && received >= (start as DownloadStart).size) break;
      throw new HardwareApiError({ status: 0, code: NO_ANSWER, message: 'The download ended too early.' });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof HardwareApiError)) throw error;
      if (error.status === 412 || (error.status === 416 && from !== undefined)) {
        throw new DownloadIntegrityError('The blob is not the same as before. Start over.', 'changed');
      }
      if (!error.isTransient) throw error;
      if (received > before) attempt = 0;
      if (attempt >= retry.attempts) throw error;
      await waitForRetry(retry, { attempt: Math.max(1, attempt), error, what: 'download' }, { onRetry, signal });
    }
  }

  const sha256 = digest?.digest('hex');
  if (options.expectedSha256 !== undefined && sha256 !== options.expectedSha256) {
    throw new DownloadIntegrityError(
      `The SHA-256 is ${sha256 ?? 'not known'}, expected ${options.expectedSha256}.`,
      'digest',
    );
  }
  return { size: received, sha256, etag, contentMd5: start.contentMd5 };
}
