// What a run of a label's workflow asks for. No update is let in while it is under way, so that every step sees the same
// request; the fingerprint, taken by the first step, proves it.
import { createHash } from 'node:crypto';
import { type PublishingSpecifications, stringifyJson, type Targeting } from '@assay/hardware-api';
import { isTargeted } from '@assay/hardware-api/schemas';
import { readDriverMetadata, type SubmissionMetadata } from '../../blob/driver-metadata.ts';
import { readPublishing, readTargeting } from '../../store/label-targeting.ts';
import { type LabelRun, loadLabelRun } from '../../store/shipping-label-runs.ts';
import type { ShippingLabelServices } from './shipping-label-services.ts';

export interface LabelRequest extends LabelRun {
  readonly targeting: Targeting;
  /** Undefined for a label that shares. */
  readonly publishing: PublishingSpecifications | undefined;
  /** What is or will be offered, without what is being removed. */
  readonly reached: Pick<Targeting, 'hardwareIds' | 'chids'>;
}

/** Reads what a run asks for; throws when the id is unknown. */
export async function loadLabelRequest(services: ShippingLabelServices, runId: bigint): Promise<LabelRequest> {
  const loaded = await loadLabelRun(services.database, runId);
  const targeting = readTargeting(loaded.label.targeting);
  return {
    ...loaded,
    targeting,
    publishing: readPublishing(loaded.label.publishing),
    reached: { hardwareIds: targeting.hardwareIds.filter(isTargeted), chids: targeting.chids.filter(isTargeted) },
  };
}

/** SHA-256 over everything that a run asks for, lower-case hex; the spelling of hardware ids does not matter. */
export function fingerprintOf({ label, targeting }: Pick<LabelRequest, 'label' | 'targeting'>): string {
  const hardwareIds = targeting.hardwareIds.map((item) =>
    [item.bundleId, item.infId, item.operatingSystemCode, item.pnpString, item.distributionState].map((text) =>
      text.toLowerCase(),
    ),
  );
  const request = {
    ...targeting,
    hardwareIds,
    destination: label.destination,
    publishing: label.publishing,
    receiver: label.receiver_account_id,
    enforceChidTargeting: label.enforce_chid_targeting,
  };
  return createHash('sha256').update(stringifyJson(request)).digest('hex');
}

/** Whether the submission has everything that a label needs, and its metadata when it has it. */
export async function readMetadataWhenReady(
  { database, blobs }: ShippingLabelServices,
  { submission }: Pick<LabelRequest, 'submission'>,
): Promise<SubmissionMetadata | undefined> {
  // Results belong to a finished workflow.
  return submission.step_state === 'completed' ? await readDriverMetadata(database, blobs, submission.id) : undefined;
}

/** The targeting with each hardware id as the metadata spells it. Those that it does not hold stay as they are. */
export function inMetadataSpelling(targeting: Targeting, { index }: SubmissionMetadata): Targeting {
  return {
    ...targeting,
    hardwareIds: targeting.hardwareIds.map((item) => ({ ...item, ...index.find(item) })),
  };
}
