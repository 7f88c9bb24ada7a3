// The steps of a rehearsal as the engine asks about them: how long each lasts and what becomes of it.
import type { Clock } from '../../clock.ts';
import type { StepIdentity, StepResult } from '../../workflow/workflow.ts';
import type { RehearsalOptions } from '../rehearsal.ts';
import { createIntervention, type StepFaultSchedule } from './intervention.ts';
import { createPace } from './pace.ts';

export interface RehearsedSteps {
  /** How long a step lasts, in milliseconds. */
  durationMs(step: StepIdentity): number;
  /** What becomes of a step instead of its own work; undefined lets it run. */
  intervene(step: StepIdentity): Promise<StepResult | undefined>;
  /** Lets the workflow of this subject go at once and without faults: it was seeded, not submitted. */
  hurry(subjectId: bigint): void;
  /** Draws the times anew from the first workflow on, so that the same requests lead to the same run again. */
  startOver(): void;
}

/** Throws RangeError for a speed or for durations that cannot be. */
export function createRehearsedSteps(
  options: RehearsalOptions,
  { schedule, clock }: { readonly schedule: StepFaultSchedule; readonly clock: Clock },
): RehearsedSteps {
  const hurried = new Set<bigint>();
  let pace = createPace(options);
  const durationMs = (step: StepIdentity): number => (hurried.has(step.subjectId) ? 0 : pace(step));
  const intervene = createIntervention({ schedule, stepDurationMs: durationMs, clock });
  return {
    durationMs,
    intervene: async (step) => (hurried.has(step.subjectId) ? undefined : await intervene(step)),
    hurry: (subjectId) => void hurried.add(subjectId),
    startOver() {
      pace = createPace(options);
      hurried.clear();
    },
  };
}
