// The client's methods for preprod packages ("Manage Preprod Submissions"). The package is the body of a request to the API
// itself, and so is the signed zip of an answer: both go with the access token, not through a signed URL.
import type { PreprodAsset, PreprodPackage } from '../schemas/preprod.ts';
import { readJsonAnswer, requireResource } from './answers.ts';
import { type DownloadOptions, type DownloadResult, type DownloadSink, downloadBlob } from './download.ts';
import { type Exchange, exchange, type Fetch } from './exchange.ts';
import { HardwareApiError, NO_ANSWER, PreprodFailedError, WaitTimeoutError } from './hardware-api-error.ts';
import type { ReadOptions } from './hardware-client.ts';
import { type OnRetry, type RetryPolicy, withRetries } from './retry.ts';
import { SINGLE_UPLOAD_BYTES, sendingLimitMs } from './upload.ts';
import { readerOf, readerPieces, type UploadContent } from './upload-content.ts';
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
    options?: Pick<DownloadOptions, 'onStart' | 'onProgress' | 'digest' | 'from' | 'idleTimeoutMs'>,
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
  call(method: string, path: string, body?: unknown, options?: ReadOptions): Promise<unknown>;
  /** Runs a request with a token; when it is refused and `again` allows it, once more with a new one. */
  withToken<Result>(use: (token: string) => Promise<Result>, again?: boolean): Promise<Result>;
  /** The headers that every request to the API carries. */
  headers(token: string): Record<string, string>;
  readonly retry: RetryPolicy;
  readonly fetch: Fetch;
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
  readonly onRetry?: OnRetry | undefined;
  readonly signal?: AbortSignal | undefined;
}

const READ_BYTES = 1024 * 1024;

/** A request body with its headers, made anew for each time that it is sent. */
interface PackageBody {
  readonly isRepeatable: boolean;
  /** Time limit of one request in milliseconds; undefined when nobody knows how much there is to send. */
  readonly timeoutMs: number | undefined;
  init(): Promise<{
    readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
    readonly headers: Record<string, string>;
  }>;
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
  const reader = readerOf(content);
  if (reader === undefined) {
    const chunks = content as AsyncIterable<Uint8Array>;
    const init = async () => ({ body: streamOf(chunks, onProgress), headers: {} });
    return { isRepeatable: false, timeoutMs: undefined, init };
  }
  return {
    isRepeatable: true,
    timeoutMs: sendingLimitMs(reader.size),
    init: async () =>
      reader.size < SINGLE_UPLOAD_BYTES
        ? { body: (await reader.read(0, reader.size)) as Uint8Array<ArrayBuffer>, headers: {} }
        : // A stream is sent in chunks of unknown number; where the platform allows it, the service is told the length all the same.
          {
            body: streamOf(readerPieces(reader, READ_BYTES), onProgress),
            headers: { 'content-length': String(reader.size) },
          },
  };
}

/** Ids of preprod resources are strings, also where the service writes a number. */
function withTextIds<Resource extends PreprodPackage | PreprodAsset = PreprodPackage>(answer: unknown): Resource {
  const resource = answer as Resource;
  const assets = 'assets' in resource ? resource.assets?.map((asset) => withTextIds<PreprodAsset>(asset)) : undefined;
  return {
    ...resource,
    id: String(resource.id),
    ...('packageId' in resource && { packageId: String(resource.packageId) }),
    ...(assets !== undefined && { assets }),
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

  const getPackage = async (packageId: string, options?: ReadOptions): Promise<PreprodPackage> => {
    const path = packagePath(packageId);
    return withTextIds(requireResource(await call('GET', path, undefined, options), `GET ${path}`));
  };
  const getAsset = async (packageId: string, assetId: string): Promise<PreprodAsset> =>
    withTextIds<PreprodAsset>(
      requireResource(await call('GET', assetPath(packageId, assetId)), `GET ${assetPath(packageId, assetId)}`),
    );

  return {
    async submitPreprodPackage(content, { onProgress } = {}) {
      const { isRepeatable, timeoutMs, init } = packageBody(content, onProgress ?? (() => undefined));
      const send = async (token: string): Promise<PreprodPackage> => {
        const { body, headers: ofBody } = await init();
        const request = {
          method: 'PUT',
          headers: { ...headers(token), 'content-type': 'application/octet-stream', ...ofBody },
          body,
          ...(body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
        };
        const response = await exchange(`${root}${prefix}/preprod/packages`, request, {
          ...transport,
          timeoutMs,
        });
        if (body instanceof Uint8Array) onProgress?.(body.length);
        const answer = await response.text().catch((cause: unknown) => {
          signal?.throwIfAborted();
          throw new HardwareApiError({
            status: 0,
            code: NO_ANSWER,
            message: 'The answer to the package broke off.',
            cause,
          });
        });
        return withTextIds(requireResource(readJsonAnswer(answer, 'PUT packages'), 'PUT packages'));
      };
      return await withRetries(() => withToken(send, isRepeatable), {
        policy: retry,
        what: `PUT ${prefix}/preprod/packages`,
        onRetry: transport.onRetry,
        signal,
        isRetryable: (error) => isRepeatable && error.status === 429,
      });
    },
    getPreprodPackage: (packageId) => getPackage(packageId),
    listPreprodAssets: async (packageId) => {
      const assets = ((await call('GET', `${packagePath(packageId)}/assets`)) ?? []) as unknown[];
      return assets.map((asset) => withTextIds<PreprodAsset>(asset));
    },
    getPreprodAsset: getAsset,
    async downloadPreprodAsset(packageId, assetId, sink, options = {}) {
      // This call also renews a token that is refused.
      const { contentHash } = await getAsset(packageId, assetId);
      return await downloadBlob(`${root}${assetPath(packageId, assetId)}/download`, sink, {
        ...transport,
        ...options,
        // A token that is refused in the middle is renewed, once for each request.
        authorized: (request) => withToken((token) => request({ ...headers(token), accept: '*/*' })),
        expectedSha256: options.digest === undefined ? undefined : sha256Hex(contentHash),
      });
    },
    waitForPreprodPackage: (packageId, options) =>
      poll(
        (limit) => getPackage(packageId, { signal: limit }),
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
