// `assay codes`: the codes of operating systems and product types that the service knows.
import type { CodeTables } from '@assay/hardware-api';
import { Argument, Command, Option } from 'commander';
import { codesOption } from '../codes-file.ts';
import { addOutputOptions, type Cell, type OutputOptions, printResult } from '../output.ts';

const STATUSES = ['documented', 'observed', 'rejected'] as const;

interface ListOptions extends OutputOptions {
  readonly status?: (typeof STATUSES)[number];
  readonly codes: CodeTables;
}

/** One table as it is printed: which rows, and for people which columns. */
interface PrintedTable<Row> {
  readonly rows: (codes: CodeTables) => readonly Row[];
  readonly headings: readonly string[];
  readonly cells: (row: Row) => readonly Cell[];
}

function table<Row extends { readonly status: string }>(printed: PrintedTable<Row>) {
  return ({ status, codes, ...output }: ListOptions): Promise<void> => {
    const rows = printed.rows(codes).filter((row) => status === undefined || row.status === status);
    return printResult(rows, { headings: printed.headings, rows: rows.map(printed.cells) }, output);
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

function list(name: keyof typeof TABLES, options: ListOptions): Promise<void> {
  return TABLES[name](options);
}

export function codesCommand(): Command {
  return new Command('codes')
    .addCommand(
      addOutputOptions(new Command('list'))
        .description('list the codes; rejected ones were refused by the real service')
        .addArgument(new Argument('[table]', 'which codes').choices(Object.keys(TABLES)).default('systems'))
        .addOption(new Option('--status <status>', 'only codes with this status').choices(STATUSES))
        .addOption(codesOption())
        .action(list),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  assay codes list --status observed\n  assay codes list product-types -o json\n  assay codes list families --codes codes.json',
    );
}
