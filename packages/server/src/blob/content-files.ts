// The files that hold the bytes of blobs. A content file never changes: it is written under a temporary name in the same
// file system, flushed to the disk and then renamed to `content/<xx>/<uuid>`; to change a blob is to point it at another
// content. A crash can only leave files that nothing refers to, which a sweep removes.
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, opendir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { syncDirectory } from '../durable-files.ts';
import { BlobError } from './errors.ts';

const CONTENT_NAME = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BLOCKS_SUFFIX = '.blocks';
/** Chunks are gathered up to this many bytes before they are written, so that a write costs little. */
const WRITE_SIZE = 1024 * 1024;

/** One block of a committed block list: its id in base64 and its length in bytes. */
export interface CommittedBlock {
  readonly id: string;
  readonly length: number;
}

/** Whether an error of node:fs says that a file is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function writeAll(file: FileHandle, batch: readonly Uint8Array[], length: number): Promise<void> {
  const { bytesWritten } = await file.writev(batch);
  if (bytesWritten === length) return;
  const bytes = Buffer.concat(batch);
  for (let offset = bytesWritten; offset < length; ) {
    const part = await file.write(bytes, offset, length - offset);
    offset += part.bytesWritten;
  }
}

/** The content files below one directory. */
export class ContentFiles {
  readonly #contentDirectory: string;
  readonly #incomingDirectory: string;

  /** Makes the directories when they are missing. */
  constructor(directory: string) {
    const root = resolve(directory);
    this.#contentDirectory = join(root, 'content');
    this.#incomingDirectory = join(root, 'incoming');
    for (const path of [this.#contentDirectory, this.#incomingDirectory]) {
      mkdirSync(path, { recursive: true, mode: 0o700 });
    }
  }

  /** The absolute path of a content. Throws RangeError when the name is not one that `write` gave. */
  path(content: string): string {
    if (!CONTENT_NAME.test(content))
      throw new RangeError(`${JSON.stringify(content)} is not the name of a content file.`);
    return join(this.#contentDirectory, content.slice(0, 2), content);
  }

  /**
   * Writes a new content from chunks, at the pace of the disk, and hands each chunk to `observe` on the way.
   *
   * @param limit largest length in bytes
   * @param settle runs when all bytes have been seen and before the content exists; what it throws discards them
   * Throws BlobError RequestBodyTooLarge, and whatever the chunks' source throws; then no content exists.
   */
  async write<Result>(
    chunks: AsyncIterable<Uint8Array>,
    limit: number,
    observe: (chunk: Uint8Array) => void,
    settle: () => Result,
  ): Promise<{ content: string; length: number; result: Result }> {
    const content = randomUUID();
    const temporary = join(this.#incomingDirectory, content);
    const file = await open(temporary, 'wx', 0o600);
    let length = 0;
    let result: Result;
    try {
      try {
        let batch: Uint8Array[] = [];
        let batchLength = 0;
        const flush = async (): Promise<void> => {
          const [writing, size] = [batch, batchLength];
          batch = [];
          batchLength = 0;
          // The disk works in another thread while this one computes the checksums.
          const written = writeAll(file, writing, size);
          try {
            for (const chunk of writing) observe(chunk);
          } finally {
            await written;
          }
        };
        for await (const chunk of chunks) {
          length += chunk.length;
          if (length > limit) throw new BlobError('RequestBodyTooLarge', { MaxLimit: String(limit) });
          batch.push(chunk);
          batchLength += chunk.length;
          if (batchLength >= WRITE_SIZE) await flush();
        }
        if (batchLength > 0) await flush();
        result = settle();
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#install(temporary, content);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    return { content, length, result };
  }

  /** Makes a finished file, already flushed and in the same file system, a content by renaming it. */
  async #install(path: string, content: string): Promise<void> {
    const target = this.path(content);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await rename(path, target);
    await syncDirectory(dirname(target));
  }

  /**
   * Moves a finished file in. Gives undefined when it lies in another file system: then it has to be copied.
   */
  async adopt(path: string): Promise<string | undefined> {
    const content = randomUUID();
    const file = await open(path, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    try {
      await this.#install(path, content);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EXDEV') return undefined;
      throw error;
    }
    return content;
  }

  /** Opens a content to read. Throws an error for which `isMissing` is true when it has been removed. */
  open(content: string): Promise<FileHandle> {
    return open(this.path(content), 'r');
  }

  /** Removes contents and what was noted beside them. Missing ones do not matter. */
  async remove(contents: readonly string[]): Promise<void> {
    for (const content of contents) {
      await rm(this.path(content) + BLOCKS_SUFFIX, { force: true });
      await rm(this.path(content), { force: true });
    }
  }

  /** Notes beside a content which blocks it was put together from. */
  async writeBlocks(content: string, blocks: readonly CommittedBlock[]): Promise<void> {
    const file = await open(this.path(content) + BLOCKS_SUFFIX, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(blocks.map(({ id, length }) => [id, length])));
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** The blocks that a content was put together from; none when it was put in one piece. */
  async readBlocks(content: string): Promise<CommittedBlock[]> {
    try {
      const entries = JSON.parse(await readFile(this.path(content) + BLOCKS_SUFFIX, 'utf8')) as [string, number][];
      return entries.map(([id, length]) => ({ id, length }));
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  /** Removes what uploads left unfinished and nobody has written to since `before`. Gives how many files there were. */
  async removeUnfinished(before: Date): Promise<number> {
    let removed = 0;
    for await (const entry of await opendir(this.#incomingDirectory)) {
      const path = join(this.#incomingDirectory, entry.name);
      if ((await modifiedAt(path)) >= before.getTime()) continue;
      await rm(path, { force: true });
      removed += 1;
    }
    return removed;
  }

  /** The contents whose files have not been written to since `before`. */
  async *list(before: Date): AsyncGenerator<string> {
    for await (const folder of await opendir(this.#contentDirectory)) {
      if (!folder.isDirectory()) continue;
      for await (const entry of await opendir(join(this.#contentDirectory, folder.name))) {
        if (!CONTENT_NAME.test(entry.name)) continue;
        if ((await modifiedAt(this.path(entry.name))) < before.getTime()) yield entry.name;
      }
    }
  }
}

/** Milliseconds since 1970; a file that is gone counts as modified at any time to come. */
async function modifiedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
