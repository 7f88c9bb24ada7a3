// Writes driver folders into a cabinet and signs it, by stream: a large driver costs no more memory than a small one.

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type ByteSource,
  fileSource,
  rewriteStream,
  type SigningKey,
  signFile,
  writeCabinet,
} from '@assay/authenticode';
import { writeAtomically } from '../atomic-file.ts';
import { type CollectedFile, collectFiles } from './collect-files.ts';

export interface PackRequest {
  readonly directories: readonly string[];
  readonly out: string;
  readonly compression: 'mszip' | 'none';
  readonly key?: SigningKey | undefined;
  /** The time that every file gets, for cabinets that are the same on every build. */
  readonly modified?: Date | undefined;
  readonly force: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface PackResult {
  readonly files: number;
  /** Bytes of all files. */
  readonly content: number;
  /** Bytes of the cabinet. */
  readonly size: number;
}

/** A file that is opened for each read, so that a cabinet of many files does not need many open at once. */
function lazyFileSource(path: string, size: number): ByteSource & { close(): Promise<void> } {
  let handle: FileHandle | undefined;
  let source: ByteSource | undefined;
  return {
    size,
    async read(offset, length) {
      if (source === undefined) {
        handle = await open(path, constants.O_RDONLY);
        source = fileSource(handle, size);
      }
      const bytes = await source.read(offset, length);
      if (offset + length >= size) await this.close();
      return bytes;
    },
    async close() {
      source = undefined;
      await handle?.close();
      handle = undefined;
    },
  };
}

async function writeAll(handle: FileHandle, chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<number> {
  let size = 0;
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    await handle.writeFile(chunk);
    size += chunk.length;
  }
  return size;
}

async function writeUnsigned(
  handle: FileHandle,
  files: readonly CollectedFile[],
  request: PackRequest,
): Promise<number> {
  const sources = files.map((file) => lazyFileSource(file.path, file.size));
  try {
    const chunks = writeCabinet({
      files: files.map(({ name, size, modified }, index) => ({
        name,
        size,
        source: sources[index] ?? lazyFileSource(name, size),
        modified: request.modified ?? modified,
      })),
      compression: request.compression,
      reserveForSignature: request.key !== undefined,
    });
    return await writeAll(handle, chunks, request.signal);
  } finally {
    await Promise.all(sources.map((source) => source.close()));
  }
}

/** Writes the unsigned cabinet beside the result, then the signed one from it. */
async function writeSigned(
  handle: FileHandle,
  files: readonly CollectedFile[],
  request: PackRequest,
  key: SigningKey,
): Promise<number> {
  const path = join(dirname(request.out), `.unsigned.${randomBytes(6).toString('hex')}.partial`);
  const unsigned = await open(path, 'wx+');
  try {
    const size = await writeUnsigned(unsigned, files, request);
    const source = fileSource(unsigned, size);
    const rewrite = await signFile(source, { key });
    return await writeAll(handle, rewriteStream(source, rewrite), request.signal);
  } finally {
    await unsigned.close();
    await unlink(path);
  }
}

/** Packs the folders. Throws CommandError when they are not a driver package; then nothing is written. */
export async function packCabinet(request: PackRequest): Promise<PackResult> {
  const files = await collectFiles(request.directories);
  const { key } = request;
  const size = await writeAtomically(request.out, request.force, (handle) =>
    key === undefined ? writeUnsigned(handle, files, request) : writeSigned(handle, files, request, key),
  );
  return { files: files.length, content: files.reduce((sum, file) => sum + file.size, 0), size };
}
