// What can be uploaded, and how it is cut into blocks without holding more of it than those under way.

/** Bytes that can be read at any place, such as a file. */
export interface RandomAccessReader {
  /** Size in bytes. */
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** What can be uploaded. A reader or bytes go up in one request when small; a stream is read once, block by block. */
export type UploadContent = Uint8Array | RandomAccessReader | AsyncIterable<Uint8Array>;

/** One block of a blob to be. */
export interface Block {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** Bytes in memory, to be read like a file. */
export function bytesReader(bytes: Uint8Array): RandomAccessReader {
  return { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}

/** The content as something of known size that can be read again; undefined for a stream. */
export function readerOf(content: UploadContent): RandomAccessReader | undefined {
  if (content instanceof Uint8Array) return bytesReader(content);
  return 'read' in content ? content : undefined;
}

/** The pieces of a reader, each of `length` bytes but the last. */
export async function* readerPieces(reader: RandomAccessReader, length: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < reader.size; offset += length) {
    yield await reader.read(offset, Math.min(length, reader.size - offset));
  }
}

async function* streamPieces(stream: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(length);
  let filled = 0;
  for await (const chunk of stream) {
    for (let offset = 0; offset < chunk.length; ) {
      const taken = chunk.subarray(offset, offset + length - filled);
      piece.set(taken, filled);
      filled += taken.length;
      offset += taken.length;
      if (filled === length) {
        yield piece;
        piece = new Uint8Array(length);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

/** The content's blocks in order, each made when it is asked for. */
export async function* blocksOf(content: UploadContent, blockBytes: number): AsyncGenerator<Block> {
  const reader = readerOf(content);
  const pieces =
    reader === undefined
      ? streamPieces(content as AsyncIterable<Uint8Array>, blockBytes)
      : readerPieces(reader, blockBytes);
  let index = 0;
  for await (const bytes of pieces) yield { index: index++, bytes };
}
