// Decompresses a cabinet, each folder once and in order, block by block: memory stays bounded whatever the sizes are.
import type { ByteSource } from '../byte-source.ts';
import { ParseError } from '../errors.ts';
import type { Cabinet } from './cabinet.ts';
import { readDataBlock } from './data-block.ts';
import { type CabinetFile, isContinued } from './file.ts';
import type { CabinetCompression, CabinetFolder } from './folder.ts';
import { type ForwardReader, forwardReader } from './forward-reader.ts';
import { type CabinetLimits, cabinetLimits } from './limits.ts';
import { createLzxDecoder, isWindowBits } from './lzx/index.ts';
import { createMszipDecoder } from './mszip.ts';

/** Takes the content of one file. */
export interface CabinetFileSink {
  /** Takes the next bytes, at most 32 KiB; they must not be changed. */
  write(chunk: Uint8Array): Promise<void> | void;
  /** Called once, after the last byte. */
  close(): Promise<void> | void;
  /** Called in place of close when the cabinet turns out to be damaged inside this file. */
  abort?(error: unknown): Promise<void> | void;
}

/** Chooses where a file goes; undefined to skip it. */
export type OnCabinetFile = (file: CabinetFile) => CabinetFileSink | undefined | Promise<CabinetFileSink | undefined>;

type Decode = (data: Uint8Array, uncompressedSize: number, offset: number) => Uint8Array;

/** What the makecab of Windows must be told for a cabinet that stands alone. */
const ONE_CABINET = 'makecab /D MaxDiskSize=0 /D MaxCabinetSize=0';

/** How blocks of each method are decoded; throws ParseError for what cannot be. */
const DECODERS: Readonly<Record<CabinetCompression, (folder: CabinetFolder) => Decode>> = {
  none: () => (data, uncompressedSize, offset) => {
    if (data.length === uncompressedSize) return data;
    const sizes = `${data.length} bytes for ${uncompressedSize}`;
    throw new ParseError('cab', 'bad-block', `a block without compression has ${sizes}`, offset);
  },
  mszip: () => createMszipDecoder().decode,
  lzx: ({ windowBits, blockCount, dataOffset }) => {
    if (isWindowBits(windowBits)) return createLzxDecoder(windowBits, blockCount).decode;
    const cause = `the cabinet says that its LZX window is 2^${windowBits} bytes, and 2^15 to 2^21 exist`;
    throw new ParseError('cab', 'bad-lzx', cause, dataOffset);
  },
  quantum: ({ dataOffset }) => {
    const remedy = 'make it with MSZIP or LZX (makecab /D CompressionType=MSZIP)';
    const cause = 'the cabinet is compressed with Quantum, which is not supported';
    throw new ParseError('cab', 'quantum-not-supported', `${cause}; ${remedy}`, dataOffset);
  },
  unknown: ({ dataOffset }) => {
    const cause = 'the cabinet is compressed with an unknown method; make it with MSZIP, LZX or without compression';
    throw new ParseError('cab', 'unsupported-compression', cause, dataOffset);
  },
};

/**
 * Decompresses every folder, checks the checksums of its blocks and hands each file to the sink that `onFile` chooses,
 * one file after the other in the order in which they lie in their folder. Throws ParseError when the data is damaged
 * (code `bad-lzx` when that is LZX), when files overlap or reach past the data, when a limit is passed, when the cabinet
 * needs others of its set, and with code `quantum-not-supported` for Quantum.
 */
export async function extractCabinet(
  source: ByteSource,
  cabinet: Cabinet,
  onFile: OnCabinetFile,
  limits?: Partial<CabinetLimits>,
): Promise<void> {
  const allowed = cabinetLimits(limits);
  requireWhole(cabinet);
  const reader = forwardReader(source, cabinet.size);
  const budget = { remaining: Math.min(allowed.totalBytes, cabinet.size * allowed.expansionRatio) };
  const filesByFolder = Map.groupBy(cabinet.files, (file) => file.folderIndex);
  for (const [index, folder] of cabinet.folders.entries()) {
    const writer = createFolderWriter(filesByFolder.get(index) ?? [], onFile);
    try {
      await writer.advance();
      for await (const chunk of decodeFolder(reader, folder, cabinet.reserve?.dataSize ?? 0, budget)) {
        await writer.write(chunk);
      }
      writer.finish();
    } catch (error) {
      await writer.abort(error);
      throw error;
    }
  }
}

