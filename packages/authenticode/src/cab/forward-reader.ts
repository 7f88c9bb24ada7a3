// Reads a ByteSource mostly forwards, a window at a time, so that walking tens of thousands of small structures does not
// mean as many reads of the file. Ranges are checked against the end of the cabinet, not of the file.
import type { ByteSource } from '../byte-source.ts';
import { ParseError } from '../errors.ts';

const WINDOW_BYTES = 256 * 1024;

export interface ForwardReader {
  /** Exactly `length` bytes at `offset`; throws ParseError `truncated`, naming `what`, when they do not all exist. */
  read(offset: number, length: number, what: string): Promise<Uint8Array>;
  /** Between 1 and `length` bytes at `offset`, as many as exist before the end; throws when there is none. */
  readUpTo(offset: number, length: number, what: string): Promise<Uint8Array>;
}

/** A reader over the bytes of `source` before `end`, which must not lie beyond the source. */
export function forwardReader(source: ByteSource, end: number): ForwardReader {
  let windowStart = 0;
  let window: Uint8Array = new Uint8Array(0);

  async function read(offset: number, length: number, what: string): Promise<Uint8Array> {
    if (offset < 0 || offset + length > end) {
      throw new ParseError('cab', 'truncated', `the cabinet ends at byte ${end}, inside ${what}`, offset);
    }
    if (offset < windowStart || offset + length > windowStart + window.length) {
      window = await source.read(offset, Math.min(Math.max(length, WINDOW_BYTES), end - offset));
      windowStart = offset;
    }
    return window.subarray(offset - windowStart, offset - windowStart + length);
  }

  return {
    read,
    readUpTo: (offset, length, what) => read(offset, Math.max(1, Math.min(length, end - offset)), what),
  };
}
