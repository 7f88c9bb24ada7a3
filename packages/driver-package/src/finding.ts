// What a rule has to say about a driver package.

export type Severity = 'error' | 'warning' | 'information';

export interface Finding {
  /** The rule, in kebab case. */
  readonly rule: string;
  /** The number that Microsoft's InfVerif gives the same fault. */
  readonly code?: number;
  readonly severity: Severity;
  /** Path of the file inside the package, with `/`. */
  readonly file?: string;
  /** Line in that file, from 1. */
  readonly line?: number;
  /** Column in that line, from 1, where the fault can be pinned to one. */
  readonly column?: number;
  /** What is wrong, in one sentence. */
  readonly summary: string;
  /** Why it matters. */
  readonly explanation: string;
  /** What to do about it. */
  readonly remedy: string;
  /** The words that the Hardware Dev Center itself uses for this fault. */
  readonly serviceMessage?: string;
  /** Why this finding is let pass, when a waiver covers it. It is then information only. */
  readonly waived?: string;
}
