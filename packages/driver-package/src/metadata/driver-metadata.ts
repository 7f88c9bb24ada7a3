// The driver metadata of a submission, in the shape in which the service hands it out: which hardware ids of which INF
// were signed for which systems. Shipping labels choose from it ("Get driver metadata").
import type { InfDescription, InfModel } from '../inf/index.ts';
import { appliesTo, type RequestedOperatingSystem } from '../operating-systems.ts';
import { languageName } from './languages.ts';
import { bareGuid, featureScoreFinder, type InfTargeting } from './targeting.ts';

export interface DriverBundle {
  /** A GUID without braces, one for each driver folder. */
  readonly bundleId: string;
  readonly infs: readonly {
    /** Name of the INF, without folder. */
    readonly fileName: string;
    readonly description: InfDescription;
    /** What else it says; absent for an INF that was read by a release which did not look for it. */
    readonly targeting?: InfTargeting | undefined;
    /** The systems that the driver was signed for; only those that a device is for appear in the metadata. */
    readonly operatingSystemCodes: readonly RequestedOperatingSystem[];
  }[];
}

export interface DriverMetadata {
  readonly BundleInfoMap: Readonly<Record<string, BundleInfo>>;
}

export interface BundleInfo {
  /** English names of languages, English first: it stands for [Strings], which says no language. */
  readonly Locales: readonly string[];
  /** By name of the INF. */
  readonly InfInfoMap: Readonly<Record<string, InfInfo>>;
}

export interface InfInfo {
  readonly DriverPackageFamilyId: string;
  readonly InfClass: string;
  readonly DriverVersion: string;
  /** Local time without zone: `2018-01-11T00:00:00`. */
  readonly DriverDate: string;
  /** Without braces, of an extension INF. */
  readonly ExtensionId: string | null;
  readonly Provider: string;
  /** With braces. */
  readonly ClassGuid: string;
  /** The CHIDs of [TargetComputers], without braces; empty when any computer will do. */
  readonly InstallationComputerHardwareIds: readonly string[];
  /** By operating system code, then by lower-case hardware id. */
  readonly OSPnPInfoMap: Readonly<Record<string, Readonly<Record<string, PnpInfo>>>>;
}

export interface PnpInfo {
  readonly Manufacturer: string;
  readonly DeviceDescription: string;
  /** Two hexadecimal digits; null when the INF gives none, which Windows takes for FF. */
  readonly FeatureScore: string | null;
}

/** The metadata of these bundles. What an INF does not say is an empty text; rules have reported it before. */
export function createDriverMetadata(options: { readonly bundles: readonly DriverBundle[] }): DriverMetadata {
  return {
    BundleInfoMap: Object.fromEntries(
      options.bundles.map(({ bundleId, infs }) => [
        bundleId,
        {
          Locales: listLocales(infs),
          InfInfoMap: Object.fromEntries(infs.map((inf) => [inf.fileName, describeBundleInf(inf)])),
        },
      ]),
    ),
  };
}

function listLocales(infs: DriverBundle['infs']): string[] {
  const names = infs.flatMap(({ targeting }) => targeting?.languageIds ?? []).map(languageName);
  return [...new Set([NEUTRAL_LOCALE, ...[...names].sort()])];
}

const NEUTRAL_LOCALE = 'English';

function describeBundleInf(inf: DriverBundle['infs'][number]): InfInfo {
  const { fileName, description, targeting, operatingSystemCodes } = inf;
  const provider = description.provider ?? '';
  const { extensionId } = description;
  const scoreOf = featureScoreFinder(targeting?.featureScores ?? []);
  return {
    DriverPackageFamilyId: `${provider}-${fileName}`,
    InfClass: description.className ?? '',
    DriverVersion: description.driverVersion?.version ?? '',
    DriverDate: description.driverVersion === undefined ? '' : `${description.driverVersion.date}T00:00:00`,
    ExtensionId: extensionId === undefined ? null : (bareGuid(extensionId) ?? extensionId),
    Provider: provider,
    ClassGuid: description.classGuid ?? '',
    InstallationComputerHardwareIds: targeting?.computerHardwareIds ?? [],
    OSPnPInfoMap: Object.fromEntries(
      operatingSystemCodes
        .map((system) => {
          const models = description.models.filter((model) => appliesTo(model, system));
          return [system.code, describeDevices(models, (model) => scoreOf(model, system))] as const;
        })
        .filter(([, devices]) => Object.keys(devices).length > 0),
    ),
  };
}

/** The devices by hardware id; of two with the same id the first one is shown. */
function describeDevices(
  models: readonly InfModel[],
  scoreOf: (model: InfModel) => string | null,
): Record<string, PnpInfo> {
  const devices = new Map<string, PnpInfo>();
  for (const model of models) {
    const { manufacturer, description, hardwareIds } = model;
    const FeatureScore = scoreOf(model);
    for (const id of hardwareIds) {
      const key = id.toLowerCase();
      if (devices.has(key)) continue;
      devices.set(key, { Manufacturer: manufacturer, DeviceDescription: description, FeatureScore });
    }
  }
  return Object.fromEntries(devices);
}
