// Step 1: takes down what the run asks for.
import type { Step } from '../workflow.ts';
import { fingerprintOf, loadLabelRequest } from './label-request.ts';
import type { ShippingLabelServices } from './shipping-label-services.ts';

export interface CreatedLabel {
  /** Of the request: later steps refuse to act on another one. */
  readonly fingerprint: string;
  readonly toAdd: number;
  readonly toRemove: number;
}

export function created(services: ShippingLabelServices): Step {
  return {
    name: 'created',
    async run(context) {
      const request = await loadLabelRequest(services, context.subjectId);
      const entries = [...request.targeting.hardwareIds, ...request.targeting.chids];
      const output: CreatedLabel = {
        fingerprint: fingerprintOf(request),
        toAdd: entries.filter(({ distributionState }) => distributionState === 'pendingAdd').length,
        toRemove: entries.filter(({ distributionState }) => distributionState === 'pendingRemove').length,
      };
      return { kind: 'completed', output: { ...output } };
    },
  };
}
