// What a workflow is made of: an ordered table of steps, each of which can be started again after the process died in it.
import type { Transaction } from 'kysely';
import type { Schema } from '../store/schema.ts';

/** Data that is kept between steps: what JSON can hold. Ids are strings here. */
export type StepOutput =
  | null
  | boolean
  | number
  | string
  | readonly StepOutput[]
  | { readonly [key: string]: StepOutput };

/** What a step sees of its workflow. */
export interface StepContext {
  readonly workflowId: string;
  readonly subjectId: bigint;
  /** 1 the first time the step is started; more when an earlier attempt was cut off. */
  readonly attempt: number;
  /** Aborted when the process is asked to stop or the lease on the workflow was lost. */
  readonly signal: AbortSignal;
  /** The output of an earlier step of this workflow; throws when that step has not finished. */
  output<T>(step: string): T;
}

/** Changes to rows that belong to a result: made in the transaction that records it. */
export type Apply = (transaction: Transaction<Schema>) => Promise<void>;

export type StepResult =
  /** Done: the output is recorded and the next step queued, in one transaction. */
  | { readonly kind: 'completed'; readonly output: StepOutput; readonly apply?: Apply }
  /** The subject is at fault (a bad package): the workflow ends here. Messages are for the submitter. */
  | { readonly kind: 'failed'; readonly messages: readonly string[]; readonly apply?: Apply }
  /** Nothing is wrong, but something else must happen first. Looked at again after this many milliseconds, or when woken. */
  | { readonly kind: 'waiting'; readonly retryAfterMs: number; readonly messages: readonly string[] };

/** A step of one workflow, for whoever decides about its pace or its outcome. */
export interface StepIdentity {
  /** Kind of the workflow, such as `ingestion`. */
  readonly kind: string;
  readonly step: string;
  readonly workflowId: string;
  readonly subjectId: bigint;
  readonly attempt: number;
  /** When the step before it was over, or the workflow was queued. */
  readonly begunAt: Date;
}

export interface Step {
  readonly name: string;
  /** Must be idempotent: it may have run in part, or in full without being recorded. A thrown error is retried. */
  run(context: StepContext): Promise<StepResult>;
  /** Does with a result that somebody else decided on what `run` does with its own: leaves a report, say. Idempotent, too. */
  settle?(context: StepContext, result: StepResult): Promise<StepResult>;
}

/** A kind of workflow. The hooks keep the subject's own row in step, in the same transaction as the workflow's. */
export interface WorkflowDefinition {
  readonly kind: string;
  readonly steps: readonly Step[];
  /** `step` is the one that is taken next. */
  stepStarted(transaction: Transaction<Schema>, subjectId: bigint, step: string): Promise<void>;
  stepWaiting(
    transaction: Transaction<Schema>,
    subjectId: bigint,
    step: string,
    messages: readonly string[],
  ): Promise<void>;
  stepFailed(
    transaction: Transaction<Schema>,
    subjectId: bigint,
    step: string,
    messages: readonly string[],
  ): Promise<void>;
  /** The last step is done. */
  completed(transaction: Transaction<Schema>, subjectId: bigint, lastStep: string): Promise<void>;
  /** After the workflow ended, either way, outside any transaction: frees what it held. May run more than once or, if the process dies, not at all. */
  ended?(subjectId: bigint): Promise<void>;
}
