// The checksum in a PE header: all little-endian 16-bit words added with the carry folded back, the checksum itself taken
// as zero, plus the size of the file ("PE Format", CheckSum; the algorithm of IMAGHELP.DLL).
//
// Such a sum does not depend on the order of its words, so parts of a file can be added as they come, and the sum of the
// unchanged part can be kept while the rest is still unknown. Words can be added two at a time, and words that begin at an
// odd offset are those of the file with their two bytes exchanged (RFC 1071 §2).
import { viewOf } from '../bytes.ts';

/** Four times two words: four sums side by side keep the processor busy. */
const STRIDE_BYTES = 16;
/** How many bytes are added before carries are folded: far fewer than would make a double inexact. */
const FOLDING_BYTES = 1024 * 1024;

/** Adds up the parts of a file. The checksum field must be left out, or be zero. */
export class PeChecksum {
  #words: number;

  /** `words` is the sum of what was added before, from the getter of that name. */
  constructor(words = 0) {
    this.#words = words;
  }

  /** The folded sum of all words so far, 0 to 0xffff. */
  get words(): number {
    return this.#words;
  }

  /** Adds `bytes`, which stand at `offset` in the file. Each part of the file is added once, in any order. */
  add(bytes: Uint8Array, offset: number): void {
    const sum = sumWords(bytes);
    this.#words = foldCarries(this.#words + (offset % 2 === 1 ? 0x100 * sum : sum));
  }

  /** The checksum of a file of `size` bytes all of which were added, as an unsigned 32-bit number. */
  value(size: number): number {
    return (this.#words + size) % 0x1_0000_0000;
  }
}

/** The folded sum of the words that begin at the first byte; a last odd byte is a word with a zero. */
function sumWords(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  const stridesEnd = bytes.length - (bytes.length % STRIDE_BYTES);
  let sum = 0;
  for (let at = 0; at < stridesEnd; ) {
    const end = Math.min(stridesEnd, at + FOLDING_BYTES);
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (; at < end; at += STRIDE_BYTES) {
      a += view.getUint32(at, true);
      b += view.getUint32(at + 4, true);
      c += view.getUint32(at + 8, true);
      d += view.getUint32(at + 12, true);
    }
    sum = foldCarries(sum + a + b + c + d);
  }
  for (let at = stridesEnd; at < bytes.length; at++) sum += (bytes[at] ?? 0) * (at % 2 === 1 ? 0x100 : 1);
  return foldCarries(sum);
}

/**
 * Folds everything above 16 bits back in. Numbers up to 2^53 are exact, so sums of 32-bit words can be folded too: 2^16
 * leaves the same remainder as 1.
 */
function foldCarries(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x1_0000) + Math.floor(folded / 0x1_0000);
  return folded;
}
