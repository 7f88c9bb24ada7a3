// Holds assertions against what happened: the journal, the schedule of faults and the database.
import type { Database } from '../../store/database.ts';
import type { FaultSchedule } from '../faults/schedule.ts';
import type { Journal, JournalEntry } from '../journal.ts';
import type { Assertion, Bounds, CallFilter, SubmissionState } from './assertion.ts';

export interface AssertionResult {
  readonly assertion: Assertion;
  readonly passed: boolean;
  /** How many there were; of `faultsHappened`, how many faults did not happen. */
  readonly found: number;
}

/** Where to look. */
export interface AssertionFacts {
  readonly journal: Pick<Journal, 'entries'>;
  readonly database: Database;
  readonly faults: Pick<FaultSchedule, 'list'>;
}

function holds({ exactly, atLeast, atMost }: Bounds, found: number): boolean {
  if (exactly === undefined && atLeast === undefined && atMost === undefined) return found >= 1;
  return (
    (exactly === undefined || found === exactly) &&
    (atLeast === undefined || found >= atLeast) &&
    (atMost === undefined || found <= atMost)
  );
}

/** Whether a status is this one, or of this class (`4xx`). */
function hasStatus(status: number, wanted: string): boolean {
  return wanted.endsWith('xx')
    ? String(status).startsWith(wanted.charAt(0)) && status >= 100
    : String(status) === wanted;
}

/** Whether an entry of the journal is one of those that are meant. */
export function matchesCall(entry: JournalEntry, { operation, method, status, fault }: CallFilter): boolean {
  return (
    (operation === undefined || entry.operation === operation) &&
    (method === undefined || entry.method === method) &&
    (status === undefined || hasStatus(entry.status, status)) &&
    (fault === undefined || (entry.fault ?? '').split(', ').includes(fault))
  );
}

interface SubmissionRow {
  readonly name: string;
  readonly commit_status: string;
  readonly step_state: string | null;
  readonly current_step: string | null;
}

function stateOf({ commit_status, step_state, current_step }: SubmissionRow): SubmissionState {
  if (commit_status === 'commitPending') return 'pending';
  if (commit_status === 'commitFailed' || step_state === 'failed') return 'failed';
  return current_step === 'finalizeIngestion' && step_state === 'completed' ? 'completed' : 'processing';
}

async function countProducts(database: Database, { name }: { readonly name?: string }): Promise<number> {
  const rows = await database
    .selectFrom('products')
    .select('product_name')
    .where('origin_type', '=', 'author')
    .execute();
  return rows.filter(({ product_name }) => name === undefined || product_name === name).length;
}

async function countSubmissions(
  database: Database,
  { state, name }: { readonly state?: SubmissionState; readonly name?: string },
): Promise<number> {
  const rows = await database
    .selectFrom('submissions')
    .select(['name', 'commit_status', 'step_state', 'current_step'])
    .where('source_submission_id', 'is', null)
    .execute();
  return rows.filter(
    (row) => (state === undefined || stateOf(row) === state) && (name === undefined || row.name === name),
  ).length;
}

/** Checks all of them, in their order. Products and submissions that another account shares are not counted twice. */
export async function checkAssertions(
  assertions: readonly Assertion[],
  { journal, database, faults }: AssertionFacts,
): Promise<{ readonly passed: boolean; readonly results: readonly AssertionResult[] }> {
  const count = async (assertion: Assertion): Promise<number> => {
    if ('calls' in assertion) return journal.entries().filter((entry) => matchesCall(entry, assertion.calls)).length;
    if ('refusals' in assertion) {
      return journal
        .entries()
        .filter((entry) => entry.status >= 400 && entry.fault === undefined && matchesCall(entry, assertion.refusals))
        .length;
    }
    if ('products' in assertion) return await countProducts(database, assertion.products);
    if ('submissions' in assertion) return await countSubmissions(database, assertion.submissions);
    if ('faults' in assertion) {
      const { name } = assertion.faults;
      const counted = faults.list().filter(({ fault }) => name === undefined || fault === name);
      return counted.reduce((sum, { happened }) => sum + happened, 0);
    }
    return faults.list().filter(({ happened }) => happened === 0).length;
  };
  const results: AssertionResult[] = [];
  for (const assertion of assertions) {
    const found = await count(assertion);
    results.push({
      assertion,
      found,
      passed: holds('faultsHappened' in assertion ? { exactly: 0 } : assertion, found),
    });
  }
  return { passed: results.every(({ passed }) => passed), results };
}
