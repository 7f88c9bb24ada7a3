// Prefix codes (Huffman codes) in canonical form, given by the length of each symbol's code ([MS-PATCH] 2).
import { badLzx } from './bad-lzx.ts';
import type { BitStream } from './bit-stream.ts';

/** Longest code of a symbol, in bits. */
export const MOST_CODE_BITS = 16;
/** The low bits of a table entry: the length of the code. The symbol stands above them. */
export const ENTRY_LENGTH_BITS = 5;
export const ENTRY_LENGTH_MASK = (1 << ENTRY_LENGTH_BITS) - 1;

/**
 * A code that is rebuilt for each block. Codes up to `tableBits` long are found by one look-up; longer ones by comparing
 * with the first code of each length.
 */
export class PrefixCode {
  readonly tableBits: number;
  /** For each value of the next `tableBits` bits: symbol and length, or 0 when the code is longer or there is none. */
  readonly table: Uint16Array;
  readonly #symbols: Uint16Array;
  readonly #counts = new Uint16Array(MOST_CODE_BITS + 1);
  /** First code of each length, and the index in `#symbols` of its symbol. */
  readonly #firstCodes = new Uint32Array(MOST_CODE_BITS + 1);
  readonly #firstIndexes = new Uint16Array(MOST_CODE_BITS + 1);

  constructor(symbolCount: number, tableBits: number) {
    this.tableBits = tableBits;
    this.table = new Uint16Array(1 << tableBits);
    this.#symbols = new Uint16Array(symbolCount);
  }

  /**
   * Takes the code lengths of all symbols, 0 for one that does not occur. Throws ParseError `bad-lzx`, which names
   * `offset`, unless the lengths make a code in which every sequence of bits means something, or all are 0.
   */
  build(lengths: Uint8Array, offset: number): void {
    const counts = this.#counts.fill(0);
    const symbolCount = this.#symbols.length;
    for (let symbol = 0; symbol < symbolCount; symbol += 1) {
      const length = lengths[symbol] ?? 0;
      counts[length] = (counts[length] ?? 0) + 1;
    }
    const used = symbolCount - (counts[0] ?? 0);
    counts[0] = 0;
    this.table.fill(0);
    if (used === 0) {
      this.#firstCodes.fill(0);
      return;
    }

    let code = 0;
    let index = 0;
    for (let length = 1; length <= MOST_CODE_BITS; length += 1) {
      code *= 2;
      this.#firstCodes[length] = code;
      this.#firstIndexes[length] = index;
      code += counts[length] ?? 0;
      index += counts[length] ?? 0;
      if (code > 2 ** length) throw badLzx('has a code with more symbols than fit', offset);
    }
    if (code !== 2 ** MOST_CODE_BITS) throw badLzx('has a code in which some bits have no meaning', offset);

    const nextIndexes = this.#firstIndexes.slice();
    for (let symbol = 0; symbol < symbolCount; symbol += 1) {
      const length = lengths[symbol] ?? 0;
      if (length === 0) continue;
      const at = nextIndexes[length] ?? 0;
      nextIndexes[length] = at + 1;
      this.#symbols[at] = symbol;
      if (length > this.tableBits) continue;
      const own = (this.#firstCodes[length] ?? 0) + at - (this.#firstIndexes[length] ?? 0);
      const spare = this.tableBits - length;
      this.table.fill((symbol << ENTRY_LENGTH_BITS) | length, own << spare, (own + 1) << spare);
    }
  }

  /**
   * The entry (symbol and length, as in `table`) for a code longer than the table is wide. `next` is the next 16 bits.
   * Throws ParseError `bad-lzx` when the code has no symbols at all.
   */
  findLong(next: number, offset: number): number {
    for (let length = this.tableBits + 1; length <= MOST_CODE_BITS; length += 1) {
      const place = (next >>> (MOST_CODE_BITS - length)) - (this.#firstCodes[length] ?? 0);
      if (place < (this.#counts[length] ?? 0)) {
        const symbol = this.#symbols[(this.#firstIndexes[length] ?? 0) + place] ?? 0;
        return (symbol << ENTRY_LENGTH_BITS) | length;
      }
    }
    throw badLzx('uses a code that it gave no symbols', offset);
  }

  /** Takes the next symbol off the stream. */
  read(bits: BitStream): number {
    const next = bits.peek(MOST_CODE_BITS);
    const entry = this.table[next >>> (MOST_CODE_BITS - this.tableBits)] || this.findLong(next, bits.offset);
    bits.skip(entry & ENTRY_LENGTH_MASK);
    return entry >>> ENTRY_LENGTH_BITS;
  }
}
