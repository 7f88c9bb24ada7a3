// How applications prove themselves and accounts register certificates: certificates of applications, the ids of assertions
// that were used, more about secrets and submission certificates, and the files that are to be signed.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Columns that tables of earlier migrations gain; rows that are there already have null in them. */
const NEW_COLUMNS: readonly (readonly [table: string, column: string, type: 'text' | 'bigint'])[] = [
  ['applications', 'disabled_at', 'text'],
  ['client_secrets', 'description', 'text'],
  ['client_secrets', 'hint', 'text'],
  ['client_secrets', 'last_used_on', 'text'],
  ['submission_certificates', 'issuer', 'text'],
  ['submission_certificates', 'not_before', 'text'],
  ['submission_certificates', 'not_after', 'text'],
  ['submission_certificates', 'is_extended_validation', 'bigint'],
  ['submission_certificates', 'registered_by', 'text'],
];

export const identity: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const [table, column, type] of NEW_COLUMNS) {
      await db.schema.alterTable(table).addColumn(column, type).execute();
    }
    await db.schema
      .createTable('application_certificates')
      .addColumn('client_id', 'text', (column) => column.notNull().references('applications.client_id'))
      .addColumn('thumbprint', 'text', (column) => column.notNull())
      .addColumn('sha1_thumbprint', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('certificate', 'text', (column) => column.notNull())
      .addColumn('not_before', 'text', (column) => column.notNull())
      .addColumn('not_after', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('application_certificates_key', ['client_id', 'thumbprint'])
      .execute();
    await db.schema
      .createTable('assertion_ids')
      .addColumn('client_id', 'text', (column) => column.notNull())
      .addColumn('id_hash', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('assertion_ids_key', ['client_id', 'id_hash'])
      .execute();
    await db.schema.createIndex('assertion_ids_expired').on('assertion_ids').column('expires_at').execute();
    await db.schema
      .createTable('certificate_challenges')
      .addColumn('challenge', 'text', (column) => column.primaryKey())
      .addColumn('account_id', 'bigint', (column) => column.notNull().references('accounts.id'))
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('certificate_challenges_of_account')
      .on('certificate_challenges')
      .columns(['account_id', 'created_at'])
      .execute();
    await db.schema.createIndex('audit_of_account').on('audit_entries').columns(['account_id', 'sequence']).execute();
  },
};
