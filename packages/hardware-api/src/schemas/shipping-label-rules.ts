// What must hold between the properties of a shipping label and the submission that it is for, beyond what each property must
// be on its own ("Create a new shipping label", "Points to remember").
import type { CodeTables } from '../code-tables.ts';
import type { DriverMetadataIndex } from '../driver-metadata.ts';
import { MESSAGES, type ValidationError } from '../errors.ts';
import type { NewShippingLabel } from './shipping-label.ts';
import { checkAudiences, checkDistribution, checkHardwareIds } from './targeting-rules.ts';

/** What the rules need to know beside the label. */
export interface ShippingLabelFacts {
  /** Undefined while the submission is still being processed; then hardware ids are checked later, by the workflow. */
  readonly metadata: DriverMetadataIndex | undefined;
  readonly isExtensionInf: boolean;
  /** Whether the product came to the account through sharing. */
  readonly isShared: boolean;
  /** Whether whoever shared the product demands CHIDs. */
  readonly mustTargetChids: boolean;
  /** Ids of the account's audiences, in lower case. */
  readonly audiences: ReadonlySet<string>;
  readonly codes: CodeTables;
}

type Specifications = NonNullable<NewShippingLabel['publishingSpecifications']>;

/** Whether a driver that is published so gets installed without anybody asking for it. */
export function isAutomatic(
  specifications: Pick<Specifications, 'isAutoInstallDuringOSUpgrade' | 'isAutoInstallOnApplicableSystems'> | undefined,
): boolean {
  return (
    specifications?.isAutoInstallDuringOSUpgrade === true || specifications?.isAutoInstallOnApplicableSystems === true
  );
}

function checkPublishing(specifications: Specifications, isExtensionInf: boolean): ValidationError[] {
  const errors: ValidationError[] = [];
  const path = 'publishingSpecifications';
  const automatic = isAutomatic(specifications);
  if (automatic && specifications.additionalInfoForMsApproval === undefined) {
    errors.push({
      target: `${path}.additionalInfoForMsApproval`,
      message:
        'The property additionalInfoForMsApproval is required when isAutoInstallDuringOSUpgrade or isAutoInstallOnApplicableSystems is true.',
    });
  }
  if (automatic && specifications.manualAcquisition === true) {
    errors.push({
      target: `${path}.manualAcquisition`,
      message:
        'The property manualAcquisition must be false when isAutoInstallDuringOSUpgrade or isAutoInstallOnApplicableSystems is true.',
    });
  }
  if (!automatic && specifications.manualAcquisition === false) {
    errors.push({
      target: `${path}.manualAcquisition`,
      message:
        'The property manualAcquisition must be true when isAutoInstallDuringOSUpgrade and isAutoInstallOnApplicableSystems are false.',
    });
  }
  if (!automatic && isExtensionInf) errors.push({ target: path, message: MESSAGES.extensionMustBeAutomatic });
  for (const [index, account] of (specifications.visibleToAccounts ?? []).entries()) {
    if (account < 1n) {
      errors.push({ target: `${path}.visibleToAccounts[${index}]`, message: 'A seller id is a positive number.' });
    }
  }
  return errors;
}

function checkDestination(label: NewShippingLabel, facts: ShippingLabelFacts): ValidationError[] {
  switch (label.destination) {
    case 'windowsUpdate':
      return label.publishingSpecifications === undefined
        ? [
            {
              target: 'publishingSpecifications',
              message: 'The property publishingSpecifications is required when the destination is windowsUpdate.',
            },
          ]
        : checkPublishing(label.publishingSpecifications, facts.isExtensionInf);
    case 'anotherPartner': {
      const errors: ValidationError[] = [];
      if (label.recipientSpecifications === undefined) {
        errors.push({
          target: 'recipientSpecifications',
          message: 'The property recipientSpecifications is required when the destination is anotherPartner.',
        });
      }
      if (facts.isShared) {
        errors.push({
          target: 'destination',
          message: 'A product that another partner shared with you cannot be shared on.',
        });
      }
      return errors;
    }
    default:
      return [{ target: 'destination', message: 'The destination must be windowsUpdate or anotherPartner.' }];
  }
}

/** The faults of a bound new shipping label, one entry each; empty when there is none. The receiver is looked up elsewhere. */
export function checkNewShippingLabel(label: NewShippingLabel, facts: ShippingLabelFacts): ValidationError[] {
  const { hardwareIds, chids = [], restrictedToAudiences = [], ...limits } = label.targeting;
  const errors = checkDestination(label, facts);
  if (hardwareIds.length === 0) {
    errors.push({ target: 'targeting.hardwareIds', message: 'A shipping label needs at least one hardware id.' });
  }
  if (facts.metadata !== undefined) errors.push(...checkHardwareIds(hardwareIds, facts.metadata));
  if (facts.mustTargetChids && chids.length === 0) errors.push(missingChids());
  errors.push(
    ...checkDistribution({ hardwareIds, chids, ...limits }, facts.codes),
    ...checkAudiences(restrictedToAudiences, facts.audiences),
  );
  return errors;
}

/** The fault of a label without CHIDs for a submission whose owner demands them (`enforceChidTargeting`). */
export function missingChids(): ValidationError {
  return {
    target: 'targeting.chids',
    message: 'The partner who shared this submission requires each of its shipping labels to target CHIDs.',
  };
}
