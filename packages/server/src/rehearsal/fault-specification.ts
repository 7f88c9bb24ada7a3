// What a rehearsal can be asked to do wrong: one record a fault, as a script holds them and as `/_rehearsal/faults` takes them.

/** Names of the faults, in the order of their documentation. */
export const FAULT_NAMES = [
  // Answers that are not what the service would say.
  'throttle',
  'error',
  'lost',
  'drop',
  'slow',
  'unauthorized',
  // Transfers of blobs.
  'expired-sas',
  'slow-blob',
  'cut-blob',
  // Steps of workflows.
  'stuck',
  'fail',
  // What a submission looks like.
  'early-completed',
  'numeric-step',
  'late-metadata',
  'missing-downloads',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** Which requests a fault is for. Everything that is given must fit. */
export interface FaultTarget {
  /** The operation's id in the API document, such as `commitSubmission`; of blobs `putBlob`, `putBlock`, `putBlockList`, `getBlob`. */
  readonly operation?: string;
  readonly method?: string;
  /** The path, where `*` stands for anything but a slash and `**` for anything. */
  readonly path?: string;
}

/** One fault. Which of the settings a fault takes is in the table FAULTS. */
export interface FaultSpecification {
  readonly fault: FaultName;
  readonly on?: FaultTarget;
  /** Lets this many matches pass before it begins. 0 unless given. */
  readonly after?: number;
  /** How often it happens. The fault's own default unless given. */
  readonly times?: number | 'always';
  /** From 0 to 1: whether it happens at a match, decided by the seed. 1 unless given. */
  readonly probability?: number;
  /** HTTP status of `error` and `lost`. */
  readonly status?: number;
  /** Seconds in the Retry-After header of `throttle`; null for no header. */
  readonly retryAfter?: number | null;
  /** Bytes a second of `slow-blob`. */
  readonly bytesPerSecond?: number;
  /** After how many bytes `cut-blob` cuts. */
  readonly bytes?: number;
  /** Seconds of `slow`, `stuck` (without them it never goes on) and `late-metadata`. */
  readonly seconds?: number;
  /** The workflow step of `stuck`, `fail` and `early-completed`. */
  readonly step?: string;
  /** What `fail` says: the name of one of the service's known messages, or a text. */
  readonly message?: string;
}
