// Preprod packages and what can be downloaded of them.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const preprod: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('preprod_packages')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('package_id', 'text', (column) => column.notNull().unique())
      .addColumn('account_id', 'bigint', (column) => column.notNull().references('accounts.id'))
      .addColumn('signing_status', 'text', (column) => column.notNull())
      .addColumn('current_step', 'text')
      .addColumn('messages', 'text', (column) => column.notNull())
      .addColumn('package_content', 'text', (column) => column.notNull())
      .addColumn('etag', 'text', (column) => column.notNull())
      .addColumn('created_by', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'text', (column) => column.notNull())
      .execute();
    // For the list of what is held for a reviewer.
    await db.schema
      .createIndex('preprod_packages_of_account')
      .on('preprod_packages')
      .columns(['account_id', 'current_step', 'id'])
      .execute();
    await db.schema
      .createTable('preprod_assets')
      .addColumn('asset_id', 'text', (column) => column.primaryKey())
      .addColumn('subject_id', 'bigint', (column) => column.notNull().references('preprod_packages.id'))
      .addColumn('asset_type', 'text', (column) => column.notNull())
      .addColumn('content_hash', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('preprod_assets_of_package').on('preprod_assets').column('subject_id').execute();
  },
};
