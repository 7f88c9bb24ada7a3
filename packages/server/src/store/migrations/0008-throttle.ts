// How often each account called each method in a minute.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const throttle: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('throttle_counters')
      .addColumn('minute', 'bigint', (column) => column.notNull())
      .addColumn('account_id', 'bigint', (column) => column.notNull())
      .addColumn('method', 'text', (column) => column.notNull())
      .addColumn('calls', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('throttle_counters_key', ['minute', 'account_id', 'method'])
      .execute();
  },
};
