// What a rehearsal does to the steps of workflows: their pace, and the faults that hold them or let them fail.
export { createIntervention, type StepFaultSchedule } from './intervention.ts';
export { failureMessage, KNOWN_MESSAGES, type KnownMessage } from './known-messages.ts';
export { createPace } from './pace.ts';
export { createRehearsedSteps, type RehearsedSteps } from './rehearsed-steps.ts';
export { ALL_STEP_NAMES, isStepName, STEP_NAMES, type WorkflowKind } from './step-names.ts';
