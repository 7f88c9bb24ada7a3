// The log of signatures: append-only, each row carries the hash of the one before it, so that a row that was changed,
// removed or slipped in is noticed.
import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { appendAudit, SERVICE } from './audit.ts';
import type { Database } from './database.ts';
import type { Signature } from './schema.ts';

/** What the first row names as its predecessor. */
const GENESIS = '0'.repeat(64);
/** Rows read at a time when the chain is verified. */
const PAGE_ROWS = 500;
const APPEND_ATTEMPTS = 20;

export type NewSignature = Omit<Signature, 'sequence' | 'previous_hash' | 'hash' | 'created_at'>;

function hashRow(row: Omit<Signature, 'hash'>): string {
  const fields = [
    String(row.sequence),
    row.previous_hash,
    String(row.submission_id),
    row.subject,
    row.purpose,
    row.digest_algorithm,
    row.digest,
    row.certificate_thumbprint,
    row.signature,
    row.created_at,
  ];
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}

/** The signature that was made for this file of this submission with this digest, if one was. */
export async function findSignature(
  database: Database,
  submissionId: bigint,
  subject: string,
  digest: string,
): Promise<Signature | undefined> {
  return await database
    .selectFrom('signatures')
    .selectAll()
    .where('submission_id', '=', submissionId)
    .where('subject', '=', subject)
    .where('digest', '=', digest)
    .executeTakeFirst();
}

/** Every signature made for a submission, oldest first. */
export async function listSignatures(database: Database, submissionId: bigint): Promise<Signature[]> {
  return await database
    .selectFrom('signatures')
    .selectAll()
    .where('submission_id', '=', submissionId)
    .orderBy('sequence')
    .execute();
}

/**
 * Appends a signature and gives the row that stands in the log: when another worker recorded a signature for the same
 * file first, that one, so that only one is ever released.
 *
 * @param entity path of the submission or the preprod package in the audit log
 */
export async function appendSignature(
  database: Database,
  entry: NewSignature,
  clock: Clock,
  entity: string = `submissions/${entry.submission_id}`,
): Promise<Signature> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.transaction().execute(async (transaction) => {
        const last = await transaction
          .selectFrom('signatures')
          .select(['sequence', 'hash'])
          .orderBy('sequence', 'desc')
          .limit(1)
          .executeTakeFirst();
        const row = {
          ...entry,
          sequence: (last?.sequence ?? 0n) + 1n,
          previous_hash: last?.hash ?? GENESIS,
          created_at: clock().toISOString(),
        };
        const complete: Signature = { ...row, hash: hashRow(row) };
        await transaction.insertInto('signatures').values(complete).execute();
        const { subject, purpose, digest, certificate_thumbprint } = complete;
        const details = { subject, purpose, digest, certificate: certificate_thumbprint, signature: complete.hash };
        await appendAudit(
          transaction,
          SERVICE,
          { accountId: null, action: 'signature.create', entity, details },
          clock,
        );
        return complete;
      });
    } catch (error) {
      // Another worker took the same sequence number, or signed the same file.
      const existing = await findSignature(database, entry.submission_id, entry.subject, entry.digest);
      if (existing) return existing;
      if (attempt >= APPEND_ATTEMPTS) throw error;
    }
  }
}

export type LogVerification =
  | { readonly ok: true; readonly entries: bigint }
  | { readonly ok: false; readonly sequence: bigint; readonly problem: string };

/** Walks the whole chain. */
export async function verifySignatureLog(database: Database): Promise<LogVerification> {
  let sequence = 0n;
  let previousHash = GENESIS;
  for (;;) {
    const rows = await database
      .selectFrom('signatures')
      .selectAll()
      .where('sequence', '>', sequence)
      .orderBy('sequence')
      .limit(PAGE_ROWS)
      .execute();
    if (rows.length === 0) return { ok: true, entries: sequence };
    for (const row of rows) {
      if (row.sequence !== sequence + 1n) {
        return { ok: false, sequence: sequence + 1n, problem: `entry ${sequence + 1n} is missing` };
      }
      if (row.previous_hash !== previousHash || row.hash !== hashRow(row)) {
        return { ok: false, sequence: row.sequence, problem: `entry ${row.sequence} was changed after it was written` };
      }
      sequence = row.sequence;
      previousHash = row.hash;
    }
  }
}
