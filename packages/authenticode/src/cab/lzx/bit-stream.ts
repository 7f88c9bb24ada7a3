// The bits of one LZX frame: 16-bit little-endian words, the highest bit of each first ([MS-PATCH] 2).
import { badLzx } from './bad-lzx.ts';

/**
 * A place in the bits of a frame. The loop that decodes matches works on copies of `buffer`, `held` and `position`, for
 * speed, and stores them back. Words behind the end are zeros: a code may be looked up with more bits than it has. Bits
 * that were used although they do not exist are noticed by `requireWithin`.
 */
export class BitStream {
  bytes: Uint8Array = new Uint8Array(0);
  /** Offset of the next word in `bytes`; it may run past the end. */
  position = 0;
  /** The next bits, the first of them highest. */
  buffer = 0;
  /** How many bits `buffer` holds. */
  held = 0;
  /** Offset of the CFDATA, for error messages. */
  offset = 0;

  /** Begins with the data of another CFDATA. */
  open(bytes: Uint8Array, offset: number): void {
    this.bytes = bytes;
    this.offset = offset;
    this.position = 0;
    this.buffer = 0;
    this.held = 0;
  }

  /** The next `count` bits, 1 to 17, which stay where they are. */
  peek(count: number): number {
    while (this.held < count) {
      const { bytes, position } = this;
      const word = (bytes[position] ?? 0) | ((bytes[position + 1] ?? 0) << 8);
      this.position = position + 2;
      this.buffer |= word << (16 - this.held);
      this.held += 16;
    }
    return this.buffer >>> (32 - count);
  }

  skip(count: number): void {
    this.buffer <<= count;
    this.held -= count;
  }

  /** Takes `count` bits, 1 to 17. */
  read(count: number): number {
    const value = this.peek(count);
    this.skip(count);
    return value;
  }

  /** Throws ParseError `bad-lzx` when more bits were taken than there are. */
  requireWithin(): void {
    if (this.position - (this.held >>> 4) * 2 > this.bytes.length) {
      throw badLzx('ends before it has given all its bytes', this.offset);
    }
  }

  /** Gives back whole words that were only looked at and drops the rest of the word begun: the next byte is at `position`. */
  alignToWord(): void {
    this.position -= (this.held >>> 4) * 2;
    this.buffer = 0;
    this.held = 0;
  }
}
