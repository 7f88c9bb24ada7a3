// Decodes LZX, one frame of 32 KiB at a time ([MS-PATCH] 2). In a cabinet a frame is a CFDATA, and the stream begins anew
// with each folder. Blocks of LZX are something else: they have codes of their own, end anywhere, and may span frames.
import { badLzx } from './bad-lzx.ts';
import { BitStream } from './bit-stream.ts';
import { translateCalls } from './call-translation.ts';
import { createCodeLengthReader } from './code-lengths.ts';
import {
  ALIGNED_SYMBOLS,
  DISTANCE_SHIFT,
  FOOTER_BITS,
  FRAME_BYTES,
  LEAST_MATCH,
  LENGTH_HEADERS,
  LENGTH_SYMBOLS,
  LITERALS,
  positionSlots,
  SLOT_BASES,
} from './positions.ts';
import { ENTRY_LENGTH_BITS, ENTRY_LENGTH_MASK, PrefixCode } from './prefix-code.ts';

const VERBATIM = 1;
const ALIGNED = 2;
const UNCOMPRESSED = 3;

const MAIN_TABLE_BITS = 11;
const LENGTH_TABLE_BITS = 9;
const ALIGNED_TABLE_BITS = 7;
/** Bits of a distance that the aligned code gives. */
const ALIGNED_BITS = 3;
const ALIGNED_LENGTH_BITS = 3;

/** Turns the blocks (CFDATA) of one folder, in order, into uncompressed ones. */
export interface LzxDecoder {
  /** Decodes one block to exactly `uncompressedSize` bytes; throws ParseError `bad-lzx`, which names `offset`. */
  decode(block: Uint8Array, uncompressedSize: number, offset: number): Uint8Array;
}

/**
 * A decoder for one folder with a window of 2 to the power of `windowBits` bytes, 15 to 21, that has at most
 * `blockCount` blocks. It allocates the window, or as much of it as those blocks can fill, and one frame at a time.
 */
