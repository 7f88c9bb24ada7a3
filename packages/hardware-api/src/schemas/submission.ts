// The submission resource with its workflow status and downloads ("Submission resource", "Workflow status object" and
// "Download object" on Microsoft's page "Get product data"), and the requests that make and change it.
import { type Static, Type } from 'typebox';
import { Link, ListOf } from './link.ts';
import { DateTime, Enumeration, Int64 } from './scalars.ts';

export const SUBMISSION_TYPES = ['initial', 'derived'] as const;
export const COMMIT_STATUSES = ['commitPending', 'commitReceived', 'commitComplete', 'commitFailed'] as const;
export const WORKFLOW_STATES = ['notStarted', 'started', 'failed', 'completed'] as const;

/** The steps of a submission's workflow, in their order; `manualReview` is passed over unless the submission is held. */
export const SUBMISSION_STEPS = [
  'packageInfoValidation',
  'preparation',
  'scanning',
  'validation',
  'catalogCreation',
  'manualReview',
  'signing',
  'finalizeIngestion',
] as const;

export const DOWNLOAD_TYPES = [
  'initialPackage',
  'derivedPackage',
  'signedPackage',
  'certificationReport',
  'driverMetadata',
] as const;

export const WorkflowStatus = Type.Object({
  currentStep: Enumeration(SUBMISSION_STEPS),
  /** Of the current step, not of the submission. */
  state: Enumeration(WORKFLOW_STATES),
  messages: Type.Array(Type.String()),
  /** URL of the full report; absent when there is none. */
  errorReport: Type.Optional(Type.String()),
});
export type WorkflowStatus = Static<typeof WorkflowStatus>;

export const DownloadItem = Type.Object({ type: Enumeration(DOWNLOAD_TYPES), url: Type.String() });
export type DownloadItem = Static<typeof DownloadItem>;

export const Downloads = Type.Object({ items: Type.Array(DownloadItem), messages: Type.Array(Type.String()) });
export type Downloads = Static<typeof Downloads>;

/** Body of `POST products/{productId}/submissions`. */
export const NewSubmission = Type.Object({
  name: Type.String({ minLength: 1 }),
  type: Enumeration(SUBMISSION_TYPES),
});
export type NewSubmission = Static<typeof NewSubmission>;

/** Body of `PATCH products/{productId}/submissions/{submissionId}`. */
export const SubmissionChanges = Type.Object({ name: Type.Optional(Type.String({ minLength: 1 })) });
export type SubmissionChanges = Static<typeof SubmissionChanges>;

export const Submission = Type.Object({
  id: Int64,
  productId: Int64,
  workflowStatus: Type.Optional(WorkflowStatus),
  /** Only when one submission is read; the list leaves it out. */
  downloads: Type.Optional(Downloads),
  links: Type.Array(Link),
  commitStatus: Enumeration([...COMMIT_STATUSES, 'commitStarted', 'commitCompleted']),
  isExtensionInf: Type.Optional(Type.Boolean()),
  isUniversal: Type.Optional(Type.Boolean()),
  isDeclarativeInf: Type.Optional(Type.Boolean()),
  name: Type.String(),
  type: Enumeration(SUBMISSION_TYPES),
  createdBy: Type.Optional(Type.String()),
  createdDateTime: Type.Optional(DateTime),
});
export type Submission = Static<typeof Submission>;

export const SubmissionList = ListOf(Submission);
export type SubmissionList = Static<typeof SubmissionList>;

/** Answer to a commit on version 1.0; version 2.0 answers with an empty body. */
export const CommitResult = Type.Object({ commitStatus: Enumeration(['commitStarted']) });
export type CommitResult = Static<typeof CommitResult>;
