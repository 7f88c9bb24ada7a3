// What becomes of an error on stderr: text for people, or one JSON object in one line for programs that asked for JSON, JSON
// lines or YAML.
import { HardwareApiError, PreprodFailedError, SubmissionFailedError } from '@assay/hardware-api';
import { describeError, exitCodeOf } from './command-failure.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

function nameOf(exitCode: ExitCode): string {
  return Object.entries(EXIT).find(([, code]) => code === exitCode)?.[0] ?? 'unexpected';
}

/** One error for programs. `code` is the service's own where it has answered with one, else the name of the exit code. */
export interface ErrorReport {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly validationErrors: readonly { readonly target: string; readonly message: string }[];
    readonly requestId?: string;
    readonly exitCode: ExitCode;
  };
}

/** The report of whatever a command threw. */
export function errorReport(error: unknown): ErrorReport {
  const exitCode = exitCodeOf(error);
  if (error instanceof HardwareApiError) {
    const { code, message, requestId } = error;
    const validationErrors = error.validationErrors.map(({ target, message: text }) => ({ target, message: text }));
    return {
      error: { code, message, validationErrors, ...(requestId === undefined ? {} : { requestId }), exitCode },
    };
  }
  const code =
    error instanceof PreprodFailedError || error instanceof SubmissionFailedError ? 'workflowFailed' : nameOf(exitCode);
  return { error: { code, message: describeError(error), validationErrors: [], exitCode } };
}

/** The report of a command line that cannot be understood. */
export function usageReport(message: string): ErrorReport {
  const text = message.replace(/^error: /, '').trim();
  return { error: { code: nameOf(EXIT.usage), message: text, validationErrors: [], exitCode: EXIT.usage } };
}

/** Writes the error to stderr and gives the exit code; with ASSAY_TRACE set, its stack too. */
export function reportFailure(error: unknown, asJson: boolean): ExitCode {
  const text = asJson ? JSON.stringify(errorReport(error)) : `assay: ${describeError(error)}`;
  if (process.env.ASSAY_TRACE && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.stderr.write(`${text}\n`);
  return exitCodeOf(error);
}
