// What the exit code of `assay` says, so that scripts need not read text.
import { ParseError, SigningError } from '@assay/authenticode';
import {
  DownloadIntegrityError,
  HardwareApiError,
  PreprodFailedError,
  SubmissionFailedError,
  WaitTimeoutError,
} from '@assay/hardware-api';

export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  authentication: 4,
  invalidState: 5,
  rateLimited: 6,
  workflowFailed: 7,
  inputOutput: 8,
  timeout: 9,
  validationFailed: 10,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each code means, in the order of the table that `assay --help` prints. */
export const EXIT_CODE_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, 'done'],
  [EXIT.unexpected, 'unexpected error'],
  [EXIT.usage, 'wrong usage'],
  [EXIT.notFound, 'not found at the service'],
  [EXIT.authentication, 'not signed in, or not allowed'],
  [EXIT.invalidState, 'not possible in the current state'],
  [EXIT.rateLimited, 'too many requests'],
  [EXIT.workflowFailed, "the submission's workflow failed"],
  [EXIT.inputOutput, 'file, network, checksum or signature problem'],
  [EXIT.timeout, 'time is over; going on later is possible'],
  [EXIT.validationFailed, 'the input was refused before sending, or as invalid by the service'],
  [EXIT.interrupted, 'interrupted'],
];

/** An end of a command that has a message for the user and an exit code of its own. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;
  /** What to do about it. */
  readonly remedy: string | undefined;

  constructor(exitCode: ExitCode, message: string, remedy?: string) {
    super(message);
    this.exitCode = exitCode;
    this.remedy = remedy;
  }
}

/** Thrown through a command when the user stops it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

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
  if (code === 'invalidinput' || error.status === 422) return EXIT.validationFailed;
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

/** The exit code for whatever a command threw. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof Interrupted) return EXIT.interrupted;
  if (error instanceof HardwareApiError) return apiExitCode(error);
  if (error instanceof SubmissionFailedError || error instanceof PreprodFailedError) return EXIT.workflowFailed;
  if (error instanceof WaitTimeoutError) return EXIT.timeout;
  if (error instanceof DownloadIntegrityError || isSystemError(error)) return EXIT.inputOutput;
  if (error instanceof SigningError) return SIGNING_EXIT_CODES.get(error.code) ?? EXIT.validationFailed;
  if (error instanceof ParseError) return error.code === 'wrong-password' ? EXIT.authentication : EXIT.validationFailed;
  return EXIT.unexpected;
}
