// The audit log: who changed what, in one chain of hashes.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const audit: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('audit_entries')
      .addColumn('sequence', 'bigint', (column) => column.primaryKey())
      .addColumn('at', 'text', (column) => column.notNull())
      .addColumn('account_id', 'bigint')
      .addColumn('actor', 'text', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('entity', 'text', (column) => column.notNull())
      .addColumn('correlation_id', 'text')
      .addColumn('details', 'text', (column) => column.notNull())
      .addColumn('previous_hash', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('audit_of_entity').on('audit_entries').columns(['entity', 'sequence']).execute();
    await db.schema.createIndex('audit_of_correlation').on('audit_entries').columns(['correlation_id']).execute();
    // The end of the chain, in one row: whoever appends holds it until its transaction ends, so that the chain has no forks.
    await db.schema
      .createTable('audit_head')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('sequence', 'bigint', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .execute();
    await (db as Kysely<{ audit_head: { id: bigint; sequence: bigint; hash: string } }>)
      .insertInto('audit_head')
      .values({ id: 1n, sequence: 0n, hash: '0'.repeat(64) })
      .execute();
  },
};
