// The steps that each kind of workflow walks, in order: what faults and durations may name. The definitions are in
// ../../workflow/; a test holds them against this table.

const PACKAGE_STEPS = [
  'packageInfoValidation',
  'preparation',
  'scanning',
  'validation',
  'catalogCreation',
  'manualReview',
  'signing',
] as const;

const LABEL_STEPS = ['created', 'preProcessShippingLabel', 'finalizePreProcessing', 'publishJobValidation'] as const;

/** Names of steps by kind of workflow. */
export const STEP_NAMES = {
  ingestion: [...PACKAGE_STEPS, 'finalizeIngestion'],
  preprod: [...PACKAGE_STEPS, 'finalizePreprod'],
  publisherMetadata: ['createMetadata'],
  shippingLabelPublishing: [
    ...LABEL_STEPS,
    'updateGeneration',
    'microsoftApproval',
    'publishing',
    'finalizePublishing',
  ],
  shippingLabelSharing: [...LABEL_STEPS, 'processSharing', 'finalizeSharing'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type WorkflowKind = keyof typeof STEP_NAMES;

/** Every name once, in the order of the kinds. */
export const ALL_STEP_NAMES: readonly string[] = [...new Set<string>(Object.values(STEP_NAMES).flat())];

/** Whether some workflow has a step of that name. Names are compared as they are written. */
export function isStepName(name: string): boolean {
  return ALL_STEP_NAMES.includes(name);
}
