// The workflows of shipping labels: what happens to a label after it was created or updated, in order. The names are the API's
// own. The subject is a run of the label, so that each update walks the steps anew.
import { auditLabelRun, endRun, updateLabelProgress } from '../../store/shipping-label-runs.ts';
import type { Step, WorkflowDefinition } from '../workflow.ts';
import { created } from './created.ts';
import { finalizePreProcessing } from './finalize-pre-processing.ts';
import { finalizePublishing } from './finalize-publishing.ts';
import { finalizeSharing } from './finalize-sharing.ts';
import { microsoftApproval } from './microsoft-approval.ts';
import { preProcessShippingLabel } from './pre-process-shipping-label.ts';
import { processSharing } from './process-sharing.ts';
import { publishJobValidation } from './publish-job-validation.ts';
import { publishing } from './publishing.ts';
import type { ShippingLabelServices } from './shipping-label-services.ts';
import { updateGeneration } from './update-generation.ts';

export {
  DEFAULT_SHIPPING_LABEL_POLICY,
  type ShippingLabelPolicy,
  type ShippingLabelServices,
} from './shipping-label-services.ts';

/** A workflow of these steps, and what each does to the label's row. */
function labelWorkflow(kind: string, steps: readonly Step[], { clock }: ShippingLabelServices): WorkflowDefinition {
  return {
    kind,
    steps,
    async stepStarted(transaction, runId, step) {
      await updateLabelProgress(transaction, runId, { step, state: 'started', begins: true }, clock());
    },
    async stepWaiting(transaction, runId, step, messages) {
      await updateLabelProgress(transaction, runId, { step, state: 'started', messages }, clock());
    },
    async stepFailed(transaction, runId, step, messages) {
      await updateLabelProgress(transaction, runId, { step, state: 'failed', messages }, clock());
      await endRun(transaction, runId, 'failed', clock());
      await auditLabelRun(transaction, runId, 'shippingLabel.fail', { step, messages }, clock);
    },
    async completed(transaction, runId, lastStep) {
      await updateLabelProgress(transaction, runId, { step: lastStep, state: 'completed' }, clock());
      await endRun(transaction, runId, 'completed', clock());
      await auditLabelRun(transaction, runId, 'shippingLabel.complete', {}, clock);
    },
  };
}

/** A label on its way to Windows Update. */
export function shippingLabelPublishing(services: ShippingLabelServices): WorkflowDefinition {
  const steps = [
    created(services),
    preProcessShippingLabel(services),
    finalizePreProcessing(services),
    publishJobValidation(services),
    updateGeneration(services),
    microsoftApproval(services),
    publishing(services),
    finalizePublishing(services),
  ];
  return labelWorkflow('shippingLabelPublishing', steps, services);
}

/** A label on its way to another partner. */
export function shippingLabelSharing(services: ShippingLabelServices): WorkflowDefinition {
  const steps = [
    created(services),
    preProcessShippingLabel(services),
    finalizePreProcessing(services),
    publishJobValidation(services),
    processSharing(services),
    finalizeSharing(services),
  ];
  return labelWorkflow('shippingLabelSharing', steps, services);
}
