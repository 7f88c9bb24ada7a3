// Rehearsals: faults, speed, journal, reset and seed, and the interception of clients that know only Microsoft's names.
export { createRehearsal } from './create-rehearsal.ts';
export { FAULT_NAMES, type FaultName, type FaultSpecification, type FaultTarget } from './fault-specification.ts';
export type { Journal, JournalEntry } from './journal.ts';
export type { RehearsalOptions, RehearsalSpeed, RunningRehearsal } from './rehearsal.ts';
export { API_HOST, AUTHORITY_HOSTS, BLOB_HOST, rehearsalBlobBaseUrl } from './rehearsed-hosts.ts';
