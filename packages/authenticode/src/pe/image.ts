// Headers of a PE image ("PE Format": MS-DOS stub, COFF file header, optional header, section table), with every offset
// in them checked against the file. Only what signing and checking drivers needs.
import type { ByteSource } from '../byte-source.ts';
import { viewOf } from '../bytes.ts';
import { ParseError } from '../errors.ts';

/** A range of the file, in bytes. */
export interface FileRange {
  readonly offset: number;
  readonly size: number;
}

export interface PeSection {
  readonly name: string;
  readonly virtualAddress: number;
  readonly virtualSize: number;
  /** Where its bytes lie in the file; size 0 when it has none. */
  readonly raw: FileRange;
  /** IMAGE_SCN_ flags. */
  readonly characteristics: number;
}

export interface PeImage {
  /** Size of the file in bytes. */
  readonly size: number;
  /** COFF machine type; `machineName` gives its name. */
  readonly machine: number;
  /** 0x10b for PE32, 0x20b for PE32+. */
  readonly magic: number;
  /** 1 is native, which kernel drivers are. */
  readonly subsystem: number;
  readonly checksum: number;
  /** Offset of the 4-byte checksum in the file. */
  readonly checksumOffset: number;
  /** SizeOfHeaders. */
  readonly sizeOfHeaders: number;
  /** SectionAlignment: what sections are aligned to in memory, which is the size of a page. */
  readonly sectionAlignment: number;
  /** Offset of SectionAlignment in the file. */
  readonly sectionAlignmentOffset: number;
  readonly sections: readonly PeSection[];
  /** Offset of the 8-byte data directory entry of the certificate table. */
  readonly certificateEntryOffset: number;
  /** The debug directory as the image states it, by address in memory; undefined when it has none. */
  readonly debugDirectory: { readonly virtualAddress: number; readonly size: number } | undefined;
  /** The certificate table, which reaches to the end of the file; undefined when the image has none. */
  readonly certificateTable: FileRange | undefined;
}

const DOS_HEADER_BYTES = 64;
/** Signature and COFF file header. */
const FILE_HEADER_BYTES = 24;
const SECTION_HEADER_BYTES = 40;
/** The loader's own limit. */
const MAXIMUM_SECTIONS = 96;
/** Farthest place of the PE header that is believed. */
const MAXIMUM_HEADER_OFFSET = 1024 * 1024;
/** Largest file whose certificate table a 32-bit offset can reach. */
const MAXIMUM_IMAGE_BYTES = 0xffff_ffff;

const DOS_MAGIC = 0x5a4d;
const PE_MAGIC = 0x0000_4550;
/** Index of the certificate table among the data directories. */
const CERTIFICATE_DIRECTORY = 4;
const DEBUG_DIRECTORY = 6;

/** Offsets inside the optional header that differ between its two forms. */
const DATA_DIRECTORY_COUNT_OFFSET: ReadonlyMap<number, number> = new Map([
  [0x10b, 92],
  [0x20b, 108],
]);

function malformed(code: string, message: string, offset: number): ParseError {
  return new ParseError('pe', code, message, offset);
}

/** Whether a file that begins with these bytes is a PE image. A header that starts beyond them is given the benefit of the doubt. */
export function isPeImage(head: Uint8Array): boolean {
  if (head.length < DOS_HEADER_BYTES) return false;
  const view = viewOf(head);
  if (view.getUint16(0, true) !== DOS_MAGIC) return false;
  const headerOffset = view.getUint32(60, true);
  if (headerOffset + 4 <= head.length) return view.getUint32(headerOffset, true) === PE_MAGIC;
  return head.length >= 512 && headerOffset <= MAXIMUM_HEADER_OFFSET;
}

/**
 * Reads and checks the headers. Throws ParseError `not-pe`, `truncated`, `bad-optional-header`, `no-certificate-directory`,
 * `bad-section`, `bad-certificate-table` or `data-after-certificate-table`.
 */
