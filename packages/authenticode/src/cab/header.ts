// CFHEADER, the start of a cabinet ([MS-CAB] 2.1). Little endian.
//
//   offset  size  field         meaning
//   0       4     signature     "MSCF"
//   4       4     reserved1     not hashed by Authenticode
//   8       4     cbCabinet     size of the cabinet in bytes, a signature behind it not counted
//   12      4     reserved2
//   16      4     coffFiles     offset of the first CFFILE
//   20      4     reserved3
//   24      1     versionMinor  3
//   25      1     versionMajor  1
//   26      2     cFolders
//   28      2     cFiles
//   30      2     flags         1 previous cabinet, 2 next cabinet, 4 reserve sizes present
//   32      2     setID
//   34      2     iCabinet      number of this cabinet in its set, from 0
//   36      2     cbCFHeader    \
//   38      1     cbCFFolder     > with flag 4: sizes of the reserve in the header, each CFFOLDER and each CFDATA
//   39      1     cbCFData      /
//   40      …     abReserve     cbCFHeader bytes
//   …       …     szCabinetPrev, szDiskPrev with flag 1; szCabinetNext, szDiskNext with flag 2; each closed by NUL
import type { ByteSource } from '../byte-source.ts';
import { viewOf } from '../bytes.ts';
import { ParseError } from '../errors.ts';
import { forwardReader } from './forward-reader.ts';
import { parseSignatureReserve } from './signature-reserve.ts';

export const CABINET_FLAGS = { previousCabinet: 1, nextCabinet: 2, reserve: 4 } as const;

/** Size of the part of CFHEADER that every cabinet has. */
export const FIXED_HEADER_SIZE = 36;
/** Size of the three reserve sizes that follow it with flag 4. */
export const RESERVE_SIZES_SIZE = 4;

/** Largest cabinet that [MS-CAB] allows, in bytes. */
export const MOST_CABINET_BYTES = 0x7fffffff;

const SIGNATURE = [0x4d, 0x53, 0x43, 0x46];
const VERSION = { major: 1, minor: 3 };
/** Most bytes in the name of a neighbouring cabinet or disk. */
const NEIGHBOUR_NAME_BYTES = 255;

export interface CabinetReserve {
  /** Content of the reserve in the header. */
  readonly header: Uint8Array;
  /** Bytes of reserve in each CFFOLDER. */
  readonly folderSize: number;
  /** Bytes of reserve in each CFDATA. */
  readonly dataSize: number;
}

/** The fields of CFHEADER that a writer chooses. */
export interface CabinetHeaderFields {
  /** cbCabinet in bytes. */
  readonly size: number;
  /** coffFiles. */
  readonly filesOffset: number;
  readonly folderCount: number;
  readonly fileCount: number;
  readonly flags: number;
  readonly setId: number;
  readonly index: number;
}

export interface CabinetHeader extends CabinetHeaderFields {
  readonly reserve: CabinetReserve | undefined;
  /** Byte range of the Authenticode signature, which lies directly behind the cabinet and ends the file. */
  readonly signature: { readonly offset: number; readonly size: number } | undefined;
  /** Names of the neighbouring cabinet and its disk. */
  readonly previous: { readonly cabinet: string; readonly disk: string } | undefined;
  readonly next: { readonly cabinet: string; readonly disk: string } | undefined;
  /** Offset of the first byte after the reserve. */
  readonly reserveEnd: number;
  /** Offset of the first CFFOLDER. */
  readonly foldersOffset: number;
}

/** Whether these bytes begin as a cabinet does. */
export function isCabinet(head: Uint8Array): boolean {
  return head.length >= SIGNATURE.length && SIGNATURE.every((byte, index) => head[index] === byte);
}

/**
 * Reads CFHEADER and checks it against the size of the file: the cabinet must fill the file, or end where an
 * Authenticode signature begins that fills the rest. Throws ParseError for anything else.
 */
