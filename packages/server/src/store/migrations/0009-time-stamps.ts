// The time stamps on the signatures of the log: at most one each, kept so that a step that runs again hands out the same bytes.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const timeStamps: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('time_stamps')
      .addColumn('signature', 'bigint', (column) => column.primaryKey().notNull())
      .addColumn('token', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .execute();
  },
};
