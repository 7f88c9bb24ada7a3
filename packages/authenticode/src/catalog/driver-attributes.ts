// The attributes of a driver's catalog as a whole: what Microsoft's dashboard notes about the submission, then what Inf2Cat
// writes, the versions of Windows and the hardware ids.
import { type CatalogAttribute, TEXT_ATTRIBUTE_FLAGS } from './catalog.ts';

export interface DriverCatalogFacts {
  /** Catalog names of versions of Windows, such as `_v100_X64`. */
  readonly operatingSystems: readonly string[];
  /** Hardware and compatible ids of the models, in the order of the INF. */
  readonly hardwareIds: readonly string[];
  /** `Qualification Level`, as in "5000"; catalogs of the years before Windows 10 have it. */
  readonly qualificationLevel?: string;
  /** `DTC`, as in "1"; beside the qualification level. */
  readonly dtc?: string;
  /** `Submission ID`, as the dashboard that signs writes its own. */
  readonly submissionId?: string;
  /** `BundleID`: the name of the driver's folder in the submission. */
  readonly bundleId?: string;
  /** `Universal`: whether the INF is one. */
  readonly universal?: boolean;
  /** `Declarative`: whether the INF is one. */
  readonly declarative?: boolean;
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}

/** As .NET writes truth values. */
function truth(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? 'True' : 'False';
}

/**
 * The attributes that Microsoft's catalogs of drivers have, in their order: what is known of the submission, `OS`, then the
 * hardware ids in lower case, numbered down to HWID1. What is absent or empty is left out.
 */
export function driverCatalogAttributes(facts: DriverCatalogFacts): CatalogAttribute[] {
  const operatingSystems = distinct(facts.operatingSystems);
  const hardwareIds = distinct(facts.hardwareIds.map((id) => id.toLowerCase()));
  const named: readonly (readonly [name: string, value: string | undefined])[] = [
    ['Qualification Level', facts.qualificationLevel],
    ['DTC', facts.dtc],
    ['Submission ID', facts.submissionId],
    ['BundleID', facts.bundleId],
    ['Universal', truth(facts.universal)],
    ['Declarative', truth(facts.declarative)],
    ['OS', operatingSystems.length === 0 ? undefined : operatingSystems.join(',')],
    ...hardwareIds.map((id, index) => [`HWID${index + 1}`, id] as const).reverse(),
  ];
  return named.flatMap(([name, value]) => (value === undefined ? [] : [{ name, flags: TEXT_ATTRIBUTE_FLAGS, value }]));
}
