// The CRC-64 of Azure Storage (`x-ms-content-crc64`): reflected polynomial 0x9A6C9329AC4BC9B5, initial value and final XOR
// all ones; catalogued elsewhere as CRC-64/NVME. On the wire it is eight bytes, least significant first, in base64.

const POLYNOMIAL = 0x9a6c9329ac4bc9b5n;

/** A 64-bit table split into halves, because a bigint per byte would be far too slow. */
const LOW = new Uint32Array(256);
const HIGH = new Uint32Array(256);
for (let index = 0; index < 256; index += 1) {
  let value = BigInt(index);
  for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ POLYNOMIAL : value >> 1n;
  LOW[index] = Number(value & 0xffffffffn);
  HIGH[index] = Number(value >> 32n);
}

/** A running CRC-64 over bytes that arrive in pieces. */
export class Crc64 {
  #low = 0xffffffff;
  #high = 0xffffffff;

  update(bytes: Uint8Array): this {
    let low = this.#low;
    let high = this.#high;
    for (let offset = 0; offset < bytes.length; offset += 1) {
      const index = (low ^ (bytes[offset] ?? 0)) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ (LOW[index] ?? 0);
      high = (high >>> 8) ^ (HIGH[index] ?? 0);
    }
    this.#low = low;
    this.#high = high;
    return this;
  }

  /** The eight bytes as they go over the wire. */
  digest(): Buffer {
    const result = Buffer.alloc(8);
    result.writeUInt32LE(~this.#low >>> 0, 0);
    result.writeUInt32LE(~this.#high >>> 0, 4);
    return result;
  }
}
