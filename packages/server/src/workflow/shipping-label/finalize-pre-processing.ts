// Step 3: settles which way the label goes on, and who has to approve it.
import { isAutomatic } from '@assay/hardware-api/schemas';
import { setApprover } from '../../store/shipping-label-runs.ts';
import type { Step } from '../workflow.ts';
import { type LabelRequest, loadLabelRequest } from './label-request.ts';
import type { ShippingLabelPolicy, ShippingLabelServices } from './shipping-label-services.ts';

function approverOf({ publishing }: LabelRequest, { approval }: ShippingLabelPolicy): 'person' | 'policy' | null {
  if (publishing === undefined) return null;
  if (approval === 'forAutomaticInstall') return isAutomatic(publishing) ? 'person' : 'policy';
  return approval === 'manual' ? 'person' : 'policy';
}

export function finalizePreProcessing(services: ShippingLabelServices): Step {
  return {
    name: 'finalizePreProcessing',
    async run(context) {
      const request = await loadLabelRequest(services, context.subjectId);
      const approver = approverOf(request, services.policy);
      return {
        kind: 'completed',
        output: { destination: request.label.destination, approver },
        apply: (transaction) => setApprover(transaction, context.subjectId, approver),
      };
    },
  };
}
