// The time stamps on the signatures of the log. A stamp comes after its signature was logged, so it cannot stand in the
// signature's row, which never changes; it needs no chain, because a token says itself what it stamps.
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';

/** The token on the signature with this number in the log, if there is one. */
export async function findTimeStamp(database: Database, signature: bigint): Promise<Uint8Array | undefined> {
  const row = await database
    .selectFrom('time_stamps')
    .select('token')
    .where('signature', '=', signature)
    .executeTakeFirst();
  return row === undefined ? undefined : Buffer.from(row.token, 'base64');
}

/** Keeps a token and gives the one that counts: another's, when that came first. */
export async function keepTimeStamp(
  database: Database,
  signature: bigint,
  token: Uint8Array,
  clock: Clock,
): Promise<Uint8Array> {
  await database
    .insertInto('time_stamps')
    .values({ signature, token: Buffer.from(token).toString('base64'), created_at: clock().toISOString() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await findTimeStamp(database, signature)) ?? token;
}
