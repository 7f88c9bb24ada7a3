// The durable engine: takes queued workflows, runs the step each is at, and records the result together with the queueing
// of the next step in one transaction. A process that dies anywhere leaves either the old step or the new one, never half.
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Database } from '../store/database.ts';
import type { Workflow } from '../store/schema.ts';
import {
  changeWorkflow,
  extendLease,
  findDueWorkflows,
  findNextDueMoment,
  findStepBegin,
  isRemoved,
  readStepOutputs,
  recordStepOutput,
} from '../store/workflows.ts';
import type { Step, StepContext, StepIdentity, StepResult, WorkflowDefinition } from './workflow.ts';

/** How long a claimed workflow belongs to its worker without a sign of life, in milliseconds. */
const LEASE_MS = 30_000;
const HEARTBEAT_MS = 10_000;
/** How long the engine sleeps when nobody wakes it, in milliseconds: how late work queued by another process may start. */
const POLL_MS = 1_000;
/** Steps taken at the same time on a machine with fewer processors than that. */
const LEAST_CONCURRENCY = 2;
/** A step that was started this often without a result fails its workflow. */
const MAX_ATTEMPTS = 8;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;

/** A step that is not to be begun yet is looked at this often, in milliseconds: how late another pace after a restart is noticed. */
const DELAY_LOOK_MS = 5_000;

/** What the engine tells its operator. */
export type EngineLog = (event: {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly [key: string]: unknown;
}) => void;

export interface EngineOptions {
  readonly database: Database;
  readonly definitions: readonly WorkflowDefinition[];
  readonly clock: Clock;
  /** Steps taken at the same time; as many as the machine has processors, and at least two, when absent. */
  readonly concurrency?: number;
  /**
   * Least time that a step lasts, in milliseconds. Its work is done first and the result then held back, so that it is known when
   * a step is done and not recorded; whoever holds it back takes no other step. 0 by default.
   */
  readonly stepDurationMs?: number;
  /**
   * How long after its begin the work of a step is to be done, in milliseconds: for any pace and any number of workflows, because
   * nobody works at a step meanwhile. The begin is recorded, so that the time goes on while the service is stopped.
   */
  readonly delayStep?: (step: StepIdentity) => number;
  /** Asked before the work of each step; a result takes its place. */
  readonly intervene?: (step: StepIdentity) => Promise<StepResult | undefined>;
  readonly log?: EngineLog;
}

export interface Engine {
  /** Looks for work now rather than at the next poll. */
  wake(): void;
  /** Takes no new steps, lets the running ones finish or give up, and returns. */
  stop(): Promise<void>;
}

interface Claim {
  readonly workflow: Workflow;
  readonly version: bigint;
}

