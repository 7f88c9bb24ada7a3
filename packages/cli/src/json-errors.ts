// Whether errors are wanted as JSON: decided before the command is known, from its arguments alone.

/** The formats of `-o` with which errors are JSON. */
const JSON_FORMATS: ReadonlySet<string> = new Set(['json', 'jsonl', 'yaml']);

/** Whether the arguments ask for a format whose errors are JSON. What follows `--` belongs to another command. */
export function wantsJsonErrors(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  let format = '';
  for (const [index, argument] of own.entries()) {
    if (argument === '-o' || argument === '--output') format = own[index + 1] ?? '';
    else if (argument.startsWith('--output=')) format = argument.slice('--output='.length);
    else if (/^-o[a-z]/.test(argument)) format = argument.slice(2).replace(/^=/, '');
  }
  return JSON_FORMATS.has(format);
}
