// CFFILE, one file of a cabinet ([MS-CAB] 2.3).
//
//   offset  size  field            meaning
//   0       4     cbFile           uncompressed size in bytes
//   4       4     uoffFolderStart  offset of the file in the uncompressed data of its folder
//   8       2     iFolder          folder, or FFFD continued from the previous cabinet, FFFE into the next, FFFF both
//   10      2     date             ((year - 1980) << 9) + (month << 5) + day
//   12      2     time             (hour << 11) + (minute << 5) + second / 2
//   14      2     attribs          1 read-only, 2 hidden, 4 system, 20h archive, 40h execute, 80h name is UTF-8
//   16      …     szName           closed by NUL; "\" between its parts

import { viewOf } from '../bytes.ts';
import { ParseError } from '../errors.ts';
import { BLOCK_BYTES, type CabinetFolder } from './folder.ts';
import type { ForwardReader } from './forward-reader.ts';
import type { CabinetHeader } from './header.ts';
import type { CabinetLimits } from './limits.ts';

/** Size of a CFFILE without its name. */
export const FILE_ENTRY_SIZE = 16;
export const FILE_ATTRIBUTES = { archive: 0x20, nameIsUtf8: 0x80 } as const;

/** iFolder values of a file that another cabinet of the set holds in part. */
const CONTINUED_FROM_PREVIOUS = 0xfffd;

export interface CabinetFile {
  /** The name as it stands in the cabinet, decoded but not normalised and not to be trusted. */
  readonly name: string;
  /** Uncompressed size in bytes. */
  readonly size: number;
  /** Index into the folders, or FFFDh to FFFFh for a file that continues in another cabinet. */
  readonly folderIndex: number;
  /** Offset of the file in the uncompressed data of its folder. */
  readonly folderOffset: number;
  readonly attributes: number;
  /** The time of last change in MS-DOS form, in whatever time zone the maker was. */
  readonly modified: { readonly date: number; readonly time: number };
}

/** Whether only a part of the file is in this cabinet. */
export function isContinued(file: CabinetFile): boolean {
  return file.folderIndex >= CONTINUED_FROM_PREVIOUS;
}

/**
 * Reads every CFFILE. Throws ParseError when an entry points outside its folder, names a folder that is not there, or
 * passes a limit.
 */
export async function readFiles(
  reader: ForwardReader,
  header: CabinetHeader,
  folders: readonly CabinetFolder[],
  limits: CabinetLimits,
): Promise<CabinetFile[]> {
  const files: CabinetFile[] = [];
  let position = header.filesOffset;
  let totalBytes = 0;
  for (let index = 0; index < header.fileCount; index += 1) {
    const entry = viewOf(await reader.read(position, FILE_ENTRY_SIZE, `the entry of file ${index}`));
    const attributes = entry.getUint16(14, true);
    const { name, byteLength } = await readName(reader, position + FILE_ENTRY_SIZE, attributes, limits);
    const file: CabinetFile = {
      name,
      size: entry.getUint32(0, true),
      folderOffset: entry.getUint32(4, true),
      folderIndex: entry.getUint16(8, true),
      attributes,
      modified: { date: entry.getUint16(10, true), time: entry.getUint16(12, true) },
    };
    checkFolder(file, folders, position);
    totalBytes += file.size;
    if (totalBytes > limits.totalBytes) {
      const what = `the files of the cabinet hold more than the ${limits.totalBytes} bytes allowed`;
      throw new ParseError('cab', 'limit-exceeded', what, position);
    }
    files.push(file);
    position += FILE_ENTRY_SIZE + byteLength + 1;
  }
  for (const folder of folders) {
    if (folder.blockCount > 0 && folder.dataOffset < position && folder.dataLimit > header.filesOffset) {
      throw new ParseError('cab', 'overlapping-tables', 'the data of a folder overlaps the table of files', position);
    }
  }
  if (totalBytes > header.size * limits.expansionRatio) {
    const ratio = `more than ${limits.expansionRatio} times its own size`;
    throw new ParseError('cab', 'limit-exceeded', `the files of the cabinet hold ${totalBytes} bytes, ${ratio}`, 8);
  }
  return files;
}

async function readName(
  reader: ForwardReader,
  offset: number,
  attributes: number,
  limits: CabinetLimits,
): Promise<{ name: string; byteLength: number }> {
  const bytes = await reader.readUpTo(offset, limits.nameBytes + 1, 'the name of a file');
  const byteLength = bytes.indexOf(0);
  if (byteLength < 0) {
    const cause = bytes.length <= limits.nameBytes ? 'is not closed before the cabinet ends' : 'is too long';
    const code = bytes.length <= limits.nameBytes ? 'truncated' : 'name-too-long';
    throw new ParseError('cab', code, `the name of a file ${cause}`, offset);
  }
  if (byteLength === 0) throw new ParseError('cab', 'empty-name', 'a file has no name', offset);
  const nameBytes = bytes.subarray(0, byteLength);
  if (!(attributes & FILE_ATTRIBUTES.nameIsUtf8)) {
    return { name: Buffer.from(nameBytes).toString('latin1'), byteLength };
  }
  try {
    return { name: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(nameBytes), byteLength };
  } catch {
    throw new ParseError('cab', 'bad-name', 'the name of a file is said to be UTF-8 but is not', offset);
  }
}

function checkFolder(file: CabinetFile, folders: readonly CabinetFolder[], offset: number): void {
  if (isContinued(file)) return;
  const folder = folders[file.folderIndex];
  if (folder === undefined) {
    const count = `the cabinet has ${folders.length} folders`;
    throw new ParseError('cab', 'bad-file', `a file says it is in folder ${file.folderIndex}, but ${count}`, offset);
  }
  const most = folder.blockCount * BLOCK_BYTES;
  if (file.folderOffset + file.size > most) {
    const range = `bytes ${file.folderOffset} to ${file.folderOffset + file.size}`;
    throw new ParseError('cab', 'bad-file', `a file takes ${range} of a folder that has at most ${most}`, offset);
  }
}

/** CFFILE with its name, which is written as UTF-8 and marked so when it is not plain ASCII. */
export function encodeFile(file: {
  readonly nameBytes: Uint8Array;
  readonly size: number;
  readonly folderIndex: number;
  readonly folderOffset: number;
  readonly modified: { readonly date: number; readonly time: number };
}): Uint8Array {
  const bytes = new Uint8Array(FILE_ENTRY_SIZE + file.nameBytes.length + 1);
  const view = viewOf(bytes);
  const isAscii = file.nameBytes.every((byte) => byte < 0x80);
  view.setUint32(0, file.size, true);
  view.setUint32(4, file.folderOffset, true);
  view.setUint16(8, file.folderIndex, true);
  view.setUint16(10, file.modified.date, true);
  view.setUint16(12, file.modified.time, true);
  view.setUint16(14, FILE_ATTRIBUTES.archive | (isAscii ? 0 : FILE_ATTRIBUTES.nameIsUtf8), true);
  bytes.set(file.nameBytes, FILE_ENTRY_SIZE);
  return bytes;
}
