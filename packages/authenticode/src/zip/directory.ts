// The central directory of a ZIP archive and the record at its end (APPNOTE.TXT 6.3.10, sections 4.3.12 and 4.3.16):
//
//   central header                              end record
//   0   4  0x02014b50                           0   4  0x06054b50
//   4   2  version made by                      4   2  number of this disk
//   6   2  version needed                       6   2  disk where the directory starts
//   8   2  flags                                8   2  entries on this disk
//   10  2  method                               10  2  entries
//   12  4  time and date                        12  4  size of the directory
//   16  4  CRC-32                               16  4  offset of the directory
//   20  4  compressed size                      20  2  length of the comment, which follows
//   24  4  size
//   28  2  length of the name
//   30  2  length of the extra field
//   32  2  length of the comment
//   34  2  disk where the entry starts
//   36  2  internal attributes
//   38  4  external attributes
//   42  4  offset of the local header
//   46     name, extra field, comment
import type { ByteSource } from '../byte-source.ts';
import { viewOf } from '../bytes.ts';
import { ParseError } from '../errors.ts';
import { checkExtraField } from './extra-field.ts';
import type { ZipLimits } from './limits.ts';
import { readName } from './names.ts';
import { IN_ZIP64, refuseZip64 } from './zip64.ts';

const END_SIGNATURE = 0x06054b50;
const END_SIZE = 22;
const MOST_COMMENT_BYTES = 0xffff;
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
const ZIP64_LOCATOR_SIZE = 20;
export const CENTRAL_SIGNATURE = 0x02014b50;
export const CENTRAL_SIZE = 46;
/** Where in a central header the offset of the local header stands. */
export const LOCAL_OFFSET_AT = 42;

/** Bits of the flags (APPNOTE 4.4.4). */
export const ZIP_FLAGS = { encrypted: 1, deflateHint: 0b110, descriptor: 8, utf8: 0x800 } as const;
const KNOWN_FLAGS = ZIP_FLAGS.deflateHint | ZIP_FLAGS.descriptor | ZIP_FLAGS.utf8;
/** Encryption, strong encryption, encrypted headers. */
const ENCRYPTION_FLAGS = ZIP_FLAGS.encrypted | 0x40 | 0x2000;

const METHODS = { 0: 'stored', 8: 'deflated' } as const;
export type ZipMethod = (typeof METHODS)[keyof typeof METHODS];

/** An entry as the central directory has it. */
export interface DirectoryEntry {
  readonly name: string;
  /** Whether it only says that there is a folder: its name ends in a slash. */
  readonly isDirectory: boolean;
  readonly method: ZipMethod;
  readonly flags: number;
  readonly crc: number;
  /** Compressed size in bytes. */
  readonly compressedSize: number;
  /** Uncompressed size in bytes. */
  readonly size: number;
  /** Offset of the local header. */
  readonly start: number;
  readonly nameBytes: Uint8Array;
  /** The whole central header, as it was read. */
  readonly record: Uint8Array;
}

/** An entry whose local header agrees with the central directory. */
export interface ZipEntry extends DirectoryEntry {
  /** Offset of the (compressed) data. */
  readonly dataStart: number;
  /** Offset behind the data and the data descriptor. */
  readonly end: number;
}

export interface EndRecord {
  readonly entryCount: number;
  readonly directoryOffset: number;
  /** In bytes. */
  readonly directorySize: number;
  readonly comment: Uint8Array;
}

/** The end record: found by its comment reaching exactly to the end of the file. Throws ParseError. */
export async function readEndRecord(source: ByteSource): Promise<EndRecord> {
  const tailStart = Math.max(0, source.size - END_SIZE - MOST_COMMENT_BYTES - ZIP64_LOCATOR_SIZE);
  const tail = await source.read(tailStart, source.size - tailStart);
  const view = viewOf(tail);
  let found: number | undefined;
  let short: number | undefined;
  for (let at = tail.length - END_SIZE; at >= 0; at -= 1) {
    if (view.getUint32(at, true) !== END_SIGNATURE) continue;
    const end = at + END_SIZE + view.getUint16(at + 20, true);
    if (end < tail.length) short ??= end;
    if (end !== tail.length) continue;
    if (found !== undefined) {
      const message = 'the archive has two ends: readers would disagree about what is in it';
      throw new ParseError('zip', 'ambiguous-end', message, tailStart + at);
    }
    found = at;
  }
  if (found === undefined && short !== undefined) {
    const message = `${tail.length - short} bytes follow the end of the archive; write it anew`;
    throw new ParseError('zip', 'trailing-data', message, tailStart + short);
  }
  if (found === undefined) {
    throw new ParseError(
      'zip',
      'not-a-zip',
      'the end of a ZIP archive was not found: it is cut off, or no ZIP archive',
    );
  }
  const offset = tailStart + found;
  const u16 = (field: number) => view.getUint16(offset - tailStart + field, true);
  const u32 = (field: number) => view.getUint32(offset - tailStart + field, true);
  const locator = found - ZIP64_LOCATOR_SIZE;
  const hasLocator = locator >= 0 && view.getUint32(locator, true) === ZIP64_LOCATOR_SIGNATURE;
  if (hasLocator || u32(12) === IN_ZIP64 || u32(16) === IN_ZIP64) refuseZip64(offset);
  if (u16(4) !== 0 || u16(6) !== 0 || u16(8) !== u16(10)) {
    throw new ParseError('zip', 'several-disks', 'the archive is one of several parts', offset);
  }
  const record = {
    entryCount: u16(10),
    directorySize: u32(12),
    directoryOffset: u32(16),
    comment: tail.slice(found + END_SIZE),
  };
  if (record.directoryOffset + record.directorySize !== offset) {
    const message = 'the central directory does not end where its end record begins';
    throw new ParseError('zip', 'bad-directory', message, offset);
  }
  return record;
}

