// The driver metadata of a submission as an index: which combinations of bundle, INF, operating system and hardware id a
// shipping label may target ("Driver package metadata"). The service compares all four parts without regard to case.

/** What one entry of a label's `targeting.hardwareIds` names. */
export interface HardwareIdCombination {
  readonly bundleId: string;
  readonly infId: string;
  readonly operatingSystemCode: string;
  /** Lower case, as the metadata has it. */
  readonly pnpString: string;
}

export interface DriverMetadataIndex {
  /** Every combination, in the order of the metadata. */
  readonly combinations: readonly HardwareIdCombination[];
  /** The combination as the metadata spells it; undefined when it holds none such. */
  find(combination: HardwareIdCombination): HardwareIdCombination | undefined;
}

/** Combinations in one metadata file beyond this are refused: it would be no driver's. */
export const MAXIMUM_COMBINATIONS = 500_000;

/** What is wrong with a metadata file. */
export class DriverMetadataError extends Error {
  override readonly name = 'DriverMetadataError';
}

function entriesOf(value: unknown, what: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DriverMetadataError(`The driver metadata is not usable: ${what} is not an object.`);
  }
  return Object.entries(value);
}

function memberOf(value: unknown, name: string, what: string): unknown {
  return new Map(entriesOf(value, what)).get(name);
}

/** A key under which equal combinations meet. */
export function combinationKey({ bundleId, infId, operatingSystemCode, pnpString }: HardwareIdCombination): string {
  // No part can hold a line break: they come out of GUIDs, file names, codes and INF entries.
  return `${bundleId}\n${infId}\n${operatingSystemCode}\n${pnpString}`.toLowerCase();
}

/** Reads the text of a metadata file. Throws DriverMetadataError when it is not one. */
export function parseDriverMetadata(text: string): DriverMetadataIndex {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new DriverMetadataError('The driver metadata is not JSON.', { cause: error });
  }
  const combinations: HardwareIdCombination[] = [];
  for (const [bundleId, bundle] of entriesOf(memberOf(document, 'BundleInfoMap', 'the file'), 'BundleInfoMap')) {
    for (const [infId, inf] of entriesOf(memberOf(bundle, 'InfInfoMap', bundleId), `InfInfoMap of ${bundleId}`)) {
      const systems = entriesOf(memberOf(inf, 'OSPnPInfoMap', infId), `OSPnPInfoMap of ${infId}`);
      for (const [operatingSystemCode, devices] of systems) {
        for (const [pnpString] of entriesOf(devices, `${operatingSystemCode} of ${infId}`)) {
          if (combinations.length === MAXIMUM_COMBINATIONS) {
            throw new DriverMetadataError(`The driver metadata has more than ${MAXIMUM_COMBINATIONS} hardware ids.`);
          }
          combinations.push({ bundleId, infId, operatingSystemCode, pnpString });
        }
      }
    }
  }
  const index = new Map(combinations.map((combination) => [combinationKey(combination), combination]));
  return { combinations, find: (combination) => index.get(combinationKey(combination)) };
}

/** Whether two combinations are the same one. */
export function isSameCombination(one: HardwareIdCombination, other: HardwareIdCombination): boolean {
  return combinationKey(one) === combinationKey(other);
}
