// Step 6 of sharing: makes sure that the receiver sees what the label says before it counts as complete.
import { isShareStanding, loadLabelRun } from '../../store/shipping-label-runs.ts';
import type { Step } from '../workflow.ts';
import type { ProcessedSharing } from './process-sharing.ts';
import type { ShippingLabelServices } from './shipping-label-services.ts';

export function finalizeSharing({ database }: ShippingLabelServices): Step {
  return {
    name: 'finalizeSharing',
    async run(context) {
      const { label } = await loadLabelRun(database, context.subjectId);
      const { shared } = context.output<ProcessedSharing>('processSharing');
      if ((await isShareStanding(database, label.id)) !== shared) {
        throw new Error(`the share of label ${label.id} is not as the step before left it`);
      }
      return { kind: 'completed', output: { shared } };
    },
  };
}
