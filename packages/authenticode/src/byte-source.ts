// Random access to bytes that need not be in memory. Every reader of this package takes a ByteSource, so that a file of
// a gigabyte costs no more memory than a small one.
import { ParseError } from './errors.ts';

/** Bytes of a known size that can be read in any order. */
export interface ByteSource {
  /** Size in bytes. */
  readonly size: number;
  /** Reads exactly `length` bytes at `offset`; throws ParseError `truncated` when they do not all exist. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** The part of a node:fs FileHandle that a ByteSource needs. */
export interface ReadableHandle {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
}

/** How many bytes a stream over a source yields at a time. */
export const STREAM_CHUNK_BYTES = 256 * 1024;

function checkRange(size: number, offset: number, length: number): void {
  if (
    !Number.isSafeInteger(offset) ||
    !Number.isSafeInteger(length) ||
    offset < 0 ||
    length < 0 ||
    offset + length > size
  ) {
    throw new ParseError(
      'bytes',
      'truncated',
      `${length} bytes are needed but the input has ${size} bytes in all`,
      offset,
    );
  }
}

/** A source over bytes in memory. The views it returns share that memory. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  // Never a Buffer, whose slice() shares memory where every other Uint8Array's copies.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    size: plain.length,
    async read(offset, length) {
      checkRange(plain.length, offset, length);
      return plain.subarray(offset, offset + length);
    },
  };
}

/** A source over an open file of `size` bytes. The caller closes the handle. */
export function fileSource(handle: ReadableHandle, size: number): ByteSource {
  return {
    size,
    async read(offset, length) {
      checkRange(size, offset, length);
      const buffer = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
        if (bytesRead === 0) {
          throw new ParseError('bytes', 'truncated', 'the file became shorter while it was read', offset + filled);
        }
        filled += bytesRead;
      }
      return buffer;
    },
  };
}

/** Yields the bytes from `start` up to (not including) `end`, a chunk at a time. */
export async function* streamSource(source: ByteSource, start = 0, end = source.size): AsyncGenerator<Uint8Array> {
  for (let offset = start; offset < end; ) {
    const chunk = await source.read(offset, Math.min(STREAM_CHUNK_BYTES, end - offset));
    yield chunk;
    offset += chunk.length;
  }
}
