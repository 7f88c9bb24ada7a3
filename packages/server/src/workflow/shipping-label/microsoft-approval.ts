// Step 6 of publishing: a person's decision, when the policy asks for one. The step has the real service's name; here it is the
// account's own Manager who decides.
import { findLabelApproval } from '../../store/shipping-label-approvals.ts';
import { loadLabelRun } from '../../store/shipping-label-runs.ts';
import type { Step } from '../workflow.ts';
import type { ShippingLabelServices } from './shipping-label-services.ts';

/** A decision wakes the workflow; this is how late one is noticed when the waking is lost. */
const LOOK_AGAIN_MS = 15_000;

export function microsoftApproval(services: ShippingLabelServices): Step {
  const { database, policy, clock } = services;
  return {
    name: 'microsoftApproval',
    async run(context) {
      const { run, label } = await loadLabelRun(database, context.subjectId);
      if (run.approver !== 'person') {
        const left = Date.parse(label.step_started_at) + policy.approvalHoldMs - clock().getTime();
        if (left > 0) return { kind: 'waiting', retryAfterMs: left, messages: [] };
        return { kind: 'completed', output: { approvedBy: 'policy' } };
      }
      const approval = await findLabelApproval(database, run.id);
      if (approval === undefined) {
        return {
          kind: 'waiting',
          retryAfterMs: LOOK_AGAIN_MS,
          messages: ['The shipping label waits for the approval of a Manager.'],
        };
      }
      if (approval.decision === 'rejected') {
        return { kind: 'failed', messages: [`The shipping label was rejected: ${approval.reason}`] };
      }
      return { kind: 'completed', output: { approvedBy: approval.decided_by, reason: approval.reason } };
    },
  };
}
