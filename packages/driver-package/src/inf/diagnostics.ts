// What is wrong with the form of an INF where reading can go on: each fault with its place.

export type InfDiagnosticCode =
  | 'text-before-section'
  | 'unclosed-section'
  | 'empty-section-name'
  | 'section-name-too-long'
  | 'text-after-section'
  | 'unclosed-quote'
  | 'empty-key'
  | 'field-too-long'
  | 'double-backslash-at-line-end'
  | 'joined-section'
  | 'joined-nothing'
  | 'too-many-diagnostics';

export interface InfDiagnostic {
  readonly code: InfDiagnosticCode;
  /** What is wrong, in a few words without a final stop. */
  readonly message: string;
  /** Place in the file; both count from 1, columns in UTF-16 code units. */
  readonly line: number;
  readonly column: number;
}

export type DiagnosticLog = InfDiagnostic[];

/** A file in which every line is wrong says no more after so many faults. */
const MOST_DIAGNOSTICS = 1000;

/** Adds a fault, up to one thousand of them; the last one says that there are more. */
export function noteDiagnostic(
  log: DiagnosticLog,
  code: InfDiagnosticCode,
  message: string,
  { line, column }: { readonly line: number; readonly column: number },
): void {
  if (log.length < MOST_DIAGNOSTICS) log.push({ code, message, line, column });
  else if (log.length === MOST_DIAGNOSTICS) {
    log.push({ code: 'too-many-diagnostics', message: 'there are more faults than are listed', line, column });
  }
}
