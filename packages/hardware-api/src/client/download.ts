// Downloads a blob, mostly by its read SAS URL. When the transfer breaks, it goes on where it stopped with a Range request, as long
// as the ETag says that the blob is still the same (RFC 9110 §14.2, §13.1.1).
import { type Exchange, exchange, type Fetch } from './exchange.ts';
import { HardwareApiError, NO_ANSWER } from './hardware-api-error.ts';
import { DEFAULT_RETRY_POLICY, delay, type RetryPolicy, retryDelay } from './retry.ts';
import { STORAGE_API_VERSION } from './upload.ts';

export interface DownloadSink {
  /** Takes the next bytes; the next write comes after this one is done. */
  write(bytes: Uint8Array): Promise<void> | void;
}

/** A hash that is fed as bytes arrive, as `createHash('sha256')` of node:crypto gives it. */
export interface RunningDigest {
  update(bytes: Uint8Array): unknown;
  digest(encoding: 'hex'): string;
}

export interface DownloadOptions {
  readonly fetch?: Fetch | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
  /** Called with the bytes received so far and the whole size. */
  readonly onProgress?: ((bytes: number, size: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Headers of each request, where it is not enough to know the URL; those that blob storage wants, unless given. */
  readonly headers?: (() => Promise<Readonly<Record<string, string>>>) | undefined;
  /** A SHA-256 in the making; its result is returned and compared with `expectedSha256`. */
  readonly digest?: RunningDigest | undefined;
  /** Lower-case hex. */
  readonly expectedSha256?: string | undefined;
}

export interface DownloadResult {
  /** Bytes. */
  readonly size: number;
  readonly sha256: string | undefined;
}

/** What arrived is not what the service said it would send. */
export class DownloadIntegrityError extends Error {
  override readonly name = 'DownloadIntegrityError';
}

/** Size of the whole blob in bytes, from an answer that must begin at `offset`. */
function blobSize(response: Response, offset: number): number {
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  if (offset > 0) {
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

/** The chunks of a body. Platforms differ in what a broken transfer rejects with; here it is always HardwareApiError. */
async function* bodyChunks(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const next = await reader.read().catch((cause: unknown) => {
        throw new HardwareApiError({ status: 0, code: NO_ANSWER, message: 'The download broke off.', cause });
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * Downloads into a sink and checks the size, and the SHA-256 when one is expected. Throws HardwareApiError when the
 * service refuses or the transfer keeps breaking without progress, DownloadIntegrityError when the bytes are not right.
 */
export async function downloadBlob(
  url: string,
  sink: DownloadSink,
  options: DownloadOptions = {},
): Promise<DownloadResult> {
  const { signal, digest, onProgress, retry = DEFAULT_RETRY_POLICY } = options;
  let received = 0;
  let size: number | undefined;
  let etag: string | null = null;

  async function receive(): Promise<void> {
    const own = (await options.headers?.()) ?? { 'x-ms-version': STORAGE_API_VERSION };
    const headers: Record<string, string> = { ...own, 'accept-encoding': 'identity' };
    if (received > 0) {
      headers.range = `bytes=${received}-`;
      if (etag !== null) headers['if-match'] = etag;
    }
    const response = await exchange(
      url,
      { headers },
      { fetch: options.fetch ?? fetch, onExchange: options.onExchange, signal },
    );
    const total = blobSize(response, received);
    if (size !== undefined && total !== size) throw new DownloadIntegrityError('The download changed its size.');
    size = total;
    etag ??= response.headers.get('etag');
    for await (const chunk of bodyChunks(response)) {
      if (received + chunk.length > size) throw new DownloadIntegrityError('More bytes arrived than were announced.');
      await sink.write(chunk);
      digest?.update(chunk);
      received += chunk.length;
      onProgress?.(received, size);
    }
  }

  for (let attempt = 1; size === undefined || received < size; attempt++) {
    const before = received;
    try {
      await receive();
      if (size !== undefined && received >= size) break;
      throw new HardwareApiError({ status: 0, code: NO_ANSWER, message: 'The download ended too early.' });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof HardwareApiError) || !error.isTransient) throw error;
      if (received > before) attempt = 0;
      if (attempt >= retry.attempts) throw error;
      await delay(retryDelay(retry, Math.max(1, attempt), error), signal);
    }
  }

  const sha256 = digest?.digest('hex');
  if (options.expectedSha256 !== undefined && sha256 !== options.expectedSha256) {
    throw new DownloadIntegrityError(`The SHA-256 is ${sha256 ?? 'not known'}, expected ${options.expectedSha256}.`);
  }
  return { size: received, sha256 };
}
