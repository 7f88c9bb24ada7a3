// Blobs: a row that names an immutable content file. Bytes are written first and the row is switched in one transaction, so
// that a reader sees the old blob or the new one and a crash leaves nothing but files that nobody refers to.
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import {
  contentIsCommitted,
  deleteBlob,
  deleteBlocks,
  deleteBlocksBefore,
  findAnyBlock,
  findBlob,
  findReferencedContents,
  insertBlob,
  listBlocks,
  lockBlob,
  measureBlocks,
  replaceBlock,
  updateBlob,
} from '../store/blobs.ts';
import type { Database } from '../store/database.ts';
import type { Blob, Schema } from '../store/schema.ts';
import { assembleBlocks, type BlockReference } from './block-assembly.ts';
import { Checksums, type ComputedChecksums, type DeclaredChecksums } from './checksums.ts';
import { type CommittedBlock, ContentFiles, isMissing } from './content-files.ts';
import { BlobError } from './errors.ts';

const GIB = 1024 ** 3;
/** Largest blob unless the options say otherwise, in bytes. */
export const DEFAULT_MAXIMUM_BLOB_SIZE = 10 * GIB;
/** Azure's limits on block blobs (learn.microsoft.com/rest/api/storageservices/put-block). */
const MAXIMUM_UNCOMMITTED_BLOCKS = 100_000n;
const MAXIMUM_COMMITTED_BLOCKS = 50_000;
/** How long blocks wait for their list before they are forgotten, as on Azure. */
const BLOCK_LIFETIME_MS = 7 * 24 * 3_600_000;
/** Files younger than this are left alone by a sweep: their upload may be under way. */
const SWEEP_AGE_MS = 3_600_000;
const SWEEP_BATCH = 200;
/** How often a reader or an assembly starts again when a file was replaced under its hands. */
const ATTEMPTS = 5;
const READ_SIZE = 256 * 1024;
const ASSEMBLY_READ_SIZE = 1024 * 1024;

/** Bytes from `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Throws when the blob, as it is now, may not be replaced. */
export type Precondition = (current: Blob | undefined) => void;

export interface PutOptions {
  readonly contentType: string;
  readonly declared?: DeclaredChecksums;
  readonly precondition?: Precondition;
  /** Rows to be written in the transaction that makes the blob exist: both are there, or neither. */
  readonly apply?: (transaction: Transaction<Schema>, blob: Blob) => Promise<void>;
}

export interface BlobLists {
  readonly blob: Blob | undefined;
  readonly committed: readonly CommittedBlock[];
  readonly uncommitted: readonly CommittedBlock[];
}

/** What a write gave, with the checksums that were asked for. */
export interface WrittenBlob {
  readonly blob: Blob;
  readonly checksums: ComputedChecksums;
}

export interface BlobStore {
  /** Largest blob in bytes. */
  readonly maximumSize: number;
  /**
   * Writes a blob from the chunks, replacing one of that name. Discards uncommitted blocks, as Azure does.
   * Throws BlobError (RequestBodyTooLarge, Md5Mismatch, Crc64Mismatch), what the precondition, `apply` or the source throws; then nothing has changed.
   */
  put(container: string, name: string, chunks: AsyncIterable<Uint8Array>, options: PutOptions): Promise<WrittenBlob>;
  /**
   * Keeps a block for a later block list.
   *
   * @param blockId base64; all uncommitted blocks of a blob have ids of one length (BlobError InvalidBlobOrBlock)
   */
  putBlock(
    container: string,
    name: string,
    blockId: string,
    chunks: AsyncIterable<Uint8Array>,
    declared?: DeclaredChecksums,
  ): Promise<ComputedChecksums>;
  /** Puts the blob together from blocks. Throws BlobError InvalidBlockList when one is not known. */
  putBlockList(
    container: string,
    name: string,
    blocks: readonly BlockReference[],
    options: PutOptions,
  ): Promise<WrittenBlob>;
  /** The blocks that the blob was put together from and those that wait for a list. */
  listBlocks(container: string, name: string): Promise<BlobLists>;
  find(container: string, name: string): Promise<Blob | undefined>;
  /** The blob and its open file, which the caller closes; undefined when there is no such blob. */
  open(container: string, name: string): Promise<{ blob: Blob; file: FileHandle } | undefined>;
  /** A stream of the blob's bytes, or of a range of them. */
  openRead(blob: Pick<Blob, 'content' | 'length'>, range?: ByteRange): Readable;
  /** The absolute path of the immutable file that a content name stands for. */
  contentPath(content: string): string;
  /**
   * Makes a finished local file a blob; the file is gone afterwards. When the blob already has the same bytes and type, nothing
   * changes but that the file is removed. With `transaction` the row is written in it, and the file replaced waits for the next sweep.
   */
  adopt(
    container: string,
    name: string,
    localPath: string,
    options: { readonly contentType: string; readonly transaction?: Transaction<Schema> },
  ): Promise<Blob>;
  /** Removes a blob and its uncommitted blocks; false when there was none. */
  delete(container: string, name: string): Promise<boolean>;
  /** Removes files that nothing refers to and that are older than an hour. To be called at start-up, and now and then. */
  sweep(): Promise<{ readonly removed: number }>;
}

