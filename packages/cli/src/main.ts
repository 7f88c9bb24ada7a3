// The `assay` command: its subcommands, and what becomes of their errors.
import { readFileSync } from 'node:fs';
import { HardwareApiError, PreprodFailedError, SubmissionFailedError } from '@assay/hardware-api';
import { Command, CommanderError } from 'commander';
import { accountCommand } from './commands/account.ts';
import { applicationCommand } from './commands/application.ts';
import { auditCommand } from './commands/audit.ts';
import { catalogCommand } from './commands/catalog.ts';
import { certificateCommand } from './commands/certificate.ts';
import { codesCommand } from './commands/codes.ts';
import { doctorCommand } from './commands/doctor.ts';
import { inspectCommand } from './commands/inspect.ts';
import { packCommand } from './commands/pack.ts';
import { preprodCommand } from './commands/preprod.ts';
import { reviewCommand } from './commands/review.ts';
import { serveCommand } from './commands/serve.ts';
import { signCommand } from './commands/sign.ts';
import { signatureCommand } from './commands/signature.ts';
import { submitCommand } from './commands/submit.ts';
import { verifyCommand } from './commands/verify.ts';
import { CommandError, EXIT, EXIT_CODE_MEANINGS, exitCodeOf } from './exit-codes.ts';

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(text) as { version: unknown }).version);
}

/** Every command throws instead of ending the process, so that one place decides about exit codes. */
function throwInsteadOfExit(command: Command): Command {
  command.exitOverride().showHelpAfterError('(--help shows what is possible)');
  for (const inner of command.commands) throwInsteadOfExit(inner);
  return command;
}

/** The program with all its commands. */
export function createProgram(): Command {
  const codes = EXIT_CODE_MEANINGS.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`).join('\n');
  const program = new Command('assay')
    .description('The Hardware Dev Center that you can run: pack, submit, sign and verify Windows driver packages.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show what is possible')
    .addCommand(serveCommand())
    .addCommand(packCommand())
    .addCommand(submitCommand())
    .addCommand(signCommand())
    .addCommand(verifyCommand())
    .addCommand(inspectCommand())
    .addCommand(catalogCommand())
    .addCommand(signatureCommand())
    .addCommand(doctorCommand())
    .addCommand(reviewCommand())
    .addCommand(codesCommand())
    .addCommand(accountCommand())
    .addCommand(applicationCommand())
    .addCommand(certificateCommand())
    .addCommand(auditCommand())
    .addCommand(preprodCommand())
    .addHelpText(
      'after',
      `\nExample:\n  assay serve &\n  assay pack examples/echo/driver --out echo.cab\n\nExit codes:\n${codes}`,
    );
  return throwInsteadOfExit(program);
}

/** What a person is told about an error. */
function describeError(error: unknown): string {
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

/**
 * Runs the command line in `argv` (as process.argv) and sets the exit code of the process. Errors go to stderr; with
 * ASSAY_TRACE set, their stacks too.
 */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      // commander has written its own message. Help and version end with 0, everything else is wrong usage.
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      return;
    }
    process.stderr.write(`assay: ${describeError(error)}\n`);
    if (process.env.ASSAY_TRACE && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