/** Throws ParseError `continued-file` or `one-of-a-set` when other cabinets are needed for all files. */
function requireWhole(cabinet: Cabinet): void {
  const { previousCabinet, nextCabinet } = cabinet;
  const continued = cabinet.files.find(isContinued);
  if (continued === undefined && !cabinet.hasPrevious && !cabinet.hasNext) return;
  const neighbours = [
    ...(previousCabinet === undefined ? [] : [`after "${previousCabinet}"`]),
    ...(nextCabinet === undefined ? [] : [`before "${nextCabinet}"`]),
  ];
  const place = [`number ${cabinet.index + 1} of a set of cabinets`, ...neighbours].join(', ');
  const remedy = `make one cabinet of everything (${ONE_CABINET})`;
  if (continued === undefined) {
    throw new ParseError('cab', 'one-of-a-set', `the cabinet is ${place}, and not all files are in it; ${remedy}`);
  }
  const cause = `"${continued.name}" is only partly in this cabinet, ${place}`;
  throw new ParseError('cab', 'continued-file', `${cause}; ${remedy}`);
}

async function* decodeFolder(
  reader: ForwardReader,
  folder: CabinetFolder,
  reserveSize: number,
  budget: { remaining: number },
): AsyncGenerator<Uint8Array> {
  const decode = DECODERS[folder.compression](folder);
  let position = folder.dataOffset;
  for (let index = 0; index < folder.blockCount; index += 1) {
    const block = await readDataBlock(reader, position, folder.dataLimit, reserveSize);
    budget.remaining -= block.uncompressedSize;
    if (budget.remaining < 0) {
      throw new ParseError('cab', 'limit-exceeded', 'the cabinet holds more data than is allowed', block.offset);
    }
    yield decode(block.data, block.uncompressedSize, block.offset);
    position = block.end;
  }
}

/** Deals the uncompressed data of one folder out to its files. */
function createFolderWriter(files: readonly CabinetFile[], onFile: OnCabinetFile) {
  const ordered = [...files].sort((a, b) => a.folderOffset - b.folderOffset || a.size - b.size);
  let next = 0;
  let position = 0;
  let current: { file: CabinetFile; end: number; sink: CabinetFileSink | undefined } | undefined;

  /** Closes and opens files until the next byte of the folder is needed. */
  async function advance(): Promise<void> {
    for (;;) {
      if (current !== undefined) {
        if (position < current.end) return;
        const { sink } = current;
        current = undefined;
        await sink?.close();
      }
      const file = ordered[next];
      if (file === undefined || file.folderOffset > position) return;
      if (file.folderOffset < position) {
        const cause = `"${file.name}" overlaps the file before it`;
        throw new ParseError('cab', 'overlapping-files', `${cause} in the data of the cabinet`);
      }
      next += 1;
      current = { file, end: position + file.size, sink: undefined };
      current.sink = await onFile(file);
    }
  }

  return {
    advance,
    async write(chunk: Uint8Array): Promise<void> {
      for (let used = 0; used < chunk.length; ) {
        const boundary = current?.end ?? ordered[next]?.folderOffset ?? Number.POSITIVE_INFINITY;
        const length = Math.min(chunk.length - used, boundary - position);
        await current?.sink?.write(chunk.subarray(used, used + length));
        used += length;
        position += length;
        await advance();
      }
    },
    finish(): void {
      const missing = current?.file ?? ordered[next];
      if (missing === undefined) return;
      const needed = `bytes ${missing.folderOffset} to ${missing.folderOffset + missing.size} of its folder`;
      throw new ParseError('cab', 'bad-file', `"${missing.name}" takes ${needed}, but the data ends at ${position}`);
    },
    async abort(error: unknown): Promise<void> {
      await current?.sink?.abort?.(error);
    },
  };
}
