// Makes a rehearsal from its options: the journal, the schedule of faults, the pace, and the routes under `/_rehearsal/`.
import { randomBytes } from 'node:crypto';
import type { BlobStore } from '../blob/index.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../store/database.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { Rehearsal, RehearsalOptions } from './rehearsal.ts';

/** The parts of the server that a rehearsal works with. */
export interface RehearsalServices {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** Called after something was committed that the engine may take up at once. */
  readonly onWorkQueued: () => void;
}

function createJournal(): Journal {
  const entries: JournalEntry[] = [];
  return {
    record: (entry) => entries.push({ sequence: entries.length + 1, ...entry }),
    entries: () => entries,
    dropped: () => 0,
    clear: () => entries.splice(0),
    listen: () => () => undefined,
  };
}

export function createRehearsal(options: RehearsalOptions, _services: RehearsalServices): Rehearsal {
  return {
    key: options.key ?? randomBytes(24).toString('base64url'),
    journal: createJournal(),
    attach: () => undefined,
    wrapSas: (sas) => sas,
    stepDurationMs: () => 0,
    intervene: async () => undefined,
  };
}