/** Starts taking steps. */
export function startEngine(options: EngineOptions): Engine {
  const { database, clock } = options;
  const owner = randomUUID();
  const concurrency = options.concurrency ?? Math.max(LEAST_CONCURRENCY, availableParallelism());
  const definitions = new Map(options.definitions.map((definition) => [definition.kind, definition]));
  const log: EngineLog = options.log ?? (() => undefined);
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let woken = Promise.withResolvers<void>();

  const wake = (): void => woken.resolve();
  const leaseUntil = (): Date => new Date(clock().getTime() + LEASE_MS);

  async function claim(workflow: Workflow): Promise<Claim | undefined> {
    const attempt = workflow.attempt + 1n;
    const version = await changeWorkflow(
      database,
      workflow,
      { attempt, lease: { owner, until: leaseUntil() } },
      clock(),
    );
    return version === undefined ? undefined : { workflow: { ...workflow, attempt }, version };
  }

  /** Gives a step back that is not to be begun yet; false when it is. */
  async function delay({ workflow, version }: Claim): Promise<boolean> {
    const { delayStep } = options;
    if (delayStep === undefined) return false;
    const identity = await identify(workflow);
    const now = clock().getTime();
    const remaining = identity.begunAt.getTime() + delayStep(identity) - now;
    if (remaining <= 0) return false;
    const dueAt = new Date(now + Math.min(remaining, DELAY_LOOK_MS));
    const change = { attempt: workflow.attempt - 1n, dueAt, lease: null };
    await changeWorkflow(database, { id: workflow.id, version }, change, clock());
    return true;
  }

  async function identify(workflow: Workflow): Promise<StepIdentity> {
    return {
      kind: workflow.kind,
      step: workflow.step,
      workflowId: workflow.id,
      subjectId: workflow.subject_id,
      attempt: Number(workflow.attempt),
      begunAt: await findStepBegin(database, workflow),
    };
  }

  /** Frees what the steps held of a subject that was removed while one of them ran. */
  async function clearRemoved(definition: WorkflowDefinition, workflow: Workflow): Promise<boolean> {
    if (!(await isRemoved(database, workflow))) return false;
    await definition.ended?.(workflow.subject_id);
    return true;
  }

  /** Runs one step and records its result; gives the claim on the next step when there is one to take at once. */
  async function takeStep(definition: WorkflowDefinition, step: Step, held: Claim): Promise<Claim | undefined> {
    if (await delay(held)) return undefined;
    const { workflow } = held;
    const seen = { id: workflow.id, version: held.version };
    const lost = new AbortController();
    const signal = AbortSignal.any([stopping.signal, lost.signal]);
    const heartbeat = setInterval(() => {
      extendLease(database, seen, leaseUntil()).then(
        (kept) => kept || lost.abort(new Error('the lease on the workflow was lost')),
        () => undefined,
      );
    }, HEARTBEAT_MS);
    let result: StepResult;
    try {
      result = await runStep(step, workflow, signal);
    } catch (error) {
      if (!(await clearRemoved(definition, workflow))) {
        await retryLater(definition, step, held, error, signal.aborted);
      }
      return undefined;
    } finally {
      clearInterval(heartbeat);
    }
    const next = lost.signal.aborted ? undefined : await record(definition, step, held, result);
    if (next === undefined) await clearRemoved(definition, workflow);
    return next;
  }

  async function runStep(step: Step, workflow: Workflow, signal: AbortSignal): Promise<StepResult> {
    const started = performance.now();
    const outputs = await readStepOutputs(database, workflow.id);
    const context: StepContext = {
      workflowId: workflow.id,
      subjectId: workflow.subject_id,
      attempt: Number(workflow.attempt),
      signal,
      output<T>(name: string): T {
        if (!outputs.has(name)) throw new Error(`step ${step.name} needs the output of ${name}, which is not recorded`);
        return outputs.get(name) as T;
      },
    };
    const decided = await options.intervene?.(await identify(workflow));
    if (decided !== undefined) return (await step.settle?.(context, decided)) ?? decided;
    const result = await step.run(context);
    const remaining = (options.stepDurationMs ?? 0) - (performance.now() - started);
    if (result.kind === 'completed' && remaining > 0) await sleep(remaining, undefined, { signal });
    return result;
  }

  async function record(
    definition: WorkflowDefinition,
    step: Step,
    held: Claim,
    result: StepResult,
  ): Promise<Claim | undefined> {
    const { workflow, version } = held;
    const seen = { id: workflow.id, version };
    const subject = workflow.subject_id;
    const next = definition.steps[definition.steps.indexOf(step) + 1];
    const taken = await database.transaction().execute(async (transaction): Promise<Claim | undefined> => {
      const now = clock();
      if (result.kind === 'waiting') {
        const dueAt = new Date(now.getTime() + result.retryAfterMs);
        const change = { attempt: workflow.attempt - 1n, dueAt, lease: null };
        if ((await changeWorkflow(transaction, seen, change, now)) === undefined) return undefined;
        await definition.stepWaiting(transaction, subject, step.name, result.messages);
        return undefined;
      }
      if (result.kind === 'failed') {
        if ((await changeWorkflow(transaction, seen, { state: 'failed', lease: null }, now)) === undefined)
          return undefined;
        await result.apply?.(transaction);
        await definition.stepFailed(transaction, subject, step.name, result.messages);
        return undefined;
      }
      if (next === undefined) {
        if ((await changeWorkflow(transaction, seen, { state: 'completed', lease: null }, now)) === undefined)
          return undefined;
      }
      const nextVersion =
        next === undefined
          ? version
          : await changeWorkflow(
              transaction,
              seen,
              { step: next.name, attempt: 1n, dueAt: now, lease: { owner, until: leaseUntil() } },
              now,
            );
      if (nextVersion === undefined) return undefined;
      await recordStepOutput(
        transaction,
        { workflowId: workflow.id, step: step.name, output: result.output, attempts: workflow.attempt },
        now,
      );
      await result.apply?.(transaction);
      if (next === undefined) {
        await definition.completed(transaction, subject, step.name);
        return undefined;
      }
      await definition.stepStarted(transaction, subject, next.name);
      return { workflow: { ...workflow, step: next.name, attempt: 1n }, version: nextVersion };
    });
    if (result.kind === 'failed' || (result.kind === 'completed' && next === undefined)) {
      log({
        level: 'info',
        message: `workflow ${result.kind}`,
        kind: workflow.kind,
        subject: String(subject),
        step: step.name,
      });
      await definition.ended?.(subject);
    }
    return taken;
  }

  async function retryLater(
    definition: WorkflowDefinition,
    step: Step,
    held: Claim,
    error: unknown,
    aborted: boolean,
  ): Promise<void> {
    const { workflow, version } = held;
    const seen = { id: workflow.id, version };
    if (aborted) {
      // The process is stopping, or another worker has the workflow: this attempt does not count against the step.
      await changeWorkflow(database, seen, { attempt: workflow.attempt - 1n, lease: null }, clock());
      return;
    }
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const attempts = Number(workflow.attempt);
    log({
      level: 'error',
      message: `step ${step.name} broke off`,
      subject: String(workflow.subject_id),
      attempts,
      detail,
    });
    if (attempts >= MAX_ATTEMPTS) {
      await record(definition, step, held, {
        kind: 'failed',
        messages: [
          `The service could not finish the step ${step.name} after ${attempts} attempts. The fault is not in what was submitted; the operator of this service finds the cause in its log under ${workflow.kind} ${workflow.subject_id}.`,
        ],
      });
      return;
    }
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS);
    await changeWorkflow(database, seen, { dueAt: new Date(clock().getTime() + delayMs), lease: null }, clock());
  }

  /** Walks a claimed workflow as far as it goes. */
  async function walk(first: Claim): Promise<void> {
    for (let held: Claim | undefined = first; held !== undefined; ) {
      const { workflow }: Claim = held;
      const definition = definitions.get(workflow.kind);
      const step = definition?.steps.find((candidate) => candidate.name === workflow.step);
      if (definition === undefined || step === undefined) {
        log({
          level: 'error',
          message: `no step ${workflow.step} is known in workflow ${workflow.kind}`,
          subject: String(workflow.subject_id),
        });
        await changeWorkflow(
          database,
          { id: workflow.id, version: held.version },
          { state: 'failed', lease: null },
          clock(),
        );
        return;
      }
      held = await takeStep(definition, step, held);
      if (held !== undefined && stopping.signal.aborted) {
        await changeWorkflow(
          database,
          { id: held.workflow.id, version: held.version },
          { attempt: 0n, lease: null },
          clock(),
        );
        return;
      }
    }
  }

  async function takeDue(): Promise<boolean> {
    const due = await findDueWorkflows(database, clock(), concurrency);
    let taken = false;
    for (const workflow of due) {
      if (running.size >= concurrency || stopping.signal.aborted) break;
      const held = await claim(workflow);
      if (held === undefined) continue;
      taken = true;
      const work = walk(held)
        .catch((error: unknown) =>
          log({ level: 'error', message: 'a workflow could not be recorded', detail: String(error) }),
        )
        .finally(() => {
          running.delete(work);
          wake();
        });
      running.add(work);
    }
    return taken;
  }

  async function waitForWork(): Promise<void> {
    const next = running.size >= concurrency ? undefined : await findNextDueMoment(database);
    const untilDue = next === undefined ? POLL_MS : Date.parse(next) - clock().getTime();
    const timer = setTimeout(wake, Math.max(5, Math.min(POLL_MS, untilDue)));
    await woken.promise;
    clearTimeout(timer);
    woken = Promise.withResolvers<void>();
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        if (!(await takeDue())) await waitForWork();
      } catch (error) {
        if (stopping.signal.aborted) return;
        log({ level: 'error', message: 'the work queue could not be read', detail: String(error) });
        await sleep(POLL_MS);
      }
    }
  }

  const looping = loop();
  return {
    wake,
    async stop() {
      stopping.abort(new Error('the service is stopping'));
      wake();
      await looping;
      await Promise.allSettled(running);
    },
  };
}
