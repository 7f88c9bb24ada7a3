// Step 3: malware scan. No scanner can be configured yet, and the step says so rather than passing silently; a policy
// that demands a scan therefore stops every package here.
import type { Step } from '../workflow.ts';
import type { StepServices } from './ingestion-services.ts';

export const NOT_SCANNED = 'No malware scanner is configured on this service: the package was not scanned.';

export function scanning(services: StepServices): Step {
  return {
    name: 'scanning',
    async run() {
      if (services.policy.scan === 'required') {
        return {
          kind: 'failed',
          messages: [
            `${NOT_SCANNED} The policy of this service demands a scan, so the package cannot go on. Ask the operator.`,
          ],
        };
      }
      return { kind: 'completed', output: { scanned: false, note: NOT_SCANNED } };
    },
  };
}
