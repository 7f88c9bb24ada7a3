// The preprod workflow: the same steps as for a submission, on a package that has no product. The submitter sees only
// whether it is under way and how it ended.
import {
  endPreprodPackage,
  loadPreprodSubject,
  preprodEntity,
  startPreprodPackage,
  updatePreprodStep,
} from '../../store/preprod.ts';
import type { IngestionServices, StepServices } from '../ingestion/ingestion-services.ts';
import { packageSteps, releasePackage } from '../ingestion/package-steps.ts';
import type { PackageSubjects } from '../ingestion/package-subject.ts';
import type { Step, StepContext, WorkflowDefinition } from '../workflow.ts';
import { finalizePreprod } from './finalize-preprod.ts';

function preprodSubjects({ database }: IngestionServices): PackageSubjects {
  return {
    async load(subjectId) {
      const { preprodPackage, account } = await loadPreprodSubject(database, subjectId);
      return {
        account,
        content: preprodPackage.package_content,
        createdAt: new Date(preprodPackage.created_at),
        operatingSystems: 'supported',
        profile: 'preprod',
        entity: preprodEntity(preprodPackage.package_id),
      };
    },
  };
}

/** The first step, which shows on the package that work on it began. */
function showingStart(step: Step, { database, clock }: IngestionServices): Step {
  const showStart = ({ subjectId }: StepContext): Promise<void> =>
    startPreprodPackage(database, subjectId, step.name, clock);
  return {
    name: step.name,
    async run(context) {
      await showStart(context);
      return await step.run(context);
    },
    async settle(context, result) {
      await showStart(context);
      return result;
    },
  };
}

/** The steps and what each does to the package's row. */
export function preprod(services: IngestionServices): WorkflowDefinition {
  const { clock, policy } = services;
  const own: StepServices = { ...services, subjects: preprodSubjects(services) };
  return {
    kind: 'preprod',
    steps: [...packageSteps(own), finalizePreprod(own)].map((step, index) =>
      index === 0 ? showingStart(step, services) : step,
    ),
    async stepStarted(transaction, subjectId, step) {
      // What is shown at manual review can be decided about, so only what is held there may be.
      if (step === 'manualReview' && policy.manualReview === 'never') return;
      await updatePreprodStep(transaction, subjectId, step);
    },
    stepWaiting: updatePreprodStep,
    async stepFailed(transaction, subjectId, step, messages) {
      await endPreprodPackage(transaction, subjectId, { signingStatus: 'Failed', step, messages }, clock);
    },
    async completed(transaction, subjectId, lastStep) {
      await endPreprodPackage(transaction, subjectId, { signingStatus: 'Succeeded', step: lastStep }, clock);
    },
    async ended(subjectId) {
      await releasePackage(own, subjectId);
    },
  };
}
