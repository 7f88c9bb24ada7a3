// `assay __complete [--new-word] -- WORDS…`, which the scripts of the shells call: what can stand at the cursor, one candidate
// a line as value, tab, description; then lines that begin with a colon for what the shell is to do besides.
import { COMMANDS } from '../commands.ts';
import { complete } from './complete.ts';

/** A description as one line that no terminal has to break. */
function shorten(description: string): string {
  const line = description.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/**
 * Prints the candidates for the words after the program's name. With `--new-word` an empty word is added: some shells cannot
 * pass one. Whatever goes wrong, nothing is offered and nothing is said: the user is in the midst of writing.
 */
export async function printCompletions(args: readonly string[]): Promise<void> {
  const end = args.indexOf('--');
  const words = end === -1 ? [] : args.slice(end + 1);
  if (end !== -1 && args.slice(0, end).includes('--new-word')) words.push('');
  const { candidates, files, noSpace } = await complete(COMMANDS, words).catch(() => ({
    candidates: [],
    files: false,
    noSpace: false,
  }));
  const lines = candidates.map(({ value, description = '' }) => `${value}\t${shorten(description)}`);
  if (files) lines.push(':files');
  if (noSpace) lines.push(':nospace');
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
