// Uploads a package to a write SAS URL of Azure Blob Storage: one Put Blob when it is small, else Put Block several at a
// time and a Put Block List (Azure Storage REST reference). A repeated request writes the same bytes, so each is retried.
// The id of a block holds its digest, so that a later run sees by Get Block List which blocks are up already.

import { Crc64 } from '../crc64.ts';
import { base64url } from './base64.ts';
import { type Exchange, exchange, type Fetch } from './exchange.ts';
import { HardwareApiError } from './hardware-api-error.ts';
import { DEFAULT_RETRY_POLICY, type OnRetry, type RetryPolicy, withRetries } from './retry.ts';
import { type RenewUrl, signedUrl } from './signed-url.ts';
import { type Block, blocksOf, readerOf, type UploadContent } from './upload-content.ts';

export type { RandomAccessReader, UploadContent } from './upload-content.ts';

export const STORAGE_API_VERSION = '2021-12-02';
/** Below this many bytes a package goes up in one request. */
export const SINGLE_UPLOAD_BYTES = 64 * 1024 * 1024;
export const BLOCK_BYTES = 8 * 1024 * 1024;
const PARALLEL_BLOCKS = 4;
/** Azure's limit on the blocks of one blob. */
const MAXIMUM_BLOCKS = 50_000;

/** How long a transfer may stand still before it is broken off and tried again, in milliseconds. */
export const IDLE_TIMEOUT_MS = 60_000;
/** A request that sends a body is given a second for each so many bytes, because fetch does not tell how far it is. */
const SLOWEST_BYTES_PER_SECOND = 16 * 1024;
/** What platforms take for a timer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface UploadOptions {
  readonly fetch?: Fetch | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly onRetry?: OnRetry | undefined;
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
  /** Called with the bytes that the service has accepted so far, those of an earlier run included. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly singleUploadBytes?: number;
  readonly blockBytes?: number;
  /** Asks the service which blocks an earlier, interrupted run left there, and sends only the others. */
  readonly resume?: boolean | undefined;
  /** Gives a URL with a new signature when the service refuses the old one; blocks that are up stay up. */
  readonly renew?: RenewUrl | undefined;
  /** A request may take this long, and a second more for each 16 KiB that it sends. 60 s unless given. */
  readonly idleTimeoutMs?: number | undefined;
}

/** Time limit of a request with a body of so many bytes, in milliseconds. */
export function sendingLimitMs(bytes: number, idleTimeoutMs: number = IDLE_TIMEOUT_MS): number {
  return Math.min(Math.ceil(idleTimeoutMs + (bytes / SLOWEST_BYTES_PER_SECOND) * 1000), LONGEST_TIMER_MS);
}

/** Index and SHA-256 of a block. Block ids of one blob have equal length, at most 64 bytes before base64 (Put Block). */
async function blockId({ index, bytes }: Block): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return btoa(`${String(index).padStart(5, '0')}.${base64url(new Uint8Array(digest))}`);
}

function withQuery(url: string, parameters: Readonly<Record<string, string>>): string {
  const query = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  if (query.length === 0) return url;
  return `${url}${url.includes('?') ? '&' : '?'}${query.join('&')}`;
}

const LISTED_BLOCK = /<Block>\s*<Name>([A-Za-z0-9+/=]+)<\/Name>\s*<Size>(\d+)<\/Size>\s*<\/Block>/g;

/** Sizes by block id, from the body of Get Block List. */
function readBlockList(document: string): Map<string, number> {
  return new Map([...document.matchAll(LISTED_BLOCK)].map(([, id = '', size]) => [id, Number(size)]));
}

/** Bytes that were changed on the way are worth sending again. */
const DAMAGED_ON_THE_WAY: ReadonlySet<string> = new Set(['Crc64Mismatch', 'Md5Mismatch']);

