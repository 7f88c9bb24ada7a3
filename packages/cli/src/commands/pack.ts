// `assay pack`: makes a submission cabinet of driver folders.
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { CommandError, EXIT } from '../exit-codes.ts';
import { interruptible } from '../interruption.ts';
import { OUTPUT_FORMATS, type OutputFormat, printFields, printJson } from '../output.ts';
import { packCabinet, readSigningKey } from '../packing/pack-cabinet.ts';

interface PackOptions {
  readonly out: string;
  readonly sign?: string;
  readonly password?: string;
  readonly passwordFile?: string;
  readonly compression: 'mszip' | 'none';
  readonly force?: boolean;
  readonly output: OutputFormat;
}

/** SOURCE_DATE_EPOCH (reproducible-builds.org): seconds since 1970. */
function sourceDate(): Date | undefined {
  const text = process.env.SOURCE_DATE_EPOCH;
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,11}$/.test(text))
    throw new CommandError(EXIT.usage, `SOURCE_DATE_EPOCH is not a number of seconds: ${text}`);
  return new Date(Number(text) * 1000);
}

async function readPassword(options: PackOptions): Promise<string> {
  if (options.passwordFile !== undefined) return (await readFile(options.passwordFile, 'utf8')).replace(/\r?\n$/, '');
  if (options.password !== undefined) return options.password;
  throw new CommandError(
    EXIT.usage,
    '--sign needs the password of the file.',
    'Pass --password-file FILE (better) or --password TEXT.',
  );
}

async function pack(directories: readonly string[], options: PackOptions): Promise<void> {
  const key = options.sign === undefined ? undefined : await readSigningKey(options.sign, await readPassword(options));
  const result = await interruptible((signal) =>
    packCabinet({
      directories,
      out: options.out,
      compression: options.compression,
      key,
      modified: sourceDate(),
      force: options.force === true,
      signal,
    }),
  );
  const report = { cabinet: options.out, ...result, signedBy: key?.certificate.commonName ?? key?.certificate.subject };
  if (options.output === 'json') printJson(report);
  else printFields(report);
}

export function packCommand(): Command {
  return new Command('pack')
    .description('make a submission cabinet; each folder becomes one driver folder of the cabinet')
    .argument('<dir...>', 'driver folders, each with its INF')
    .requiredOption('--out <file>', 'the cabinet to write')
    .option('--sign <p12>', 'sign it with the key of this PKCS#12 file')
    .option(
      '--password <text>',
      'password of the PKCS#12 file; others on this machine can see it, so --password-file is better',
    )
    .addOption(new Option('--password-file <file>', 'file that holds the password').conflicts('password'))
    .addOption(
      new Option('--compression <kind>', 'how files are compressed').choices(['mszip', 'none']).default('mszip'),
    )
    .option('--force', 'replace the cabinet when it exists')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(OUTPUT_FORMATS).default('table'))
    .addHelpText(
      'after',
      '\nExamples:\n  assay pack build/echo --out echo.cab\n  assay pack echo echo-extension --out both.cab --sign .assay/submission.p12 --password-file pw.txt\n\nWith SOURCE_DATE_EPOCH set, all files get that time, so that the same input gives the same cabinet.',
    )
    .action(pack);
}
