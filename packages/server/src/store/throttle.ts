// Counts calls by account, method and minute. The counters are in the database, so that every replica counts into the same.
import type { Database } from './database.ts';

/** One counter. */
export interface CountedCall {
  /** Whole minutes since 1970. */
  readonly minute: bigint;
  readonly accountId: bigint;
  /** HTTP method and route, for example `GET /products/:productId`. */
  readonly method: string;
}

/** Counts a call and gives how many there are in its minute, this one included. Of calls at once each gets its own number. */
export async function countCall(database: Database, { minute, accountId, method }: CountedCall): Promise<bigint> {
  const { calls } = await database
    .insertInto('throttle_counters')
    .values({ minute, account_id: accountId, method, calls: 1n })
    .onConflict((conflict) =>
      conflict
        .columns(['minute', 'account_id', 'method'])
        .doUpdateSet((row) => ({ calls: row('throttle_counters.calls', '+', 1n) })),
    )
    .returning('calls')
    .executeTakeFirstOrThrow();
  return calls;
}

/** Removes the counters of the minutes before this one. */
export async function removeCountersBefore(database: Database, minute: bigint): Promise<void> {
  await database.deleteFrom('throttle_counters').where('minute', '<', minute).execute();
}
