// Puts a workflow into the queue, inside the transaction of whatever caused it: either both happened or neither.
import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Schema } from '../store/schema.ts';

/** Queues the first step of a workflow, due at once. One workflow of a kind may exist for a subject. */
export async function queueWorkflow(
  transaction: Transaction<Schema>,
  workflow: { readonly kind: string; readonly subjectId: bigint; readonly firstStep: string },
  clock: Clock,
): Promise<void> {
  const now = clock().toISOString();
  await transaction
    .insertInto('workflows')
    .values({
      id: randomUUID(),
      kind: workflow.kind,
      subject_id: workflow.subjectId,
      step: workflow.firstStep,
      state: 'queued',
      attempt: 0n,
      due_at: now,
      lease_owner: null,
      lease_until: null,
      version: 0n,
      created_at: now,
      updated_at: now,
    })
    .execute();
}
