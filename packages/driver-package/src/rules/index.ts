// Every rule, in the order in which its findings are shown. To add one: a file beside this one, a line here, a test.
import type { Finding } from '../finding.ts';
import { architecturesAgree } from './architectures-agree.ts';
import { catalogFileIsNamed } from './catalog-file-is-named.ts';
import { classIsWellFormed } from './class-is-well-formed.ts';
import { copiedFilesArePresent } from './copied-files-are-present.ts';
import type { CheckedDriver, DriverRule } from './driver.ts';
import { driverVersionIsValid } from './driver-version-is-valid.ts';
import { hardwareIdsPresent } from './hardware-ids-present.ts';
import { providerIsNotMicrosoft } from './provider-is-not-microsoft.ts';
import { requiredKeysPresent } from './required-keys-present.ts';
import { tokensAreDefined } from './tokens-are-defined.ts';
import { versionSectionPresent } from './version-section-present.ts';

export const DRIVER_RULES: readonly DriverRule[] = [
  versionSectionPresent,
  requiredKeysPresent,
  classIsWellFormed,
  providerIsNotMicrosoft,
  driverVersionIsValid,
  catalogFileIsNamed,
  tokensAreDefined,
  hardwareIdsPresent,
  copiedFilesArePresent,
  architecturesAgree,
];

/** Holds a driver against every rule. */
export function checkDriver(driver: CheckedDriver): Finding[] {
  return DRIVER_RULES.flatMap((rule) => rule.check(driver));
}
