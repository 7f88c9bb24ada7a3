// `assay audit`: the log of every change and every signature, out of the database and checked.

import { stringifyJson } from '@assay/hardware-api';
import type { LogResult } from '@assay/server';
import { Command, Option } from 'commander';
import {
  type AccountOptions,
  addInstallationOptions,
  type InstallationOptions,
  parseSellerId,
  withAdministration,
} from '../administering/with-administration.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';

interface ExportOptions extends AccountOptions {
  readonly format: 'jsonl';
  readonly entity?: string;
  readonly correlation?: string;
}

/** Writes a line and waits for a slow reader; false when the reader has gone. */
function writeLine(line: string): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdout.write(`${line}\n`, (error) => resolve(error === undefined || error === null));
  });
}

async function exportEntries(options: ExportOptions): Promise<void> {
  const { entity, correlation, account } = options;
  // A reader such as `head` that has seen enough is no error.
  process.stdout.on('error', () => undefined);
  await withAdministration(options, async ({ logs }) => {
    const entries = logs.read({
      ...(entity === undefined ? {} : { entity }),
      ...(correlation === undefined ? {} : { correlationId: correlation }),
      ...(account === undefined ? {} : { accountId: account }),
    });
    for await (const entry of entries) if (!(await writeLine(stringifyJson(entry)))) break;
  });
}

function printResults(results: readonly LogResult[], options: OutputOptions): Promise<void> {
  const rows = results.map(({ log, ok, entries, problem, lastHash }) => [
    ok ? 'ok' : 'FAILED',
    log,
    String(entries),
    problem ?? lastHash,
  ]);
  const view = { headings: ['RESULT', 'LOG', 'GOOD ENTRIES', 'LAST HASH OR PROBLEM'], rows };
  return printResult({ ok: results.every(({ ok }) => ok), logs: results }, view, options);
}

async function verify(options: InstallationOptions & OutputOptions): Promise<void> {
  const results = await withAdministration(options, ({ logs }) => logs.verify());
  await printResults(results, options);
  const broken = results.filter(({ ok }) => !ok).map(({ log, problem }) => `${log} log: ${problem}`);
  if (broken.length > 0) {
    throw new CommandError(
      EXIT.inputOutput,
      `A log does not hold. ${broken.join('; ')}.`,
      'Compare the database with a backup: something other than the service wrote to it.',
    );
  }
}

export function auditCommand(): Command {
  return new Command('audit')
    .addCommand(
      addInstallationOptions(
        new Command('export')
          .description('print the entries, oldest first, one JSON object a line')
          .addOption(new Option('--format <format>', 'what to print').choices(['jsonl']).default('jsonl'))
          .option('--entity <path>', 'only entries about this entity, for example products/17')
          .option('--correlation <id>', 'only entries with this MS-CorrelationId')
          .option('--account <sellerId>', 'only entries of this account', parseSellerId),
      ).action(exportEntries),
    )
    .addCommand(
      addOutputOptions(
        addInstallationOptions(
          new Command('verify').description('check both hash chains: of changes and of signatures'),
        ),
      ).action(verify),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  assay audit export --entity products/10000000000000017 > audit.jsonl\n  assay audit verify --data /srv/assay',
    );
}
