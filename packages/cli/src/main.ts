// The `assay` command: finds the subcommand, loads it alone, and gives its errors an exit code.
import { Command, CommanderError } from 'commander';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { EXIT, EXIT_CODE_MEANINGS } from './exit-codes.ts';
import { wantsJsonErrors } from './json-errors.ts';
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
    .option('--no-color', 'colour nothing; with every command, as NO_COLOR')
    .helpOption('-h, --help', 'show what is possible');
  for (const entry of COMMANDS) {
    const { name, summary, group } = entry;
    const command = isWanted(entry) ? await entry.load() : new Command(name);
    program.addCommand(command.description(summary).helpGroup(`${group}:`));
  }
  program.addHelpText(
    'after',
    `\nExample:\n  assay serve &\n  assay pack examples/echo/driver --out echo.cab\n\nExit codes:\n${codes}\n\nWith -o json, jsonl or yaml an error is one line of JSON on stderr.`,
  );
  return throwInsteadOfExit(program);
}

/** The name of the command in these arguments: the first that is no option, or the one after `help`. */
function commandName(args: readonly string[]): string | undefined {
  const [first, second] = args.filter((argument) => !argument.startsWith('-'));
  return first === 'help' ? second : first;
}

/** The arguments without --no-color, which every command takes; it is heeded as NO_COLOR. */
function takeNoColor(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const own = (index: number) => end === -1 || index < end;
  const rest = args.filter((argument, index) => argument !== '--no-color' || !own(index));
  if (rest.length < args.length) process.env.NO_COLOR = '1';
  return rest;
}

/** Silences what commander writes about wrong usage; gives what it would have written first. */
function keepUsageErrors(program: Command): () => string {
  let text = '';
  const output = {
    writeErr: () => undefined,
    outputError: (message: string) => {
      text ||= message;
    },
  };
  const quiet = (command: Command): void => {
    command.configureOutput(output);
    for (const inner of command.commands) quiet(inner);
  };
  quiet(program);
  return () => text;
}

async function run(args: readonly string[], asJson: boolean): Promise<void> {
  const wanted = commandName(args);
  const program = await createProgram(({ name }) => name === wanted);
  const usageError = asJson ? keepUsageErrors(program) : undefined;
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander has written its own message. Help and version end with 0, everything else is wrong usage.
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (usageError === undefined || error.exitCode === 0) return;
    const { usageReport } = await import('./failure-report.ts');
    process.stderr.write(`${JSON.stringify(usageReport(usageError() || 'A command is missing.'))}\n`);
  }
}

/**
 * Runs the command line in `argv` (as process.argv) and sets the exit code of the process. Errors go to stderr, as JSON when
 * the result was to be that; with ASSAY_TRACE set, their stacks too.
 */
export async function main(argv: readonly string[]): Promise<void> {
  // Whoever reads may have seen enough: `assay … | head`. The work goes on, and its exit code is what came of it.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const [first, ...words] = argv.slice(2);
  if (first === '__complete') {
    const { printCompletions } = await import('./completion/print-completions.ts');
    return printCompletions(words);
  }
  const args = takeNoColor(argv.slice(2));
  const asJson = wantsJsonErrors(args);
  try {
    await run(args, asJson);
  } catch (error) {
    const { reportFailure } = await import('./failure-report.ts');
    process.exitCode = reportFailure(error, asJson);
  }
}