export async function readCabinetHeader(source: ByteSource): Promise<CabinetHeader> {
  const reader = forwardReader(source, source.size);
  if (!isCabinet(await reader.readUpTo(0, SIGNATURE.length, 'the signature "MSCF"'))) {
    throw new ParseError('cab', 'not-a-cabinet', 'the file is not a cabinet: it does not begin with "MSCF"', 0);
  }
  const fixed = await reader.read(0, FIXED_HEADER_SIZE, 'the cabinet header');
  const view = viewOf(fixed);
  const fields = parseFixedHeader(view);

  let position: number = FIXED_HEADER_SIZE;
  let reserve: CabinetReserve | undefined;
  if (fields.flags & CABINET_FLAGS.reserve) {
    const sizes = viewOf(await reader.read(position, RESERVE_SIZES_SIZE, 'the sizes of the reserve'));
    position += RESERVE_SIZES_SIZE;
    const headerSize = sizes.getUint16(0, true);
    const header = (await reader.read(position, headerSize, 'the reserve of the header')).slice();
    position += headerSize;
    reserve = { header, folderSize: sizes.getUint8(2), dataSize: sizes.getUint8(3) };
  }
  const reserveEnd = position;

  const readName = async (): Promise<string> => {
    const bytes = await reader.readUpTo(position, NEIGHBOUR_NAME_BYTES + 1, 'the name of a neighbouring cabinet');
    const length = bytes.indexOf(0);
    if (length < 0) {
      throw new ParseError('cab', 'name-too-long', 'the name of a neighbouring cabinet has no end', position);
    }
    position += length + 1;
    return Buffer.from(bytes.subarray(0, length)).toString('latin1');
  };
  const readNeighbour = async (flag: number) =>
    fields.flags & flag ? { cabinet: await readName(), disk: await readName() } : undefined;
  const previous = await readNeighbour(CABINET_FLAGS.previousCabinet);
  const next = await readNeighbour(CABINET_FLAGS.nextCabinet);

  if (fields.size < position) {
    throw new ParseError(
      'cab',
      'bad-size',
      `the cabinet says it has ${fields.size} bytes, less than its own header`,
      8,
    );
  }
  if (fields.size > source.size) {
    throw new ParseError(
      'cab',
      'truncated',
      `the cabinet says it has ${fields.size} bytes but the file has only ${source.size}: it was cut off`,
      8,
    );
  }
  const signature = reserve === undefined ? undefined : parseSignatureReserve(reserve.header)?.signature;
  checkFileEnd(source.size, fields.size, signature);
  return { ...fields, reserve, signature, previous, next, reserveEnd, foldersOffset: position };
}

function parseFixedHeader(view: DataView): CabinetHeaderFields {
  const minor = view.getUint8(24);
  const major = view.getUint8(25);
  if (major !== VERSION.major || minor !== VERSION.minor) {
    throw new ParseError('cab', 'unsupported-version', `cabinet version ${major}.${minor} is not 1.3`, 24);
  }
  return {
    size: view.getUint32(8, true),
    filesOffset: view.getUint32(16, true),
    folderCount: view.getUint16(26, true),
    fileCount: view.getUint16(28, true),
    flags: view.getUint16(30, true),
    setId: view.getUint16(32, true),
    index: view.getUint16(34, true),
  };
}

function checkFileEnd(fileSize: number, cabinetSize: number, signature: CabinetHeader['signature']): void {
  if (signature === undefined) {
    if (fileSize === cabinetSize) return;
    const surplus = `${fileSize - cabinetSize} bytes follow the end of the cabinet`;
    throw new ParseError('cab', 'trailing-data', `${surplus} and no signature accounts for them`, cabinetSize);
  }
  if (signature.offset !== cabinetSize) {
    const where = `the signature is noted at byte ${signature.offset}, but the cabinet ends at byte ${cabinetSize}`;
    throw new ParseError('cab', 'misplaced-signature', where, cabinetSize);
  }
  const end = signature.offset + signature.size;
  if (end > fileSize) {
    throw new ParseError('cab', 'truncated', `the signature ends at byte ${end}, after the end of the file`, fileSize);
  }
  if (end < fileSize) {
    throw new ParseError('cab', 'trailing-data', `${fileSize - end} bytes follow the signature`, end);
  }
}

/** The 36 bytes of CFHEADER that every cabinet has. */
export function encodeFixedHeader(fields: CabinetHeaderFields): Uint8Array {
  const bytes = new Uint8Array(FIXED_HEADER_SIZE);
  const view = viewOf(bytes);
  bytes.set(SIGNATURE);
  view.setUint32(8, fields.size, true);
  view.setUint32(16, fields.filesOffset, true);
  view.setUint8(24, VERSION.minor);
  view.setUint8(25, VERSION.major);
  view.setUint16(26, fields.folderCount, true);
  view.setUint16(28, fields.fileCount, true);
  view.setUint16(30, fields.flags, true);
  view.setUint16(32, fields.setId, true);
  view.setUint16(34, fields.index, true);
  return bytes;
}

/** The part of CFHEADER that flag 4 adds: the three sizes and the reserve itself. */
export function encodeReserve(reserve: CabinetReserve): Uint8Array {
  const bytes = new Uint8Array(RESERVE_SIZES_SIZE + reserve.header.length);
  const view = viewOf(bytes);
  view.setUint16(0, reserve.header.length, true);
  view.setUint8(2, reserve.folderSize);
  view.setUint8(3, reserve.dataSize);
  bytes.set(reserve.header, RESERVE_SIZES_SIZE);
  return bytes;
}
