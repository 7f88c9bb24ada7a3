// What rules look at: one driver folder with its files and its INFs, already read.
import type { Finding } from '../finding.ts';
import type { InfDescription, InfDocument } from '../inf/index.ts';
import type { RequestedOperatingSystem } from '../operating-systems.ts';

export interface CheckedFile {
  /** Path inside the package, with `/`, the driver folder first. */
  readonly path: string;
  readonly kind: 'pe' | 'flat';
  /** Of an image: its machine, as a name (amd64, x64, …) or as the IMAGE_FILE_MACHINE value. */
  readonly machine?: string | number;
}

export interface CheckedInf {
  /** Path inside the package, with `/`, the driver folder first. */
  readonly path: string;
  readonly document: InfDocument;
  readonly description: InfDescription;
}

export interface CheckedDriver {
  /** Name of the driver folder. */
  readonly folder: string;
  readonly files: readonly CheckedFile[];
  readonly infs: readonly CheckedInf[];
  /** The systems that signatures are requested for. */
  readonly operatingSystems: readonly RequestedOperatingSystem[];
  /** The day against which dates are held; dates are not held against any when absent. */
  readonly at?: Date;
}

export interface DriverRule {
  /** Kebab case, the name of the file. */
  readonly id: string;
  /** Everything that breaks the rule; empty when it holds. */
  check(driver: CheckedDriver): Finding[];
}

/** A finding of a rule, without the name of the rule and with the line where there is one. */
export type FindingText = Omit<Finding, 'rule' | 'line'> & { readonly line?: number | undefined };

/** A rule that looks at each INF by itself. */
export function infRule(
  id: string,
  check: (inf: CheckedInf, driver: CheckedDriver) => Iterable<FindingText>,
): DriverRule {
  return {
    id,
    check: (driver) =>
      driver.infs.flatMap((inf) => [...check(inf, driver)].map((text) => toFinding(id, inf.path, text))),
  };
}

/** Completes a finding; `file` is used when the text names none. */
export function toFinding(rule: string, file: string, { line, ...text }: FindingText): Finding {
  return { rule, file, ...text, ...(line === undefined ? {} : { line }) };
}

/** The line of the first [Version] entry with this key, or else of the section. */
export function versionLine({ document }: CheckedInf, key: string): number | undefined {
  const section = document.sections.get('version');
  const wanted = key.toLowerCase();
  return section?.entries.find((entry) => entry.key?.text.toLowerCase() === wanted)?.line ?? section?.line;
}
