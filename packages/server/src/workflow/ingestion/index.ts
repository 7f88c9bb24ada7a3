// The ingestion workflow: what happens to a committed submission, in order. The names are the API's own.
import { auditIngestion, updateProgress } from '../../store/ingestion.ts';
import type { WorkflowDefinition } from '../workflow.ts';
import { withDerivedChecks } from './derived-package.ts';
import { reportingFailure } from './error-report.ts';
import { finalizeIngestion } from './finalize-ingestion.ts';
import type { IngestionServices, StepServices } from './ingestion-services.ts';
import { packageSteps, releasePackage } from './package-steps.ts';
import { submissionSubjects } from './submission-subjects.ts';

export type { IngestionPolicy, IngestionServices } from './ingestion-services.ts';

/** The steps and what each does to the submission's row. */
export function ingestion(services: IngestionServices): WorkflowDefinition {
  const { database, clock, policy } = services;
  const own: StepServices = { ...services, subjects: submissionSubjects(database, clock) };
  return {
    kind: 'ingestion',
    steps: [...withDerivedChecks(own, packageSteps(own)), finalizeIngestion(own)].map((step) =>
      reportingFailure(step, own),
    ),
    async stepStarted(transaction, submissionId, step) {
      // The service names manual review only for submissions that are held there.
      if (step === 'manualReview' && policy.manualReview === 'never') return;
      await updateProgress(
        transaction,
        submissionId,
        { current_step: step, step_state: 'started', messages: [] },
        clock(),
      );
    },
    async stepWaiting(transaction, submissionId, step, messages) {
      await updateProgress(transaction, submissionId, { current_step: step, step_state: 'started', messages }, clock());
    },
    async stepFailed(transaction, submissionId, step, messages) {
      await updateProgress(
        transaction,
        submissionId,
        {
          current_step: step,
          step_state: 'failed',
          messages,
          ...(step === 'packageInfoValidation' ? { commit_status: 'commitFailed' as const } : {}),
        },
        clock(),
      );
      await auditIngestion(transaction, submissionId, 'submission.fail', { step, messages }, clock);
    },
    async completed(transaction, submissionId, lastStep) {
      await updateProgress(
        transaction,
        submissionId,
        { current_step: lastStep, step_state: 'completed', messages: [] },
        clock(),
      );
      await auditIngestion(transaction, submissionId, 'submission.complete', {}, clock);
    },
    async ended(submissionId) {
      await releasePackage(own, submissionId);
    },
  };
}
