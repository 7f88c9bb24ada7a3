// Shipping labels, the runs of their workflows, who may see them, the decisions about them, and audiences.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const shippingLabels: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('shipping_labels')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('account_id', 'bigint', (column) => column.notNull().references('accounts.id'))
      .addColumn('product_id', 'bigint', (column) => column.notNull().references('products.id'))
      .addColumn('submission_id', 'bigint', (column) => column.notNull().references('submissions.id'))
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('destination', 'text', (column) => column.notNull())
      .addColumn('publishing', 'text')
      .addColumn('receiver_account_id', 'bigint', (column) => column.references('accounts.id'))
      .addColumn('enforce_chid_targeting', 'bigint')
      .addColumn('targeting', 'text', (column) => column.notNull())
      .addColumn('published_targeting', 'text')
      .addColumn('run_id', 'bigint', (column) => column.notNull())
      .addColumn('current_step', 'text', (column) => column.notNull())
      .addColumn('step_state', 'text', (column) => column.notNull())
      .addColumn('step_started_at', 'text', (column) => column.notNull())
      .addColumn('messages', 'text', (column) => column.notNull())
      .addColumn('created_by', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('shipping_labels_of_submission')
      .on('shipping_labels')
      .columns(['submission_id', 'id'])
      .execute();
    await db.schema
      .createIndex('shipping_labels_by_step')
      .on('shipping_labels')
      .columns(['account_id', 'current_step', 'step_state', 'id'])
      .execute();
    await db.schema
      .createTable('shipping_label_readers')
      .addColumn('label_id', 'bigint', (column) => column.notNull().references('shipping_labels.id'))
      .addColumn('account_id', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('shipping_label_readers_key', ['label_id', 'account_id'])
      .execute();
    await db.schema
      .createTable('shipping_label_runs')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('label_id', 'bigint', (column) => column.notNull().references('shipping_labels.id'))
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('purpose', 'text', (column) => column.notNull())
      .addColumn('business_justification', 'text')
      .addColumn('approver', 'text')
      .addColumn('update_blob', 'text')
      .addColumn('outcome', 'text')
      .addColumn('requested_by', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('ended_at', 'text')
      .execute();
    await db.schema
      .createIndex('shipping_label_runs_of_label')
      .on('shipping_label_runs')
      .columns(['label_id', 'id'])
      .execute();
    await db.schema
      .createTable('shipping_label_approvals')
      .addColumn('run_id', 'bigint', (column) => column.primaryKey().references('shipping_label_runs.id'))
      .addColumn('decision', 'text', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('decided_by', 'text', (column) => column.notNull())
      .addColumn('decided_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('audiences')
      .addColumn('account_id', 'bigint', (column) => column.notNull().references('accounts.id'))
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('audience_name', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('audiences_key', ['account_id', 'id'])
      .execute();
  },
};
