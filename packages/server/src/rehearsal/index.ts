// Rehearsals: faults, speed, journal, reset and seed, and the interception of clients that know only Microsoft's names.
export { type Assertion, parseAssertion } from './assertions/index.ts';
export { createRehearsal } from './create-rehearsal.ts';
export { FAULT_NAMES, type FaultName, type FaultSpecification, type FaultTarget } from './fault-specification.ts';
export { parseFaultFlag } from './faults/parse-fault.ts';
export {
  parseRehearsalScript,
  parseSeed,
  parseSpeed,
  parseStepDuration,
  type RehearsalScript,
} from './faults/parse-script.ts';
export { FaultScriptError } from './faults/script-error.ts';
export { InstallationKindError, requireInstallationKind } from './installation-kind.ts';
export * from './interception/index.ts';
export type { Journal, JournalEntry } from './journal.ts';
export type { RehearsalOptions, RehearsalSpeed, RunningRehearsal } from './rehearsal.ts';
export { API_HOST, AUTHORITY_HOSTS, BLOB_HOST, rehearsalBlobBaseUrl } from './rehearsed-hosts.ts';
