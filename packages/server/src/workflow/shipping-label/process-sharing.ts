// Step 5 of sharing: gives the receiver a product of its own, or takes it back when the label shares no hardware id any more.
import { revokeShare, shareSubmission } from '../../store/sharing.ts';
import { settleRun } from '../../store/shipping-label-runs.ts';
import type { Apply, Step } from '../workflow.ts';
import type { CreatedLabel } from './created.ts';
import { fingerprintOf, type LabelRequest, loadLabelRequest } from './label-request.ts';
import type { ShippingLabelServices } from './shipping-label-services.ts';

export interface ProcessedSharing {
  readonly shared: boolean;
}

function sharingOf({ label, submission, reached }: LabelRequest, services: ShippingLabelServices): Apply {
  const { clock } = services;
  const receiver = label.receiver_account_id;
  if (receiver === null) throw new Error(`label ${label.id} names nobody to share with`);
  const hardwareIds = reached.hardwareIds.map(({ distributionState: _state, ...combination }) => combination);
  return async (transaction) => {
    if (hardwareIds.length === 0) {
      await revokeShare(transaction, { labelId: label.id }, clock);
      return;
    }
    const share = {
      sourceSubmissionId: submission.id,
      receiverAccountId: receiver,
      labelId: label.id,
      hardwareIds,
    };
    await shareSubmission(transaction, share, clock);
  };
}

export function processSharing(services: ShippingLabelServices): Step {
  return {
    name: 'processSharing',
    async run(context) {
      const request = await loadLabelRequest(services, context.subjectId);
      if (fingerprintOf(request) !== context.output<CreatedLabel>('created').fingerprint) {
        throw new Error(`label ${request.label.id} is not as it was when run ${context.subjectId} began`);
      }
      const share = sharingOf(request, services);
      const output: ProcessedSharing = { shared: request.reached.hardwareIds.length > 0 };
      return {
        kind: 'completed',
        output: { ...output },
        apply: async (transaction) => {
          await settleRun(transaction, context.subjectId);
          await share(transaction);
        },
      };
    },
  };
}
