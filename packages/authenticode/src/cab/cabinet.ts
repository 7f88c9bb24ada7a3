// A whole cabinet as its tables describe it ([MS-CAB] 2): header, folders and files, checked against each other and
// against the limits before anything is decompressed.
import type { ByteSource } from '../byte-source.ts';
import { ParseError } from '../errors.ts';
import { type CabinetFile, readFiles } from './file.ts';
import { type CabinetFolder, FOLDER_SIZE, readFolders } from './folder.ts';
import { forwardReader } from './forward-reader.ts';
import { CABINET_FLAGS, type CabinetReserve, readCabinetHeader } from './header.ts';
import { type CabinetLimits, cabinetLimits } from './limits.ts';

export interface Cabinet {
  /** cbCabinet: size in bytes without the signature behind it. */
  readonly size: number;
  readonly setId: number;
  /** Number of this cabinet in its set, from 0. */
  readonly index: number;
  readonly flags: number;
  readonly reserve: CabinetReserve | undefined;
  /** Byte range of the Authenticode signature; undefined for an unsigned cabinet. */
  readonly signature: { readonly offset: number; readonly size: number } | undefined;
  /** Units of compression, not directories. */
  readonly folders: readonly CabinetFolder[];
  /** The files in the order of the table. */
  readonly files: readonly CabinetFile[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
  /** File names of the neighbours in the set, as they stand in the cabinet and not to be trusted. */
  readonly previousCabinet: string | undefined;
  readonly nextCabinet: string | undefined;
}

/**
 * Reads the tables of a cabinet. Throws ParseError, with the byte offset, when the input is not a cabinet, is cut off,
 * contradicts itself, or passes a limit.
 */
export async function readCabinet(source: ByteSource, limits?: Partial<CabinetLimits>): Promise<Cabinet> {
  const allowed = cabinetLimits(limits);
  const header = await readCabinetHeader(source);
  if (header.folderCount > allowed.folders || header.fileCount > allowed.files) {
    const counts = `${header.folderCount} folders and ${header.fileCount} files`;
    const most = `${allowed.folders} and ${allowed.files} are allowed`;
    throw new ParseError('cab', 'limit-exceeded', `the cabinet has ${counts}, but at most ${most}`, 26);
  }
  const foldersEnd = header.foldersOffset + header.folderCount * (FOLDER_SIZE + (header.reserve?.folderSize ?? 0));
  const reader = forwardReader(source, header.size);
  const folders = await readFolders(reader, header);
  if (header.fileCount > 0 && header.filesOffset < foldersEnd) {
    throw new ParseError('cab', 'overlapping-tables', 'the table of files overlaps what stands before it', 16);
  }
  const files = await readFiles(reader, header, folders, allowed);
  return {
    size: header.size,
    setId: header.setId,
    index: header.index,
    flags: header.flags,
    reserve: header.reserve,
    signature: header.signature,
    folders,
    files,
    hasPrevious: (header.flags & CABINET_FLAGS.previousCabinet) !== 0,
    hasNext: (header.flags & CABINET_FLAGS.nextCabinet) !== 0,
    previousCabinet: header.previous?.cabinet,
    nextCabinet: header.next?.cabinet,
  };
}
