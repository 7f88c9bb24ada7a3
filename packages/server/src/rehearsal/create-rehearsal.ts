// Makes a rehearsal from its options: the journal, the schedule of faults, the pace, and the routes under `/_rehearsal/`.
import { randomBytes } from 'node:crypto';
import type { CodeTables } from '@assay/hardware-api';
import type { BlobStore, Sas } from '../blob/index.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../store/database.ts';
import { addRehearsalEndpoints, REHEARSAL_PREFIX } from './endpoints.ts';
import { createSchedule } from './faults/schedule.ts';
import { createJournal } from './journal.ts';
import type { Rehearsal, RehearsalOptions } from './rehearsal.ts';
import { rehearseRequests } from './rehearsed-requests.ts';
import { resetRehearsal } from './reset.ts';
import { seedRehearsal } from './seed.ts';
import { createRehearsedSteps } from './steps/index.ts';

/** The parts of the server that a rehearsal works with. */
export interface RehearsalServices {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** Called after something was committed that the engine may take up at once. */
  readonly onWorkQueued: () => void;
  /** Frees the files and the process that are held for a package on which nobody works at the moment. */
  readonly releasePackage: (subjectId: bigint) => Promise<void>;
  /** The codes of operating systems and product types that are known. */
  readonly codes: CodeTables;
}

/** Throws RangeError for a speed or for durations of steps that cannot be. */
export function createRehearsal(options: RehearsalOptions, services: RehearsalServices): Rehearsal {
  const { database, clock } = services;
  const { seed = 1, speed = 'instant', packageSignature = 'registered', stepDurationsMs = {} } = options;
  const key = options.key ?? randomBytes(24).toString('base64url');
  const journal = createJournal();
  const schedule = createSchedule(seed);
  for (const fault of options.faults ?? []) schedule.add(fault);
  const steps = createRehearsedSteps(options, { schedule, clock });
  let signer: Sas | undefined;
  return {
    key,
    journal,
    attach(app) {
      if (signer === undefined) throw new Error('wrapSas must be called before attach.');
      const forget = rehearseRequests(app, { schedule, journal, sas: signer, clock });
      const reset = async (): Promise<void> => {
        await resetRehearsal(services);
        schedule.clear();
        steps.startOver();
        forget();
        journal.clear();
      };
      app.register(
        async (scope) =>
          addRehearsalEndpoints(scope, {
            key,
            journal,
            schedule,
            database,
            settings: { seed, speed, packageSignature, stepDurationsMs },
            reset,
            seed: (document) => seedRehearsal({ ...services, hurry: (subjectId) => steps.hurry(subjectId) }, document),
          }),
        { prefix: REHEARSAL_PREFIX },
      );
    },
    wrapSas(sas) {
      // Signatures are kept for a minute and know nothing of their request: those that are to expire are made when the answer is.
      signer = sas;
      return sas;
    },
    stepDurationMs: (step) => steps.durationMs(step),
    intervene: (step) => steps.intervene(step),
  };
}
