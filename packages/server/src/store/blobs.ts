// Queries on blobs and on the blocks that are not yet part of one. The bytes themselves are files; see ../blob/.
import type { Kysely, Transaction } from 'kysely';
import { sql } from 'kysely';
import type { Blob, BlobBlock, Schema } from './schema.ts';

type Connection = Kysely<Schema>;

/** The blob of that name, as it is now. */
export function findBlob(connection: Connection, container: string, name: string): Promise<Blob | undefined> {
  return connection
    .selectFrom('blobs')
    .selectAll()
    .where('container', '=', container)
    .where('name', '=', name)
    .executeTakeFirst();
}

/**
 * The blob of that name, which stays as it is until the transaction ends: other writers wait. Whoever is about to refer to a
 * blob's content from elsewhere reads it like this; otherwise an overwrite may delete the file in between.
 */
export function lockBlob(transaction: Transaction<Schema>, container: string, name: string): Promise<Blob | undefined> {
  // An update that changes nothing takes the row's lock on PostgreSQL and on SQLite alike; `for update` is not known to both.
  return transaction
    .updateTable('blobs')
    .set((row) => ({ content: row.ref('content') }))
    .where('container', '=', container)
    .where('name', '=', name)
    .returningAll()
    .executeTakeFirst();
}

/** Writes a blob that does not exist yet; false when it does (and nothing was written). */
export async function insertBlob(transaction: Transaction<Schema>, blob: Blob): Promise<boolean> {
  const inserted = await transaction
    .insertInto('blobs')
    .values(blob)
    .onConflict((conflict) => conflict.columns(['container', 'name']).doNothing())
    .returning('content')
    .executeTakeFirst();
  return inserted !== undefined;
}

/** Replaces every property of an existing blob. */
export async function updateBlob(transaction: Transaction<Schema>, blob: Blob): Promise<void> {
  const { container, name, ...properties } = blob;
  await transaction
    .updateTable('blobs')
    .set(properties)
    .where('container', '=', container)
    .where('name', '=', name)
    .execute();
}

export async function deleteBlob(transaction: Transaction<Schema>, container: string, name: string): Promise<void> {
  await transaction.deleteFrom('blobs').where('container', '=', container).where('name', '=', name).execute();
}

/** The uncommitted blocks of a blob, in the order of their ids. */
export function listBlocks(connection: Connection, container: string, blob: string): Promise<BlobBlock[]> {
  return connection
    .selectFrom('blob_blocks')
    .selectAll()
    .where('container', '=', container)
    .where('blob', '=', blob)
    .orderBy('block_id')
    .execute();
}

/** Some uncommitted block of the blob, if there is one: all have ids of the same length. */
export function findAnyBlock(connection: Connection, container: string, blob: string): Promise<BlobBlock | undefined> {
  return connection
    .selectFrom('blob_blocks')
    .selectAll()
    .where('container', '=', container)
    .where('blob', '=', blob)
    .limit(1)
    .executeTakeFirst();
}

/** How many uncommitted blocks the blob has and how many bytes they hold, one block left out of the count. */
export async function measureBlocks(
  connection: Connection,
  container: string,
  blob: string,
  exceptBlockId: string,
): Promise<{ count: bigint; length: bigint }> {
  const row = await connection
    .selectFrom('blob_blocks')
    .select((expression) => [
      expression.fn.countAll<bigint>().as('count'),
      // PostgreSQL sums bigints into a numeric, SQLite gives null for no rows.
      sql<bigint>`cast(coalesce(sum(length), 0) as bigint)`.as('length'),
    ])
    .where('container', '=', container)
    .where('blob', '=', blob)
    .where('block_id', '!=', exceptBlockId)
    .executeTakeFirstOrThrow();
  return { count: row.count, length: row.length };
}

/** Writes a block, replacing one with the same id; gives the content that it replaced. */
export async function replaceBlock(transaction: Transaction<Schema>, block: BlobBlock): Promise<string | undefined> {
  const previous = await transaction
    .deleteFrom('blob_blocks')
    .where('container', '=', block.container)
    .where('blob', '=', block.blob)
    .where('block_id', '=', block.block_id)
    .returning('content')
    .executeTakeFirst();
  await transaction
    .insertInto('blob_blocks')
    .values(block)
    .onConflict((conflict) =>
      conflict.columns(['container', 'blob', 'block_id']).doUpdateSet({
        content: block.content,
        length: block.length,
        created_at: block.created_at,
      }),
    )
    .execute();
  return previous?.content;
}

/** Forgets every uncommitted block of a blob; gives their contents. */
export async function deleteBlocks(
  transaction: Transaction<Schema>,
  container: string,
  blob: string,
): Promise<string[]> {
  const rows = await transaction
    .deleteFrom('blob_blocks')
    .where('container', '=', container)
    .where('blob', '=', blob)
    .returning('content')
    .execute();
  return rows.map((row) => row.content);
}

/** Forgets the blocks that were put before a moment (ISO 8601) and never committed; gives how many there were. */
export async function deleteBlocksBefore(connection: Connection, moment: string): Promise<number> {
  const rows = await connection
    .deleteFrom('blob_blocks')
    .where('created_at', '<', moment)
    .returning('content')
    .execute();
  return rows.length;
}

/** Whether a submission was committed with this content, so that it must outlive its blob. */
export async function contentIsCommitted(connection: Connection, content: string): Promise<boolean> {
  const row = await connection
    .selectFrom('submissions')
    .select('id')
    .where('package_content', '=', content)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Those of the given contents that a blob, a block or a submission refers to. At most some hundreds at a time. */
export async function findReferencedContents(
  connection: Connection,
  contents: readonly string[],
): Promise<Set<string>> {
  if (contents.length === 0) return new Set();
  const rows = await connection
    .selectFrom('blobs')
    .select('content')
    .where('content', 'in', contents)
    .union(connection.selectFrom('blob_blocks').select('content').where('content', 'in', contents))
    .union(
      connection
        .selectFrom('submissions')
        .select((expression) => expression.ref('package_content').$notNull().as('content'))
        .where('package_content', 'in', contents),
    )
    .execute();
  return new Set(rows.map((row) => row.content));
}
