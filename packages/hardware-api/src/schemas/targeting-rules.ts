// What must hold for what a shipping label targets ("Targeting object" on Microsoft's page "Get shipping label data", and "How to
// limit or expand a driver's distribution based on Windows version").

import type { CodeTables } from '../code-tables.ts';
import { distributionOrder, distributionOrderOf } from '../distribution-releases.ts';
import type { DriverMetadataIndex, HardwareIdCombination } from '../driver-metadata.ts';
import { MESSAGES, type ValidationError } from '../errors.ts';
import type { OperatingSystemVersion } from '../operating-systems.ts';
import type { CoEngDriverPublishInfo, InServicePublishInfo } from './shipping-label.ts';

/** What a label reaches, without anything that is being removed. */
export interface Distribution {
  readonly hardwareIds: readonly Pick<HardwareIdCombination, 'operatingSystemCode'>[];
  readonly chids: readonly unknown[];
  readonly inServicePublishInfo?: InServicePublishInfo;
  readonly coEngDriverPublishInfo?: CoEngDriverPublishInfo;
}

/** Build numbers of unreleased Windows versions have five digits. */
const BUILD_NUMBERS = { least: 10_000n, most: 99_999n } as const;

function compareVersions(one: OperatingSystemVersion, other: OperatingSystemVersion): number {
  return one.major - other.major || one.minor - other.minor || (one.build ?? 0) - (other.build ?? 0);
}

/** One fault for each hardware id that the metadata does not hold. */
export function checkHardwareIds(
  hardwareIds: readonly HardwareIdCombination[],
  metadata: DriverMetadataIndex,
): ValidationError[] {
  return hardwareIds.flatMap((combination, index) => {
    if (metadata.find(combination) !== undefined) return [];
    const { bundleId, infId, operatingSystemCode, pnpString } = combination;
    return [
      {
        target: `targeting.hardwareIds[${index}]`,
        message: `The driver metadata of the submission holds no hardware id "${pnpString}" of ${infId} in bundle ${bundleId} for ${operatingSystemCode}. Choose a combination from the driverMetadata download.`,
      },
    ];
  });
}

/** One fault for each audience that the account does not have. */
export function checkAudiences(audiences: readonly string[], known: ReadonlySet<string>): ValidationError[] {
  return audiences.flatMap((id, index) =>
    known.has(id)
      ? []
      : [
          {
            target: `targeting.restrictedToAudiences[${index}]`,
            message: `${id} is not an audience of this account. The resource "audiences" lists those that are.`,
          },
        ],
  );
}

function checkReleases(info: InServicePublishInfo, lowest: OperatingSystemVersion | undefined): ValidationError[] {
  const path = 'targeting.inServicePublishInfo';
  const errors: ValidationError[] = [];
  const lowestOrder = lowest === undefined ? -1 : distributionOrderOf(lowest);
  const { flooring, ceiling } = info;
  if (flooring !== undefined && distributionOrder(flooring) < lowestOrder) {
    errors.push({
      target: `${path}.flooring`,
      message: `The floor ${flooring} is earlier than the lowest operating system that the hardware ids target.`,
    });
  }
  if (flooring !== undefined && ceiling !== undefined && distributionOrder(flooring) > distributionOrder(ceiling)) {
    errors.push({ target: path, message: `The floor ${flooring} is later than the ceiling ${ceiling}.` });
  } else if (ceiling !== undefined && distributionOrder(ceiling) < lowestOrder) {
    errors.push({
      target: `${path}.ceiling`,
      message: `The ceiling ${ceiling} is earlier than the lowest operating system that the hardware ids target: nothing would be offered.`,
    });
  }
  return errors;
}

function checkBuilds(info: CoEngDriverPublishInfo, lowest: OperatingSystemVersion | undefined): ValidationError[] {
  const path = 'targeting.coEngDriverPublishInfo';
  const errors: ValidationError[] = [];
  for (const name of ['flooringBuildNumber', 'ceilingBuildNumber'] as const) {
    const build = info[name];
    if (build !== undefined && (build < BUILD_NUMBERS.least || build > BUILD_NUMBERS.most)) {
      errors.push({ target: `${path}.${name}`, message: 'A build number has five digits, for example 26100.' });
    }
  }
  const { flooringBuildNumber: floor, ceilingBuildNumber: ceiling } = info;
  if (errors.length > 0) return errors;
  if (floor !== undefined && lowest?.major === 10 && floor < BigInt(lowest.build ?? 0)) {
    errors.push({
      target: `${path}.flooringBuildNumber`,
      message: `The floor ${floor} is earlier than the lowest operating system that the hardware ids target.`,
    });
  }
  if (floor !== undefined && ceiling !== undefined && floor > ceiling) {
    errors.push({ target: path, message: `The floor ${floor} is later than the ceiling ${ceiling}.` });
  }
  return errors;
}

/** The faults between what a label targets: CHIDs, floors and ceilings against the operating systems of its hardware ids. */
export function checkDistribution(distribution: Distribution, codes: CodeTables): ValidationError[] {
  const { hardwareIds, chids, inServicePublishInfo, coEngDriverPublishInfo } = distribution;
  const errors: ValidationError[] = [];
  const targeted = new Set(hardwareIds.map(({ operatingSystemCode }) => operatingSystemCode));
  const versions = [...targeted]
    .flatMap((code) => codes.findOperatingSystem(code)?.version ?? [])
    .sort(compareVersions);
  const [lowest] = versions;
  if (chids.length > 0 && lowest !== undefined && lowest.major < 10) {
    errors.push({ target: 'targeting.chids', message: MESSAGES.chidsNeedWindows10 });
  }
  if (inServicePublishInfo !== undefined && coEngDriverPublishInfo !== undefined) {
    errors.push({
      target: 'targeting.coEngDriverPublishInfo',
      message: 'The targeting can hold either inServicePublishInfo or coEngDriverPublishInfo, not both.',
    });
  }
  if (inServicePublishInfo !== undefined) errors.push(...checkReleases(inServicePublishInfo, lowest));
  if (coEngDriverPublishInfo !== undefined) errors.push(...checkBuilds(coEngDriverPublishInfo, lowest));
  return errors;
}