/** Uploads the content and returns its size in bytes. Throws HardwareApiError when the service refuses for good. */
export async function uploadBlob(url: string, content: UploadContent, options: UploadOptions = {}): Promise<number> {
  const { onProgress, onRetry, blockBytes = BLOCK_BYTES, singleUploadBytes = SINGLE_UPLOAD_BYTES } = options;
  const target = signedUrl(url, options.renew);

  // One block that fails for good stops the others.
  const failure = new AbortController();
  const signal = options.signal === undefined ? failure.signal : AbortSignal.any([options.signal, failure.signal]);

  /** One request with all its tries; resolves with the body of the answer. */
  function request(
    what: string,
    parameters: Readonly<Record<string, string>>,
    init: { readonly method: string; readonly headers?: Record<string, string>; readonly body?: Uint8Array },
  ): Promise<string> {
    const { method, body } = init;
    const headers: Record<string, string> = { 'x-ms-version': STORAGE_API_VERSION, ...init.headers };
    if (body !== undefined) headers['x-ms-content-crc64'] = new Crc64().update(body).digestBase64();
    const whole: RequestInit = {
      method,
      headers,
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
    };
    const exchangeOptions = {
      fetch: options.fetch ?? fetch,
      onExchange: options.onExchange,
      timeoutMs: sendingLimitMs(body?.length ?? 0, options.idleTimeoutMs),
      signal,
    };
    return withRetries(
      () =>
        target.use(async (signed) => {
          const response = await exchange(withQuery(signed, parameters), whole, exchangeOptions);
          // Only the list of blocks has a body that matters, and without it all blocks go up again.
          return await response.text().catch(() => '');
        }),
      {
        policy: options.retry ?? DEFAULT_RETRY_POLICY,
        isRetryable: (error) => error.isTransient || DAMAGED_ON_THE_WAY.has(error.code),
        what,
        onRetry,
        signal,
      },
    );
  }

  async function putBlob(body: Uint8Array): Promise<void> {
    const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/octet-stream' };
    await request('upload', {}, { method: 'PUT', headers, body });
  }

  /** Sizes by id of the blocks that are there already; none when the service does not tell. */
  async function blocksUpAlready(): Promise<ReadonlyMap<string, number>> {
    if (options.resume !== true) return new Map();
    try {
      const parameters = { comp: 'blocklist', blocklisttype: 'uncommitted' };
      return readBlockList(await request('list of blocks', parameters, { method: 'GET' }));
    } catch (error) {
      // 404: nothing is there. 403: the signature is for writing alone.
      if (error instanceof HardwareApiError && [403, 404].includes(error.status)) return new Map();
      throw error;
    }
  }

  let discarding: Promise<void> | undefined;
  async function putBlock(block: Block, id: string): Promise<void> {
    const put = () =>
      request(
        `upload of block ${block.index + 1}`,
        { comp: 'block', blockid: id },
        { method: 'PUT', body: block.bytes },
      );
    try {
      await put();
    } catch (error) {
      if (!(error instanceof HardwareApiError) || error.code !== 'InvalidBlobOrBlock') throw error;
      // Another program left blocks whose ids are of another length. Put Blob throws all of them away.
      discarding ??= putBlob(new Uint8Array(0));
      await discarding;
      await put();
    }
  }

  const reader = readerOf(content);
  if (reader !== undefined && reader.size < singleUploadBytes) {
    await putBlob(await reader.read(0, reader.size));
    onProgress?.(reader.size);
    return reader.size;
  }

  const present = await blocksUpAlready();
  const blocks = blocksOf(content, blockBytes);
  const ids: string[] = [];
  let uploaded = 0;
  async function uploadBlocks(): Promise<void> {
    for (let next = await blocks.next(); !next.done; next = await blocks.next()) {
      const block = next.value;
      if (block.index >= MAXIMUM_BLOCKS) {
        throw new HardwareApiError({
          status: 0,
          code: 'tooManyBlocks',
          message: `More than ${MAXIMUM_BLOCKS} blocks.`,
        });
      }
      const id = await blockId(block);
      ids[block.index] = id;
      if (present.get(id) !== block.bytes.length) await putBlock(block, id);
      uploaded += block.bytes.length;
      onProgress?.(uploaded);
    }
  }
  try {
    await Promise.all(Array.from({ length: PARALLEL_BLOCKS }, uploadBlocks));
  } catch (error) {
    failure.abort(error);
    throw error;
  }
  const list = ids.map((id) => `<Latest>${id}</Latest>`).join('');
  await request(
    'end of the upload',
    { comp: 'blocklist' },
    {
      method: 'PUT',
      headers: { 'content-type': 'text/plain; charset=UTF-8', 'x-ms-blob-content-type': 'application/octet-stream' },
      body: new TextEncoder().encode(`<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`),
    },
  );
  return uploaded;
}
