// What becomes of an error that ends a command: the text for the user and the exit code. Loaded only when there is one, for
// it knows the errors of every package.
import { ParseError, SigningError } from '@assay/authenticode';
import {
  DownloadIntegrityError,
  HardwareApiError,
  PreprodFailedError,
  ShippingLabelFailedError,
  SubmissionFailedError,
  WaitTimeoutError,
} from '@assay/hardware-api';
import { CommandError, EXIT, type ExitCode, Interrupted } from './exit-codes.ts';

/** Errors of OAuth token endpoints (RFC 6749 §5.2), which come with status 400 as well as 401. */
const OAUTH_ERRORS: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'invalid_scope',
  'invalid_resource',
  'unauthorized_client',
  'unsupported_grant_type',
]);

function apiExitCode(error: HardwareApiError): ExitCode {
  const code = error.code.toLowerCase();
  if (OAUTH_ERRORS.has(code) || error.status === 401 || error.status === 403) return EXIT.authentication;
  if (code === 'requestinvalidforcurrentstate' || code === 'readonlyproduct') return EXIT.invalidState;
  if (error.status === 404) return EXIT.notFound;
  if (error.status === 429) return EXIT.rateLimited;
  if (error.status === 409 || error.status === 412) return EXIT.invalidState;
  if (error.status === 400 || error.status === 422) return EXIT.validationFailed;
  return error.status === 0 ? EXIT.inputOutput : EXIT.unexpected;
}

/** Whether this is an error of the operating system, such as ENOENT or ENOSPC. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

/** What the key stores and time-stamp authorities answer, where it is more than a refusal of the input. */
const SIGNING_EXIT_CODES: ReadonlyMap<string, ExitCode> = new Map([
  ['wrong-pin', EXIT.authentication],
  ['pin-locked', EXIT.authentication],
  ['pin-needed', EXIT.authentication],
  ['wrong-password', EXIT.authentication],
  ['key-vault-refused', EXIT.authentication],
  ['key-not-found', EXIT.notFound],
  ['certificate-not-found', EXIT.notFound],
  ['token-not-found', EXIT.notFound],
  ['unreadable-file', EXIT.inputOutput],
  ['token-refused', EXIT.inputOutput],
  ['module-not-loaded', EXIT.inputOutput],
  ['timestamp-failed', EXIT.inputOutput],
]);

const WORKFLOW_FAILURES = [SubmissionFailedError, PreprodFailedError, ShippingLabelFailedError] as const;

/** The exit code for whatever a command threw. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof Interrupted) return EXIT.interrupted;
  if (error instanceof HardwareApiError) return apiExitCode(error);
  if (WORKFLOW_FAILURES.some((kind) => error instanceof kind)) return EXIT.workflowFailed;
  if (error instanceof WaitTimeoutError) return EXIT.timeout;
  if (error instanceof DownloadIntegrityError || isSystemError(error)) return EXIT.inputOutput;
  if (error instanceof SigningError) return SIGNING_EXIT_CODES.get(error.code) ?? EXIT.validationFailed;
  if (error instanceof ParseError) return error.code === 'wrong-password' ? EXIT.authentication : EXIT.validationFailed;
  return EXIT.unexpected;
}

/** What a person is told about an error. */
export function describeError(error: unknown): string {
  if (error instanceof CommandError)
    return error.remedy === undefined ? error.message : `${error.message}\n${error.remedy}`;
  if (error instanceof SubmissionFailedError) {
    const step = error.submission.workflowStatus?.currentStep ?? 'the commit';
    return [`The submission failed at ${step}.`, ...error.messages].join('\n');
  }
  if (error instanceof PreprodFailedError) return `The preprod package failed.\n${error.message}`;
  if (error instanceof HardwareApiError) {
    const faults = error.validationErrors.map(({ target, message }) => `\n  ${target}: ${message}`).join('');
    const request = error.requestId === undefined ? '' : ` [request ${error.requestId}]`;
    return `${error.message} (${error.code}${error.status === 0 ? '' : `, HTTP ${error.status}`})${request}${faults}`;
  }
  return error instanceof Error ? error.message : String(error);
}
