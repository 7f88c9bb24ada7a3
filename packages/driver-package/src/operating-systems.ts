// Which operating systems a driver is for. The facts about the codes come from the caller: this package knows none.
import { infArchitecture } from './architecture.ts';
import { compareOsVersions, type InfModel } from './inf/index.ts';

/** What must be known of an operating system code that signatures are requested for. */
export interface RequestedOperatingSystem {
  /** Such as `WINDOWS_v100_X64_GE_FULL`. */
  readonly code: string;
  /** As operating system codes write it: x86, x64, arm, arm64, ia64. */
  readonly architecture: string;
  readonly version?:
    | { readonly major: number; readonly minor: number; readonly build?: number | undefined }
    | undefined;
}

/** Whether Windows would look at this device's section on that system: same architecture, and not an older version. */
export function appliesTo(model: InfModel, { architecture, version }: RequestedOperatingSystem): boolean {
  if (infArchitecture(architecture) !== model.architecture) return false;
  if (version === undefined || model.minimumVersion === undefined) return true;
  const { major, minor, build } = version;
  // A version without a build stands for the newest one, so that only what is surely older is left out.
  return compareOsVersions({ major, minor, build: build ?? Number.MAX_SAFE_INTEGER }, model.minimumVersion) >= 0;
}
