// The `assay` command: finds the subcommand, loads it alone, and gives its errors an exit code.
import { Command, CommanderError } from 'commander';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { EXIT, EXIT_CODE_MEANINGS } from './exit-codes.ts';
import { readVersion } from './version.ts';

/** Every command throws instead of ending the process, so that one place decides about exit codes. */
function throwInsteadOfExit(command: Command): Command {
  command.exitOverride().showHelpAfterError('(--help shows what is possible)');
  for (const inner of command.commands) throwInsteadOfExit(inner);
  return command;
}

/**
 * The program. Of its commands those that `isWanted` says are loaded whole; the others are names with a summary, so that the
 * program starts without the code of all of them.
 */
export async function createProgram(isWanted: (entry: CommandEntry) => boolean = () => true): Promise<Command> {
  const codes = EXIT_CODE_MEANINGS.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`).join('\n');
  const program = new Command('assay')
    .description('The Hardware Dev Center that you can run: pack, submit, sign and verify Windows driver packages.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show what is possible');
  for (const entry of COMMANDS) {
    const { name, summary } = entry;
    program.addCommand(
      isWanted(entry) ? (await entry.load()).description(summary) : new Command(name).description(summary),
    );
  }
  program.addHelpText(
    'after',
    `\nExample:\n  assay serve &\n  assay pack examples/echo/driver --out echo.cab\n\nExit codes:\n${codes}`,
  );
  return throwInsteadOfExit(program);
}

/** The name of the command in these arguments: the first that is no option, or the one after `help`. */
function commandName(args: readonly string[]): string | undefined {
  const [first, second] = args.filter((argument) => !argument.startsWith('-'));
  return first === 'help' ? second : first;
}

/**
 * Runs the command line in `argv` (as process.argv) and sets the exit code of the process. Errors go to stderr; with
 * ASSAY_TRACE set, their stacks too.
 */
export async function main(argv: readonly string[]): Promise<void> {
  // Whoever reads may have seen enough: `assay … | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  try {
    const wanted = commandName(argv.slice(2));
    await (await createProgram(({ name }) => name === wanted)).parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      // commander has written its own message. Help and version end with 0, everything else is wrong usage.
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      return;
    }
    const { describeError, exitCodeOf } = await import('./command-failure.ts');
    process.stderr.write(`assay: ${describeError(error)}\n`);
    if (process.env.ASSAY_TRACE && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
