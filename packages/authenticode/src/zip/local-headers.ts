// Local headers (APPNOTE 4.3.7) and data descriptors (4.3.9), held against the central directory. Entries must follow one
// another without gaps from the first byte of the file to the directory, so that readers which go by the directory and
// readers which go through the file find the same.
//
//   local header                                data descriptor
//   0   4  0x04034b50                           0  4  0x08074b50, which may be absent
//   4   2  version needed                       4  4  CRC-32
//   6   2  flags                                8  4  compressed size
//   8   2  method                               12 4  size
//   10  4  time and date
//   14  4  CRC-32, 0 with a descriptor
//   18  4  compressed size, likewise
//   22  4  size, likewise
//   26  2  length of the name
//   28  2  length of the extra field
//   30     name, extra field
import type { ByteSource } from '../byte-source.ts';
import { equalBytes, viewOf } from '../bytes.ts';
import { ParseError } from '../errors.ts';
import { type DirectoryEntry, ZIP_FLAGS, type ZipEntry } from './directory.ts';
import { checkExtraField } from './extra-field.ts';
import { IN_ZIP64, refuseZip64 } from './zip64.ts';

export const LOCAL_SIGNATURE = 0x04034b50;
export const LOCAL_SIZE = 30;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const DESCRIPTOR_SIZE = 12;

function refuse(code: string, message: string, offset: number): never {
  throw new ParseError('zip', code, message, offset);
}

/** Checks the local header of `entry`, which must end, with its data, at or before `limit`. Gives the offset of the data. */
async function readLocalHeader(source: ByteSource, entry: DirectoryEntry, limit: number): Promise<number> {
  const { name, start, flags } = entry;
  const disagree = (what: string): never =>
    refuse('header-mismatch', `the header of '${name}' and the central directory disagree about its ${what}`, start);
  if (start + LOCAL_SIZE + entry.nameBytes.length > limit) refuse('overlap', `there is no room for '${name}'`, start);
  const header = await source.read(start, LOCAL_SIZE + entry.nameBytes.length);
  const view = viewOf(header);
  if (view.getUint32(0, true) !== LOCAL_SIGNATURE) refuse('bad-local-header', `'${name}' has no header`, start);
  if (
    view.getUint16(26, true) !== entry.nameBytes.length ||
    !equalBytes(header.subarray(LOCAL_SIZE), entry.nameBytes)
  ) {
    disagree('name');
  }
  if (view.getUint16(6, true) !== flags) disagree('flags');
  if (view.getUint16(8, true) !== viewOf(entry.record).getUint16(10, true)) disagree('method');
  const fields = [
    { what: 'CRC', at: 14, stated: entry.crc },
    { what: 'compressed size', at: 18, stated: entry.compressedSize },
    { what: 'size', at: 22, stated: entry.size },
  ];
  for (const { what, at, stated } of fields) {
    const value = view.getUint32(at, true);
    if (at > 14 && value === IN_ZIP64) refuseZip64(start);
    const isLater = (flags & ZIP_FLAGS.descriptor) !== 0 && value === 0;
    if (value !== stated && !isLater) disagree(what);
  }
  const extraStart = start + header.length;
  const extraLength = view.getUint16(28, true);
  if (extraStart + extraLength + entry.compressedSize > limit) {
    refuse('overlap', `'${name}' reaches into what follows it`, start);
  }
  checkExtraField(await source.read(extraStart, extraLength), extraStart);
  return extraStart + extraLength;
}

/** Checks what stands between the data of an entry and `limit`: nothing, or exactly one data descriptor. */
async function checkDescriptor(
  source: ByteSource,
  entry: DirectoryEntry,
  dataEnd: number,
  limit: number,
): Promise<void> {
  const length = limit - dataEnd;
  const isExpected = (entry.flags & ZIP_FLAGS.descriptor) !== 0;
  if (length === 0 && !isExpected) return;
  const marked = length === DESCRIPTOR_SIZE + 4;
  if (!isExpected || (length !== DESCRIPTOR_SIZE && !marked)) {
    const message = `${length} bytes behind '${entry.name}' belong to no entry; write the archive anew, without changing one that exists`;
    refuse('gap', message, dataEnd);
  }
  const view = viewOf(await source.read(dataEnd, length));
  const at = marked ? 4 : 0;
  if (
    (marked && view.getUint32(0, true) !== DESCRIPTOR_SIGNATURE) ||
    view.getUint32(at, true) !== entry.crc ||
    view.getUint32(at + 4, true) !== entry.compressedSize ||
    view.getUint32(at + 8, true) !== entry.size
  ) {
    refuse('header-mismatch', `the descriptor behind '${entry.name}' and the central directory disagree`, dataEnd);
  }
}

/** The entries with where their data is, in the order given. Throws ParseError. */
export async function readLocalHeaders(
  source: ByteSource,
  entries: readonly DirectoryEntry[],
  directoryOffset: number,
): Promise<ZipEntry[]> {
  const byOffset = [...entries].sort((a, b) => a.start - b.start);
  const found = new Map<DirectoryEntry, ZipEntry>();
  const first = byOffset[0]?.start ?? directoryOffset;
  if (first !== 0) refuse('gap', `${first} bytes before the first entry belong to no entry`, 0);
  for (const [index, entry] of byOffset.entries()) {
    const end = byOffset[index + 1]?.start ?? directoryOffset;
    const dataStart = await readLocalHeader(source, entry, end);
    await checkDescriptor(source, entry, dataStart + entry.compressedSize, end);
    found.set(entry, { ...entry, dataStart, end });
  }
  return entries.flatMap((entry) => found.get(entry) ?? []);
}
