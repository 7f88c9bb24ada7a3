// What a shell is offered at the cursor.

export interface Candidate {
  /** The whole word that it would become. */
  readonly value: string;
  readonly description?: string;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** Whether the shell should offer its files. */
  readonly files?: boolean;
  /** Whether the word can go on after what is offered, so that no blank belongs behind it. */
  readonly noSpace?: boolean;
}

export const NOTHING: Completion = { candidates: [] };
export const FILES: Completion = { candidates: [], files: true };

/** Those candidates that begin as the word does; without regard to case when that leaves none. */
export function offer(candidates: readonly Candidate[], current: string, noSpace = false): Completion {
  const exact = candidates.filter(({ value }) => value.startsWith(current));
  const lower = current.toLowerCase();
  const found = exact.length > 0 ? exact : candidates.filter(({ value }) => value.toLowerCase().startsWith(lower));
  return { candidates: found, ...(noSpace ? { noSpace } : {}) };
}
