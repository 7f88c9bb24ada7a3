// Step 4: waits until the submission is complete, and checks every rule again: the rules know more now than when the label was
// made, and what they look at may have changed.
import { MESSAGES, type ValidationError } from '@assay/hardware-api';
import {
  checkAudiences,
  checkDistribution,
  checkHardwareIds,
  isAutomatic,
  missingChids,
} from '@assay/hardware-api/schemas';
import type { SubmissionMetadata } from '../../blob/driver-metadata.ts';
import { findAccount } from '../../store/accounts.ts';
import { readAudienceIds } from '../../store/audiences.ts';
import { setTargeting } from '../../store/shipping-label-runs.ts';
import { mustTargetChids } from '../../store/shipping-labels.ts';
import type { Step } from '../workflow.ts';
import type { CreatedLabel } from './created.ts';
import {
  fingerprintOf,
  inMetadataSpelling,
  type LabelRequest,
  loadLabelRequest,
  readMetadataWhenReady,
} from './label-request.ts';
import type { ShippingLabelServices } from './shipping-label-services.ts';
import { faultMessages } from './validation-messages.ts';

/** How late the end of the submission's workflow is noticed at most, in milliseconds. */
const LOOK_AGAIN_MS = 2_000;

async function findFaults(
  services: ShippingLabelServices,
  request: LabelRequest,
  metadata: SubmissionMetadata,
): Promise<ValidationError[]> {
  const { label, submission, targeting, publishing, reached } = request;
  const { database } = services;
  const faults = [
    ...checkHardwareIds(reached.hardwareIds, metadata.index),
    ...checkDistribution({ ...targeting, ...reached }, services.codes),
    ...checkAudiences(targeting.restrictedToAudiences, await readAudienceIds(database, label.account_id)),
  ];
  if (publishing !== undefined && submission.is_extension_inf === 1n && !isAutomatic(publishing)) {
    faults.push({ target: 'publishingSpecifications', message: MESSAGES.extensionMustBeAutomatic });
  }
  if (reached.chids.length === 0 && (await mustTargetChids(database, submission.id))) faults.push(missingChids());
  if (label.destination === 'anotherPartner') {
    const receiver = label.receiver_account_id;
    if (receiver === null || (await findAccount(database, receiver)) === undefined) {
      faults.push({ target: 'recipientSpecifications', message: 'The account to share with does not exist.' });
    }
  }
  return faults;
}

export function publishJobValidation(services: ShippingLabelServices): Step {
  return {
    name: 'publishJobValidation',
    async run(context) {
      const request = await loadLabelRequest(services, context.subjectId);
      const { submission, product } = request;
      if (fingerprintOf(request) !== context.output<CreatedLabel>('created').fingerprint) {
        throw new Error(`label ${request.label.id} is not as it was when run ${context.subjectId} began`);
      }
      // Taking everything back must always be possible, whatever became of the submission.
      if (request.reached.hardwareIds.length === 0) return { kind: 'completed', output: { hardwareIds: 0 } };
      if (product.deprecated === 1n) return { kind: 'failed', messages: [MESSAGES.readOnlyProduct] };
      if (submission.step_state === 'failed') {
        return { kind: 'failed', messages: [`${MESSAGES.submissionCannotBeLabelled}.`] };
      }
      const metadata = await readMetadataWhenReady(services, request);
      if (metadata === undefined) {
        const messages =
          submission.step_state === 'completed'
            ? [MESSAGES.submissionNeedsMetadata]
            : ['The submission is still being processed; the shipping label goes on when it is complete.'];
        return { kind: 'waiting', retryAfterMs: LOOK_AGAIN_MS, messages };
      }
      const faults = await findFaults(services, request, metadata);
      if (faults.length > 0) return { kind: 'failed', messages: faultMessages(faults) };
      return {
        kind: 'completed',
        output: { metadata: metadata.content, hardwareIds: request.reached.hardwareIds.length },
        apply: (transaction) =>
          setTargeting(transaction, context.subjectId, inMetadataSpelling(request.targeting, metadata)),
      };
    },
  };
}
