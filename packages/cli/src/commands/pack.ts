// `assay pack`: makes a submission cabinet of driver folders.
import type { SigningKey } from '@assay/authenticode';
import { Command, Option } from 'commander';
import { interruptible } from '../interruption.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import { packCabinet } from '../packing/pack-cabinet.ts';
import { packHlkx } from '../packing/pack-hlkx.ts';
import { addKeyOptions, KEY_HELP, type KeyOptions, namesKey, withSigningKey } from '../signing/key-options.ts';
import { sourceDate } from '../source-date.ts';

interface PackOptions extends KeyOptions, OutputOptions {
  readonly out: string;
  readonly sign?: string;
  readonly hlkx?: string;
  readonly compression: 'mszip' | 'none';
  readonly force?: boolean;
}

async function pack(directories: readonly string[], options: PackOptions): Promise<void> {
  const keyOptions = options.sign === undefined ? options : { ...options, pkcs12: options.sign };
  const packWith = async (key?: SigningKey): Promise<void> => {
    const { hlkx, out, compression } = options;
    const result = await interruptible((signal) => {
      const request = { directories, out, key, force: options.force === true, signal };
      if (hlkx !== undefined) return packHlkx(hlkx, request);
      return packCabinet({ ...request, compression, modified: sourceDate() });
    });
    const signedBy = key?.certificate.commonName ?? key?.certificate.subject;
    const report = { [hlkx === undefined ? 'cabinet' : 'package']: out, ...result, signedBy };
    await printResult(report, { fields: report }, options);
  };
  if (namesKey(keyOptions)) await withSigningKey(keyOptions, packWith);
  else await packWith();
}

export function packCommand(): Command {
  const command = new Command('pack')
    .argument('<dir...>', 'driver folders, each with its INF')
    .requiredOption('--out <file>', 'the cabinet (or package) to write')
    .addOption(new Option('--sign <p12>', 'the same as --pkcs12').conflicts(['pkcs12', 'key', 'pkcs11', 'keyVault']))
    .addOption(
      new Option(
        '--password <text>',
        'password of the PKCS#12 file; others on this machine can see it, so --password-file is better',
      ).conflicts('passwordFile'),
    );
  addKeyOptions(command);
  return addOutputOptions(command)
    .addOption(
      new Option('--compression <kind>', 'how files are compressed').choices(['mszip', 'none']).default('mszip'),
    )
    .option(
      '--hlkx <package>',
      'put the drivers into a copy of this HLK package instead, as docs/guide/hlk-packages.md says',
    )
    .option('--force', 'replace --out when it exists')
    .addHelpText(
      'after',
      `\nExamples:\n  assay pack build/echo --out echo.cab\n  assay pack echo echo-extension --out both.cab --pkcs12 .assay/submission.p12 --password-file pw.txt\n\nWith SOURCE_DATE_EPOCH set, all files get that time, so that the same input gives the same cabinet.\n${KEY_HELP}`,
    )
    .action(pack);
}
