// Uploads a package to a write SAS URL of Azure Blob Storage: one Put Blob when it is small, else Put Block several at a
// time and a Put Block List (Azure Storage REST reference). A repeated request writes the same bytes, so each is retried.
import { type Exchange, exchange, type Fetch } from './exchange.ts';
import { HardwareApiError } from './hardware-api-error.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy, withRetries } from './retry.ts';

export const STORAGE_API_VERSION = '2021-12-02';
/** Below this many bytes a package goes up in one request. */
export const SINGLE_UPLOAD_BYTES = 64 * 1024 * 1024;
export const BLOCK_BYTES = 8 * 1024 * 1024;
const PARALLEL_BLOCKS = 4;
/** Azure's limit on the blocks of one blob. */
const MAXIMUM_BLOCKS = 50_000;

/** Bytes that can be read at any place, such as a file. */
export interface RandomAccessReader {
  /** Size in bytes. */
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** What can be uploaded. A reader or bytes go up in one request when small; a stream is read once, block by block. */
export type UploadContent = Uint8Array | RandomAccessReader | AsyncIterable<Uint8Array>;

export interface UploadOptions {
  readonly fetch?: Fetch | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
  /** Called with the bytes that the service has accepted so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly singleUploadBytes?: number;
  readonly blockBytes?: number;
}

interface Block {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** Block ids of one blob must have equal length (Put Block). */
function blockId(index: number): string {
  return btoa(`block-${String(index).padStart(10, '0')}`);
}

/** Bytes in memory, to be read like a file. */
export function bytesReader(bytes: Uint8Array): RandomAccessReader {
  return { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}

async function* readerBlocks(reader: RandomAccessReader, blockBytes: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < reader.size; offset += blockBytes) {
    yield await reader.read(offset, Math.min(blockBytes, reader.size - offset));
  }
}

async function* streamBlocks(stream: AsyncIterable<Uint8Array>, blockBytes: number): AsyncGenerator<Uint8Array> {
  let block = new Uint8Array(blockBytes);
  let filled = 0;
  for await (const chunk of stream) {
    for (let offset = 0; offset < chunk.length; ) {
      const taken = chunk.subarray(offset, offset + blockBytes - filled);
      block.set(taken, filled);
      filled += taken.length;
      offset += taken.length;
      if (filled === blockBytes) {
        yield block;
        block = new Uint8Array(blockBytes);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

async function* numberBlocks(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Block> {
  let index = 0;
  for await (const bytes of pieces) yield { index: index++, bytes };
}

function withQuery(url: string, parameters: Readonly<Record<string, string>>): string {
  const query = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${url}${url.includes('?') ? '&' : '?'}${query.join('&')}`;
}

/** Uploads the content and returns its size in bytes. Throws HardwareApiError when the service refuses for good. */
export async function uploadBlob(url: string, content: UploadContent, options: UploadOptions = {}): Promise<number> {
  const { onProgress, blockBytes = BLOCK_BYTES, singleUploadBytes = SINGLE_UPLOAD_BYTES } = options;

  // One block that fails for good stops the others.
  const failure = new AbortController();
  const signal = options.signal === undefined ? failure.signal : AbortSignal.any([options.signal, failure.signal]);

  function put(
    target: string,
    body: Uint8Array | string,
    headers: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const init = {
      method: 'PUT',
      headers: { 'x-ms-version': STORAGE_API_VERSION, ...headers },
      body: body as Uint8Array<ArrayBuffer> | string,
    };
    return withRetries(
      async () => {
        const response = await exchange(target, init, {
          fetch: options.fetch ?? fetch,
          onExchange: options.onExchange,
          signal,
        });
        await response.body?.cancel();
        return response;
      },
      { policy: options.retry ?? DEFAULT_RETRY_POLICY, signal },
    );
  }

  const reader = content instanceof Uint8Array ? bytesReader(content) : 'read' in content ? content : undefined;
  if (reader !== undefined && reader.size < singleUploadBytes) {
    const body = await reader.read(0, reader.size);
    await put(url, body, { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/octet-stream' });
    onProgress?.(reader.size);
    return reader.size;
  }

  const pieces = reader
    ? readerBlocks(reader, blockBytes)
    : streamBlocks(content as AsyncIterable<Uint8Array>, blockBytes);
  const blocks = numberBlocks(pieces);
  const ids: string[] = [];
  let uploaded = 0;
  async function uploadBlocks(): Promise<void> {
    for (let next = await blocks.next(); !next.done; next = await blocks.next()) {
      const { index, bytes } = next.value;
      if (index >= MAXIMUM_BLOCKS) {
        throw new HardwareApiError({
          status: 0,
          code: 'tooManyBlocks',
          message: `More than ${MAXIMUM_BLOCKS} blocks.`,
        });
      }
      ids[index] = blockId(index);
      await put(withQuery(url, { comp: 'block', blockid: blockId(index) }), bytes, {});
      uploaded += bytes.length;
      onProgress?.(uploaded);
    }
  }
  try {
    await Promise.all(Array.from({ length: PARALLEL_BLOCKS }, uploadBlocks));
  } catch (error) {
    failure.abort(error);
    throw error;
  }
  const list = ids.map((id) => `<Latest>${id}</Latest>`);
  await put(
    withQuery(url, { comp: 'blocklist' }),
    `<?xml version="1.0" encoding="utf-8"?><BlockList>${list.join('')}</BlockList>`,
    { 'content-type': 'text/plain; charset=UTF-8', 'x-ms-blob-content-type': 'application/octet-stream' },
  );
  return uploaded;
}
