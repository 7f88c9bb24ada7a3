// MSZIP ([MS-MCI] 2): each block is "CK" and a complete DEFLATE stream (RFC 1951) that may refer back to the 32 KiB of
// uncompressed data before it in the same folder.
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { ParseError } from '../errors.ts';
import { BLOCK_BYTES } from './folder.ts';

const MARK = [0x43, 0x4b];

/** Turns the blocks of one folder, in order, into uncompressed or compressed ones. */
export interface MszipDecoder {
  /** Decodes one block to exactly `uncompressedSize` bytes; throws ParseError, which names `offset`. */
  decode(block: Uint8Array, uncompressedSize: number, offset: number): Uint8Array;
}

/** A decoder for one folder. It never allocates more than a block claims to hold, at most 32 KiB. */
export function createMszipDecoder(): MszipDecoder {
  let history: Uint8Array = new Uint8Array(0);
  return {
    decode(block, uncompressedSize, offset) {
      if (block.length < MARK.length || MARK.some((byte, index) => block[index] !== byte)) {
        throw new ParseError('cab', 'bad-compression', 'a compressed block does not begin with "CK"', offset);
      }
      let output: Uint8Array;
      try {
        output = inflateRawSync(block.subarray(MARK.length), {
          maxOutputLength: uncompressedSize,
          ...(history.length > 0 ? { dictionary: history } : {}),
        });
      } catch (error) {
        const tooLong = error instanceof RangeError;
        const cause = tooLong ? `holds more than the ${uncompressedSize} bytes it claims` : 'cannot be decompressed';
        throw new ParseError('cab', tooLong ? 'bad-block' : 'bad-compression', `a compressed block ${cause}`, offset);
      }
      if (output.length !== uncompressedSize) {
        const sizes = `${output.length} bytes, not the ${uncompressedSize} it claims`;
        throw new ParseError('cab', 'bad-block', `a compressed block holds ${sizes}`, offset);
      }
      history = lastBytes(history, output);
      return output;
    },
  };
}

/** An encoder for one folder: takes its uncompressed blocks in order. */
export function createMszipEncoder(): { encode(block: Uint8Array): Uint8Array } {
  let history: Uint8Array = new Uint8Array(0);
  return {
    encode(block) {
      const compressed = deflateRawSync(block, {
        level: constants.Z_BEST_COMPRESSION,
        memLevel: 9,
        ...(history.length > 0 ? { dictionary: history } : {}),
      });
      history = lastBytes(history, block);
      const result = new Uint8Array(MARK.length + compressed.length);
      result.set(MARK);
      result.set(compressed, MARK.length);
      return result;
    },
  };
}

/** The last 32 KiB of what came before followed by `added`. */
function lastBytes(before: Uint8Array, added: Uint8Array): Uint8Array {
  if (added.length >= BLOCK_BYTES) return added.subarray(added.length - BLOCK_BYTES);
  const kept = before.subarray(Math.max(0, before.length + added.length - BLOCK_BYTES));
  const result = new Uint8Array(kept.length + added.length);
  result.set(kept);
  result.set(added, kept.length);
  return result;
}
