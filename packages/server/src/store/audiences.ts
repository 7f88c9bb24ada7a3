// The audiences that an account can limit its shipping labels to: the built-in ones, then its own in the order in which they
// were made.
import { randomUUID } from 'node:crypto';
import type { Audience } from '@assay/hardware-api';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import { BUILT_IN_AUDIENCES } from './built-in-audiences.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

/** Audiences that an account may make. */
export const MAXIMUM_AUDIENCES = 500;

/** Every audience of an account. */
export async function listAudiences(database: Database | Transaction<Schema>, accountId: bigint): Promise<Audience[]> {
  const rows = await database
    .selectFrom('audiences')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  const own = rows.map(({ id, name, description, audience_name }) => ({
    id,
    name,
    description,
    audienceName: audience_name,
  }));
  return [...BUILT_IN_AUDIENCES, ...own];
}

/** The ids of an account's audiences, in lower case. */
export async function readAudienceIds(database: Database, accountId: bigint): Promise<ReadonlySet<string>> {
  return new Set((await listAudiences(database, accountId)).map(({ id }) => id.toLowerCase()));
}

/**
 * Adds an audience to an account; its id is chosen at random unless given. Returns undefined when the account has one of
 * that id, or as many as it may have.
 */
export async function addAudience(
  transaction: Transaction<Schema>,
  accountId: bigint,
  audience: Omit<Audience, 'id'> & { readonly id?: string },
  clock: Clock,
): Promise<Audience | undefined> {
  const id = (audience.id ?? randomUUID()).toLowerCase();
  const existing = await listAudiences(transaction, accountId);
  const full = existing.length - BUILT_IN_AUDIENCES.length >= MAXIMUM_AUDIENCES;
  if (full || existing.some((other) => other.id === id)) return undefined;
  const { numInsertedOrUpdatedRows } = await transaction
    .insertInto('audiences')
    .values({
      account_id: accountId,
      id,
      name: audience.name,
      description: audience.description,
      audience_name: audience.audienceName,
      created_at: clock().toISOString(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n ? { ...audience, id } : undefined;
}

/** Removes an audience that the account made; labels that name it keep doing so. False when there is none such. */
export async function removeAudience(
  transaction: Transaction<Schema>,
  accountId: bigint,
  id: string,
): Promise<boolean> {
  const { numDeletedRows } = await transaction
    .deleteFrom('audiences')
    .where('account_id', '=', accountId)
    .where('id', '=', id.toLowerCase())
    .executeTakeFirst();
  return numDeletedRows === 1n;
}