/** A symbolic link, by the file mode that Unix tools write (the high half of the external attributes). */
function isSymbolicLink(madeBy: number, attributes: number): boolean {
  return madeBy >>> 8 === 3 && attributes >>> 28 === 0xa;
}

function readCentralHeader(bytes: Uint8Array, at: number, base: number, limits: ZipLimits): DirectoryEntry {
  const offset = base + at;
  const refuse = (code: string, message: string): never => {
    throw new ParseError('zip', code, message, offset);
  };
  if (bytes.length - at < CENTRAL_SIZE) refuse('bad-directory', 'the central directory ends inside an entry');
  const view = viewOf(bytes.subarray(at));
  if (view.getUint32(0, true) !== CENTRAL_SIGNATURE) refuse('bad-directory', 'an entry has the wrong signature');
  const nameLength = view.getUint16(28, true);
  const extraLength = view.getUint16(30, true);
  const length = CENTRAL_SIZE + nameLength + extraLength + view.getUint16(32, true);
  if (bytes.length - at < length) refuse('bad-directory', 'the central directory ends inside an entry');
  if (nameLength > limits.nameBytes) refuse('name-too-long', `the name of an entry has ${nameLength} bytes`);
  const record = bytes.subarray(at, at + length);
  const flags = view.getUint16(8, true);
  if ((flags & ENCRYPTION_FLAGS) !== 0) refuse('encrypted', 'an entry is encrypted');
  if ((flags & ~KNOWN_FLAGS) !== 0) refuse('unsupported-flags', `an entry has flags 0x${flags.toString(16)}`);
  const nameBytes = record.subarray(CENTRAL_SIZE, CENTRAL_SIZE + nameLength);
  const name = readName(nameBytes, (flags & ZIP_FLAGS.utf8) !== 0, offset + CENTRAL_SIZE);
  const extraAt = CENTRAL_SIZE + nameLength;
  checkExtraField(record.subarray(extraAt, extraAt + extraLength), offset + extraAt);
  const methodNumber = view.getUint16(10, true);
  const method = methodNumber === 0 || methodNumber === 8 ? METHODS[methodNumber] : undefined;
  if (method === undefined) {
    const message = `'${name}' is compressed with method ${methodNumber}: only stored (0) and deflated (8) are read`;
    throw new ParseError('zip', 'unsupported-method', message, offset);
  }
  const compressedSize = view.getUint32(20, true);
  const size = view.getUint32(24, true);
  const start = view.getUint32(LOCAL_OFFSET_AT, true);
  if (compressedSize === IN_ZIP64 || size === IN_ZIP64 || start === IN_ZIP64) refuseZip64(offset);
  if (view.getUint16(34, true) !== 0) refuse('several-disks', `'${name}' is on another disk`);
  if (isSymbolicLink(view.getUint16(4, true), view.getUint32(38, true))) {
    refuse('symbolic-link', `'${name}' is a symbolic link; put the file itself there`);
  }
  const isDirectory = name.endsWith('/');
  if (isDirectory && size !== 0) refuse('bad-name', `'${name}' is named as a folder but has content`);
  if (method === 'stored' && size !== compressedSize) {
    refuse('size-mismatch', `'${name}' is stored, but its two sizes differ`);
  }
  return {
    name,
    isDirectory,
    method,
    flags,
    crc: view.getUint32(16, true),
    compressedSize,
    size,
    start,
    nameBytes,
    record,
  };
}

/** Every entry, in the order of the directory. Throws ParseError. */
export async function readDirectory(source: ByteSource, end: EndRecord, limits: ZipLimits): Promise<DirectoryEntry[]> {
  const { directoryOffset, directorySize, entryCount } = end;
  const refuse = (code: string, message: string): never => {
    throw new ParseError('zip', code, message, directoryOffset);
  };
  if (entryCount > limits.entries) refuse('too-many-entries', `the archive has ${entryCount} entries`);
  if (directorySize > limits.directoryBytes) {
    refuse('directory-too-large', `the central directory has ${directorySize} bytes`);
  }
  if (entryCount * CENTRAL_SIZE > directorySize) {
    refuse('bad-directory', `${entryCount} entries do not fit in a directory of ${directorySize} bytes`);
  }
  const bytes = await source.read(directoryOffset, directorySize);
  const entries: DirectoryEntry[] = [];
  let total = 0;
  let at = 0;
  while (entries.length < entryCount) {
    const entry = readCentralHeader(bytes, at, directoryOffset, limits);
    total += entry.size;
    at += entry.record.length;
    entries.push(entry);
  }
  if (at !== bytes.length) {
    refuse('bad-directory', `the central directory has ${bytes.length - at} bytes behind its last entry`);
  }
  const most = Math.min(limits.totalBytes, Math.max(limits.freeBytes, source.size * limits.expansionRatio));
  if (total > most) {
    refuse('too-large', `the archive holds ${total} bytes in ${source.size}: more than the ${most} that are accepted`);
  }
  return entries;
}
