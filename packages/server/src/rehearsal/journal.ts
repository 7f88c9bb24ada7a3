// The journal of a rehearsal: every request that arrived, what was answered, and why it was refused. Nothing secret is in it.

export interface JournalEntry {
  /** Counts from 1. */
  readonly sequence: number;
  /** When the request arrived, as ISO text. */
  readonly at: string;
  readonly method: string;
  readonly host: string;
  /** Path and query; signatures, tokens and secrets are masked. */
  readonly path: string;
  /** The operation's id in the API document, or of a blob's operation; absent where none matched. */
  readonly operation?: string;
  /** HTTP status; 0 when the connection was cut before an answer. */
  readonly status: number;
  readonly milliseconds: number;
  /** Bytes of the request's body, as far as it was read. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly requestId?: string;
  /** The fault that was done to it. */
  readonly fault?: string;
  /** Why it was refused, in the words of the answer, where the status is 400 or more. */
  readonly refusal?: { readonly code: string; readonly message: string };
}

export interface Journal {
  /** Adds what happened, and tells whoever listens. */
  record(entry: Omit<JournalEntry, 'sequence'>): void;
  /** The entries since the start or the last reset, oldest first. */
  entries(): readonly JournalEntry[];
  /** How many were dropped because the journal was full. */
  dropped(): number;
  clear(): void;
  /** Calls `listener` with each entry from now on, until the returned function is called. */
  listen(listener: (entry: JournalEntry) => void): () => void;
}

/** Entries that a journal keeps. */
const CAPACITY = 10_000;

/** An empty journal, which keeps the newest `capacity` entries. */
export function createJournal(capacity: number = CAPACITY): Journal {
  let entries: JournalEntry[] = [];
  let recorded = 0;
  const listeners = new Set<(entry: JournalEntry) => void>();
  return {
    record(facts) {
      recorded += 1;
      const entry: JournalEntry = { sequence: recorded, ...facts };
      entries.push(entry);
      if (entries.length > capacity) entries.shift();
      for (const listener of listeners) listener(entry);
    },
    entries: () => [...entries],
    dropped: () => recorded - entries.length,
    clear() {
      entries = [];
      recorded = 0;
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
