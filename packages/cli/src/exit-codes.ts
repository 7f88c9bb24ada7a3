// What the exit code of `assay` says, so that scripts need not read text.

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
