// The digests that a text file would have with other line endings. Git and other tools change them when files are checked
// out, and the catalog, made from the other form, then no longer covers the file.
import { createHash } from 'node:crypto';
import { type ByteSource, streamSource } from '../byte-source.ts';
import type { LineEndings } from './package-check.ts';

/** Largest file that is taken for a text; INF files are far smaller. */
export const LARGEST_TEXT_BYTES = 16 * 1024 * 1024;

/** How the characters of a text lie in its bytes. */
interface TextEncoding {
  /** Bytes of one unit. */
  readonly width: 1 | 2;
  /** Where in a unit the low byte stands. */
  readonly low: 0 | 1;
}

const CR = 0x0d;
const LF = 0x0a;

/** UTF-16 is known by its byte-order mark; everything else without NUL is taken for a text of single bytes. */
async function detectEncoding(source: ByteSource): Promise<TextEncoding | undefined> {
  if (source.size < 2 || source.size > LARGEST_TEXT_BYTES) return undefined;
  const mark = await source.read(0, 2);
  const isLittleEndian = mark[0] === 0xff && mark[1] === 0xfe;
  if (isLittleEndian || (mark[0] === 0xfe && mark[1] === 0xff)) {
    return source.size % 2 === 0 ? { width: 2, low: isLittleEndian ? 0 : 1 } : undefined;
  }
  for await (const chunk of streamSource(source)) if (chunk.includes(0)) return undefined;
  return { width: 1, low: 0 };
}

/**
 * Yields a text with its line endings changed: each CRLF to LF, or each LF that has no CR before it to CRLF. The chunks of
 * `chunks` hold whole units.
 */
async function* withLineEndings(
  chunks: AsyncIterable<Uint8Array>,
  wanted: LineEndings,
  { width, low }: TextEncoding,
): AsyncGenerator<Uint8Array> {
  // A CR is held back until it is known what follows it.
  let heldBack = false;
  for await (const chunk of chunks) {
    const out = new Uint8Array(2 * chunk.length + width);
    let length = 0;
    const put = (value: number, high: number): void => {
      if (width === 2) out[length + 1 - low] = high;
      out[length + low] = value;
      length += width;
    };
    for (let at = 0; at < chunk.length; at += width) {
      const value = chunk[at + low] ?? 0;
      const high = width === 2 ? (chunk[at + 1 - low] ?? 0) : 0;
      const isFeed = value === LF && high === 0;
      if (isFeed ? wanted === 'CRLF' : heldBack) put(CR, 0);
      heldBack = value === CR && high === 0;
      if (!heldBack) put(value, high);
    }
    yield out.subarray(0, length);
  }
  if (heldBack) yield width === 1 ? Uint8Array.of(CR) : Uint8Array.from(low === 0 ? [CR, 0] : [0, CR]);
}

/**
 * The digests of a text with the other line endings, by what those are; empty for files that are no texts, are larger than
 * LARGEST_TEXT_BYTES, or would not change.
 */
export async function digestOtherLineEndings(
  source: ByteSource,
  algorithm: 'sha1' | 'sha256',
): Promise<ReadonlyMap<LineEndings, Uint8Array>> {
  const digests = new Map<LineEndings, Uint8Array>();
  const encoding = await detectEncoding(source);
  if (encoding === undefined) return digests;
  for (const wanted of ['CRLF', 'LF'] as const) {
    const hash = createHash(algorithm);
    let size = 0;
    for await (const chunk of withLineEndings(streamSource(source), wanted, encoding)) {
      hash.update(chunk);
      size += chunk.length;
    }
    if (size !== source.size) digests.set(wanted, new Uint8Array(hash.digest()));
  }
  return digests;
}
