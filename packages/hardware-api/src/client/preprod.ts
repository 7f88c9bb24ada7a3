// The client's methods for preprod packages ("Manage Preprod Submissions"). The package is the body of a request to the API
// itself, and so is the signed zip of an answer: both go with the access token, not through a signed URL.
import { parseJson } from '../json.ts';
import type { PreprodAsset, PreprodPackage } from '../schemas/preprod.ts';
import { type DownloadOptions, type DownloadResult, type DownloadSink, downloadBlob } from './download.ts';
import { type Exchange, exchange, type Fetch } from './exchange.ts';
import { PreprodFailedError, WaitTimeoutError } from './hardware-api-error.ts';
import { type RetryPolicy, withRetries } from './retry.ts';
import { bytesReader, type RandomAccessReader, SINGLE_UPLOAD_BYTES, type UploadContent } from './upload.ts';
import { poll, type WaitOptions } from './wait.ts';

export interface PreprodMethods {
  /**
   * Sends a package, a signed cabinet, for preprod signing. Sent again only when the service refused it unread (429, or a
   * token that had to be renewed), and not even then when the content is a stream, which can be read once.
   */
  submitPreprodPackage(
    content: UploadContent,
    options?: { readonly onProgress?: ((bytes: number) => void) | undefined },
  ): Promise<PreprodPackage>;
  getPreprodPackage(packageId: string): Promise<PreprodPackage>;
  listPreprodAssets(packageId: string): Promise<PreprodAsset[]>;
  getPreprodAsset(packageId: string, assetId: string): Promise<PreprodAsset>;
  /** Downloads an asset. With a SHA-256 `digest` the result is compared with the asset's `contentHash`. */
  downloadPreprodAsset(
    packageId: string,
    assetId: string,
    sink: DownloadSink,
    options?: Pick<DownloadOptions, 'onProgress' | 'digest'>,
  ): Promise<DownloadResult>;
  /** Polls until the package has succeeded. Throws PreprodFailedError when it failed, WaitTimeoutError when time is over. */
  waitForPreprodPackage(packageId: string, options: WaitOptions<PreprodPackage>): Promise<PreprodPackage>;
}

/** How the methods reach the service. */
export interface PreprodTransport {
  /** URL of the service without a trailing slash. */
  readonly root: string;
  /** Path of the API's root, for example `/v2.0/my/hardware`. */
  readonly prefix: string;
  call(method: string, path: string): Promise<unknown>;
  /** Runs a request with a token; when it is refused and `again` allows it, once more with a new one. */
  withToken<Result>(use: (token: string) => Promise<Result>, again?: boolean): Promise<Result>;
  /** The headers that every request to the API carries. */
  headers(token: string): Record<string, string>;
  readonly retry: RetryPolicy;
  readonly fetch: Fetch;
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const READ_BYTES = 1024 * 1024;

/** A request body with its headers, made anew for each time that it is sent. */
interface PackageBody {
  readonly isRepeatable: boolean;
  init(): Promise<{
    readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
    readonly headers: Record<string, string>;
  }>;
}

async function* pieces(reader: RandomAccessReader): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < reader.size; offset += READ_BYTES) {
    yield await reader.read(offset, Math.min(READ_BYTES, reader.size - offset));
  }
}

function streamOf(chunks: AsyncIterable<Uint8Array>, onProgress: (bytes: number) => void): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  let sent = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next();
        if (next.done) {
          controller.close();
          return;
        }
        controller.enqueue(next.value);
        sent += next.value.length;
        onProgress(sent);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

function packageBody(content: UploadContent, onProgress: (bytes: number) => void): PackageBody {
  const reader = content instanceof Uint8Array ? bytesReader(content) : 'read' in content ? content : undefined;
  if (reader === undefined) {
    const chunks = content as AsyncIterable<Uint8Array>;
    return { isRepeatable: false, init: async () => ({ body: streamOf(chunks, onProgress), headers: {} }) };
  }
  return {
    isRepeatable: true,
    init: async () =>
      reader.size < SINGLE_UPLOAD_BYTES
        ? { body: (await reader.read(0, reader.size)) as Uint8Array<ArrayBuffer>, headers: {} }
        : // A stream is sent in chunks of unknown number; where the platform allows it, the service is told the length all the same.
          { body: streamOf(pieces(reader), onProgress), headers: { 'content-length': String(reader.size) } },
  };
}

