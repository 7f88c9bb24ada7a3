// What kind of INFs a package is made of, as a submission shows it: extension, universal, declarative ("Submission
// resource" on Microsoft's page "Get product data").
import { InfError } from './errors.ts';
import { type CheckedDriver, checkDriver, type Mode } from './rules/index.ts';

export interface InfKinds {
  /** Whether one of the INFs is an extension INF. */
  readonly isExtensionInf: boolean;
  /**
   * Whether the INFs pass universal validation (mode `u` of InfVerif). Microsoft's service also runs ApiValidator over the
   * binaries; what images import is not looked at here.
   */
  readonly isUniversal: boolean;
  /** Whether the INFs pass declarative validation (mode `k` of InfVerif): no co-installers, nothing of old installations. */
  readonly isDeclarativeInf: boolean;
}

/**
 * The kinds of one driver, of which every INF must pass. A driver without any is of no kind. An INF that is too large to be
 * followed to its end has not passed.
 */
export function judgeInfKinds(driver: CheckedDriver): InfKinds {
  const hasInfs = driver.infs.length > 0;
  return {
    isExtensionInf: driver.infs.some(({ description }) => description.isExtension),
    isUniversal: hasInfs && passes(driver, 'u'),
    isDeclarativeInf: hasInfs && passes(driver, 'k'),
  };
}

/** The kinds of a package: one extension makes it one, and every driver must be universal or declarative for it to be so. */
export function combineInfKinds(drivers: readonly InfKinds[]): InfKinds {
  return {
    isExtensionInf: drivers.some(({ isExtensionInf }) => isExtensionInf),
    isUniversal: drivers.length > 0 && drivers.every(({ isUniversal }) => isUniversal),
    isDeclarativeInf: drivers.length > 0 && drivers.every(({ isDeclarativeInf }) => isDeclarativeInf),
  };
}

/** Only what InfVerif has a number for counts: it looks at INFs, not at images or at what else a package must keep. */
function passes(driver: CheckedDriver, mode: Mode): boolean {
  try {
    return !checkDriver(driver, { mode }).some(({ code, severity }) => code !== undefined && severity === 'error');
  } catch (error) {
    if (error instanceof InfError) return false;
    throw error;
  }
}