export async function readPeImage(source: ByteSource): Promise<PeImage> {
  const { size } = source;
  if (size > MAXIMUM_IMAGE_BYTES) throw malformed('too-large', 'a PE image cannot be 4 GiB or larger', 0);
  const dos = viewOf(await source.read(0, DOS_HEADER_BYTES));
  if (dos.getUint16(0, true) !== DOS_MAGIC) throw malformed('not-pe', "the file does not begin with 'MZ'", 0);
  const headerOffset = dos.getUint32(60, true);
  if (headerOffset > MAXIMUM_HEADER_OFFSET) {
    throw malformed('not-pe', `the PE header is said to be at ${headerOffset}, too far into the file`, 60);
  }
  const fileHeader = viewOf(await source.read(headerOffset, FILE_HEADER_BYTES));
  if (fileHeader.getUint32(0, true) !== PE_MAGIC) {
    throw malformed('not-pe', "there is no 'PE' signature where the MS-DOS header points", headerOffset);
  }
  const sectionCount = fileHeader.getUint16(6, true);
  const optionalSize = fileHeader.getUint16(20, true);
  const optionalOffset = headerOffset + FILE_HEADER_BYTES;
  if (sectionCount > MAXIMUM_SECTIONS) {
    throw malformed('bad-section', `${sectionCount} sections are more than ${MAXIMUM_SECTIONS}`, headerOffset + 6);
  }
  const optional = viewOf(await source.read(optionalOffset, optionalSize));
  const magic = optionalSize >= 2 ? optional.getUint16(0, true) : 0;
  const countOffset = DATA_DIRECTORY_COUNT_OFFSET.get(magic);
  if (countOffset === undefined || optionalSize < countOffset + 4) {
    throw malformed('bad-optional-header', 'the optional header is neither PE32 nor PE32+', optionalOffset);
  }
  const directoryCount = optional.getUint32(countOffset, true);
  const entryOffset = countOffset + 4 + 8 * CERTIFICATE_DIRECTORY;
  if (directoryCount <= CERTIFICATE_DIRECTORY || optionalSize < entryOffset + 8) {
    const message = `the image has ${directoryCount} data directories and no entry for a certificate table, which is the fifth, so it cannot hold a signature; link it with all 16`;
    throw malformed('no-certificate-directory', message, optionalOffset + countOffset);
  }
  const certificateEntryOffset = optionalOffset + entryOffset;
  const certificateTable = checkCertificateTable(
    { offset: optional.getUint32(entryOffset, true), size: optional.getUint32(entryOffset + 4, true) },
    size,
    certificateEntryOffset,
  );
  const imageEnd = certificateTable?.offset ?? size;
  const sectionTableOffset = optionalOffset + optionalSize;
  const sectionTable = await source.read(sectionTableOffset, sectionCount * SECTION_HEADER_BYTES);
  const sizeOfHeaders = optional.getUint32(60, true);
  const headersEnd = sectionTableOffset + sectionTable.length;
  if (headersEnd > imageEnd || sizeOfHeaders > imageEnd || sizeOfHeaders < headersEnd) {
    throw malformed(
      'bad-optional-header',
      `SizeOfHeaders ${sizeOfHeaders} does not fit the image`,
      optionalOffset + 60,
    );
  }
  return {
    size,
    machine: fileHeader.getUint16(4, true),
    magic,
    subsystem: optional.getUint16(68, true),
    checksum: optional.getUint32(64, true),
    checksumOffset: optionalOffset + 64,
    sizeOfHeaders,
    sectionAlignment: optional.getUint32(32, true),
    sectionAlignmentOffset: optionalOffset + 32,
    sections: readSections(sectionTable, sectionTableOffset, imageEnd),
    certificateEntryOffset,
    debugDirectory:
      directoryCount > DEBUG_DIRECTORY
        ? readDirectoryEntry(optional, countOffset + 4 + 8 * DEBUG_DIRECTORY)
        : undefined,
    certificateTable,
  };
}

/** An entry of the data directories; undefined when it is empty or beyond the optional header. */
function readDirectoryEntry(optional: DataView, at: number): PeImage['debugDirectory'] {
  if (at + 8 > optional.byteLength) return undefined;
  const entry = { virtualAddress: optional.getUint32(at, true), size: optional.getUint32(at + 4, true) };
  return entry.virtualAddress === 0 || entry.size === 0 ? undefined : entry;
}

function checkCertificateTable(table: FileRange, size: number, entryOffset: number): FileRange | undefined {
  if (table.offset === 0 && table.size === 0) return undefined;
  const end = table.offset + table.size;
  if (table.offset === 0 || table.size === 0 || table.offset % 8 !== 0 || table.offset <= entryOffset || end > size) {
    const message = `the certificate table (${table.size} bytes at ${table.offset}) does not fit a file of ${size} bytes`;
    throw malformed('bad-certificate-table', message, entryOffset);
  }
  if (end !== size) {
    const message = `${size - end} bytes follow the certificate table, which must end the file`;
    throw malformed('data-after-certificate-table', message, end);
  }
  return table;
}

function readSections(table: Uint8Array, tableOffset: number, imageEnd: number): PeSection[] {
  const view = viewOf(table);
  const sections: PeSection[] = [];
  for (let at = 0; at < table.length; at += SECTION_HEADER_BYTES) {
    const raw = { offset: view.getUint32(at + 20, true), size: view.getUint32(at + 16, true) };
    const hasBytes = raw.offset !== 0 && raw.size !== 0;
    if (hasBytes && raw.offset + raw.size > imageEnd) {
      const message = `section ${at / SECTION_HEADER_BYTES + 1} reaches to ${raw.offset + raw.size}, beyond the end of the image at ${imageEnd}`;
      throw malformed('bad-section', message, tableOffset + at + 16);
    }
    let name = '';
    for (const octet of table.subarray(at, at + 8)) {
      if (octet === 0) break;
      name += String.fromCharCode(octet);
    }
    sections.push({
      name,
      virtualAddress: view.getUint32(at + 12, true),
      virtualSize: view.getUint32(at + 8, true),
      raw: hasBytes ? raw : { offset: 0, size: 0 },
      characteristics: view.getUint32(at + 36, true),
    });
  }
  return sections;
}
