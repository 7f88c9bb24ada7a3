// A new file described by pieces of an old one. Signing never edits bytes in place: it says which ranges of the original
// are kept and what stands between them, so the result is written once, by stream, whatever its size.
import { type ByteSource, streamSource } from './byte-source.ts';
import { ParseError } from './errors.ts';

/** Either a range [start, end) of the original, or new bytes. */
export type RewritePiece =
  | { readonly copy: { readonly start: number; readonly end: number } }
  | { readonly bytes: Uint8Array };

/** The pieces of the new file, in order. */
export type Rewrite = readonly RewritePiece[];

/** Size in bytes of the file that a rewrite describes. */
export function rewriteSize(rewrite: Rewrite): number {
  let size = 0;
  for (const piece of rewrite) {
    size += 'bytes' in piece ? piece.bytes.length : piece.copy.end - piece.copy.start;
  }
  return size;
}

/** Yields the bytes of the new file. */
export async function* rewriteStream(source: ByteSource, rewrite: Rewrite): AsyncGenerator<Uint8Array> {
  for (const piece of rewrite) {
    if ('bytes' in piece) {
      yield piece.bytes;
    } else {
      yield* streamSource(source, piece.copy.start, piece.copy.end);
    }
  }
}

/** The whole new file in memory; for small files such as catalogs and tests. */
export async function rewriteBytes(source: ByteSource, rewrite: Rewrite): Promise<Uint8Array> {
  const result = new Uint8Array(rewriteSize(rewrite));
  let offset = 0;
  for await (const chunk of rewriteStream(source, rewrite)) {
    result.set(chunk, offset);
    offset += chunk.length;
  }
  return result;
}

/** The new file as a source, without writing it: reads go to the pieces that they touch. */
export function rewrittenSource(source: ByteSource, rewrite: Rewrite): ByteSource {
  const starts: number[] = [];
  let size = 0;
  for (const piece of rewrite) {
    starts.push(size);
    size += 'bytes' in piece ? piece.bytes.length : piece.copy.end - piece.copy.start;
  }
  return {
    size,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) {
        const message = `${length} bytes are needed but the input has ${size} bytes in all`;
        throw new ParseError('bytes', 'truncated', message, offset);
      }
      const result = new Uint8Array(length);
      const end = offset + length;
      for (const [index, piece] of rewrite.entries()) {
        const start = starts[index] ?? size;
        const pieceSize = 'bytes' in piece ? piece.bytes.length : piece.copy.end - piece.copy.start;
        const from = Math.max(offset, start);
        const to = Math.min(end, start + pieceSize);
        if (from >= to) continue;
        const bytes =
          'bytes' in piece
            ? piece.bytes.subarray(from - start, to - start)
            : await source.read(piece.copy.start + from - start, to - from);
        result.set(bytes, from - offset);
      }
      return result;
    },
  };
}
