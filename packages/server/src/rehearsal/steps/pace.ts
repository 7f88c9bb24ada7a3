// How long the steps of a rehearsal last. What the real service takes is known only roughly: about ten minutes for an
// attestation, five to thirty, and less than an hour for a shipping label. How that splits into steps is our guess.
import { createHash } from 'node:crypto';
import type { StepIdentity } from '../../workflow/workflow.ts';
import type { RehearsalOptions } from '../rehearsal.ts';
import { ALL_STEP_NAMES, isStepName, type STEP_NAMES, type WorkflowKind } from './step-names.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Each step at the speed `brisk`. */
const BRISK_MS = 1 * SECOND;

/** The steps before the last one of a package. Nobody sees manual review but where it holds a package, so it takes no time. */
const PACKAGE_MS = {
  packageInfoValidation: 45 * SECOND,
  preparation: 1 * MINUTE,
  scanning: 3 * MINUTE,
  validation: 1 * MINUTE,
  catalogCreation: 45 * SECOND,
  manualReview: 0,
  signing: 2.5 * MINUTE,
} as const;

const LABEL_MS = {
  created: 5 * SECOND,
  preProcessShippingLabel: 45 * SECOND,
  finalizePreProcessing: 15 * SECOND,
  publishJobValidation: 1.5 * MINUTE,
} as const;

/** What a step lasts on average at the speed `realistic`: 10 minutes for a package, 18 for a label on its way to publication. */
const REALISTIC_MS: {
  readonly [Kind in WorkflowKind]: Readonly<Record<(typeof STEP_NAMES)[Kind][number], number>>;
} = {
  ingestion: { ...PACKAGE_MS, finalizeIngestion: 1 * MINUTE },
  preprod: { ...PACKAGE_MS, finalizePreprod: 1 * MINUTE },
  publisherMetadata: { createMetadata: 5 * MINUTE },
  shippingLabelPublishing: {
    ...LABEL_MS,
    updateGeneration: 3 * MINUTE,
    microsoftApproval: 8 * MINUTE,
    publishing: 4 * MINUTE,
    finalizePublishing: 25 * SECOND,
  },
  shippingLabelSharing: { ...LABEL_MS, processSharing: 1 * MINUTE, finalizeSharing: 25 * SECOND },
};

/** A step lasts from half to three times its average; the exponent puts the average of all at 1. */
const LEAST = 0.5;
const MOST = 3;
const EXPONENT = (MOST - LEAST) / (1 - LEAST) - 1;

/** A number from 0 to 1 that follows from the arguments alone. */
function chance(...facts: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(facts)).digest().readUInt32BE(0) / 2 ** 32;
}

function averageMs({ kind, step }: Pick<StepIdentity, 'kind' | 'step'>): number {
  return (REALISTIC_MS as Readonly<Record<string, Readonly<Record<string, number>>>>)[kind]?.[step] ?? 0;
}

function checkDurations(durations: Readonly<Record<string, number>>): void {
  for (const [name, milliseconds] of Object.entries(durations)) {
    if (!isStepName(name)) {
      throw new RangeError(`There is no workflow step "${name}". The steps are ${ALL_STEP_NAMES.join(', ')}.`);
    }
    if (!Number.isFinite(milliseconds) || milliseconds < 0) {
      throw new RangeError(`The step ${name} cannot last ${milliseconds} ms: give a number of milliseconds from 0.`);
    }
  }
}

/**
 * Makes the function that tells how long a step lasts, in milliseconds. The same seed and the same order of workflows give the
 * same times: what is left to chance follows from the seed, the step, and how many workflows of its kind came before it since
 * this was called. Throws RangeError for a speed below 0 and for durations of steps that are not known or below 0.
 */
export function createPace(
  options: Pick<RehearsalOptions, 'seed' | 'speed' | 'stepDurationsMs'>,
): (step: Pick<StepIdentity, 'kind' | 'step' | 'workflowId'>) => number {
  const { seed = 1, speed = 'instant', stepDurationsMs = {} } = options;
  checkDurations(stepDurationsMs);
  if (typeof speed === 'number' && !(Number.isFinite(speed) && speed >= 0)) {
    throw new RangeError(
      `The speed ${speed} is not one: give a number from 0, where 1 is as long as the real service.`,
    );
  }
  const durations = new Map(Object.entries(stepDurationsMs));
  const ordinals = new Map<string, number>();
  const counts = new Map<string, number>();

  function ordinalOf(kind: string, workflowId: string): number {
    const known = ordinals.get(workflowId);
    if (known !== undefined) return known;
    const ordinal = counts.get(kind) ?? 0;
    counts.set(kind, ordinal + 1);
    ordinals.set(workflowId, ordinal);
    return ordinal;
  }

  return (step) => {
    const fixed = durations.get(step.step);
    if (fixed !== undefined) return fixed;
    const average = averageMs(step);
    if (speed === 'instant' || average === 0) return 0;
    if (speed === 'brisk') return BRISK_MS;
    const drawn = chance(seed, step.kind, step.step, ordinalOf(step.kind, step.workflowId));
    const factor = LEAST + (MOST - LEAST) * drawn ** EXPONENT;
    return Math.round(average * factor * (speed === 'realistic' ? 1 : speed));
  };
}
