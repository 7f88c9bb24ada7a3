// `assay codes`: the codes of operating systems and product types that the service knows.
import type { CodeTables } from '@assay/hardware-api';
import { Argument, Command, Option } from 'commander';
import { codesOption } from '../codes-file.ts';
import { type Cell, OUTPUT_FORMATS, type OutputFormat, printJson, printTable } from '../output.ts';

const STATUSES = ['documented', 'observed', 'rejected'] as const;

interface ListOptions {
  readonly status?: (typeof STATUSES)[number];
  readonly codes: CodeTables;
  readonly output: OutputFormat;
}

/** One table as it is printed: which rows, and for people which columns. */
interface PrintedTable<Row> {
  readonly rows: (codes: CodeTables) => readonly Row[];
  readonly headings: readonly string[];
  readonly cells: (row: Row) => readonly Cell[];
}

function table<Row extends { readonly status: string }>(printed: PrintedTable<Row>) {
  return ({ status, codes, output }: ListOptions): void => {
    const rows = printed.rows(codes).filter((row) => status === undefined || row.status === status);
    if (output === 'json') printJson(rows);
    else printTable(printed.headings, rows.map(printed.cells));
  };
}

/** Name on the command line → what it prints. */
const TABLES = {
  systems: table({
    rows: ({ operatingSystems }) => operatingSystems,
    headings: ['CODE', 'ARCHITECTURE', 'VERSION', 'EDITION', 'STATUS', 'SOURCE', 'DESCRIPTION'],
    cells: ({ code, architecture, version: { major, minor, build }, server, status, source, description }) => [
      code,
      architecture,
      [major, minor, build].filter((part) => part !== undefined).join('.'),
      server ? 'server' : 'client',
      status,
      source,
      description,
    ],
  }),
  families: table({
    rows: ({ operatingSystemFamilies }) => operatingSystemFamilies,
    headings: ['CODE', 'EDITION', 'STATUS', 'SOURCE', 'DESCRIPTION'],
    cells: ({ code, server, status, source, description }) => [
      code,
      server ? 'server' : 'client',
      status,
      source,
      description,
    ],
  }),
  'product-types': table({
    rows: ({ productTypes }) => productTypes,
    headings: ['NAME', 'STATUS', 'SOURCE'],
    cells: ({ name, status, source }) => [name, status, source],
  }),
} as const;

function list(name: keyof typeof TABLES, options: ListOptions): void {
  TABLES[name](options);
}

export function codesCommand(): Command {
  return new Command('codes')
    .addCommand(
      new Command('list')
        .description('list the codes; rejected ones were refused by the real service')
        .addArgument(new Argument('[table]', 'which codes').choices(Object.keys(TABLES)).default('systems'))
        .addOption(new Option('--status <status>', 'only codes with this status').choices(STATUSES))
        .addOption(codesOption())
        .addOption(new Option('-o, --output <format>', 'what to print').choices(OUTPUT_FORMATS).default('table'))
        .action(list),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  assay codes list --status observed\n  assay codes list product-types -o json\n  assay codes list families --codes codes.json',
    );
}
