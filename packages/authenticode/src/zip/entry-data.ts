// The bytes of an entry: inflated piece by piece, never more of them than the directory says, and checked against their
// CRC-32. Memory stays the same however much comes out.
import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { type ByteSource, streamSource } from '../byte-source.ts';
import { ParseError } from '../errors.ts';
import type { ZipEntry } from './directory.ts';

function refuse(entry: ZipEntry, code: string, message: string): never {
  throw new ParseError('zip', code, `'${entry.name}' ${message}`, entry.dataStart);
}

/** Writes the compressed bytes, no faster than they are taken. Ends when the inflater is closed. */
async function feed(inflater: InflateRaw, source: ByteSource, entry: ZipEntry): Promise<void> {
  for await (const chunk of streamSource(source, entry.dataStart, entry.dataStart + entry.compressedSize)) {
    if (inflater.destroyed) return;
    if (inflater.write(chunk)) continue;
    await new Promise<void>((resolve) => {
      const go = () => {
        inflater.off('drain', go).off('close', go);
        resolve();
      };
      if (inflater.destroyed) resolve();
      else inflater.on('drain', go).on('close', go);
    });
  }
  if (!inflater.destroyed) inflater.end();
}

async function* inflate(source: ByteSource, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const inflater = createInflateRaw();
  const feeding = feed(inflater, source, entry).catch((error: unknown) => {
    inflater.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const chunk of inflater) yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    if (inflater.bytesWritten !== entry.compressedSize) {
      const over = entry.compressedSize - inflater.bytesWritten;
      refuse(entry, 'trailing-data', `has ${over} bytes behind the end of its compressed data`);
    }
  } catch (error) {
    // Only zlib's own errors are about the data; those of the source, and ours, go on as they are.
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      refuse(entry, 'bad-deflate', `cannot be decompressed: ${error.message}`);
    }
    throw error;
  } finally {
    inflater.destroy();
    await feeding;
  }
}

/** The uncompressed bytes of an entry. Throws ParseError when there are more or fewer than stated, or others. */
export async function* streamEntryData(source: ByteSource, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const chunks =
    entry.method === 'deflated'
      ? inflate(source, entry)
      : streamSource(source, entry.dataStart, entry.dataStart + entry.compressedSize);
  let size = 0;
  let crc = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > entry.size) refuse(entry, 'too-long', `decompresses to more than the ${entry.size} bytes it states`);
    crc = crc32(chunk, crc);
    yield chunk;
  }
  if (size !== entry.size) refuse(entry, 'too-short', `decompresses to ${size} bytes instead of ${entry.size}`);
  if (crc !== entry.crc) refuse(entry, 'bad-crc', 'is damaged: its CRC-32 is another');
}
