// Cabinets of frames that are compressed already, with whatever method their folder claims.
import { encodeDataBlockHeader } from '../../src/cab/data-block.ts';
import { encodeFile } from '../../src/cab/file.ts';
import { FOLDER_SIZE } from '../../src/cab/folder.ts';
import { encodeFixedHeader, FIXED_HEADER_SIZE } from '../../src/cab/header.ts';
import { encodeLzx, type LzxFrame, type LzxOptions } from './lzx-encoder.ts';

export interface FramedFolder {
  /** typeCompress. */
  readonly method: number;
  readonly frames: readonly LzxFrame[];
  /** Names and sizes of its files, one after the other. */
  readonly files: readonly { readonly name: string; readonly size: number }[];
}

/** typeCompress of LZX. */
export const lzxMethod = (windowBits: number): number => 3 | (windowBits << 8);

/** A cabinet of these folders. */
export function cabinetOfFolders(folders: readonly FramedFolder[]): Uint8Array {
  const entries = folders.flatMap(({ files }, folderIndex) => {
    let folderOffset = 0;
    return files.map(({ name, size }) => {
      const entry = {
        nameBytes: Buffer.from(name),
        size,
        folderIndex,
        folderOffset,
        modified: { date: 0x21, time: 0 },
      };
      folderOffset += size;
      return encodeFile(entry);
    });
  });
  const filesOffset = FIXED_HEADER_SIZE + folders.length * FOLDER_SIZE;
  let position = filesOffset + entries.reduce((sum, entry) => sum + entry.length, 0);
  const table = new DataView(new ArrayBuffer(folders.length * FOLDER_SIZE));
  const blocks: Uint8Array[] = [];
  for (const [index, { frames, method }] of folders.entries()) {
    table.setUint32(index * FOLDER_SIZE, position, true);
    table.setUint16(index * FOLDER_SIZE + 4, frames.length, true);
    table.setUint16(index * FOLDER_SIZE + 6, method, true);
    for (const { data, uncompressedSize } of frames) {
      const header = encodeDataBlockHeader(data, uncompressedSize);
      blocks.push(header, data);
      position += header.length + data.length;
    }
  }
  const header = encodeFixedHeader({
    size: position,
    filesOffset,
    folderCount: folders.length,
    fileCount: entries.length,
    flags: 0,
    setId: 0,
    index: 0,
  });
  return new Uint8Array(Buffer.concat([header, new Uint8Array(table.buffer), ...entries, ...blocks]));
}

/** A cabinet of one LZX folder with these files. */
export function makeLzxCabinet(contents: Readonly<Record<string, Uint8Array>>, options: LzxOptions): Uint8Array {
  const files = Object.entries(contents).map(([name, bytes]) => ({ name, size: bytes.length }));
  const frames = encodeLzx(new Uint8Array(Buffer.concat(Object.values(contents))), options);
  return cabinetOfFolders([{ method: lzxMethod(options.windowBits), frames, files }]);
}