/** A content hash as lower-case hex, from hex or base64; undefined when it is no SHA-256 in either. */
function sha256Hex(contentHash: string): string | undefined {
  if (/^[0-9a-f]{64}$/i.test(contentHash)) return contentHash.toLowerCase();
  if (!/^[A-Za-z0-9+/]{43}=$/.test(contentHash)) return undefined;
  return Array.from(atob(contentHash), (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}

/** The methods over a transport. */
export function preprodMethods(transport: PreprodTransport): PreprodMethods {
  const { root, prefix, call, withToken, headers, retry, signal } = transport;
  const packagePath = (packageId: string): string => `${prefix}/preprod/packages/${encodeURIComponent(packageId)}`;
  const assetPath = (packageId: string, assetId: string): string =>
    `${packagePath(packageId)}/assets/${encodeURIComponent(assetId)}`;

  const getPackage = async (packageId: string): Promise<PreprodPackage> =>
    (await call('GET', packagePath(packageId))) as PreprodPackage;
  const getAsset = async (packageId: string, assetId: string): Promise<PreprodAsset> =>
    (await call('GET', assetPath(packageId, assetId))) as PreprodAsset;

  return {
    async submitPreprodPackage(content, { onProgress } = {}) {
      const { isRepeatable, init } = packageBody(content, onProgress ?? (() => undefined));
      const send = async (token: string): Promise<PreprodPackage> => {
        const { body, headers: ofBody } = await init();
        const request = {
          method: 'PUT',
          headers: { ...headers(token), 'content-type': 'application/octet-stream', ...ofBody },
          body,
          ...(body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
        };
        const response = await exchange(`${root}${prefix}/preprod/packages`, request, transport);
        if (body instanceof Uint8Array) onProgress?.(body.length);
        return parseJson(await response.text()) as PreprodPackage;
      };
      return await withRetries(() => withToken(send, isRepeatable), {
        policy: retry,
        signal,
        isRetryable: (error) => isRepeatable && error.status === 429,
      });
    },
    getPreprodPackage: getPackage,
    listPreprodAssets: async (packageId) => (await call('GET', `${packagePath(packageId)}/assets`)) as PreprodAsset[],
    getPreprodAsset: getAsset,
    async downloadPreprodAsset(packageId, assetId, sink, options = {}) {
      // This call also renews a token that is refused.
      const { contentHash } = await getAsset(packageId, assetId);
      return await downloadBlob(`${root}${assetPath(packageId, assetId)}/download`, sink, {
        ...transport,
        ...options,
        headers: () => withToken(async (token) => ({ ...headers(token), accept: '*/*' })),
        expectedSha256: options.digest === undefined ? undefined : sha256Hex(contentHash),
      });
    },
    waitForPreprodPackage: (packageId, options) =>
      poll(
        () => getPackage(packageId),
        {
          phase: ({ signingStatus }) => signingStatus,
          isDone(current) {
            const status = current.signingStatus.toLowerCase();
            if (status === 'failed') throw new PreprodFailedError(current);
            return status === 'succeeded';
          },
          timeout: (last, timeoutMs) =>
            new WaitTimeoutError(
              undefined,
              timeoutMs,
              `The preprod package was still ${last?.signingStatus ?? 'in an unknown state'} after ${Math.round(timeoutMs / 1000)} s. It goes on at the service.`,
            ),
        },
        { signal, ...options },
      ),
  };
}

/** The asset of a package that holds the signed files; undefined while there is none. */
export function findSignedAsset({ assets = [] }: PreprodPackage): PreprodAsset | undefined {
  return assets.find(({ assetType }) => assetType.toLowerCase() === 'signedfileszip');
}