export function createLzxDecoder(windowBits: number, blockCount: number): LzxDecoder {
  const windowSize = 2 ** windowBits;
  const window = new Uint8Array(Math.min(windowSize, blockCount * FRAME_BYTES));
  const mainSymbols = LITERALS + LENGTH_HEADERS * positionSlots(windowBits);
  const mainLengths = new Uint8Array(mainSymbols);
  const lengthLengths = new Uint8Array(LENGTH_SYMBOLS);
  const alignedLengths = new Uint8Array(ALIGNED_SYMBOLS);
  const mainCode = new PrefixCode(mainSymbols, MAIN_TABLE_BITS);
  const lengthCode = new PrefixCode(LENGTH_SYMBOLS, LENGTH_TABLE_BITS);
  const alignedCode = new PrefixCode(ALIGNED_SYMBOLS, ALIGNED_TABLE_BITS);
  const updateLengths = createCodeLengthReader();
  const bits = new BitStream();
  /** The three distances used last. */
  const recent = new Uint32Array([1, 1, 1]);
  /** Bytes of the folder decoded so far. */
  let decoded = 0;
  let translationSize = 0;
  let blockType = 0;
  /** Bytes of the LZX block that are still to come. */
  let blockRemaining = 0;
  /** Whether an uncompressed LZX block of odd size waits for the byte that makes it even. */
  let padded = false;

  function readTranslationSize(): void {
    if (bits.read(1) === 0) return;
    const high = bits.read(16);
    translationSize = (high << 16) | bits.read(16);
  }

  function readBlockHeader(): void {
    blockType = bits.read(3);
    blockRemaining = bits.read(16) * 256;
    blockRemaining += bits.read(8);
    bits.requireWithin();
    if (blockRemaining === 0) throw badLzx('begins a block of 0 bytes', bits.offset);
    if (blockType === UNCOMPRESSED) {
      startUncompressed();
      return;
    }
    if (blockType !== VERBATIM && blockType !== ALIGNED) {
      throw badLzx(`begins a block of type ${blockType}, which does not exist`, bits.offset);
    }
    if (blockType === ALIGNED) {
      for (let symbol = 0; symbol < ALIGNED_SYMBOLS; symbol += 1) {
        alignedLengths[symbol] = bits.read(ALIGNED_LENGTH_BITS);
      }
      alignedCode.build(alignedLengths, bits.offset);
    }
    updateLengths(bits, mainLengths, 0, LITERALS);
    updateLengths(bits, mainLengths, LITERALS, mainSymbols);
    mainCode.build(mainLengths, bits.offset);
    updateLengths(bits, lengthLengths, 0, LENGTH_SYMBOLS);
    lengthCode.build(lengthLengths, bits.offset);
  }

  /** 1 to 16 bits lead to the next word; there the three distances stand, and then the bytes. */
  function startUncompressed(): void {
    bits.read(1);
    bits.alignToWord();
    const { bytes, position } = bits;
    if (position + 12 > bytes.length) throw badLzx('ends inside the head of an uncompressed part', bits.offset);
    const view = new DataView(bytes.buffer, bytes.byteOffset + position, 12);
    for (let index = 0; index < recent.length; index += 1) recent[index] = view.getUint32(index * 4, true);
    bits.position = position + 12;
    padded = blockRemaining % 2 === 1;
  }

  function copyUncompressed(start: number, length: number): void {
    const { bytes, position } = bits;
    if (position + length > bytes.length) throw badLzx('ends inside an uncompressed part', bits.offset);
    window.set(bytes.subarray(position, position + length), start);
    bits.position = position + length;
  }

  /** Takes the byte after an uncompressed block of odd size. It may stand at the end of a frame or at the start of the next. */
  function skipPadding(): void {
    if (!padded || blockRemaining > 0 || bits.position >= bits.bytes.length) return;
    bits.position += 1;
    padded = false;
  }

  /**
   * Decodes literals and matches into window[start] up to window[end - 1], with copies of all that changes in local
   * variables. `before` is how many bytes of the folder lie before `start`.
   */
  function decodeMatches(start: number, end: number, before: number): void {
    const { bytes, offset } = bits;
    const mainTable = mainCode.table;
    const lengthTable = lengthCode.table;
    const alignedTable = alignedCode.table;
    const aligned = blockType === ALIGNED;
    const output = window;
    let { position, buffer, held } = bits;
    let distance0 = recent[0] ?? 1;
    let distance1 = recent[1] ?? 1;
    let distance2 = recent[2] ?? 1;
    let at = start;
    while (at < end) {
      if (held < 16) {
        buffer |= ((bytes[position] ?? 0) | ((bytes[position + 1] ?? 0) << 8)) << (16 - held);
        position += 2;
        held += 16;
      }
      const main = mainTable[buffer >>> (32 - MAIN_TABLE_BITS)] || mainCode.findLong(buffer >>> 16, offset);
      buffer <<= main & ENTRY_LENGTH_MASK;
      held -= main & ENTRY_LENGTH_MASK;
      const symbol = main >>> ENTRY_LENGTH_BITS;
      if (symbol < LITERALS) {
        output[at] = symbol;
        at += 1;
        continue;
      }

      let length = (symbol - LITERALS) % LENGTH_HEADERS;
      const slot = (symbol - LITERALS) >>> 3;
      if (length === LENGTH_HEADERS - 1) {
        if (held < 16) {
          buffer |= ((bytes[position] ?? 0) | ((bytes[position + 1] ?? 0) << 8)) << (16 - held);
          position += 2;
          held += 16;
        }
        const entry = lengthTable[buffer >>> (32 - LENGTH_TABLE_BITS)] || lengthCode.findLong(buffer >>> 16, offset);
        buffer <<= entry & ENTRY_LENGTH_MASK;
        held -= entry & ENTRY_LENGTH_MASK;
        length += entry >>> ENTRY_LENGTH_BITS;
      }
      length += LEAST_MATCH;

      let distance: number;
      if (slot === 0) {
        distance = distance0;
      } else if (slot === 1) {
        distance = distance1;
        distance1 = distance0;
        distance0 = distance;
      } else if (slot === 2) {
        distance = distance2;
        distance2 = distance0;
        distance0 = distance;
      } else {
        let footer = FOOTER_BITS[slot] ?? 0;
        distance = (SLOT_BASES[slot] ?? 0) - DISTANCE_SHIFT;
        const useAligned = aligned && footer >= ALIGNED_BITS;
        if (useAligned) footer -= ALIGNED_BITS;
        if (footer > 0) {
          while (held < footer) {
            buffer |= ((bytes[position] ?? 0) | ((bytes[position + 1] ?? 0) << 8)) << (16 - held);
            position += 2;
            held += 16;
          }
          const extra = buffer >>> (32 - footer);
          distance += useAligned ? extra << ALIGNED_BITS : extra;
          buffer <<= footer;
          held -= footer;
        }
        if (useAligned) {
          if (held < 16) {
            buffer |= ((bytes[position] ?? 0) | ((bytes[position + 1] ?? 0) << 8)) << (16 - held);
            position += 2;
            held += 16;
          }
          // No aligned code is longer than its table is wide; an entry of 0 is an empty code.
          const entry =
            alignedTable[buffer >>> (32 - ALIGNED_TABLE_BITS)] || alignedCode.findLong(buffer >>> 16, offset);
          distance += entry >>> ENTRY_LENGTH_BITS;
          buffer <<= entry & ENTRY_LENGTH_MASK;
          held -= entry & ENTRY_LENGTH_MASK;
        }
        distance2 = distance1;
        distance1 = distance0;
        distance0 = distance;
      }

      if (at + length > end) throw badLzx('has a match that goes past the end of its part', offset);
      if (distance === 0 || distance > windowSize || distance > before + at - start) {
        throw badLzx(`refers back ${distance} bytes, to before its window`, offset);
      }
      let from = at - distance;
      const stop = at + length;
      if (from < 0) {
        // The window is a ring: what lies before its first byte is at its end.
        from += windowSize;
        while (at < stop && from < windowSize) {
          output[at] = output[from] ?? 0;
          at += 1;
          from += 1;
        }
        from = 0;
      }
      while (at < stop) {
        output[at] = output[from] ?? 0;
        at += 1;
        from += 1;
      }
    }
    bits.position = position;
    bits.buffer = buffer;
    bits.held = held;
    recent[0] = distance0;
    recent[1] = distance1;
    recent[2] = distance2;
  }

  function decode(block: Uint8Array, uncompressedSize: number, offset: number): Uint8Array {
    if (decoded % FRAME_BYTES !== 0) throw badLzx('follows one of less than 32 KiB', offset);
    bits.open(block, offset);
    if (decoded === 0) readTranslationSize();
    const frameStart = decoded % windowSize;
    const frameEnd = frameStart + uncompressedSize;
    if (frameEnd > window.length) throw badLzx('is one too many for its folder', offset);
    for (let at = frameStart; at < frameEnd; ) {
      skipPadding();
      if (blockRemaining === 0) readBlockHeader();
      const length = Math.min(blockRemaining, frameEnd - at);
      if (blockType === UNCOMPRESSED) copyUncompressed(at, length);
      else decodeMatches(at, at + length, decoded + at - frameStart);
      bits.requireWithin();
      blockRemaining -= length;
      at += length;
    }
    bits.alignToWord();
    skipPadding();
    if (bits.position !== block.length) throw badLzx('goes on after its last byte', offset);
    const frame = window.slice(frameStart, frameEnd);
    if (translationSize !== 0) translateCalls(frame, decoded, translationSize);
    decoded += uncompressedSize;
    return frame;
  }

  return { decode };
}
