// Makes PE images for tests and benchmarks: valid headers and sections around deterministic bytes, of any size.

export interface PeImageOptions {
  /** Size of the file in bytes, at least 1024; need not be a multiple of anything. */
  readonly size: number;
  readonly bits: 32 | 64;
  /** COFF machine type; x86 or amd64 by `bits` when absent. */
  readonly machine?: number;
  /** 1 (native) when absent. */
  readonly subsystem?: number;
  /** How many sections share the bytes after the headers, 1 to 3; 1 when absent. */
  readonly sections?: number;
}

const HEADERS_SIZE = 512;
const PE_OFFSET = 0x80;
const FILE_ALIGNMENT = 0x200;
const PAGE = 0x1000;
const SECTION_NAMES = ['.text', '.rdata', '.data'];
/** Code, executable, readable, not pageable. */
const SECTION_FLAGS = 0x6800_0020;

/** Optional header sizes and the offset of NumberOfRvaAndSizes in it. */
const FORMS = {
  32: { magic: 0x10b, size: 224, directoriesAt: 92, machine: 0x014c },
  64: { magic: 0x20b, size: 240, directoriesAt: 108, machine: 0x8664 },
} as const;

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** Pseudo-random bytes (xorshift32), the same every time. */
function fill(bytes: Uint8Array, seed: number): void {
  let state = seed;
  for (let at = 0; at < bytes.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
}

/** A PE32 or PE32+ image of exactly `size` bytes, the same for the same options. What the sections leave over trails the image. */
export function makePeImage({ size, bits, machine, subsystem = 1, sections = 1 }: PeImageOptions): Uint8Array {
  if (!Number.isInteger(size) || size < 1024) throw new RangeError('a test image has at least 1024 bytes');
  const room = Math.floor((size - HEADERS_SIZE) / FILE_ALIGNMENT);
  const count = Math.min(sections, room);
  if (count < 1 || count > SECTION_NAMES.length) throw new RangeError('a test image has 1 to 3 sections');
  const form = FORMS[bits];
  const image = new Uint8Array(size);
  fill(image.subarray(HEADERS_SIZE), 0x2545f491 ^ size);
  const view = new DataView(image.buffer);
  const at = (offset: number) => PE_OFFSET + 24 + offset;

  view.setUint16(0, 0x5a4d, true);
  view.setUint32(60, PE_OFFSET, true);
  view.setUint32(PE_OFFSET, 0x4550, true);
  view.setUint16(PE_OFFSET + 4, machine ?? form.machine, true);
  view.setUint16(PE_OFFSET + 6, count, true);
  view.setUint16(PE_OFFSET + 20, form.size, true);
  view.setUint16(PE_OFFSET + 22, bits === 64 ? 0x0022 : 0x0102, true);

  view.setUint16(at(0), form.magic, true);
  view.setUint8(at(2), 14);
  view.setUint32(at(4), room * FILE_ALIGNMENT, true);
  view.setUint32(at(16), PAGE, true);
  view.setUint32(at(20), PAGE, true);
  if (bits === 64) view.setBigUint64(at(24), 0x1_4000_0000n, true);
  else view.setUint32(at(28), 0x0040_0000, true);
  view.setUint32(at(32), PAGE, true);
  view.setUint32(at(36), FILE_ALIGNMENT, true);
  view.setUint16(at(40), 10, true);
  view.setUint16(at(44), 10, true);
  view.setUint16(at(48), 10, true);
  view.setUint32(at(60), HEADERS_SIZE, true);
  view.setUint16(at(68), subsystem, true);
  view.setUint16(at(70), 0x0160, true);
  for (const [index, reserve] of [0x10_0000, 0x1000, 0x10_0000, 0x1000].entries()) {
    if (bits === 64) view.setBigUint64(at(72 + 8 * index), BigInt(reserve), true);
    else view.setUint32(at(72 + 4 * index), reserve, true);
  }
  view.setUint32(at(form.directoriesAt), 16, true);

  const unitsEach = Math.floor(room / count);
  let rawOffset = HEADERS_SIZE;
  let virtualAddress = PAGE;
  for (let index = 0; index < count; index++) {
    const header = at(form.size) + 40 * index;
    const units = index === count - 1 ? room - unitsEach * (count - 1) : unitsEach;
    const rawSize = units * FILE_ALIGNMENT;
    image.set(new TextEncoder().encode(SECTION_NAMES[index]), header);
    view.setUint32(header + 8, rawSize, true);
    view.setUint32(header + 12, virtualAddress, true);
    view.setUint32(header + 16, rawSize, true);
    view.setUint32(header + 20, rawOffset, true);
    view.setUint32(header + 36, SECTION_FLAGS, true);
    rawOffset += rawSize;
    virtualAddress += roundUp(rawSize, PAGE);
  }
  view.setUint32(at(56), virtualAddress, true);
  return image;
}
