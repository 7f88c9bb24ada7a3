// `assay verify`: checks signatures of files, catalogs, cabinets and signed packages.
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { DEFAULT_DATA_DIRECTORY } from '../credentials.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { OUTPUT_FORMATS, type OutputFormat, printJson, printTable } from '../output.ts';
import type { VerifiedItem } from '../verifying/verification.ts';
import { readAnchors, verifyPath } from '../verifying/verify-path.ts';

interface VerifyOptions {
  readonly catalog?: string;
  readonly trust: readonly string[];
  readonly data: string;
  readonly output: OutputFormat;
}

/** The CA of the local data folder is trusted when nothing else is named. */
async function trustedFiles(options: VerifyOptions): Promise<readonly string[]> {
  if (options.trust.length > 0) return options.trust;
  const path = join(options.data, 'ca.pem');
  return access(path).then(
    () => [path],
    () => [],
  );
}

function printItems(items: readonly VerifiedItem[], format: OutputFormat): void {
  if (format === 'json') {
    printJson({ ok: items.every(({ ok }) => ok), files: items });
    return;
  }
  const rows = items.map(({ ok, file, format: kind, catalog, signer }) => [
    ok ? 'ok' : 'FAILED',
    file,
    kind === 'unknown' ? '' : kind,
    catalog === undefined ? 'own signature' : `catalog ${catalog}`,
    signer,
  ]);
  printTable(['RESULT', 'FILE', 'FORMAT', 'THROUGH', 'SIGNER'], rows);
}

async function verify(files: readonly string[], options: VerifyOptions): Promise<void> {
  const trusted = await trustedFiles(options);
  const anchors = await readAnchors(trusted);
  const catalog =
    options.catalog === undefined ? undefined : { path: options.catalog, bytes: await readFile(options.catalog) };
  const items: VerifiedItem[] = [];
  for (const file of files) items.push(...(await verifyPath(file, anchors, catalog)));
  printItems(items, options.output);
  const failed = items.filter(({ ok }) => !ok);
  if (failed.length === 0) return;
  for (const { file, problems } of failed) {
    for (const { code, message } of problems) process.stderr.write(`${file}: ${message} (${code})\n`);
  }
  const untrusted = failed.some(({ problems }) => problems.some(({ code }) => code === 'untrustedRoot'));
  throw new CommandError(
    EXIT.inputOutput,
    `${failed.length} of ${items.length} did not verify.`,
    untrusted ? 'Name the root that you trust with --trust ca.pem.' : undefined,
  );
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('verify signed files; exit code 0 only when everything verified')
    .argument('<file...>', 'images, cabinets, catalogs, signed packages (zip), or any files with --catalog')
    .option('--catalog <file>', 'verify the files as members of this catalog')
    .option('--trust <pem>', 'certificates to trust; may be repeated', (path, paths: string[]) => [...paths, path], [])
    .option('--data <dir>', 'data folder whose ca.pem is trusted when --trust is not given', DEFAULT_DATA_DIRECTORY)
    .addOption(new Option('-o, --output <format>', 'what to print').choices(OUTPUT_FORMATS).default('table'))
    .addHelpText(
      'after',
      '\nExamples:\n  assay verify signed.zip --trust .assay/ca.pem\n  assay verify echo.inf echo.sys --catalog echo.cat --trust .assay/ca.pem\n\nIn a signed package, every image and catalog is verified, and every file of a driver folder against its catalog.',
    )
    .action(verify);
}
