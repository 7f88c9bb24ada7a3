// What PackageInfo.xml says: the facts about an HLK package that are understood, in its own order. Whatever is absent there
// is undefined here.

export interface HlkTestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly notRun: number;
}

/** A driver that a target was tested with. Where its files are, nothing public says. */
export interface HlkDriver {
  readonly id: string | undefined;
  /** The driver of an earlier package that this one stands for, in update packages. */
  readonly replacesId: string | undefined;
  readonly operatingSystems: readonly {
    readonly architecture: string | undefined;
    readonly code: string | undefined;
  }[];
  /** Names of languages. */
  readonly locales: readonly string[];
}

/** A device, or a part of one, that tests ran on. */
export interface HlkTarget {
  readonly key: string | undefined;
  readonly name: string | undefined;
  readonly type: string | undefined;
  readonly driverStatus: string | undefined;
  readonly drivers: readonly HlkDriver[];
}

/** The targets on one system. */
export interface HlkProductInstance {
  readonly status: string | undefined;
  readonly operatingSystems: readonly {
    readonly architecture: string | undefined;
    /** Such as `WINDOWS_v100_X64_GE_FULL`, as written. */
    readonly codes: readonly string[];
  }[];
  /** Full names. */
  readonly features: readonly string[];
  readonly productTypes: readonly string[];
  readonly targets: readonly HlkTarget[];
}

export interface HlkProject {
  readonly name: string | undefined;
  /** As written. */
  readonly creationDate: string | undefined;
  readonly productInstances: readonly HlkProductInstance[];
  readonly tests: HlkTestCounts | undefined;
}

export interface HlkPackageInfo {
  /** Such as `SubmissionPackage`. */
  readonly type: string | undefined;
  /** Version of the kit that wrote the package. */
  readonly kitVersion: string | undefined;
  readonly packageVersion: string | undefined;
  readonly packageFormatVersion: string | undefined;
  readonly isWindowsDriverProject: boolean | undefined;
  /** As written. */
  readonly creationDate: string | undefined;
  readonly buildBranch: string | undefined;
  readonly fullBuildName: string | undefined;
  readonly projects: readonly HlkProject[];
}

/** The sum over all projects that have results; undefined when none has. */
export function sumTestCounts(counts: readonly (HlkTestCounts | undefined)[]): HlkTestCounts | undefined {
  const known = counts.filter((count) => count !== undefined);
  if (known.length === 0) return undefined;
  return known.reduce((sum, { passed, failed, notRun }) => ({
    passed: sum.passed + passed,
    failed: sum.failed + failed,
    notRun: sum.notRun + notRun,
  }));
}
