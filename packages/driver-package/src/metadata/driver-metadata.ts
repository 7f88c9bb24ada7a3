// The driver metadata of a submission, in the shape in which the service hands it out: which hardware ids of which INF
// were signed for which systems. Shipping labels choose from it ("Get driver metadata").
import type { InfDescription, InfModel } from '../inf/index.ts';
import { appliesTo, type RequestedOperatingSystem } from '../operating-systems.ts';

export interface DriverBundle {
  /** A GUID without braces, one for each driver folder. */
  readonly bundleId: string;
  readonly infs: readonly {
    /** Name of the INF, without folder. */
    readonly fileName: string;
    readonly description: InfDescription;
    /** The systems that the driver was signed for; only those that a device is for appear in the metadata. */
    readonly operatingSystemCodes: readonly RequestedOperatingSystem[];
  }[];
}

export interface DriverMetadata {
  readonly BundleInfoMap: Readonly<Record<string, BundleInfo>>;
}

export interface BundleInfo {
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
  readonly ExtensionId: string | null;
  readonly Provider: string;
  /** With braces. */
  readonly ClassGuid: string;
  readonly InstallationComputerHardwareIds: readonly string[];
  /** By operating system code, then by lower-case hardware id. */
  readonly OSPnPInfoMap: Readonly<Record<string, Readonly<Record<string, PnpInfo>>>>;
}

export interface PnpInfo {
  readonly Manufacturer: string;
  readonly DeviceDescription: string;
  readonly FeatureScore: string | null;
}

/** The metadata of these bundles. What an INF does not say is an empty text; rules have reported it before. */
export function createDriverMetadata(options: { readonly bundles: readonly DriverBundle[] }): DriverMetadata {
  return {
    BundleInfoMap: Object.fromEntries(
      options.bundles.map(({ bundleId, infs }) => [
        bundleId,
        {
          Locales: ['English'],
          InfInfoMap: Object.fromEntries(infs.map((inf) => [inf.fileName, describeBundleInf(inf)])),
        },
      ]),
    ),
  };
}

function describeBundleInf({ fileName, description, operatingSystemCodes }: DriverBundle['infs'][number]): InfInfo {
  const provider = description.provider ?? '';
  return {
    DriverPackageFamilyId: `${provider}-${fileName}`,
    InfClass: description.className ?? '',
    DriverVersion: description.driverVersion?.version ?? '',
    DriverDate: description.driverVersion === undefined ? '' : `${description.driverVersion.date}T00:00:00`,
    ExtensionId: description.extensionId ?? null,
    Provider: provider,
    ClassGuid: description.classGuid ?? '',
    InstallationComputerHardwareIds: [],
    OSPnPInfoMap: Object.fromEntries(
      operatingSystemCodes
        .map(
          (system) =>
            [system.code, describeDevices(description.models.filter((model) => appliesTo(model, system)))] as const,
        )
        .filter(([, devices]) => Object.keys(devices).length > 0),
    ),
  };
}

/** The devices by hardware id; of two with the same id the first one is shown. */
function describeDevices(models: readonly InfModel[]): Record<string, PnpInfo> {
  const devices = new Map<string, PnpInfo>();
  for (const { manufacturer, description, hardwareIds } of models) {
    for (const id of hardwareIds) {
      const key = id.toLowerCase();
      if (devices.has(key)) continue;
      devices.set(key, { Manufacturer: manufacturer, DeviceDescription: description, FeatureScore: null });
    }
  }
  return Object.fromEntries(devices);
}
