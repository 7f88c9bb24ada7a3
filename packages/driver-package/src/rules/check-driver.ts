// Holds a driver against every rule and gives each fault its severity: by the mode, or by what the service refuses.
import type { Finding, Severity } from '../finding.ts';
import type { CheckedDriver } from './driver.ts';
import { type Mode, severityOf } from './mode.ts';
import type { DriverRule, Fault, FoundFault } from './rule.ts';
import { DRIVER_RULES } from './rules.ts';
import { applyWaivers, type Waiver } from './waiver.ts';

export interface CheckOptions {
  /** How strictly INFs are judged; basic validation when absent. */
  readonly mode?: Mode | undefined;
  /** `submission` keeps only what the service refuses a package for, whatever the mode. */
  readonly for?: 'author' | 'submission';
  readonly waivers?: readonly Waiver[];
}

/** Everything that is wrong with a driver, in the order of the rules. Throws TypeError for a malformed waiver. */
export function checkDriver(driver: CheckedDriver, options: CheckOptions = {}): Finding[] {
  // What a submission is never refused for need not be looked for there.
  const rules =
    options.for === 'submission'
      ? DRIVER_RULES.filter(({ faults }) => faults.some((fault) => fault.submission))
      : DRIVER_RULES;
  return rules.flatMap((rule) =>
    [...rule.check(driver, options.mode)].flatMap((found) => {
      const severity = judge(found, options);
      if (severity === undefined) return [];
      return applyWaivers(toFinding(rule, found, severity), options.waivers ?? [], driver.at);
    }),
  );
}

/** How bad a fault is in a mode; undefined when it is not reported there. */
export function faultSeverity(fault: Fault, mode: Mode | undefined): Severity | undefined {
  return fault.code === undefined ? (fault.severity ?? 'error') : severityOf(fault.code, mode);
}

function judge({ fault, severity }: FoundFault, options: CheckOptions): Severity | undefined {
  if (options.for === 'submission') return fault.submission ? (severity ?? 'error') : undefined;
  const level = faultSeverity(fault, options.mode);
  return level === undefined ? undefined : (severity ?? level);
}

function toFinding(rule: DriverRule, { fault, at, ...found }: FoundFault, severity: Severity): Finding {
  return {
    rule: rule.id,
    ...(fault.code === undefined ? {} : { code: fault.code }),
    severity,
    ...(found.file === undefined ? {} : { file: found.file }),
    ...(at === undefined ? {} : { line: at.line }),
    ...(at?.column === undefined ? {} : { column: at.column }),
    summary: found.summary,
    explanation: found.explanation ?? fault.why,
    remedy: found.remedy ?? fault.remedy,
  };
}
