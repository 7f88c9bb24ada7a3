// The code lengths of a block, written as differences from those of the block before ([MS-PATCH] 2).
import { badLzx } from './bad-lzx.ts';
import type { BitStream } from './bit-stream.ts';
import { PRETREE_SYMBOLS } from './positions.ts';
import { MOST_CODE_BITS, PrefixCode } from './prefix-code.ts';

/** Lengths run from 0 to 16, and differences are taken modulo 17. */
const LENGTH_MODULUS = MOST_CODE_BITS + 1;
const PRETREE_LENGTH_BITS = 4;
/** A pretree's code is up to 15 bits long, and mostly short. */
const PRETREE_TABLE_BITS = 6;
const SHORT_ZEROS = { symbol: 17, bits: 4, least: 4 };
const LONG_ZEROS = { symbol: 18, bits: 5, least: 20 };
const SAME = { symbol: 19, bits: 1, least: 4 };

/** Reads code lengths; one for each folder. */
export function createCodeLengthReader() {
  const pretree = new PrefixCode(PRETREE_SYMBOLS, PRETREE_TABLE_BITS);
  const pretreeLengths = new Uint8Array(PRETREE_SYMBOLS);

  /**
   * Changes `lengths[start]` to `lengths[end - 1]`, which hold those of the block before, as the stream says. Throws
   * ParseError `bad-lzx` when a run goes past `end` or a code is none.
   */
  return function updateLengths(bits: BitStream, lengths: Uint8Array, start: number, end: number): void {
    for (let symbol = 0; symbol < PRETREE_SYMBOLS; symbol += 1) {
      pretreeLengths[symbol] = bits.read(PRETREE_LENGTH_BITS);
    }
    pretree.build(pretreeLengths, bits.offset);
    const changed = (index: number, difference: number): number => {
      if (difference >= LENGTH_MODULUS) throw badLzx('repeats a run where a length is due', bits.offset);
      return ((lengths[index] ?? 0) - difference + LENGTH_MODULUS) % LENGTH_MODULUS;
    };
    for (let index = start; index < end; ) {
      const symbol = pretree.read(bits);
      if (symbol < LENGTH_MODULUS) {
        lengths[index] = changed(index, symbol);
        index += 1;
        continue;
      }
      const run = symbol === SAME.symbol ? SAME : symbol === LONG_ZEROS.symbol ? LONG_ZEROS : SHORT_ZEROS;
      const stop = index + run.least + bits.read(run.bits);
      if (stop > end) throw badLzx('has a run of code lengths that goes past the last symbol', bits.offset);
      lengths.fill(run === SAME ? changed(index, pretree.read(bits)) : 0, index, stop);
      index = stop;
    }
    bits.requireWithin();
  };
}
