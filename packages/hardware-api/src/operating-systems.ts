// Operating-system codes as the API's callers use them: looked up without case, with the facts that checking, catalog
// making and metadata need. The rows themselves are in operating-system-codes.ts.
import { type Architecture, CURRENT_CODES, UNDOCUMENTED_CODES, VERSION_1_CODES } from './operating-system-codes.ts';
import { type OperatingSystemVersion, RELEASES } from './operating-system-releases.ts';

export type { Architecture } from './operating-system-codes.ts';
export type { OperatingSystemVersion } from './operating-system-releases.ts';

/** One value that `requestedSignatures` may hold. */
export interface OperatingSystem {
  /** The code in its documented spelling; compare without case. */
  readonly code: string;
  readonly architecture: Architecture;
  readonly version: OperatingSystemVersion;
  readonly server: boolean;
  /** What the catalog attribute `OS` calls it, for example `_v100_X64_24H2`; absent where no real catalog was seen. */
  readonly catalogName?: string;
  /** What the catalog member attribute `OSAttr` calls it, for example `2:10.0` (2 is the NT platform); absent before Windows 2000. */
  readonly osAttribute?: string;
  readonly description: string;
  readonly source: 'current' | 'version 1.0' | 'clients' | 'configuration';
  /** `rejected` codes were refused by the real service and are kept so that nobody tries them again. */
  readonly status: 'documented' | 'observed' | 'rejected';
}

/**
 * What the catalog member attribute `OSAttr` calls a version. Windows 2000 is written with two decimals in real catalogs,
 * every later version with one.
 */
export function osAttributeOf({ major, minor }: OperatingSystemVersion): string | undefined {
  if (major < 5) return undefined;
  return major === 5 && minor === 0 ? '2:5.00' : `2:${major}.${minor}`;
}

function describe(
  [code, architecture, release, edition, catalogName, description]: (typeof CURRENT_CODES)[number],
  source: OperatingSystem['source'],
  status: OperatingSystem['status'],
): OperatingSystem {
  const version = RELEASES[release];
  const osAttribute = osAttributeOf(version);
  return {
    code,
    architecture,
    version,
    server: edition === 'server',
    ...(catalogName === undefined ? {} : { catalogName }),
    ...(osAttribute === undefined ? {} : { osAttribute }),
    description,
    source,
    status,
  };
}

/** Every known code, the rejected ones included. */
export const OPERATING_SYSTEMS: readonly OperatingSystem[] = [
  ...CURRENT_CODES.map((row) => describe(row, 'current', 'documented')),
  ...VERSION_1_CODES.map((row) => describe(row, 'version 1.0', 'documented')),
  ...UNDOCUMENTED_CODES.map(([code, architecture, release, edition, catalogName, description, status]) =>
    describe([code, architecture, release, edition, catalogName, description], 'clients', status),
  ),
];
