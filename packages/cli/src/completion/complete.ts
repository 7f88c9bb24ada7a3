// What can stand where the cursor is: the engine behind the completion of every shell. It looks at the commands themselves, so
// that it knows each option that they have, and loads only the command that is being written.
import type { Argument, Command, Option } from 'commander';
import type { CommandEntry } from '../commands.ts';
import { type Candidate, type Completion, FILES, NOTHING, offer } from './completion.ts';
import { argumentSource, optionSource, type ValueSource } from './value-sources.ts';

/** Options of the program itself, which is not loaded for this. */
const PROGRAM_OPTIONS: readonly Candidate[] = [
  { value: '--help', description: 'show what is possible' },
  { value: '--version', description: 'print the version' },
  { value: '--no-color', description: 'colour nothing' },
];

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function findOption(command: Command, word: string): Option | undefined {
  const [name] = word.split('=', 1);
  return command.options.find(({ long, short }) => long === name || short === name);
}

/** Where the words before the cursor have led. */
interface Position {
  readonly command: Command;
  /** The option whose value comes next. */
  readonly option?: Option;
  /** How many operands of the command there are already. */
  readonly operands: number;
  /** Whether `--` was among the words: nothing after it is an option. */
  readonly ended: boolean;
  readonly used: ReadonlySet<Option>;
}

function walk(start: Command, words: readonly string[]): Position {
  let command = start;
  let option: Option | undefined;
  let operands = 0;
  let ended = false;
  const used = new Set<Option>();
  for (const word of words) {
    if (option !== undefined) {
      option = undefined;
    } else if (ended) {
      operands++;
    } else if (word === '--') {
      ended = true;
    } else if (word.startsWith('-')) {
      const found = findOption(command, word);
      if (found !== undefined) used.add(found);
      if (found !== undefined && takesValue(found) && !word.includes('=')) option = found;
    } else {
      const inner = operands === 0 ? command.commands.find((candidate) => candidate.name() === word) : undefined;
      if (inner === undefined) operands++;
      else command = inner;
    }
  }
  return { command, ...(option === undefined ? {} : { option }), operands, ended, used };
}

function choices(values: readonly string[]): ValueSource {
  return async () => ({ candidates: values.map((value) => ({ value })) });
}

function sourceOfOption(option: Option): ValueSource {
  return option.argChoices === undefined ? optionSource(option) : choices(option.argChoices);
}

function sourceOfArgument(argument: Argument): ValueSource {
  return argument.argChoices === undefined ? argumentSource(argument.name()) : choices(argument.argChoices);
}

function optionCandidates({ command, used }: Position): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => option.variadic || !used.has(option))
    .flatMap(({ long, description }) => (long === undefined ? [] : [{ value: long, description }]));
}

async function completeOperand(position: Position, current: string): Promise<Completion> {
  const { command, operands, ended } = position;
  const subcommands =
    operands === 0 && !ended
      ? command
          .createHelp()
          .visibleCommands(command)
          .map((inner) => ({ value: inner.name(), description: inner.description() }))
      : [];
  if (subcommands.length > 0) return offer(subcommands, current);
  const { registeredArguments: expected } = command;
  const last = expected.at(-1);
  const argument = expected[operands] ?? (last?.variadic ? last : undefined);
  if (argument === undefined) return NOTHING;
  return completeValue(sourceOfArgument(argument), current);
}

async function completeValue(source: ValueSource, current: string, prefix = ''): Promise<Completion> {
  const found = await source(current);
  if (found.files === true) return FILES;
  const { candidates, noSpace } = offer(found.candidates, current, found.noSpace);
  const whole = candidates.map((candidate) => ({ ...candidate, value: prefix + candidate.value }));
  return { candidates: whole, ...(noSpace === undefined ? {} : { noSpace }) };
}

/**
 * What can take the place of the last of `words`, which are those after the program's name up to the cursor; the last is empty
 * when a new one begins.
 */
export async function complete(entries: readonly CommandEntry[], words: readonly string[]): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const first = before.findIndex((word) => !word.startsWith('-'));
  if (first === -1) {
    const commands = entries.map(({ name, summary }) => ({ value: name, description: summary }));
    const help = { value: 'help', description: 'show the help of a command' };
    return offer(current.startsWith('-') ? PROGRAM_OPTIONS : [...commands, help], current);
  }
  const name = before[first];
  const rest = before.slice(first + 1);
  if (name === 'help') {
    const commands = entries.map((entry) => ({ value: entry.name, description: entry.summary }));
    return rest.length === 0 ? offer(commands, current) : NOTHING;
  }
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry === undefined) return NOTHING;
  const position = walk(await entry.load(), rest);
  if (position.option !== undefined) return completeValue(sourceOfOption(position.option), current);
  if (!position.ended && current.startsWith('-')) {
    const option =
      current.startsWith('--') && current.includes('=') ? findOption(position.command, current) : undefined;
    if (option === undefined) return offer(optionCandidates(position), current);
    const at = current.indexOf('=') + 1;
    return completeValue(sourceOfOption(option), current.slice(at), current.slice(0, at));
  }
  return completeOperand(position, current);
}
