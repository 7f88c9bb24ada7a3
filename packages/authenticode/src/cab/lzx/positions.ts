// The alphabets of LZX ([MS-PATCH] 2): how distances are divided into position slots, and how many symbols each
// code has.

/** Bytes that one CFDATA of an LZX folder decodes to, but for the last. */
export const FRAME_BYTES = 32_768;

/** Symbols of the main code before those of matches. */
export const LITERALS = 256;
/** Length headers 0 to 6 stand for themselves, 7 for a symbol of the length code. */
export const LENGTH_HEADERS = 8;
export const LENGTH_SYMBOLS = 249;
export const PRETREE_SYMBOLS = 20;
export const ALIGNED_SYMBOLS = 8;
/** Shortest match in bytes. */
export const LEAST_MATCH = 2;
/** Slots 0 to 2 repeat one of the three distances used last; from slot 3 on a distance is written as itself plus this. */
export const DISTANCE_SHIFT = 2;

const LEAST_WINDOW_BITS = 15;
const MOST_WINDOW_BITS = 21;
const MOST_SLOTS = 50;
/** No slot has more bits after it than this. */
const MOST_FOOTER_BITS = 17;

/** Bits that follow a slot; and the first distance of the slot, shifted. */
export const FOOTER_BITS = new Uint8Array(MOST_SLOTS);
export const SLOT_BASES = new Uint32Array(MOST_SLOTS + 1);
for (let slot = 0; slot < MOST_SLOTS; slot += 1) {
  FOOTER_BITS[slot] = slot < 4 ? 0 : Math.min((slot >> 1) - 1, MOST_FOOTER_BITS);
  SLOT_BASES[slot + 1] = (SLOT_BASES[slot] ?? 0) + 2 ** (FOOTER_BITS[slot] ?? 0);
}

/** Whether a cabinet may have an LZX window of 2 to the power of this. */
export function isWindowBits(bits: number): boolean {
  return bits >= LEAST_WINDOW_BITS && bits <= MOST_WINDOW_BITS;
}

/** How many position slots it takes to reach every distance in the window. */
export function positionSlots(windowBits: number): number {
  return SLOT_BASES.indexOf(2 ** windowBits);
}
