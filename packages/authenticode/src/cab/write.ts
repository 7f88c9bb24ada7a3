// Writes cabinets ([MS-CAB] 2): one cabinet, as many folders as the data needs, MSZIP or stored.
//
// The header states sizes that are known only when all data is compressed. So the data is compressed once for its sizes
// and kept while it fits a buffer; beyond that it is compressed a second time as it is written, and memory stays bounded.
import type { ByteSource } from '../byte-source.ts';
import { SigningError } from '../errors.ts';
import { encodeDataBlockHeader } from './data-block.ts';
import { encodeFile } from './file.ts';
import { BLOCK_BYTES, BLOCK_HEADER_SIZE, encodeFolder, FOLDER_SIZE } from './folder.ts';
import { CABINET_FLAGS, encodeFixedHeader, encodeReserve, FIXED_HEADER_SIZE, MOST_CABINET_BYTES } from './header.ts';
import { createMszipEncoder } from './mszip.ts';
import { encodeSignatureReserve } from './signature-reserve.ts';

export interface CabinetInputFile {
  /** Path inside the cabinet; `/` is written as `\`. */
  readonly name: string;
  /** Size in bytes, at most the size of the source. */
  readonly size: number;
  readonly source: ByteSource;
  /** Time of last change, written in UTC; 1980-01-01 when absent, so that the same input gives the same cabinet. */
  readonly modified?: Date;
}

export interface WriteCabinetOptions {
  readonly files: readonly CabinetInputFile[];
  readonly compression: 'mszip' | 'none';
  /** Set room aside for a signature, so that signing moves nothing. */
  readonly reserveForSignature?: boolean;
  /** A number that all cabinets of one set share; 0 when absent. */
  readonly setId?: number;
  /** Most uncompressed bytes of one folder; what the format allows, 2 GiB - 32 KiB, when absent. */
  readonly folderBytes?: number;
  /** Most bytes of compressed data kept in memory between the two passes; 64 MiB when absent. */
  readonly bufferBytes?: number;
}

const DEFAULT_BUFFER_BYTES = 64 * 1024 * 1024;
const MOST_FILES = 65_535;
/** Most blocks of one folder: cCFData has 16 bits. */
const MOST_BLOCKS = 65_535;
const MOST_FOLDER_BYTES = MOST_BLOCKS * BLOCK_BYTES;
const MOST_NAME_BYTES = 255;
/** 1980-01-01 00:00:00, the first time that MS-DOS can write. */
const EARLIEST_TIME = { date: (1 << 5) | 1, time: 0 };

interface PlannedFile {
  readonly input: CabinetInputFile;
  readonly nameBytes: Uint8Array;
  readonly folderIndex: number;
  readonly folderOffset: number;
}

/**
 * Yields the bytes of a cabinet. Throws SigningError `invalid-cabinet-input` for names that a cabinet cannot hold, and
 * `cabinet-too-large` when it would pass 2 GiB, as [MS-CAB] wants, or 65535 files. Errors come before the first byte,
 * except when a source changes between the passes.
 */
export async function* writeCabinet(options: WriteCabinetOptions): AsyncGenerator<Uint8Array> {
  const { compression } = options;
  const plan = planFiles(options.files, Math.min(options.folderBytes ?? MOST_FOLDER_BYTES, MOST_FOLDER_BYTES));
  const folders = [...Map.groupBy(plan, (file) => file.folderIndex).values()];
  const entries = plan.map((file) =>
    encodeFile({
      nameBytes: file.nameBytes,
      size: file.input.size,
      folderIndex: file.folderIndex,
      folderOffset: file.folderOffset,
      modified: file.input.modified === undefined ? EARLIEST_TIME : dosTime(file.input.modified),
    }),
  );
  const reserve = options.reserveForSignature
    ? encodeSignatureReserve(new Uint8Array(0), { offset: 0, size: 0 })
    : undefined;
  const reserveBytes =
    reserve === undefined ? new Uint8Array(0) : encodeReserve({ header: reserve, folderSize: 0, dataSize: 0 });
  const filesOffset = FIXED_HEADER_SIZE + reserveBytes.length + folders.length * FOLDER_SIZE;
  const dataOffset = filesOffset + entries.reduce((sum, entry) => sum + entry.length, 0);

  const first = await compressOnce(folders, compression, dataOffset, options.bufferBytes ?? DEFAULT_BUFFER_BYTES);
  yield encodeFixedHeader({
    size: first.end,
    filesOffset,
    folderCount: folders.length,
    fileCount: plan.length,
    flags: reserve === undefined ? 0 : CABINET_FLAGS.reserve,
    setId: options.setId ?? 0,
    index: 0,
  });
  yield reserveBytes;
  for (const folder of first.folders) yield encodeFolder({ ...folder, compression });
  yield* entries;
  if (first.blocks !== undefined) {
    yield* first.blocks;
    return;
  }
  let position = dataOffset;
  for (const folder of folders) {
    for await (const block of compressFolder(folder, compression)) {
      position += block.length;
      yield block;
    }
  }
  if (position !== first.end) {
    throw new SigningError('source-changed', 'a file changed while the cabinet was written; try again');
  }
}

