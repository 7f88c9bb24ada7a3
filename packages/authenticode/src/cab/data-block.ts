// CFDATA, one block of at most 32 KiB of uncompressed data ([MS-CAB] 2.4), and its checksum.
//
//   offset  size  field      meaning
//   0       4     csum       checksum of everything after it; 0 means that there is none
//   4       2     cbData     bytes of data in this block as stored
//   6       2     cbUncomp   bytes after decompression; 0 when the block goes on in the next cabinet
//   8       …     abReserve  cbCFData bytes
//   …       …     ab         cbData bytes

import { viewOf } from '../bytes.ts';
import { ParseError } from '../errors.ts';
import { BLOCK_BYTES, BLOCK_HEADER_SIZE } from './folder.ts';
import type { ForwardReader } from './forward-reader.ts';

/** Most bytes that a block holds as stored: incompressible data in MSZIP form ([MS-CAB] 2.4). */
const STORED_BYTES = BLOCK_BYTES + 6144;

export interface DataBlock {
  /** Offset of the CFDATA. */
  readonly offset: number;
  /** Offset of what follows it. */
  readonly end: number;
  /** Its data as stored. */
  readonly data: Uint8Array;
  /** Size of the data after decompression, in bytes. */
  readonly uncompressedSize: number;
}

/** Reads the CFDATA at `offset` and checks its sizes and its checksum; throws ParseError. */
export async function readDataBlock(
  reader: ForwardReader,
  offset: number,
  limit: number,
  reserveSize: number,
): Promise<DataBlock> {
  const headerSize = BLOCK_HEADER_SIZE + reserveSize;
  const header = await reader.read(offset, headerSize, 'the header of a data block');
  const view = viewOf(header);
  const checksum = view.getUint32(0, true);
  const storedSize = view.getUint16(4, true);
  const uncompressedSize = view.getUint16(6, true);
  const end = offset + headerSize + storedSize;
  if (uncompressedSize === 0) {
    throw new ParseError('cab', 'continued-block', 'a data block continues in another cabinet', offset);
  }
  if (uncompressedSize > BLOCK_BYTES || storedSize > STORED_BYTES) {
    const sizes = `${storedSize} bytes for ${uncompressedSize}`;
    throw new ParseError('cab', 'bad-block', `a data block is larger than the format allows: ${sizes}`, offset);
  }
  if (end > limit) {
    throw new ParseError('cab', 'bad-block', `a data block ends at byte ${end}, outside its folder`, offset);
  }
  const block = await reader.read(offset, headerSize + storedSize, 'a data block');
  const data = block.subarray(headerSize);
  if (checksum !== 0 && checksum !== blockChecksum(block.subarray(4, headerSize), data)) {
    throw new ParseError(
      'cab',
      'checksum',
      'the checksum of a data block does not match: the cabinet is damaged',
      offset,
    );
  }
  return { offset, end, data, uncompressedSize };
}

/** The header of a CFDATA without reserve, with its checksum. */
export function encodeDataBlockHeader(data: Uint8Array, uncompressedSize: number): Uint8Array {
  const header = new Uint8Array(BLOCK_HEADER_SIZE);
  const view = viewOf(header);
  view.setUint16(4, data.length, true);
  view.setUint16(6, uncompressedSize, true);
  view.setUint32(0, blockChecksum(header.subarray(4), data), true);
  return header;
}

function blockChecksum(sizesAndReserve: Uint8Array, data: Uint8Array): number {
  return cabinetChecksum(sizesAndReserve, cabinetChecksum(data, 0));
}

/**
 * The checksum of [MS-CAB]: exclusive or of the little-endian 32-bit words of the bytes and of the seed. The one to three
 * bytes that remain form a last word, first byte highest.
 */
export function cabinetChecksum(bytes: Uint8Array, seed: number): number {
  const view = viewOf(bytes);
  let checksum = seed;
  const whole = bytes.length & ~3;
  for (let offset = 0; offset < whole; offset += 4) {
    checksum ^= view.getUint32(offset, true);
  }
  let tail = 0;
  for (let offset = whole; offset < bytes.length; offset += 1) {
    tail = (tail << 8) | view.getUint8(offset);
  }
  return (checksum ^ tail) >>> 0;
}
