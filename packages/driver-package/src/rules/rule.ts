// What a rule is: the faults it can find, and a check that finds them in a driver.
import type { Severity } from '../finding.ts';
import type { CheckedDriver, CheckedInf } from './driver.ts';
import type { Mode } from './mode.ts';

/** One kind of fault. Its texts are the documentation, and those of each finding that has none of its own. */
export interface Fault {
  /** InfVerif's number; its level in a mode comes from the table of modes. */
  readonly code?: number;
  /** For what has no number: how bad it is, in every mode. */
  readonly severity?: Severity;
  /** What is wrong, said of INFs in general. */
  readonly what: string;
  /** Why it matters. */
  readonly why: string;
  /** How to mend it. */
  readonly remedy: string;
  /** Whether the service refuses a package for it. */
  readonly submission?: true;
}

/** A place in a file: an entry, a field or a section of an INF is one. */
export interface Place {
  readonly line: number;
  readonly column?: number;
}

/** What a check found. */
export interface FoundFault {
  readonly fault: Fault;
  readonly at?: Place | undefined;
  /** The file, when it is not the INF that is looked at. */
  readonly file?: string;
  readonly summary: string;
  readonly explanation?: string;
  readonly remedy?: string;
  /** For a case that is less than the fault usually is. */
  readonly severity?: Severity;
}

export interface RuleContext {
  readonly driver: CheckedDriver;
  /** How strictly the INF is judged; undefined is basic validation. */
  readonly mode: Mode | undefined;
}

export interface DriverRule {
  /** Kebab case, the name of the file. */
  readonly id: string;
  readonly faults: readonly Fault[];
  /** Everything that breaks the rule; nothing when it holds. `file` is set in each. */
  check(driver: CheckedDriver, mode: Mode | undefined): Iterable<FoundFault>;
}

/** A rule that looks at each INF by itself. */
export function infRule(rule: {
  readonly id: string;
  readonly faults: readonly Fault[];
  check(inf: CheckedInf, context: RuleContext): Iterable<FoundFault>;
}): DriverRule {
  return {
    id: rule.id,
    faults: rule.faults,
    *check(driver, mode) {
      for (const inf of driver.infs) {
        for (const found of rule.check(inf, { driver, mode })) yield { file: inf.path, ...found };
      }
    },
  };
}

/** The place of the first [Version] entry with this key, or else of the section. */
export function versionPlace({ document }: CheckedInf, key: string): Place | undefined {
  const section = document.sections.get('version');
  const wanted = key.toLowerCase();
  return section?.entries.find((entry) => entry.key?.text.toLowerCase() === wanted) ?? section;
}
