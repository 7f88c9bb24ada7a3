// What becomes of a step that a fault is for: it is held, or it fails. The rest of the service cannot tell it from the real
// thing: a held step shows `started`, a failed one ends its workflow as a bad package would.
import type { StepIdentity, StepResult } from '../../workflow/workflow.ts';
import type { FaultSpecification } from '../fault-specification.ts';
import { failureMessage } from './known-messages.ts';

/** What is asked of the schedule of faults. */
export interface StepFaultSchedule {
  /**
   * The faults `stuck` and `fail` that are for this step of this workflow. A fault counts once for a workflow and its step,
   * however often it is asked about: the engine asks again each time that it looks at a held step, and after a restart.
   * A fault that was removed is not given any more.
   */
  takeStepFaults(step: StepIdentity): readonly FaultSpecification[];
}

/** How often a held step is looked at, in milliseconds: how late it goes on after its fault was removed. */
const LOOK_AGAIN_MS = 500;

/** How much longer `stuck` holds the step, in milliseconds; without a number of seconds until the fault is removed. */
function heldFor(fault: FaultSpecification, elapsedMs: number): number {
  if (fault.seconds === undefined) return LOOK_AGAIN_MS;
  return Math.min(LOOK_AGAIN_MS, fault.seconds * 1_000 - elapsedMs);
}

export interface InterventionOptions {
  readonly schedule: StepFaultSchedule;
  /** Milliseconds that the step would last without a fault: a `stuck` for some seconds begins after them. */
  readonly stepDurationMs: (step: StepIdentity) => number;
  readonly clock: () => Date;
}

/**
 * Makes what the engine asks before each step. A step that is both to be stuck and to fail is held first. A step that waits for
 * something of its own (a reviewer, say) and is stuck keeps waiting without saying for what.
 */
export function createIntervention(
  options: InterventionOptions,
): (step: StepIdentity) => Promise<StepResult | undefined> {
  const { schedule, stepDurationMs, clock } = options;
  return async (step) => {
    const faults = schedule.takeStepFaults(step);
    const elapsedMs = clock().getTime() - step.begunAt.getTime() - stepDurationMs(step);
    const holds = faults.filter(({ fault }) => fault === 'stuck').map((fault) => heldFor(fault, elapsedMs));
    const retryAfterMs = Math.max(0, ...holds);
    if (retryAfterMs > 0) return { kind: 'waiting', retryAfterMs, messages: [] };
    const failing = faults.find(({ fault }) => fault === 'fail');
    if (failing === undefined) return undefined;
    return { kind: 'failed', messages: [failureMessage(step.step, failing.message)] };
  };
}
