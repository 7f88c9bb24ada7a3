// The secrets of applications, kept only as their SHA-256. Two work at a time, so that a new one can be brought to every
// client before the old one goes.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import type { ClientSecret, Schema } from './schema.ts';

const SECRET_BYTES = 32;
/** Two years, the longest that Entra ID gives a secret. */
export const SECRET_LIFETIME_MS = 2 * 365 * 24 * 3_600_000;
/** How many secrets of an application work at the same time. Expired ones do not count. */
export const MAXIMUM_SECRETS = 2;
const HINT_CHARACTERS = 3;

/** What is known about a secret. `secret_hash` is its SHA-256 in lower-case hex, `expires_at` its end as ISO 8601. */
export type SecretRecord = Omit<ClientSecret, 'client_id'>;

/** A secret in clear, which can be had only once. */
export interface NewSecret {
  readonly id: string;
  readonly secret: string;
  readonly expiresAt: Date;
  /** Its first characters. */
  readonly hint: string;
}

/** The application has as many working secrets as it may have. */
export class TooManySecrets extends Error {
  override readonly name = 'TooManySecrets';

  constructor(clientId: string) {
    super(
      `The application ${clientId} has ${MAXIMUM_SECRETS} working secrets already. Remove the one that no client uses any more, then add the new one.`,
    );
  }
}

/** SHA-256 of a client secret in lower-case hex, as it is stored. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/**
 * Adds a secret of 256 random bits to an application and returns it in clear. This is the only time that it can be read.
 * It works for two years unless `expiresAt` says otherwise. Throws TooManySecrets when two work already.
 */
export async function addClientSecret(
  database: Database,
  secret: { readonly clientId: string; readonly expiresAt?: Date; readonly description?: string },
  clock: Clock,
): Promise<NewSecret> {
  if (!database.isTransaction) {
    return database.transaction().execute((transaction) => addClientSecret(transaction, secret, clock));
  }
  const clientId = secret.clientId.toLowerCase();
  const now = clock();
  await holdApplication(database as Transaction<Schema>, clientId);
  const working = (await listClientSecrets(database, clientId)).filter(
    ({ expires_at }) => expires_at > now.toISOString(),
  );
  if (working.length >= MAXIMUM_SECRETS) throw new TooManySecrets(clientId);
  const clear = randomBytes(SECRET_BYTES).toString('base64url');
  const made: NewSecret = {
    id: randomUUID(),
    secret: clear,
    expiresAt: secret.expiresAt ?? new Date(now.getTime() + SECRET_LIFETIME_MS),
    hint: clear.slice(0, HINT_CHARACTERS),
  };
  await database
    .insertInto('client_secrets')
    .values({
      id: made.id,
      client_id: clientId,
      secret_hash: hashSecret(clear),
      created_at: now.toISOString(),
      expires_at: made.expiresAt.toISOString(),
      description: secret.description ?? null,
      hint: made.hint,
      last_used_on: null,
    })
    .execute();
  return made;
}

/** Makes others that change the same application wait until this transaction ends. */
async function holdApplication(transaction: Transaction<Schema>, clientId: string): Promise<void> {
  await transaction
    .updateTable('applications')
    .set((row) => ({ client_id: row.ref('client_id') }))
    .where('client_id', '=', clientId)
    .execute();
}

/** The secrets of an application, expired ones included, oldest first. */
export function listClientSecrets(database: Database, clientId: string): Promise<SecretRecord[]> {
  return database
    .selectFrom('client_secrets')
    .select(['id', 'secret_hash', 'created_at', 'expires_at', 'description', 'hint', 'last_used_on'])
    .where('client_id', '=', clientId.toLowerCase())
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** Removes a secret; it stops working at once. Whether there was one. */
export async function removeClientSecret(database: Database, clientId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await database
    .deleteFrom('client_secrets')
    .where('client_id', '=', clientId.toLowerCase())
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** Remembers the day on which a secret was used: one write a day, however often it is used. */
export async function noteSecretUse(database: Database, secret: SecretRecord, clock: Clock): Promise<void> {
  const today = clock().toISOString().slice(0, 10);
  if (secret.last_used_on === today) return;
  await database.updateTable('client_secrets').set({ last_used_on: today }).where('id', '=', secret.id).execute();
}
