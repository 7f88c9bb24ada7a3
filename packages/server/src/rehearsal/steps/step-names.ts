// The steps that each kind of workflow walks, in order: what faults and durations may name. The definitions are in
// ../../workflow/; a test holds them against this table.

import { PUBLISHING_STEPS, SHARING_STEPS, SUBMISSION_STEPS } from '@assay/hardware-api/schemas';

/** A submission's steps but the last: a preprod package takes the same way to another end. */
const PACKAGE_STEPS = SUBMISSION_STEPS.filter((step) => step !== 'finalizeIngestion');

/** Names of steps by kind of workflow. */
export const STEP_NAMES = {
  ingestion: SUBMISSION_STEPS,
  preprod: [...PACKAGE_STEPS, 'finalizePreprod'],
  publisherMetadata: ['createMetadata'],
  shippingLabelPublishing: PUBLISHING_STEPS,
  shippingLabelSharing: SHARING_STEPS,
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type WorkflowKind = keyof typeof STEP_NAMES;

/** Every name once, in the order of the kinds. */
export const ALL_STEP_NAMES: readonly string[] = [...new Set<string>(Object.values(STEP_NAMES).flat())];

/** Whether some workflow has a step of that name. Names are compared as they are written. */
export function isStepName(name: string): boolean {
  return ALL_STEP_NAMES.includes(name);
}
