// The tables of the first slice: accounts, products, submissions, workflows, blobs and the log of signatures.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const firstSlice: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('accounts')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('legal_name', 'text', (column) => column.notNull())
      .addColumn('tenant_id', 'text', (column) => column.notNull().unique())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('applications')
      .addColumn('client_id', 'text', (column) => column.primaryKey())
      .addColumn('account_id', 'bigint', (column) => column.notNull().references('accounts.id'))
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('roles', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('client_secrets')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('client_id', 'text', (column) => column.notNull().references('applications.client_id'))
      .addColumn('secret_hash', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('submission_certificates')
      .addColumn('account_id', 'bigint', (column) => column.notNull().references('accounts.id'))
      .addColumn('thumbprint', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('certificate', 'text', (column) => column.notNull())
      .addColumn('registered_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('submission_certificates_key', ['account_id', 'thumbprint'])
      .execute();
    await db.schema
      .createTable('products')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('account_id', 'bigint', (column) => column.notNull().references('accounts.id'))
      .addColumn('shared_product_id', 'bigint', (column) => column.notNull())
      .addColumn('product_name', 'text', (column) => column.notNull())
      .addColumn('test_harness', 'text', (column) => column.notNull())
      .addColumn('properties', 'text', (column) => column.notNull())
      .addColumn('is_committed', 'bigint', (column) => column.notNull())
      .addColumn('is_extension_inf', 'bigint', (column) => column.notNull())
      .addColumn('created_by', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('updated_by', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('products_of_account').on('products').columns(['account_id', 'id']).execute();
    await db.schema
      .createTable('submissions')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('product_id', 'bigint', (column) => column.notNull().references('products.id'))
      .addColumn('account_id', 'bigint', (column) => column.notNull().references('accounts.id'))
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('commit_status', 'text', (column) => column.notNull())
      .addColumn('current_step', 'text')
      .addColumn('step_state', 'text')
      .addColumn('messages', 'text', (column) => column.notNull())
      .addColumn('is_extension_inf', 'bigint')
      .addColumn('is_universal', 'bigint')
      .addColumn('is_declarative_inf', 'bigint')
      .addColumn('upload_blob', 'text', (column) => column.notNull())
      .addColumn('package_content', 'text')
      .addColumn('created_by', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('submissions_of_product')
      .on('submissions')
      .columns(['account_id', 'product_id', 'id'])
      .execute();
    // One initial submission a product: the rule of the service, held where two requests cannot race past it.
    await db.schema
      .createIndex('one_initial_submission')
      .unique()
      .on('submissions')
      .column('product_id')
      .where('type' as never, '=', 'initial')
      .execute();
    await db.schema
      .createTable('downloads')
      .addColumn('submission_id', 'bigint', (column) => column.notNull().references('submissions.id'))
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('position', 'bigint', (column) => column.notNull())
      .addColumn('container', 'text', (column) => column.notNull())
      .addColumn('blob', 'text', (column) => column.notNull())
      .addColumn('file_name', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('downloads_key', ['submission_id', 'type'])
      .execute();
    await db.schema
      .createTable('workflows')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('subject_id', 'bigint', (column) => column.notNull())
      .addColumn('step', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempt', 'bigint', (column) => column.notNull())
      .addColumn('due_at', 'text', (column) => column.notNull())
      .addColumn('lease_owner', 'text')
      .addColumn('lease_until', 'text')
      .addColumn('version', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'text', (column) => column.notNull())
      .addUniqueConstraint('one_workflow_of_a_kind', ['kind', 'subject_id'])
      .execute();
    await db.schema.createIndex('workflows_due').on('workflows').columns(['state', 'due_at']).execute();
    await db.schema
      .createTable('workflow_steps')
      .addColumn('workflow_id', 'text', (column) => column.notNull().references('workflows.id'))
      .addColumn('step', 'text', (column) => column.notNull())
      .addColumn('output', 'text', (column) => column.notNull())
      .addColumn('attempts', 'bigint', (column) => column.notNull())
      .addColumn('finished_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('workflow_steps_key', ['workflow_id', 'step'])
      .execute();
    await db.schema
      .createTable('blobs')
      .addColumn('container', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addColumn('length', 'bigint', (column) => column.notNull())
      .addColumn('content_type', 'text', (column) => column.notNull())
      .addColumn('content_md5', 'text')
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('etag', 'text', (column) => column.notNull())
      .addColumn('last_modified', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('blobs_key', ['container', 'name'])
      .execute();
    await db.schema
      .createTable('blob_blocks')
      .addColumn('container', 'text', (column) => column.notNull())
      .addColumn('blob', 'text', (column) => column.notNull())
      .addColumn('block_id', 'text', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addColumn('length', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('blob_blocks_key', ['container', 'blob', 'block_id'])
      .execute();
    await db.schema
      .createTable('signatures')
      .addColumn('sequence', 'bigint', (column) => column.primaryKey())
      .addColumn('submission_id', 'bigint', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('purpose', 'text', (column) => column.notNull())
      .addColumn('digest_algorithm', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('certificate_thumbprint', 'text', (column) => column.notNull())
      .addColumn('signature', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('previous_hash', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addUniqueConstraint('one_signature_a_file', ['submission_id', 'subject', 'digest'])
      .execute();
    await db.schema
      .createTable('reviews')
      .addColumn('submission_id', 'bigint', (column) => column.primaryKey())
      .addColumn('decision', 'text', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('decided_by', 'text', (column) => column.notNull())
      .addColumn('decided_at', 'text', (column) => column.notNull())
      .execute();
  },
};
