// The checksum in a PE header: all little-endian 16-bit words added with the carry folded back, the checksum itself taken
// as zero, plus the size of the file ("PE Format", CheckSum; the algorithm of IMAGHELP.DLL).

/** Adds up a file that arrives in chunks of any size. The checksum field must be zero in them. */
export class PeChecksum {
  #sum = 0;
  #size = 0;

  update(chunk: Uint8Array): void {
    let at = 0;
    let sum = this.#sum;
    if (this.#size % 2 === 1 && chunk.length > 0) {
      sum += (chunk[0] ?? 0) * 0x100;
      at = 1;
    }
    const end = chunk.length - ((chunk.length - at) % 2);
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    const wordsEnd = end - ((end - at) % 4);
    for (; at < wordsEnd; at += 4) sum += view.getUint32(at, true);
    for (; at < end; at += 2) sum += view.getUint16(at, true);
    if (end < chunk.length) sum += chunk[end] ?? 0;
    this.#size += chunk.length;
    this.#sum = foldCarries(sum);
  }

  /** The checksum of what has arrived, as an unsigned 32-bit number. */
  value(): number {
    return (this.#sum + this.#size) % 0x1_0000_0000;
  }
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
