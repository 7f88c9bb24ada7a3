// What commands print: one result on stdout, as a table for people or in a form for programs, after a query if there is one. Ids
// are strings in all of them, so that no program rounds them.
import { type Command, Option } from 'commander';
import { CommandError, EXIT } from './exit-codes.ts';

export const OUTPUT_FORMATS = ['table', 'json', 'jsonl', 'tsv', 'yaml', 'none'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export interface OutputOptions {
  readonly output: OutputFormat;
  /** A JMESPath expression over the result. */
  readonly query?: string;
}

export type Cell = string | number | boolean | bigint | undefined;

/** What `table` shows: `name  value` lines, rows under headings, or what a command writes itself. */
export type View =
  | { readonly fields: Readonly<Record<string, Cell>> }
  | { readonly headings: readonly string[]; readonly rows: readonly (readonly Cell[])[] }
  | { readonly print: () => void };

/** Adds `-o` and `--query` to a command. */
export function addOutputOptions(command: Command): Command {
  return checkQuery(
    command
      .addOption(new Option('-o, --output <format>', 'what to print').choices(OUTPUT_FORMATS).default('table'))
      .option('--query <jmespath>', 'print only what this JMESPath expression finds in the result'),
  );
}

function noQuery(error: unknown): CommandError {
  const reason = error instanceof Error ? error.message : String(error);
  return new CommandError(EXIT.usage, `--query is no JMESPath expression: ${reason}`, 'See https://jmespath.org.');
}

/** Makes the command refuse a wrong --query before it does anything: what it makes may not be made twice. */
export function checkQuery(command: Command): Command {
  return command.hook('preAction', async (_command, action) => {
    const { query } = action.opts<Partial<OutputOptions>>();
    if (query === undefined) return;
    const { default: jmespath } = await import('jmespath');
    try {
      // Its types leave this out.
      (jmespath as unknown as { compile(expression: string): unknown }).compile(query);
    } catch (error) {
      throw noQuery(error);
    }
  });
}

/** The value as JSON has it: ids as strings, nothing undefined. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? item.toString() : item));
  return text === undefined ? null : JSON.parse(text);
}

async function search(value: unknown, query: string): Promise<unknown> {
  const { default: jmespath } = await import('jmespath');
  try {
    return jmespath.search(value, query) ?? null;
  } catch (error) {
    throw noQuery(error);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One line of a TSV: values of the record or list, in their order. Tabs and line breaks would break the lines. */
function tsvLine(value: unknown): string {
  const cells = isRecord(value) ? Object.values(value) : Array.isArray(value) ? value : [value];
  return cells
    .map((cell) => (cell === null ? '' : typeof cell === 'object' ? JSON.stringify(cell) : String(cell)))
    .map((text) => text.replace(/[\t\r\n]+/g, ' '))
    .join('\t');
}

/** A table of whatever a query found. */
function viewOf(value: unknown): View | string {
  if (isRecord(value)) return { fields: Object.fromEntries(Object.entries(value).map(([k, v]) => [k, shown(v)])) };
  if (!Array.isArray(value)) return shown(value) ?? '';
  if (value.length > 0 && value.every(isRecord)) {
    const headings = [...new Set(value.flatMap((row) => Object.keys(row)))];
    return { headings, rows: value.map((row) => headings.map((name) => shown(row[name]))) };
  }
  return value.map((item) => (Array.isArray(item) ? item.map(shown).join('  ') : (shown(item) ?? ''))).join('\n');
}

function shown(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * Prints the result of a command. `view` is what `table` shows of it when there is no query; without one, whatever the value
 * has. Throws CommandError when the query is none.
 */
export async function printResult(value: unknown, view: View | undefined, options: OutputOptions): Promise<void> {
  const { output, query } = options;
  if (output === 'table' && query === undefined && view !== undefined) return printView(view);
  const whole = plain(value);
  const result = query === undefined ? whole : await search(whole, query);
  const lines = Array.isArray(result) ? result : [result];
  switch (output) {
    case 'none':
      return;
    case 'json':
      return write(`${JSON.stringify(result, null, 2)}\n`);
    case 'jsonl':
      return write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    case 'tsv':
      return write(lines.map((line) => `${tsvLine(line)}\n`).join(''));
    case 'yaml': {
      const { stringify } = await import('yaml');
      // Readers of YAML 1.1 take more texts for something else (yes, dates, 12:30), so more of them get quotes.
      return write(stringify(result, { version: '1.1' }));
    }
    case 'table': {
      const found = viewOf(result);
      return typeof found === 'string' ? write(found === '' ? '' : `${found}\n`) : printView(found);
    }
  }
}

/** How a list is printed. */
export interface ListView<Item> {
  readonly headings: readonly string[];
  readonly cells: (item: Item) => readonly Cell[];
  /** At most so many; all without. */
  readonly limit?: number | undefined;
}

/** The items up to the limit; no page beyond the last of them is asked for. */
async function* take<Item>(items: AsyncIterable<Item>, limit = Number.POSITIVE_INFINITY): AsyncGenerator<Item> {
  let left = limit;
  for await (const item of items) {
    yield item;
    if (--left <= 0) return;
  }
}

/**
 * Prints a list whose items come page after page. `jsonl` and `tsv` are written as they come; the other forms, and queries, need
 * the whole list first.
 */
export async function printList<Item>(
  items: AsyncIterable<Item>,
  { headings, cells, limit }: ListView<Item>,
  options: OutputOptions,
): Promise<void> {
  const { output, query } = options;
  if (query === undefined && (output === 'jsonl' || output === 'tsv')) {
    for await (const item of take(items, limit)) {
      const line = plain(item);
      if (!(await writeLine(output === 'jsonl' ? JSON.stringify(line) : tsvLine(line)))) return;
    }
    return;
  }
  const all = await Array.fromAsync(take(items, limit));
  await printResult(all, { headings, rows: all.map(cells) }, options);
}

/** Writes a line and waits for a slow reader; false when the reader has gone. */
function writeLine(line: string): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdout.write(`${line}\n`, (error) => resolve(error === undefined || error === null));
  });
}

function write(text: string): void {
  process.stdout.write(text);
}

/** One line of text: names from elsewhere may hold line breaks, or codes that a terminal obeys. */
function cellText(cell: Cell): string {
  return cell === undefined ? '' : String(cell).replace(/\p{Cc}+/gu, ' ');
}

function printView(view: View): void {
  if ('print' in view) view.print();
  else if ('fields' in view) printFields(view.fields);
  else printTable(view.headings, view.rows);
}

/** Prints a value as JSON; bigints become strings. */
export function printJson(value: unknown): void {
  write(`${JSON.stringify(plain(value), null, 2)}\n`);
}

/** Prints `name  value` lines; undefined values are left out. */
export function printFields(fields: Readonly<Record<string, Cell>>): void {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  for (const [name, value] of entries) write(`${name.padEnd(width)}  ${cellText(value)}\n`);
}

/** Prints rows under headings, columns as wide as their widest cell. */
export function printTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const lines = [headings, ...rows].map((row) => row.map(cellText));
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines) {
    const text = line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    write(`${text.trimEnd()}\n`);
  }
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB'] as const;

/** A number of bytes for people: 1.5 MiB. */
export function formatBytes(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${unit === 0 ? amount : amount.toFixed(1)} ${UNITS[unit]}`;
}
