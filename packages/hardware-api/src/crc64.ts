// The CRC-64 that Azure Storage takes as `x-ms-content-crc64` (Put Blob, Put Block): reflected polynomial
// 0x9A6C9329AC4BC9B5, initial value and final XOR all ones; catalogued as CRC-64/NVME. Eight bytes a step with tables in
// 32-bit halves, because a bigint for each byte would be slower than the network.
import { base64 } from './client/base64.ts';

const POLYNOMIAL = 0x9a6c9329ac4bc9b5n;
const STEP = 8;
const WORD = 4;
const SIZE = 256;

/** Table `k` is that of a byte which `k` further bytes follow; the tables lie one after the other. */
const LOW = new Int32Array(STEP * SIZE);
const HIGH = new Int32Array(STEP * SIZE);
for (let index = 0; index < SIZE; index++) {
  let value = BigInt(index);
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ POLYNOMIAL : value >> 1n;
  LOW[index] = Number(value & 0xffffffffn);
  HIGH[index] = Number(value >> 32n);
}
for (let index = SIZE; index < STEP * SIZE; index++) {
  const low = LOW[index - SIZE] as number;
  const high = HIGH[index - SIZE] as number;
  LOW[index] = ((low >>> 8) | (high << 24)) ^ (LOW[low & 0xff] as number);
  HIGH[index] = (high >>> 8) ^ (HIGH[low & 0xff] as number);
}

/** Whether a word in memory begins with its lowest byte, as on nearly every machine; else all goes byte by byte. */
const LITTLE_ENDIAN = new Uint8Array(new Int32Array([1]).buffer)[0] === 1;

/** The halves of a CRC in the making. */
interface Remainder {
  low: number;
  high: number;
}

function addBytes(crc: Remainder, bytes: Uint8Array): void {
  let { low, high } = crc;
  for (const byte of bytes) {
    const index = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (LOW[index] as number);
    high = (high >>> 8) ^ (HIGH[index] as number);
  }
  crc.low = low;
  crc.high = high;
}

/** Takes an even number of words: reading words, not bytes, makes it twice as fast. */
function addWords(crc: Remainder, words: Int32Array): void {
  let { low, high } = crc;
  for (let offset = 0; offset < words.length; offset += 2) {
    const a = low ^ (words[offset] as number);
    const b = high ^ (words[offset + 1] as number);
    const i0 = 7 * SIZE + (a & 0xff);
    const i1 = 6 * SIZE + ((a >>> 8) & 0xff);
    const i2 = 5 * SIZE + ((a >>> 16) & 0xff);
    const i3 = 4 * SIZE + (a >>> 24);
    const i4 = 3 * SIZE + (b & 0xff);
    const i5 = 2 * SIZE + ((b >>> 8) & 0xff);
    const i6 = SIZE + ((b >>> 16) & 0xff);
    const i7 = b >>> 24;
    low =
      (LOW[i0] as number) ^
      (LOW[i1] as number) ^
      (LOW[i2] as number) ^
      (LOW[i3] as number) ^
      (LOW[i4] as number) ^
      (LOW[i5] as number) ^
      (LOW[i6] as number) ^
      (LOW[i7] as number);
    high =
      (HIGH[i0] as number) ^
      (HIGH[i1] as number) ^
      (HIGH[i2] as number) ^
      (HIGH[i3] as number) ^
      (HIGH[i4] as number) ^
      (HIGH[i5] as number) ^
      (HIGH[i6] as number) ^
      (HIGH[i7] as number);
  }
  crc.low = low;
  crc.high = high;
}

/** A running CRC-64 over bytes that arrive in pieces. */
export class Crc64 {
  readonly #crc: Remainder = { low: -1, high: -1 };

  update(bytes: Uint8Array): this {
    // Words must lie at a multiple of their size.
    const lead = LITTLE_ENDIAN ? Math.min(bytes.length, (WORD - (bytes.byteOffset % WORD)) % WORD) : bytes.length;
    const end = bytes.length - ((bytes.length - lead) % STEP);
    addBytes(this.#crc, bytes.subarray(0, lead));
    addWords(this.#crc, new Int32Array(bytes.buffer, lead === end ? 0 : bytes.byteOffset + lead, (end - lead) / WORD));
    addBytes(this.#crc, bytes.subarray(end));
    return this;
  }

  /** The eight bytes as they go over the wire: least significant first. */
  digest(): Uint8Array {
    const wire = new DataView(new ArrayBuffer(STEP));
    wire.setUint32(0, ~this.#crc.low, true);
    wire.setUint32(4, ~this.#crc.high, true);
    return new Uint8Array(wire.buffer);
  }

  /** The same as the header has it. */
  digestBase64(): string {
    return base64(this.digest());
  }
}