/** A new entity tag in Azure's look, quotes included. */
function newEtag(): string {
  return `"0x${randomBytes(8).toString('hex').toUpperCase()}"`;
}

export function createBlobStore(options: {
  readonly database: Database;
  /** Where the files are; made when missing. */
  readonly directory: string;
  readonly clock: Clock;
  /** Largest blob in bytes. */
  readonly maximumSize?: number;
}): BlobStore {
  const { database, directory, clock, maximumSize = DEFAULT_MAXIMUM_BLOB_SIZE } = options;
  const files = new ContentFiles(directory);

  /** Points the name at the new content. Gives the contents that are not needed any longer. */
  async function switchRow(
    transaction: Transaction<Schema>,
    blob: Blob,
    precondition: Precondition | undefined,
  ): Promise<string[]> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const current = await lockBlob(transaction, blob.container, blob.name);
      precondition?.(current);
      if (current) await updateBlob(transaction, blob);
      else if (!(await insertBlob(transaction, blob))) continue;
      const superfluous = await deleteBlocks(transaction, blob.container, blob.name);
      if (current && !(await contentIsCommitted(transaction, current.content))) superfluous.push(current.content);
      return superfluous;
    }
    throw new BlobError('ServerBusy');
  }

  /** Switches to a content that has just been written; when that fails, removes it. */
  async function publish(
    written: Pick<Blob, 'container' | 'name' | 'content' | 'length' | 'content_type' | 'content_md5' | 'sha256'>,
    { precondition, apply }: Pick<PutOptions, 'precondition' | 'apply'>,
  ): Promise<Blob> {
    const blob: Blob = { ...written, etag: newEtag(), last_modified: clock().toISOString() };
    let superfluous: string[];
    try {
      superfluous = await database.transaction().execute(async (transaction) => {
        const replaced = await switchRow(transaction, blob, precondition);
        await apply?.(transaction, blob);
        return replaced;
      });
    } catch (error) {
      await files.remove([blob.content]);
      throw error;
    }
    await files.remove(superfluous);
    return blob;
  }

  async function put(
    container: string,
    name: string,
    chunks: AsyncIterable<Uint8Array>,
    { contentType, declared, ...publication }: PutOptions,
  ): Promise<WrittenBlob> {
    const checksums = new Checksums(declared);
    const { content, length, result } = await files.write(
      chunks,
      maximumSize,
      (chunk) => checksums.update(chunk),
      () => checksums.finish(),
    );
    const blob = await publish(
      {
        container,
        name,
        content,
        length: BigInt(length),
        content_type: contentType,
        content_md5: result.md5 ?? null,
        sha256: result.sha256,
      },
      publication,
    );
    return { blob, checksums: result };
  }

  async function putBlock(
    container: string,
    name: string,
    blockId: string,
    chunks: AsyncIterable<Uint8Array>,
    declared?: DeclaredChecksums,
  ): Promise<ComputedChecksums> {
    const sibling = await findAnyBlock(database, container, name);
    if (sibling && sibling.block_id.length !== blockId.length) throw new BlobError('InvalidBlobOrBlock');
    const others = await measureBlocks(database, container, name, blockId);
    if (others.count >= MAXIMUM_UNCOMMITTED_BLOCKS) throw new BlobError('BlockCountExceedsLimit');
    const room = maximumSize - Number(others.length);
    const checksums = new Checksums(declared);
    const { content, length, result } = await files.write(
      chunks,
      Math.max(room, 0),
      (chunk) => checksums.update(chunk),
      () => checksums.finish(),
    );
    const block = {
      container,
      blob: name,
      block_id: blockId,
      content,
      length: BigInt(length),
      created_at: clock().toISOString(),
    };
    let previous: string | undefined;
    try {
      previous = await database.transaction().execute((transaction) => replaceBlock(transaction, block));
    } catch (error) {
      await files.remove([content]);
      throw error;
    }
    if (previous !== undefined) await files.remove([previous]);
    return result;
  }

  async function putBlockList(
    container: string,
    name: string,
    blocks: readonly BlockReference[],
    { contentType, declared, ...publication }: PutOptions,
  ): Promise<WrittenBlob> {
    if (blocks.length > MAXIMUM_COMMITTED_BLOCKS) throw new BlobError('BlockListTooLong');
    const { content, length, result, sources } = await assembleBlocks(
      { database, files, maximumSize },
      container,
      name,
      blocks,
      declared,
    );
    try {
      await files.writeBlocks(content, sources);
    } catch (error) {
      await files.remove([content]);
      throw error;
    }
    const blob = await publish(
      {
        container,
        name,
        content,
        length: BigInt(length),
        content_type: contentType,
        content_md5: result.md5 ?? null,
        sha256: result.sha256,
      },
      publication,
    );
    return { blob, checksums: result };
  }

  /** Runs `use` on the blob's content, again when an overwrite removed it between the row and the file. */
  async function withCurrent<Result>(
    container: string,
    name: string,
    use: (blob: Blob) => Promise<Result>,
  ): Promise<Result | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const blob = await findBlob(database, container, name);
      if (!blob) return undefined;
      try {
        return await use(blob);
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    throw new Error(`The file of blob ${container}/${name} is missing from the data directory.`);
  }

  function openRead(blob: Pick<Blob, 'content' | 'length'>, range?: ByteRange): Readable {
    if (blob.length === 0n) return Readable.from([]);
    return createReadStream(files.path(blob.content), { highWaterMark: READ_SIZE, ...range });
  }

  async function adopt(
    container: string,
    name: string,
    localPath: string,
    { contentType, transaction }: { readonly contentType: string; readonly transaction?: Transaction<Schema> },
  ): Promise<Blob> {
    const checksums = new Checksums();
    const { size } = await stat(localPath);
    for await (const chunk of createReadStream(localPath, { highWaterMark: ASSEMBLY_READ_SIZE }))
      checksums.update(chunk);
    const { sha256 } = checksums.finish();
    const existing = await findBlob(transaction ?? database, container, name);
    if (existing && existing.sha256 === sha256 && existing.content_type === contentType) {
      await rm(localPath);
      return existing;
    }
    let content = await files.adopt(localPath);
    if (content === undefined) {
      const copy = createReadStream(localPath, { highWaterMark: ASSEMBLY_READ_SIZE });
      ({ content } = await files.write(
        copy,
        Number.POSITIVE_INFINITY,
        () => undefined,
        () => undefined,
      ));
      await rm(localPath);
    }
    const written = {
      container,
      name,
      content,
      length: BigInt(size),
      content_type: contentType,
      content_md5: null,
      sha256,
    };
    if (!transaction) return publish(written, {});
    const blob: Blob = { ...written, etag: newEtag(), last_modified: clock().toISOString() };
    await switchRow(transaction, blob, undefined);
    return blob;
  }

  async function sweep(): Promise<{ removed: number }> {
    const now = clock().getTime();
    const before = new Date(now - SWEEP_AGE_MS);
    let removed = await files.removeUnfinished(before);
    await deleteBlocksBefore(database, new Date(now - BLOCK_LIFETIME_MS).toISOString());
    let batch: string[] = [];
    const removeOrphans = async (): Promise<void> => {
      const referenced = await findReferencedContents(database, batch);
      const orphans = batch.filter((content) => !referenced.has(content));
      await files.remove(orphans);
      removed += orphans.length;
      batch = [];
    };
    for await (const content of files.list(before)) {
      batch.push(content);
      if (batch.length === SWEEP_BATCH) await removeOrphans();
    }
    await removeOrphans();
    return { removed };
  }

  return {
    maximumSize,
    put,
    putBlock,
    putBlockList,
    async listBlocks(container, name) {
      const rows = await listBlocks(database, container, name);
      const blob = await findBlob(database, container, name);
      return {
        blob,
        committed: blob ? await files.readBlocks(blob.content) : [],
        uncommitted: rows.map((row) => ({ id: row.block_id, length: Number(row.length) })),
      };
    },
    find: (container, name) => findBlob(database, container, name),
    open: (container, name) =>
      withCurrent(container, name, async (blob) => ({ blob, file: await files.open(blob.content) })),
    openRead,
    contentPath: (content) => files.path(content),
    adopt,
    async delete(container, name) {
      const contents = await database.transaction().execute(async (transaction) => {
        const current = await lockBlob(transaction, container, name);
        const superfluous = await deleteBlocks(transaction, container, name);
        if (!current) return { existed: false, superfluous };
        await deleteBlob(transaction, container, name);
        if (!(await contentIsCommitted(transaction, current.content))) superfluous.push(current.content);
        return { existed: true, superfluous };
      });
      await files.remove(contents.superfluous);
      return contents.existed;
    },
    sweep,
  };
}
