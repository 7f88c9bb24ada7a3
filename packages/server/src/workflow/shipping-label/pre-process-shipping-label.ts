// Step 2: resolves what the label targets against the driver metadata of its submission. A label may be made before the metadata is
// there; then this is left to publishJobValidation, which waits for it.
import { checkHardwareIds } from '@assay/hardware-api/schemas';
import { setTargeting } from '../../store/shipping-label-runs.ts';
import type { Step } from '../workflow.ts';
import { inMetadataSpelling, loadLabelRequest, readMetadataWhenReady } from './label-request.ts';
import type { ShippingLabelServices } from './shipping-label-services.ts';
import { faultMessages } from './validation-messages.ts';

export interface PreProcessedLabel {
  /** Whether the metadata was there. */
  readonly resolved: boolean;
  /** What the label reaches: codes of operating systems and names of INFs. */
  readonly operatingSystems: readonly string[];
  readonly infs: readonly string[];
}

export function preProcessShippingLabel(services: ShippingLabelServices): Step {
  return {
    name: 'preProcessShippingLabel',
    async run(context) {
      const request = await loadLabelRequest(services, context.subjectId);
      const metadata = await readMetadataWhenReady(services, request);
      if (metadata !== undefined) {
        const faults = checkHardwareIds(request.reached.hardwareIds, metadata.index);
        if (faults.length > 0) return { kind: 'failed', messages: faultMessages(faults) };
      }
      const { hardwareIds } = request.reached;
      const output: PreProcessedLabel = {
        resolved: metadata !== undefined,
        operatingSystems: [...new Set(hardwareIds.map(({ operatingSystemCode }) => operatingSystemCode))].sort(),
        infs: [...new Set(hardwareIds.map(({ infId }) => infId))].sort(),
      };
      return {
        kind: 'completed',
        output: { ...output },
        apply: async (transaction) => {
          if (metadata === undefined) return;
          await setTargeting(transaction, context.subjectId, inMetadataSpelling(request.targeting, metadata));
        },
      };
    },
  };
}
