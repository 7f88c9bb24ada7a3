// Queries of the durable engine. A workflow is claimed and finished by naming the version that was seen, which is right
// on SQLite and PostgreSQL alike and needs no row locks.
import type { Transaction } from 'kysely';
import type { Database } from './database.ts';
import type { Schema, Workflow } from './schema.ts';

/** Workflows that may be taken now, oldest due first. */
export async function findDueWorkflows(database: Database, now: Date, limit: number): Promise<Workflow[]> {
  const moment = now.toISOString();
  return await database
    .selectFrom('workflows')
    .selectAll()
    .where('state', '=', 'queued')
    .where('due_at', '<=', moment)
    .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<', moment)]))
    .orderBy('due_at')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** The moment at which the next queued workflow is due or its lease runs out; undefined when nothing is queued. */
export async function findNextDueMoment(database: Database): Promise<string | undefined> {
  const row = await database
    .selectFrom('workflows')
    .select(['due_at', 'lease_until'])
    .where('state', '=', 'queued')
    .where('lease_until', 'is', null)
    .orderBy('due_at')
    .limit(1)
    .executeTakeFirst();
  return row?.due_at;
}

export interface WorkflowChange {
  readonly step?: string;
  readonly state?: Workflow['state'];
  readonly attempt?: bigint;
  readonly dueAt?: Date;
  /** null gives the workflow back. */
  readonly lease?: { readonly owner: string; readonly until: Date } | null;
}

/**
 * Changes a workflow if nobody else did since `seen` was read. Gives the new version, or undefined when the change was
 * lost to another worker: then nothing was written and the caller must drop its result.
 */
export async function changeWorkflow(
  database: Database | Transaction<Schema>,
  seen: { readonly id: string; readonly version: bigint },
  change: WorkflowChange,
  now: Date,
): Promise<bigint | undefined> {
  const version = seen.version + 1n;
  const result = await database
    .updateTable('workflows')
    .set({
      version,
      updated_at: now.toISOString(),
      ...(change.step === undefined ? {} : { step: change.step }),
      ...(change.state === undefined ? {} : { state: change.state }),
      ...(change.attempt === undefined ? {} : { attempt: change.attempt }),
      ...(change.dueAt === undefined ? {} : { due_at: change.dueAt.toISOString() }),
      ...(change.lease === undefined
        ? {}
        : { lease_owner: change.lease?.owner ?? null, lease_until: change.lease?.until.toISOString() ?? null }),
    })
    .where('id', '=', seen.id)
    .where('version', '=', seen.version)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n ? version : undefined;
}

/** Extends a lease that is still held. False when it was lost. */
export async function extendLease(
  database: Database,
  seen: { readonly id: string; readonly version: bigint },
  until: Date,
): Promise<boolean> {
  const result = await database
    .updateTable('workflows')
    .set({ lease_until: until.toISOString() })
    .where('id', '=', seen.id)
    .where('version', '=', seen.version)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Gives back every leased workflow. Only for a process that knows that it is the database's only worker. */
export async function releaseAllLeases(database: Database): Promise<void> {
  await database
    .updateTable('workflows')
    .set((set) => ({ lease_owner: null, lease_until: null, version: set('version', '+', 1n) }))
    .where('lease_owner', 'is not', null)
    .execute();
}

/** The recorded outputs of a workflow's finished steps, by step name. */
export async function readStepOutputs(database: Database, workflowId: string): Promise<Map<string, unknown>> {
  const rows = await database
    .selectFrom('workflow_steps')
    .select(['step', 'output'])
    .where('workflow_id', '=', workflowId)
    .execute();
  return new Map(rows.map((row) => [row.step, JSON.parse(row.output) as unknown]));
}

/** When the current step of a workflow began: when the one before it was recorded, or else when the workflow was queued. */
export async function findStepBegin(database: Database, workflow: Pick<Workflow, 'id' | 'created_at'>): Promise<Date> {
  const { begun } = await database
    .selectFrom('workflow_steps')
    .select((row) => row.fn.max('finished_at').as('begun'))
    .where('workflow_id', '=', workflow.id)
    .executeTakeFirstOrThrow();
  return new Date(begun ?? workflow.created_at);
}

/** Whether a workflow was removed, with whatever it was about. */
export async function isRemoved(database: Database, workflow: Pick<Workflow, 'id'>): Promise<boolean> {
  const row = await database.selectFrom('workflows').select('id').where('id', '=', workflow.id).executeTakeFirst();
  return row === undefined;
}

/** The recorded output of one finished step of a subject's workflow; undefined when there is none. */
export async function findStepOutput(
  database: Database,
  workflow: { readonly kind: string; readonly subjectId: bigint; readonly step: string },
): Promise<unknown> {
  const row = await database
    .selectFrom('workflow_steps')
    .innerJoin('workflows', 'workflows.id', 'workflow_steps.workflow_id')
    .select('workflow_steps.output')
    .where('workflows.kind', '=', workflow.kind)
    .where('workflows.subject_id', '=', workflow.subjectId)
    .where('workflow_steps.step', '=', workflow.step)
    .executeTakeFirst();
  return row === undefined ? undefined : JSON.parse(row.output);
}

/** Records what a finished step gave. */
export async function recordStepOutput(
  transaction: Transaction<Schema>,
  record: { readonly workflowId: string; readonly step: string; readonly output: unknown; readonly attempts: bigint },
  now: Date,
): Promise<void> {
  await transaction
    .insertInto('workflow_steps')
    .values({
      workflow_id: record.workflowId,
      step: record.step,
      output: JSON.stringify(record.output),
      attempts: record.attempts,
      finished_at: now.toISOString(),
    })
    .execute();
}

/** The subjects of these kinds whose workflow has not ended. */
export async function listUnfinishedSubjects(database: Database, kinds: readonly string[]): Promise<bigint[]> {
  const rows = await database
    .selectFrom('workflows')
    .select('subject_id')
    .where('kind', 'in', kinds)
    .where('state', '=', 'queued')
    .execute();
  return rows.map((row) => row.subject_id);
}

/**
 * Puts a workflow that exists back to its first step, due at once, whatever became of it before; a worker that has it now
 * loses its claim. False when there is none.
 */
export async function restartWorkflow(
  transaction: Transaction<Schema>,
  workflow: { readonly kind: string; readonly subjectId: bigint; readonly firstStep: string },
  now: Date,
): Promise<boolean> {
  const moment = now.toISOString();
  const restarted = await transaction
    .updateTable('workflows')
    .set((row) => ({
      step: workflow.firstStep,
      state: 'queued' as const,
      attempt: 0n,
      due_at: moment,
      lease_owner: null,
      lease_until: null,
      version: row('version', '+', 1n),
      // Its first step begins now.
      created_at: moment,
      updated_at: moment,
    }))
    .where('kind', '=', workflow.kind)
    .where('subject_id', '=', workflow.subjectId)
    .returning('id')
    .executeTakeFirst();
  if (restarted === undefined) return false;
  await transaction.deleteFrom('workflow_steps').where('workflow_id', '=', restarted.id).execute();
  return true;
}

/** What became of a workflow; undefined when there is none of this kind for the subject. */
export async function findWorkflowState(
  database: Database,
  workflow: { readonly kind: string; readonly subjectId: bigint },
): Promise<Workflow['state'] | undefined> {
  const row = await database
    .selectFrom('workflows')
    .select('state')
    .where('kind', '=', workflow.kind)
    .where('subject_id', '=', workflow.subjectId)
    .executeTakeFirst();
  return row?.state;
}
