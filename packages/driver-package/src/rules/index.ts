// The rules that drivers must keep: the table of them, how strict each mode is, and what to do about exceptions.
export { type CheckOptions, checkDriver, faultSeverity } from './check-driver.ts';
export { checkDriversTogether } from './check-together.ts';
export type { CheckedDriver, CheckedFile, CheckedInf } from './driver.ts';
export { INFVERIF_CODES, MODES, type Mode, severityOf } from './mode.ts';
export type { DriverRule, Fault } from './rule.ts';
export { listRules, type RuleFacts } from './rule-facts.ts';
export { DRIVER_RULES } from './rules.ts';
export { applyWaivers, type Waiver } from './waiver.ts';
