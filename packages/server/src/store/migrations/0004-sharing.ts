// Products and submissions that one account shares with another, and which shipping label does so.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const sharing: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    // One statement a column: SQLite adds no more at once.
    await db.schema
      .alterTable('products')
      .addColumn('origin_type', 'text', (column) => column.notNull().defaultTo('author'))
      .execute();
    await db.schema.alterTable('products').addColumn('source_product_id', 'bigint').execute();
    await db.schema.alterTable('products').addColumn('source_publisher_id', 'bigint').execute();
    await db.schema
      .alterTable('products')
      .addColumn('deprecated', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.alterTable('submissions').addColumn('source_submission_id', 'bigint').execute();
    // One copy of a product and of a submission an account, however many labels share it and however often: nulls are distinct.
    await db.schema
      .createIndex('one_copy_of_product')
      .unique()
      .on('products')
      .columns(['account_id', 'source_product_id'])
      .execute();
    await db.schema
      .createIndex('one_copy_of_submission')
      .unique()
      .on('submissions')
      .columns(['account_id', 'source_submission_id'])
      .execute();
    await db.schema
      .createTable('shares')
      .addColumn('label_id', 'bigint', (column) => column.primaryKey())
      .addColumn('source_submission_id', 'bigint', (column) => column.notNull().references('submissions.id'))
      .addColumn('submission_id', 'bigint', (column) => column.notNull().references('submissions.id'))
      .addColumn('hardware_ids', 'text', (column) => column.notNull())
      .addColumn('shared_at', 'text', (column) => column.notNull())
      .addColumn('revoked_at', 'text')
      .execute();
    await db.schema.createIndex('shares_of_submission').on('shares').column('submission_id').execute();
  },
};
