// CFFOLDER, one run of data blocks that is compressed as a whole ([MS-CAB] 2.2); nothing to do with a directory.
//
//   offset  size  field         meaning
//   0       4     coffCabStart  offset of the first CFDATA of the folder
//   4       2     cCFData       number of CFDATA blocks in this cabinet
//   6       2     typeCompress  low 4 bits: 0 none, 1 MSZIP, 2 Quantum, 3 LZX; the rest is the method's own, of LZX
//                               bits 8 to 12 the size of the window as a power of 2
//   8       …     abReserve     cbCFFolder bytes

import { viewOf } from '../bytes.ts';
import { ParseError } from '../errors.ts';
import type { ForwardReader } from './forward-reader.ts';
import type { CabinetHeader } from './header.ts';

/** Size of a CFFOLDER without reserve. */
export const FOLDER_SIZE = 8;
/** Most uncompressed bytes that one CFDATA holds ([MS-CAB] 2.4). */
export const BLOCK_BYTES = 32_768;
/** Size of a CFDATA header without reserve. */
export const BLOCK_HEADER_SIZE = 8;

const COMPRESSION_METHODS = ['none', 'mszip', 'quantum', 'lzx'] as const;
export type CabinetCompression = (typeof COMPRESSION_METHODS)[number] | 'unknown';

export interface CabinetFolder {
  /** Offset of the first data block. */
  readonly dataOffset: number;
  /** Offset that the data blocks do not pass: where the next folder's data, or nothing, begins. */
  readonly dataLimit: number;
  readonly blockCount: number;
  readonly compression: CabinetCompression;
  /** With LZX, the window has 2 to the power of this bytes; as stated, not checked. */
  readonly windowBits: number;
}

/**
 * Reads every CFFOLDER. The data of a folder must lie between the end of the table and the end of the cabinet, apart
 * from that of other folders, and have room for the number of blocks it claims; else ParseError is thrown.
 */
export async function readFolders(reader: ForwardReader, header: CabinetHeader): Promise<CabinetFolder[]> {
  const entrySize = FOLDER_SIZE + (header.reserve?.folderSize ?? 0);
  const starts: (Omit<CabinetFolder, 'dataLimit'> & { entryOffset: number })[] = [];
  for (let index = 0; index < header.folderCount; index += 1) {
    const entryOffset = header.foldersOffset + index * entrySize;
    const view = viewOf(await reader.read(entryOffset, entrySize, `the entry of folder ${index}`));
    const method = view.getUint16(6, true);
    starts.push({
      dataOffset: view.getUint32(0, true),
      blockCount: view.getUint16(4, true),
      compression: COMPRESSION_METHODS[method & 0x0f] ?? 'unknown',
      windowBits: (method >> 8) & 0x1f,
      entryOffset,
    });
  }

  const tableEnd = header.foldersOffset + header.folderCount * entrySize;
  const occupied = starts.filter((folder) => folder.blockCount > 0).sort((a, b) => a.dataOffset - b.dataOffset);
  const limits = new Map<number, number>();
  for (const [position, folder] of occupied.entries()) {
    const limit = occupied[position + 1]?.dataOffset ?? header.size;
    const needed = folder.blockCount * (BLOCK_HEADER_SIZE + (header.reserve?.dataSize ?? 0));
    if (folder.dataOffset < tableEnd || folder.dataOffset + needed > limit) {
      throw new ParseError(
        'cab',
        'bad-folder',
        `the ${folder.blockCount} data blocks of a folder do not fit between byte ${folder.dataOffset} and byte ${limit}`,
        folder.entryOffset,
      );
    }
    limits.set(folder.entryOffset, limit);
  }
  return starts.map(({ entryOffset, ...folder }) => ({
    ...folder,
    dataLimit: limits.get(entryOffset) ?? folder.dataOffset,
  }));
}

/** CFFOLDER without reserve. */
export function encodeFolder(folder: {
  readonly dataOffset: number;
  readonly blockCount: number;
  readonly compression: 'none' | 'mszip';
}): Uint8Array {
  const bytes = new Uint8Array(FOLDER_SIZE);
  const view = viewOf(bytes);
  view.setUint32(0, folder.dataOffset, true);
  view.setUint16(4, folder.blockCount, true);
  view.setUint16(6, COMPRESSION_METHODS.indexOf(folder.compression), true);
  return bytes;
}
