// The audit log: append-only, written in the transaction of the change that it tells of, each entry carrying the hash of
// the one before it.
import { createHash } from 'node:crypto';
import { stringifyJson } from '@assay/hardware-api';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import type { Page, PageRequest } from './products.ts';
import type { AuditEntry, Schema } from './schema.ts';

/** The row of `audit_head`. */
const HEAD = 1n;
const GENESIS = '0'.repeat(64);
/** Rows read at a time when the chain is verified or exported. */
const PAGE_ROWS = 500;

/** Who is behind a change. */
export interface Actor {
  /** A client id, `service` or `operator`. */
  readonly actor: string;
  readonly correlationId?: string | undefined;
}

/** What a workflow does is done by the service itself. */
export const SERVICE: Actor = { actor: 'service' };
/** What is done on the machine, with the command line. */
export const OPERATOR: Actor = { actor: 'operator' };

export interface Change {
  readonly accountId: bigint | null;
  /** Noun and verb: `product.create`, `submission.commit`. */
  readonly action: string;
  /** Path of the thing, for example `products/17/submissions/42`. */
  readonly entity: string;
  /** What changed, as JSON can hold it. Never a secret, a token or a signed URL. */
  readonly details?: Readonly<Record<string, unknown>>;
}

function hashEntry(entry: Omit<AuditEntry, 'hash'>): string {
  const fields = [
    String(entry.sequence),
    entry.previous_hash,
    entry.at,
    entry.account_id === null ? null : String(entry.account_id),
    entry.actor,
    entry.action,
    entry.entity,
    entry.correlation_id,
    entry.details,
  ];
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}

/** Appends an entry. Call it last in the transaction of the change: it holds the end of the chain until that ends. */
export async function appendAudit(
  transaction: Transaction<Schema>,
  by: Actor,
  change: Change,
  clock: Clock,
): Promise<void> {
  const head = await transaction
    .updateTable('audit_head')
    .set((row) => ({ sequence: row('sequence', '+', 1n) }))
    .where('id', '=', HEAD)
    .returning(['sequence', 'hash'])
    .executeTakeFirstOrThrow();
  const entry = {
    sequence: head.sequence,
    at: clock().toISOString(),
    account_id: change.accountId,
    actor: by.actor,
    action: change.action,
    entity: change.entity,
    correlation_id: by.correlationId ?? null,
    details: stringifyJson(change.details ?? {}),
    previous_hash: head.hash,
  };
  const hash = hashEntry(entry);
  await transaction
    .insertInto('audit_entries')
    .values({ ...entry, hash })
    .execute();
  await transaction.updateTable('audit_head').set({ hash }).where('id', '=', HEAD).execute();
}

/** Entries in their order, optionally only those about one entity or of one correlation id. */
export async function* readAudit(
  database: Database,
  filter: { readonly entity?: string; readonly correlationId?: string; readonly accountId?: bigint } = {},
): AsyncGenerator<AuditEntry> {
  let sequence = 0n;
  for (;;) {
    let query = database.selectFrom('audit_entries').selectAll().where('sequence', '>', sequence);
    if (filter.entity !== undefined) query = query.where('entity', '=', filter.entity);
    if (filter.correlationId !== undefined) query = query.where('correlation_id', '=', filter.correlationId);
    if (filter.accountId !== undefined) query = query.where('account_id', '=', filter.accountId);
    const rows = await query.orderBy('sequence').limit(PAGE_ROWS).execute();
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return;
    sequence = last.sequence;
  }
}

/** One page of an account's own entries, oldest first. `after` is the sequence number of the last one before it. */
export async function listAuditPage(
  database: Database,
  accountId: bigint,
  filter: { readonly entity: string | undefined; readonly correlationId: string | undefined },
  page: PageRequest,
): Promise<Page<AuditEntry>> {
  let query = database
    .selectFrom('audit_entries')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('sequence', '>', page.after);
  if (filter.entity !== undefined) query = query.where('entity', '=', filter.entity);
  if (filter.correlationId !== undefined) query = query.where('correlation_id', '=', filter.correlationId);
  const rows = await query
    .orderBy('sequence')
    .limit(page.limit + 1)
    .execute();
  return { rows: rows.slice(0, page.limit), more: rows.length > page.limit };
}

export type AuditVerification =
  | { readonly ok: true; readonly entries: bigint; readonly lastHash: string }
  | { readonly ok: false; readonly sequence: bigint; readonly problem: string };

/** Walks the whole chain and compares its end with what the head says. */
export async function verifyAudit(database: Database): Promise<AuditVerification> {
  let sequence = 0n;
  let previousHash = GENESIS;
  for await (const entry of readAudit(database)) {
    const expected = sequence + 1n;
    if (entry.sequence !== expected) return { ok: false, sequence: expected, problem: `entry ${expected} is missing` };
    const { hash, ...rest } = entry;
    if (entry.previous_hash !== previousHash || hash !== hashEntry(rest)) {
      return { ok: false, sequence: expected, problem: `entry ${expected} was changed after it was written` };
    }
    sequence = expected;
    previousHash = hash;
  }
  const head = await database.selectFrom('audit_head').selectAll().where('id', '=', HEAD).executeTakeFirst();
  if (head === undefined || head.sequence > sequence || head.hash !== previousHash) {
    const missing = sequence + 1n;
    // Entries that were written while the chain was walked lie behind the end that was reached; they are not a fault.
    const newer = await database
      .selectFrom('audit_entries')
      .select('sequence')
      .where('sequence', '=', missing)
      .executeTakeFirst();
    if (newer === undefined) return { ok: false, sequence: missing, problem: `entry ${missing} is missing at the end` };
  }
  return { ok: true, entries: sequence, lastHash: previousHash };
}
