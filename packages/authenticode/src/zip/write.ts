// A ZIP archive with some entries put in or taken out. Entries that stay keep every byte: their headers and data are
// copied from the original, only the offsets in the central directory change.
import { Buffer } from 'node:buffer';
import { crc32, deflateRawSync } from 'node:zlib';
import { viewOf } from '../bytes.ts';
import { SigningError } from '../errors.ts';
import type { Rewrite, RewritePiece } from '../rewrite.ts';
import type { ZipArchive } from './archive.ts';
import { CENTRAL_SIGNATURE, CENTRAL_SIZE, LOCAL_OFFSET_AT, ZIP_FLAGS, type ZipEntry } from './directory.ts';
import { LOCAL_SIGNATURE, LOCAL_SIZE } from './local-headers.ts';
import { foldName } from './names.ts';

/** A new entry. */
export interface ZipAddition {
  /** Path with slashes. Takes the place of an entry whose name differs in case at most. */
  readonly name: string;
  readonly contents: Uint8Array;
  /** Whether to leave it uncompressed; when absent it is compressed if that makes it smaller. */
  readonly stored?: boolean;
}

export interface ZipChanges {
  readonly additions: readonly ZipAddition[];
  /** Entries that go. */
  readonly removals?: ReadonlySet<ZipEntry>;
}

const END_SIGNATURE = 0x06054b50;
/** Without ZIP64 no offset and no size reaches this. */
const MOST_BYTES = 0xffff_fffe;
const MOST_ENTRIES = 0xfffe;
/** 1980-01-01 00:00, the first moment that the format knows: the same archive comes out whenever it is made. */
const FIXED_DATE = 0x0021_0000;
/** Version 2.0, which deflate needs. */
const VERSION = 20;

/** A place in the new archive: an entry that is kept, or the bytes of a new one. */
interface Slot {
  readonly piece: RewritePiece;
  readonly length: number;
  /** Central header; its offset field is not set yet. */
  readonly record: Uint8Array;
}

function keptSlot({ start, end, record }: ZipEntry): Slot {
  return { piece: { copy: { start, end } }, length: end - start, record: record.slice() };
}

function newSlot({ name, contents, stored = false }: ZipAddition): Slot {
  const nameBytes = new TextEncoder().encode(name);
  const deflated = stored || contents.length === 0 ? contents : deflateRawSync(contents);
  const isDeflated = deflated.length < contents.length;
  const data = isDeflated ? deflated : contents;
  const flags = nameBytes.length === name.length ? 0 : ZIP_FLAGS.utf8;
  const writeShared = (view: DataView, at: number) => {
    view.setUint16(at, VERSION, true);
    view.setUint16(at + 2, flags, true);
    view.setUint16(at + 4, isDeflated ? 8 : 0, true);
    view.setUint32(at + 6, FIXED_DATE, true);
    view.setUint32(at + 10, crc32(contents), true);
    view.setUint32(at + 14, data.length, true);
    view.setUint32(at + 18, contents.length, true);
    view.setUint16(at + 22, nameBytes.length, true);
  };
  const bytes = new Uint8Array(LOCAL_SIZE + nameBytes.length + data.length);
  const local = viewOf(bytes);
  local.setUint32(0, LOCAL_SIGNATURE, true);
  writeShared(local, 4);
  bytes.set(nameBytes, LOCAL_SIZE);
  bytes.set(data, LOCAL_SIZE + nameBytes.length);
  const record = new Uint8Array(CENTRAL_SIZE + nameBytes.length);
  const central = viewOf(record);
  central.setUint32(0, CENTRAL_SIGNATURE, true);
  central.setUint16(4, VERSION, true);
  writeShared(central, 6);
  record.set(nameBytes, CENTRAL_SIZE);
  return { piece: { bytes }, length: bytes.length, record };
}

function encodeEnd(entryCount: number, size: number, offset: number, comment: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(22 + comment.length);
  const view = viewOf(bytes);
  view.setUint32(0, END_SIGNATURE, true);
  view.setUint16(8, entryCount, true);
  view.setUint16(10, entryCount, true);
  view.setUint32(12, size, true);
  view.setUint32(16, offset, true);
  view.setUint16(20, comment.length, true);
  bytes.set(comment, 22);
  return bytes;
}

function layOut(slots: readonly Slot[], comment: Uint8Array): Rewrite {
  let offset = 0;
  for (const { record, length } of slots) {
    // Wraps when the archive is too large, which is refused below before anything of it is used.
    viewOf(record).setUint32(LOCAL_OFFSET_AT, offset >>> 0, true);
    offset += length;
  }
  const directory = Buffer.concat(slots.map(({ record }) => record));
  if (offset + directory.length > MOST_BYTES || slots.length > MOST_ENTRIES) {
    const message = `the package would have ${slots.length} entries and ${offset + directory.length} bytes`;
    const remedy = 'without ZIP64, which the service does not take, 65,534 and 4 GiB are the most: leave files out';
    throw new SigningError('package-too-large', `${message}; ${remedy}`);
  }
  return [
    ...joinCopies(slots.map(({ piece }) => piece)),
    { bytes: new Uint8Array(directory) },
    { bytes: encodeEnd(slots.length, directory.length, offset, comment) },
  ];
}

/** The same pieces with copies of ranges that touch made into one. */
function joinCopies(pieces: readonly RewritePiece[]): RewritePiece[] {
  const joined: RewritePiece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if ('copy' in piece && last !== undefined && 'copy' in last && last.copy.end === piece.copy.start) {
      joined[joined.length - 1] = { copy: { start: last.copy.start, end: piece.copy.end } };
    } else {
      joined.push(piece);
    }
  }
  return joined;
}

/**
 * The archive with these changes. New entries stand where the one of that name stood, otherwise at the end. Throws
 * SigningError `package-too-large` when the result would need ZIP64.
 */
export function zipRewrite(archive: ZipArchive, { additions, removals }: ZipChanges): Rewrite {
  const waiting = new Map(additions.map((addition) => [foldName(addition.name), addition]));
  const slots: Slot[] = [];
  for (const entry of archive.entries) {
    const folded = foldName(entry.name);
    const addition = waiting.get(folded);
    if (addition !== undefined) {
      slots.push(newSlot(addition));
      waiting.delete(folded);
    } else if (removals?.has(entry) !== true) {
      slots.push(keptSlot(entry));
    }
  }
  for (const addition of waiting.values()) slots.push(newSlot(addition));
  return layOut(slots, archive.end.comment);
}

/** An archive of these entries, made from nothing. Throws SigningError `package-too-large`. */
export function writeZip(additions: readonly ZipAddition[]): Rewrite {
  return layOut(additions.map(newSlot), new Uint8Array(0));
}
