// Step 7 of publishing: waits for the go-live date, then makes what was asked for the published targeting of the label.
import { auditLabelRun, settleRun } from '../../store/shipping-label-runs.ts';
import type { Step } from '../workflow.ts';
import type { CreatedLabel } from './created.ts';
import { fingerprintOf, loadLabelRequest } from './label-request.ts';
import type { ShippingLabelServices } from './shipping-label-services.ts';
import type { GeneratedUpdate } from './update-generation.ts';

/** Longest wait between two looks at the clock, in milliseconds: it may be set meanwhile. */
const LONGEST_WAIT_MS = 3_600_000;

export function publishing(services: ShippingLabelServices): Step {
  const { clock } = services;
  return {
    name: 'publishing',
    async run(context) {
      const request = await loadLabelRequest(services, context.subjectId);
      const { goLiveDate } = request.publishing ?? {};
      const left = goLiveDate === undefined ? 0 : Date.parse(goLiveDate) - clock().getTime();
      if (left > 0) {
        return {
          kind: 'waiting',
          retryAfterMs: Math.min(left, LONGEST_WAIT_MS),
          messages: [`The shipping label goes live on ${goLiveDate}.`],
        };
      }
      const { fingerprint, toAdd, toRemove } = context.output<CreatedLabel>('created');
      if (fingerprintOf(request) !== fingerprint) {
        throw new Error(`label ${request.label.id} is not as it was when run ${context.subjectId} began`);
      }
      const { blob } = context.output<GeneratedUpdate>('updateGeneration');
      return {
        kind: 'completed',
        output: { publishedAt: clock().toISOString() },
        apply: async (transaction) => {
          await settleRun(transaction, context.subjectId);
          const details = { update: blob, added: toAdd, removed: toRemove };
          await auditLabelRun(transaction, context.subjectId, 'shippingLabel.publish', details, clock);
        },
      };
    },
  };
}
