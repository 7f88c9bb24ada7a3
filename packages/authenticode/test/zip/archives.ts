// Makes ZIP archives byte by byte for tests, sound ones and such that lie in any field.
import { crc32, deflateRawSync } from 'node:zlib';
import { bytesSource } from '../../src/byte-source.ts';
import { concatBytes, viewOf } from '../../src/bytes.ts';
import { openZip, type ZipLimits } from '../../src/zip/index.ts';

/** Fields that a local and a central header have in common. */
interface Fields {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly name: Uint8Array;
  readonly extra: Uint8Array;
}

export interface Sample {
  readonly name: string | Uint8Array;
  readonly contents?: Uint8Array | string;
  /** 8 when absent. */
  readonly method?: number;
  /** Writes the CRC and the sizes behind the data, with or without a signature before them. */
  readonly descriptor?: 'marked' | 'plain';
  /** The compressed data, instead of what is made from the contents. */
  readonly data?: Uint8Array;
  /** Lies, told in both headers, in one of them, or in the descriptor. */
  readonly both?: Partial<Fields>;
  readonly local?: Partial<Fields>;
  readonly central?: Partial<Fields>;
  readonly descriptorBytes?: Uint8Array;
  /** Bytes before the local header that belong to nothing. */
  readonly before?: Uint8Array;
  /** Offset of the local header, as the directory says. */
  readonly offset?: number;
  readonly madeBy?: number;
  readonly externalAttributes?: number;
}

export interface EndLies {
  readonly count?: number;
  readonly countOnDisk?: number;
  readonly disk?: number;
  readonly directorySize?: number;
  readonly directoryOffset?: number;
  readonly comment?: Uint8Array;
  /** Bytes before the end record. */
  readonly beforeEnd?: Uint8Array;
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function writeFields(view: DataView, at: number, fields: Fields): void {
  view.setUint16(at, 20, true);
  view.setUint16(at + 2, fields.flags, true);
  view.setUint16(at + 4, fields.method, true);
  view.setUint32(at + 6, 0x5a6b_7c8d, true);
  view.setUint32(at + 10, fields.crc, true);
  view.setUint32(at + 14, fields.compressedSize, true);
  view.setUint32(at + 18, fields.size, true);
  view.setUint16(at + 22, fields.name.length, true);
  view.setUint16(at + 24, fields.extra.length, true);
}

function descriptorOf(marked: boolean, { crc, compressedSize, size }: Fields): Uint8Array {
  const bytes = new Uint8Array(marked ? 16 : 12);
  const view = viewOf(bytes);
  const at = marked ? 4 : 0;
  if (marked) view.setUint32(0, 0x08074b50, true);
  view.setUint32(at, crc, true);
  view.setUint32(at + 4, compressedSize, true);
  view.setUint32(at + 8, size, true);
  return bytes;
}

/** An archive of these entries. */
export function makeZip(samples: readonly Sample[], lies: EndLies = {}): Uint8Array {
  const body: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  const push = (bytes: Uint8Array) => {
    body.push(bytes);
    offset += bytes.length;
  };
  for (const sample of samples) {
    const contents =
      typeof sample.contents === 'string' ? utf8(sample.contents) : (sample.contents ?? new Uint8Array(0));
    const method = sample.method ?? 8;
    const data = sample.data ?? (method === 8 ? new Uint8Array(deflateRawSync(contents)) : contents);
    const name = typeof sample.name === 'string' ? utf8(sample.name) : sample.name;
    const isAscii = name.every((byte) => byte < 0x80);
    const truth: Fields = {
      flags: (sample.descriptor === undefined ? 0 : 8) | (isAscii ? 0 : 0x800),
      method,
      crc: crc32(contents),
      compressedSize: data.length,
      size: contents.length,
      name,
      extra: new Uint8Array(0),
      ...sample.both,
    };
    push(sample.before ?? new Uint8Array(0));
    const start = sample.offset ?? offset;
    const empty = sample.descriptor === undefined ? {} : { crc: 0, compressedSize: 0, size: 0 };
    const localFields: Fields = { ...truth, ...empty, ...sample.local };
    const local = new Uint8Array(30);
    viewOf(local).setUint32(0, 0x04034b50, true);
    writeFields(viewOf(local), 4, localFields);
    push(concatBytes([local, localFields.name, localFields.extra, data]));
    if (sample.descriptor !== undefined) {
      push(sample.descriptorBytes ?? descriptorOf(sample.descriptor === 'marked', truth));
    }
    const centralFields: Fields = { ...truth, ...sample.central };
    const central = new Uint8Array(46);
    const view = viewOf(central);
    view.setUint32(0, 0x02014b50, true);
    view.setUint16(4, sample.madeBy ?? 20, true);
    writeFields(view, 6, centralFields);
    view.setUint32(38, sample.externalAttributes ?? 0, true);
    view.setUint32(42, start, true);
    directory.push(concatBytes([central, centralFields.name, centralFields.extra]));
  }
  const directoryBytes = concatBytes(directory);
  const comment = lies.comment ?? new Uint8Array(0);
  const end = new Uint8Array(22);
  const view = viewOf(end);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(4, lies.disk ?? 0, true);
  view.setUint16(8, lies.countOnDisk ?? lies.count ?? samples.length, true);
  view.setUint16(10, lies.count ?? samples.length, true);
  view.setUint32(12, lies.directorySize ?? directoryBytes.length, true);
  view.setUint32(16, lies.directoryOffset ?? offset, true);
  view.setUint16(20, comment.length, true);
  return concatBytes([...body, directoryBytes, lies.beforeEnd ?? new Uint8Array(0), end, comment]);
}

/** Every file of an archive by name. */
export async function unzip(bytes: Uint8Array, limits?: Partial<ZipLimits>): Promise<Map<string, Uint8Array>> {
  const archive = await openZip(bytesSource(bytes), limits);
  const files = new Map<string, Uint8Array>();
  for (const entry of archive.entries) files.set(entry.name, await archive.readEntry(entry, 2 ** 30));
  return files;
}

/** Bytes that no method compresses, the same for the same seed. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let index = 0; index < length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state & 0xff;
  }
  return bytes;
}
