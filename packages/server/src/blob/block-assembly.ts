// Puts one content together from blocks: those that wait for a list, and those that the present blob was made of.
import { findBlob, listBlocks } from '../store/blobs.ts';
import type { Database } from '../store/database.ts';
import { Checksums, type ComputedChecksums, type DeclaredChecksums } from './checksums.ts';
import { type CommittedBlock, type ContentFiles, isMissing } from './content-files.ts';
import { BlobError } from './errors.ts';

const READ_SIZE = 1024 * 1024;
/** How often the work starts again because a block was replaced meanwhile. */
const ATTEMPTS = 5;

/** One entry of a block list: where to look for the block with this id. */
export interface BlockReference {
  readonly id: string;
  readonly list: 'committed' | 'uncommitted' | 'latest';
}

/** A block and where its bytes are. */
interface BlockSource extends CommittedBlock {
  readonly content: string;
  readonly start: number;
}

export interface AssembledContent {
  readonly content: string;
  /** Bytes. */
  readonly length: number;
  readonly result: ComputedChecksums;
  readonly sources: readonly CommittedBlock[];
}

/** Where the bytes of each block of the list are at this moment. Throws BlobError InvalidBlockList when one is not known. */
async function locateBlocks(
  database: Database,
  files: ContentFiles,
  container: string,
  name: string,
  blocks: readonly BlockReference[],
): Promise<BlockSource[]> {
  const uncommitted = new Map<string, BlockSource>();
  for (const row of await listBlocks(database, container, name)) {
    uncommitted.set(row.block_id, { id: row.block_id, length: Number(row.length), content: row.content, start: 0 });
  }
  const committed = new Map<string, BlockSource>();
  const current = await findBlob(database, container, name);
  if (current && blocks.some(({ id, list }) => list === 'committed' || (list === 'latest' && !uncommitted.has(id)))) {
    let start = 0;
    for (const { id, length } of await files.readBlocks(current.content)) {
      committed.set(id, { id, length, content: current.content, start });
      start += length;
    }
  }
  return blocks.map(({ id, list }) => {
    const source =
      (list === 'committed' ? undefined : uncommitted.get(id)) ??
      (list === 'uncommitted' ? undefined : committed.get(id));
    if (!source) throw new BlobError('InvalidBlockList');
    return source;
  });
}

async function* readSources(files: ContentFiles, sources: readonly BlockSource[]): AsyncGenerator<Uint8Array> {
  for (const { content, start, length } of sources) {
    const file = await files.open(content);
    try {
      for (let done = 0; done < length; ) {
        // A buffer of its own for each read: the writer still holds the previous one.
        const buffer = Buffer.allocUnsafe(Math.min(READ_SIZE, length - done));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, start + done);
        if (bytesRead === 0) throw new Error(`The file of content ${content} is shorter than its block says.`);
        yield buffer.subarray(0, bytesRead);
        done += bytesRead;
      }
    } finally {
      await file.close();
    }
  }
}

/**
 * Writes the blocks, in the order of the list, as one content. Throws BlobError InvalidBlockList, RequestBodyTooLarge or
 * Md5Mismatch, and ServerBusy when other writers keep replacing the blocks.
 */
export async function assembleBlocks(
  { database, files, maximumSize }: { database: Database; files: ContentFiles; maximumSize: number },
  container: string,
  name: string,
  blocks: readonly BlockReference[],
  declared: DeclaredChecksums | undefined,
): Promise<AssembledContent> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const sources = await locateBlocks(database, files, container, name, blocks);
    const checksums = new Checksums(declared);
    try {
      const written = await files.write(
        readSources(files, sources),
        maximumSize,
        (chunk) => checksums.update(chunk),
        () => checksums.finish(),
      );
      return { ...written, sources };
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  throw new BlobError('ServerBusy');
}
