// `assay verify`: checks signatures of files, catalogs, cabinets and signed packages.
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { DEFAULT_DATA_DIRECTORY } from '../credentials.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import { printItems } from '../verifying/print-items.ts';
import type { VerifiedItem } from '../verifying/verification.ts';
import { readAnchors, verifyPath } from '../verifying/verify-path.ts';

interface VerifyOptions extends OutputOptions {
  readonly catalog?: string;
  readonly trust: readonly string[];
  readonly data: string;
  readonly timestampTrust: readonly string[];
  readonly explain?: boolean;
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

async function verify(files: readonly string[], options: VerifyOptions): Promise<void> {
  const trusted = await trustedFiles(options);
  const anchors = await readAnchors(trusted);
  const timestampAnchors = [...anchors, ...(await readAnchors(options.timestampTrust))];
  const catalog =
    options.catalog === undefined ? undefined : { path: options.catalog, bytes: await readFile(options.catalog) };
  const items: VerifiedItem[] = [];
  for (const file of files) items.push(...(await verifyPath(file, { anchors, timestampAnchors }, catalog)));
  const print = (): void => printItems(items, options.explain === true);
  await printResult({ ok: items.every(({ ok }) => ok), files: items }, { print }, options);
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
  return addOutputOptions(new Command('verify'))
    .argument(
      '<file...>',
      'images, cabinets, catalogs, HLKX packages, signed packages (zip), or any files with --catalog',
    )
    .option('--catalog <file>', 'verify the files as members of this catalog')
    .option('--trust <pem>', 'certificates to trust; may be repeated', (path, paths: string[]) => [...paths, path], [])
    .option(
      '--timestamp-trust <pem>',
      'certificates to trust for time stamps, besides those of --trust; may be repeated',
      (path, paths: string[]) => [...paths, path],
      [],
    )
    .option('--explain', 'say of every file what holds and what does not; otherwise only of those that failed')
    .option('--data <dir>', 'data folder whose ca.pem is trusted when --trust is not given', DEFAULT_DATA_DIRECTORY)
    .addHelpText(
      'after',
      '\nExamples:\n  assay verify signed.zip --trust .assay/ca.pem\n  assay verify echo.inf echo.sys --catalog echo.cat --trust .assay/ca.pem\n  assay verify echo.sys --explain --trust .assay/ca.pem\n\nIn a signed package, every image and catalog is verified, and every file of a driver folder against its catalog.',
    )
    .action(verify);
}
