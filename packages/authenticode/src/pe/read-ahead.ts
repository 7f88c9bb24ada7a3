// Reads a file in order, the next chunk while the one before is hashed: disk and processor work at the same time.
import { type ByteSource, STREAM_CHUNK_BYTES } from '../byte-source.ts';

export interface Chunk {
  /** Where it stands in the file. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The bytes from 0 up to `end`, in chunks. At most two of them are in memory. Throws what `source.read` throws. */
export async function* readAhead(source: ByteSource, end: number): AsyncGenerator<Chunk> {
  const start = (offset: number): Promise<Chunk> => {
    const read = source.read(offset, Math.min(STREAM_CHUNK_BYTES, end - offset)).then((bytes) => ({ offset, bytes }));
    // Whoever asks for this chunk hears of its failure; nobody may, when reading stops before.
    read.catch(() => undefined);
    return read;
  };
  let pending = end > 0 ? start(0) : undefined;
  try {
    while (pending !== undefined) {
      const chunk: Chunk = await pending;
      const next = chunk.offset + chunk.bytes.length;
      pending = next < end ? start(next) : undefined;
      yield chunk;
    }
  } finally {
    // Whoever stops early may close the file next; the read under way comes first.
    await pending?.catch(() => undefined);
  }
}
