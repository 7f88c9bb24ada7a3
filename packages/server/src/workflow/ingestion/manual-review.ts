// Step 6: waits for a person's decision, when the policy asks for one.
import { findReview } from '../../store/ingestion.ts';
import type { Step } from '../workflow.ts';
import type { StepServices } from './ingestion-services.ts';

/** A decision wakes the workflow; this is how late one is noticed when the waking is lost. */
const LOOK_AGAIN_MS = 15_000;

export function manualReview(services: StepServices): Step {
  const { database, policy } = services;
  return {
    name: 'manualReview',
    async run(context) {
      if (policy.manualReview === 'never') return { kind: 'completed', output: { held: false } };
      const review = await findReview(database, context.subjectId);
      if (review === undefined) {
        return {
          kind: 'waiting',
          retryAfterMs: LOOK_AGAIN_MS,
          messages: ['The package waits for a reviewer, who approves or rejects it with "assay review".'],
        };
      }
      if (review.decision === 'rejected') {
        return { kind: 'failed', messages: [`A reviewer rejected the package: ${review.reason}`] };
      }
      return { kind: 'completed', output: { held: true, reason: review.reason } };
    },
  };
}
