// The table of rules as facts: what `assay lint` and the documentation list.
import type { Severity } from '../finding.ts';
import { faultSeverity } from './check-driver.ts';
import { MODES, type Mode } from './mode.ts';
import type { DriverRule } from './rule.ts';
import { DRIVER_RULES } from './rules.ts';

export interface RuleFacts {
  readonly id: string;
  readonly faults: readonly {
    readonly code?: number;
    /** By mode, and `basic` for none; undefined where the fault is not reported. */
    readonly levels: Readonly<Record<Mode | 'basic', Severity | undefined>>;
    readonly what: string;
    readonly why: string;
    readonly remedy: string;
    /** Whether the service refuses a package for it. */
    readonly submission: boolean;
  }[];
}

/** Every rule with everything it can find, in the order of the table. */
export function listRules(rules: readonly DriverRule[] = DRIVER_RULES): RuleFacts[] {
  return rules.map(({ id, faults }) => ({
    id,
    faults: faults.map((fault) => ({
      ...(fault.code === undefined ? {} : { code: fault.code }),
      levels: {
        basic: faultSeverity(fault, undefined),
        ...(Object.fromEntries(MODES.map((mode) => [mode, faultSeverity(fault, mode)])) as Record<Mode, Severity>),
      },
      what: fault.what,
      why: fault.why,
      remedy: fault.remedy,
      submission: fault.submission === true,
    })),
  }));
}
