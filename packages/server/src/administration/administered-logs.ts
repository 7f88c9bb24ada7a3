// Reads and verifies the two logs that nobody may rewrite: of changes and of signatures.
import { parseJson } from '@assay/hardware-api';
import { readAudit, verifyAudit } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { verifySignatureLog } from '../store/signatures.ts';

export interface AuditRecord {
  readonly sequence: bigint;
  readonly at: string;
  /** Digits of the seller id; null for what concerns the whole installation. */
  readonly accountId: string | null;
  readonly actor: string;
  readonly action: string;
  readonly entity: string;
  readonly correlationId: string | null;
  readonly details: unknown;
  readonly previousHash: string;
  readonly hash: string;
}

/** What became of one log. */
export interface LogResult {
  readonly log: 'audit' | 'signatures';
  readonly ok: boolean;
  /** How many entries were found good, from the first one on. */
  readonly entries: bigint;
  /** What is wrong; undefined when nothing is. */
  readonly problem: string | undefined;
  /** Hash of the last entry of the audit log, to be noted elsewhere. */
  readonly lastHash?: string;
}

export interface LogAdministration {
  /** Entries of the audit log in their order. */
  read(filter?: {
    readonly entity?: string;
    readonly correlationId?: string;
    readonly accountId?: bigint;
  }): AsyncGenerator<AuditRecord>;
  /** Walks both chains. */
  verify(): Promise<readonly LogResult[]>;
}

export function administerLogs(database: Database): LogAdministration {
  return {
    async *read(filter = {}) {
      for await (const entry of readAudit(database, filter)) {
        yield {
          sequence: entry.sequence,
          at: entry.at,
          accountId: entry.account_id === null ? null : String(entry.account_id),
          actor: entry.actor,
          action: entry.action,
          entity: entry.entity,
          correlationId: entry.correlation_id,
          details: parseJson(entry.details),
          previousHash: entry.previous_hash,
          hash: entry.hash,
        };
      }
    },

    async verify() {
      const audit = await verifyAudit(database);
      const signatures = await verifySignatureLog(database);
      return [
        audit.ok
          ? { log: 'audit', ok: true, entries: audit.entries, problem: undefined, lastHash: audit.lastHash }
          : { log: 'audit', ok: false, entries: audit.sequence - 1n, problem: audit.problem },
        signatures.ok
          ? { log: 'signatures', ok: true, entries: signatures.entries, problem: undefined }
          : { log: 'signatures', ok: false, entries: signatures.sequence - 1n, problem: signatures.problem },
      ];
    },
  };
}