/** Checks the names and deals the files out to folders. */
function planFiles(files: readonly CabinetInputFile[], folderBytes: number): PlannedFile[] {
  if (files.length === 0) throw invalid('a cabinet needs at least one file');
  if (files.length > MOST_FILES) throw tooLarge(`it has ${files.length} files, and a cabinet holds ${MOST_FILES}`);
  const seen = new Set<string>();
  let folderIndex = 0;
  let folderOffset = 0;
  return files.map((input) => {
    const name = input.name.replaceAll('/', '\\');
    const nameBytes = new TextEncoder().encode(name);
    if (nameBytes.length === 0 || nameBytes.length > MOST_NAME_BYTES || name.includes('\0')) {
      throw invalid(`"${input.name}" cannot be the name of a file in a cabinet: 1 to ${MOST_NAME_BYTES} bytes, no NUL`);
    }
    if (seen.has(name.toLowerCase())) throw invalid(`"${input.name}" is given twice`);
    seen.add(name.toLowerCase());
    if (!Number.isSafeInteger(input.size) || input.size < 0 || input.size > input.source.size) {
      throw invalid(`"${input.name}" is given as ${input.size} bytes but has ${input.source.size}`);
    }
    if (input.size > MOST_FOLDER_BYTES) {
      throw tooLarge(`"${input.name}" has ${input.size} bytes, more than the ${MOST_FOLDER_BYTES} of one file`);
    }
    if (folderOffset > 0 && folderOffset + input.size > folderBytes) {
      folderIndex += 1;
      folderOffset = 0;
    }
    const planned = { input, nameBytes, folderIndex, folderOffset };
    folderOffset += input.size;
    return planned;
  });
}

/** The first pass: where the data of each folder lies, and the data itself when it fits `bufferBytes`. */
async function compressOnce(
  folders: readonly (readonly PlannedFile[])[],
  compression: 'mszip' | 'none',
  dataOffset: number,
  bufferBytes: number,
) {
  const placed: { dataOffset: number; blockCount: number }[] = [];
  let blocks: Uint8Array[] | undefined = [];
  let position = dataOffset;
  for (const folder of folders) {
    const start = position;
    let blockCount = 0;
    for await (const block of compressFolder(folder, compression)) {
      position += block.length;
      blockCount += 1;
      if (position > MOST_CABINET_BYTES) throw tooLarge('a cabinet holds at most 2 GiB: make several packages of it');
      if (position - dataOffset > bufferBytes) blocks = undefined;
      blocks?.push(block);
    }
    placed.push({ dataOffset: start, blockCount });
  }
  return { folders: placed, blocks, end: position };
}

/** The CFDATA blocks of one folder. */
async function* compressFolder(
  folder: readonly PlannedFile[],
  compression: 'mszip' | 'none',
): AsyncGenerator<Uint8Array> {
  const encoder = compression === 'mszip' ? createMszipEncoder() : undefined;
  let remaining = folder.reduce((sum, file) => sum + file.input.size, 0);
  let block = new Uint8Array(Math.min(BLOCK_BYTES, remaining));
  let filled = 0;
  for (const { input } of folder) {
    for (let offset = 0; offset < input.size; ) {
      const length = Math.min(block.length - filled, input.size - offset);
      block.set(await input.source.read(offset, length), filled);
      offset += length;
      filled += length;
      if (filled < block.length) continue;
      const data = encoder?.encode(block) ?? block;
      const header = encodeDataBlockHeader(data, block.length);
      const whole = new Uint8Array(BLOCK_HEADER_SIZE + data.length);
      whole.set(header);
      whole.set(data, header.length);
      yield whole;
      remaining -= block.length;
      block = new Uint8Array(Math.min(BLOCK_BYTES, remaining));
      filled = 0;
    }
  }
}

/** A time in MS-DOS form, UTC, to two seconds, within the years 1980 to 2107. */
function dosTime(time: Date): { date: number; time: number } {
  const year = time.getUTCFullYear();
  if (!(year >= 1980)) return EARLIEST_TIME;
  if (year > 2107) return dosTime(new Date(Date.UTC(2107, 11, 31, 23, 59, 58)));
  return {
    date: ((year - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate(),
    time: (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1),
  };
}

function invalid(message: string): SigningError {
  return new SigningError('invalid-cabinet-input', message);
}

function tooLarge(message: string): SigningError {
  return new SigningError('cabinet-too-large', `the cabinet cannot be written: ${message}`);
}
