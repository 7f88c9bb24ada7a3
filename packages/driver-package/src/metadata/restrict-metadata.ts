// A part of a submission's driver metadata: what the receiver of a shared submission may target.
import type { BundleInfo, DriverMetadata, InfInfo } from './driver-metadata.ts';

/** Names one entry of the metadata. */
export interface MetadataEntry {
  readonly bundleId: string;
  readonly infId: string;
  readonly operatingSystemCode: string;
  readonly pnpString: string;
}

/** The same object with only the members that `part` gives something for. */
function mapMembers<Value>(
  members: Readonly<Record<string, Value>>,
  part: (name: string, value: Value) => Value | undefined,
): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]): [string, Value][] => {
      const kept = part(name, value);
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

/** The metadata with the entries that `keeps` says yes to. Systems, INFs and bundles that lose all their entries go too. */
export function restrictDriverMetadata(
  metadata: DriverMetadata,
  keeps: (entry: MetadataEntry) => boolean,
): DriverMetadata {
  const restrictInf = (bundleId: string, infId: string, inf: InfInfo): InfInfo | undefined => {
    const systems = mapMembers(inf.OSPnPInfoMap, (operatingSystemCode, devices) => {
      const kept = mapMembers(devices, (pnpString, device) =>
        keeps({ bundleId, infId, operatingSystemCode, pnpString }) ? device : undefined,
      );
      return isEmpty(kept) ? undefined : kept;
    });
    return isEmpty(systems) ? undefined : { ...inf, OSPnPInfoMap: systems };
  };
  const restrictBundle = (bundleId: string, bundle: BundleInfo): BundleInfo | undefined => {
    const infs = mapMembers(bundle.InfInfoMap, (infId, inf) => restrictInf(bundleId, infId, inf));
    return isEmpty(infs) ? undefined : { ...bundle, InfInfoMap: infs };
  };
  return { ...metadata, BundleInfoMap: mapMembers(metadata.BundleInfoMap, restrictBundle) };
}
