// Packages that no writer of this project makes: archives built header by header, cabinets changed in place.
import { crc32, deflateRawSync } from 'node:zlib';
import { bytesSource, readCabinet } from '@assay/authenticode';
import { makeCabinet } from './submitted-cabinet.ts';

const BLOCK_BYTES = 32_768;
/** The most that a folder of a cabinet has: cCFData has 16 bits. */
const MOST_BLOCKS = 65_535;
/** In the upper half of "version made by": the attributes are those of Unix. */
const UNIX = 3 << 8;

/** An entry of a ZIP archive, as its headers shall have it. */
export interface RawEntry {
  readonly name: string;
  readonly contents: Uint8Array;
  /** What the headers say of the uncompressed size instead of the truth. */
  readonly statedSize?: number;
  /** The mode of a file under Unix. */
  readonly unixMode?: number;
}

/** Compresses each array once, however many entries have it. */
function compressor(): (contents: Uint8Array) => Buffer {
  const known = new Map<Uint8Array, Buffer>();
  return (contents) => {
    const data = known.get(contents) ?? deflateRawSync(contents);
    known.set(contents, data);
    return data;
  };
}

function headers({ name, contents, statedSize, unixMode }: RawEntry, data: Buffer, offset: number) {
  const nameBytes = Buffer.from(name, 'utf8');
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt16LE(8, 4);
  shared.writeUInt32LE(0x0021_0000, 6);
  shared.writeUInt32LE(crc32(contents), 10);
  shared.writeUInt32LE(data.length, 14);
  shared.writeUInt32LE(statedSize ?? contents.length, 18);
  shared.writeUInt16LE(nameBytes.length, 22);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(((unixMode ?? 0) << 16) >>> 0, 6);
  tail.writeUInt32LE(offset, 10);
  const madeBy = Buffer.from([20, (unixMode === undefined ? 0 : UNIX) >> 8]);
  return {
    local: Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, nameBytes, data]),
    central: Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), madeBy, shared, tail, nameBytes]),
  };
}

/**
 * A ZIP archive of deflated entries. With `zip64` it ends as archives of more than 65,534 entries do (APPNOTE 4.3.14);
 * without, the count in its end record is cut to 16 bits.
 */
export function rawZip(entries: readonly RawEntry[], { zip64 = false } = {}): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  const compress = compressor();
  let offset = 0;
  for (const entry of entries) {
    const { local, central } = headers(entry, compress(entry.contents), offset);
    locals.push(local);
    centrals.push(central);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end64 = Buffer.alloc(56 + 20);
  end64.write('PK\x06\x06', 0, 'latin1');
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(45, 12);
  end64.writeUInt16LE(45, 14);
  end64.writeBigUInt64LE(BigInt(entries.length), 24);
  end64.writeBigUInt64LE(BigInt(entries.length), 32);
  end64.writeBigUInt64LE(BigInt(directory.length), 40);
  end64.writeBigUInt64LE(BigInt(offset), 48);
  end64.write('PK\x06\x07', 56, 'latin1');
  end64.writeBigUInt64LE(BigInt(offset + directory.length), 64);
  end64.writeUInt32LE(1, 72);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  const count = zip64 ? 0xffff : entries.length & 0xffff;
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, ...(zip64 ? [end64] : []), end]);
}

/** Where the first data block of a cabinet is, and its first file entry. */
export async function placesOf(cabinet: Uint8Array): Promise<{ readonly block: number; readonly file: number }> {
  const { folders } = await readCabinet(bytesSource(cabinet));
  return { block: folders[0]?.dataOffset ?? 0, file: Buffer.from(cabinet).readUInt32LE(16) };
}

/**
 * A cabinet of about 3 MB with one folder of 2 GiB of zeros, most of them one and the same block again and again. Its one
 * file is said to have `statedSize` bytes.
 */
export async function cabinetOfZeros(name: string, statedSize = MOST_BLOCKS * BLOCK_BYTES): Promise<Uint8Array> {
  const small = Buffer.from(await makeCabinet({ [name]: new Uint8Array(2 * BLOCK_BYTES) }));
  const { block, file } = await placesOf(small);
  const second = block + 8 + small.readUInt16LE(block + 4);
  const repeated = small.subarray(second);
  const cabinet = Buffer.concat([small.subarray(0, second), ...new Array<Buffer>(MOST_BLOCKS - 1).fill(repeated)]);
  cabinet.writeUInt32LE(cabinet.length, 8);
  cabinet.writeUInt16LE(MOST_BLOCKS, 36 + 4);
  cabinet.writeUInt32LE(statedSize, file);
  return cabinet;
}

/** The cabinet with a change of its bytes. The checksum of its first block is taken out, so that only the change counts. */
export async function changedCabinet(
  cabinet: Uint8Array,
  change: (bytes: Buffer, places: { readonly block: number; readonly file: number }) => void,
): Promise<Uint8Array> {
  const bytes = Buffer.from(cabinet);
  const places = await placesOf(cabinet);
  bytes.writeUInt32LE(0, places.block);
  change(bytes, places);
  return bytes;
}
