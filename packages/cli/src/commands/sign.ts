// `assay sign`: signs images, cabinets, catalogs and HLKX packages.
import { requireSignableFile, rewrittenSource, signFile } from '@assay/authenticode';
import { Command } from 'commander';
import { refuseExisting } from '../atomic-file.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { interruptible } from '../interruption.ts';
import { addOutputOptions, type OutputOptions, printResult, printTable } from '../output.ts';
import { createProgress } from '../progress.ts';
import { addKeyOptions, KEY_HELP, type KeyOptions, withSigningKey } from '../signing/key-options.ts';
import { rewriteFile } from '../signing/rewrite-file.ts';
import { addSignOptions, type SignOptions, toSigningRequest } from '../signing/sign-options.ts';
import { describeSigned, type SignedFile } from '../signing/signed-file.ts';

export interface SignCommandOptions extends KeyOptions, SignOptions, OutputOptions {
  readonly out?: string;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

/** Signs the files one after another with one key; used by `assay catalog sign` as well. */
export async function signFiles(files: readonly string[], options: SignCommandOptions, only?: 'cat'): Promise<void> {
  const { out, force = false } = options;
  if (out !== undefined && files.length > 1) {
    throw new CommandError(
      EXIT.usage,
      '--out goes with one file.',
      'Without it each file is signed in place; or sign them one by one.',
    );
  }
  if (out !== undefined) await refuseExisting(out, force);
  const progress = createProgress(options.quiet === true);
  const request = await toSigningRequest(options, progress);
  const signed: SignedFile[] = [];
  try {
    await interruptible((signal) =>
      withSigningKey(options, async (key) => {
        for (const path of files) {
          const { file } = await rewriteFile({ path, out, force, signal, progress }, async (source) => {
            const { name } = await requireSignableFile(source);
            if (only !== undefined && name !== only) {
              throw new CommandError(EXIT.usage, `${path} is not a catalog.`, 'Use assay sign for other files.');
            }
            const rewrite = await signFile(source, { ...request, key });
            return { rewrite, file: await describeSigned(rewrittenSource(source, rewrite), out ?? path) };
          });
          progress.note(`signed ${file.file}`);
          signed.push(file);
        }
      }),
    );
  } finally {
    // Files that were signed before one failed stay signed, and are told.
    const headings = ['FILE', 'FORMAT', 'SIGNATURES', 'DIGEST', 'SIGNER', 'TIME STAMP'];
    const rows = signed.map((item) => [
      item.file,
      item.format,
      item.signatures,
      item.digestAlgorithm,
      item.signer,
      item.timestamp ?? 'none',
    ]);
    const print = (): void => (signed.length === 0 ? undefined : printTable(headings, rows));
    await printResult({ files: signed }, { print }, options);
  }
}

export function signCommand(): Command {
  const command = new Command('sign')
    .argument('<file...>', 'PE images (.sys, .dll, .exe, .efi), cabinets, security catalogs, HLKX packages')
    .option('--out <file>', 'write the signed file here instead of in place (one file only)')
    .option('--force', 'replace --out when it exists')
    .option('--append', 'add the signature to those that are there (images and cabinets) instead of replacing them')
    .option('--page-hashes', 'list the digest of each page of an image as well');
  addSignOptions(command);
  addKeyOptions(command);
  return addOutputOptions(command.option('-q, --quiet', 'no progress on stderr'))
    .addHelpText(
      'after',
      `\nExamples:\n  assay sign echo.sys --pkcs12 ev.p12 --password-file pw.txt --timestamp http://timestamp.example/rfc3161\n  assay sign echo.sys --append --pkcs11 /usr/lib/softhsm/libsofthsm2.so --token lab --pin-file pin.txt\n  assay sign package.hlkx --key-vault https://contoso.vault.azure.net/certificates/ev --out signed.hlkx\n\n${KEY_HELP}`,
    )
    .action((files: string[], options: SignCommandOptions) => signFiles(files, options));
}
