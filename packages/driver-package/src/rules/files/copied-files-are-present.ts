// Each file that the INF copies is in the package, where the INF says it lies (Inf2Cat 22.9.1, InfVerif 1230).
import { listCopiedFiles } from '../../inf/index.ts';
import { type Fault, infRule } from '../rule.ts';

/** Words of a path that are replaced when the driver is built and so cannot be looked up. */
const BUILD_VARIABLE = /\$[A-Z_]+\$/iu;

const NOT_LISTED: Fault = {
  code: 1230,
  submission: true,
  what: 'A file is copied but not listed in [SourceDisksFiles], or not for each architecture.',
  why: 'Windows reads there on which disk and in which folder the file lies.',
  remedy: 'Add the file to [SourceDisksFiles], and describe its disk in [SourceDisksNames].',
};
const MISSING: Fault = {
  submission: true,
  what: 'A file that the INF copies is not in the package.',
  why: 'Windows could not install the driver. Inf2Cat refuses such a package with 22.9.1.',
  remedy: 'Add the file where [SourceDisksFiles] says, or take it out of the INF.',
};

export const copiedFilesArePresent = infRule({
  id: 'copied-files-are-present',
  faults: [NOT_LISTED, MISSING],
  *check({ path: infPath, document }, { driver }) {
    const base = infPath.slice(0, infPath.lastIndexOf('/') + 1);
    const present = new Set(driver.files.map((file) => file.path.toLowerCase()));
    for (const { path, line, listed } of listCopiedFiles(document)) {
      const isPresent = present.has(`${base}${path}`.toLowerCase());
      if (!listed) {
        yield {
          fault: NOT_LISTED,
          ...(isPresent ? { severity: 'warning' as const } : {}),
          at: { line },
          summary: `"${path}" is copied but not listed in [SourceDisksFiles].`,
          remedy: `Add a line to [SourceDisksFiles]: ${path} = 1, and describe disk 1 in [SourceDisksNames].`,
        };
      } else if (!isPresent && !BUILD_VARIABLE.test(path)) {
        yield {
          fault: MISSING,
          at: { line },
          summary: `"${path}" is copied by the INF but is not in the package.`,
          remedy: `Add the file as "${base}${path}", or take it out of the INF.`,
        };
      }
    }
  },
});
