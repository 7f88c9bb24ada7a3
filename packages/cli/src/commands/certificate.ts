// `assay certificate`: the certificates with which an account signs the packages that it submits.
import { readFile } from 'node:fs/promises';
import { identifyFile } from '@assay/authenticode';
import { Command } from 'commander';
import { type PasswordOptions, readCertificateFile } from '../administering/read-certificate.ts';
import {
  type AccountOptions,
  addAccountOption,
  addInstallationOptions,
  sellerIdOf,
  withAdministration,
} from '../administering/with-administration.ts';
import { writeAtomically } from '../atomic-file.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';

type Options = AccountOptions & OutputOptions;

interface SignableFileOptions extends AccountOptions {
  readonly out: string;
  readonly force?: boolean;
}

/** Bytes; as over HTTP. */
const LARGEST_SIGNED_FILE = 1024 * 1024;

async function register(file: string, options: Options & PasswordOptions): Promise<void> {
  const bytes = await readFile(file);
  const signed = identifyFile(bytes.subarray(0, 512))?.name === 'pe';
  if (signed && bytes.length > LARGEST_SIGNED_FILE) {
    throw new CommandError(EXIT.validationFailed, `${file} is larger than the file that "signable-file" made.`);
  }
  const certificate = signed ? undefined : await readCertificateFile(file, options);
  const registered = await withAdministration(options, async (administration) => {
    const sellerId = await sellerIdOf(administration, options);
    return certificate === undefined
      ? administration.certificates.registerSignedFile(sellerId, bytes)
      : administration.certificates.register(sellerId, certificate);
  });
  const { created, certificate: known } = registered;
  await printResult({ created, ...known }, { fields: { ...known } }, options);
  if (!created) process.stderr.write('The certificate was registered already.\n');
}

async function list(options: Options): Promise<void> {
  const found = await withAdministration(options, async (administration) =>
    administration.certificates.list(await sellerIdOf(administration, options)),
  );
  const rows = found.map(({ thumbprint, notAfter, isExtendedValidation, subject }) => [
    thumbprint,
    notAfter,
    isExtendedValidation === true ? 'EV' : '',
    subject,
  ]);
  await printResult(found, { headings: ['THUMBPRINT (SHA-256)', 'VALID UNTIL', '', 'SUBJECT'], rows }, options);
}

async function remove(thumbprint: string, options: AccountOptions): Promise<void> {
  await withAdministration(options, async (administration) =>
    administration.certificates.remove(await sellerIdOf(administration, options), thumbprint),
  );
}

async function makeSignableFile(options: SignableFileOptions): Promise<void> {
  await writeAtomically(options.out, options.force === true, async (handle) => {
    const bytes = await withAdministration(options, async (administration) =>
      administration.certificates.makeSignableFile(await sellerIdOf(administration, options)),
    );
    await handle.writeFile(bytes);
  });
  process.stdout.write(`${options.out}\n`);
  process.stderr.write(`Sign it with the certificate's key, then: assay certificate register ${options.out}\n`);
}

export function certificateCommand(): Command {
  const finish = (command: Command): Command => addAccountOption(addInstallationOptions(command));
  return new Command('certificate')
    .addCommand(
      addOutputOptions(
        finish(
          new Command('register')
            .description('accept packages that are signed with this certificate')
            .argument('<file>', 'certificate as .cer, .pem or .p12, or a file of "signable-file" that was signed')
            .option('--password-file <file>', 'file that holds the password of a .p12'),
        ),
      ).action(register),
    )
    .addCommand(addOutputOptions(finish(new Command('list').description('list the certificates'))).action(list))
    .addCommand(
      finish(
        new Command('remove')
          .description('accept no more packages that are signed with this certificate')
          .argument('<thumbprint>', 'SHA-256 as "certificate list" shows it'),
      ).action(remove),
    )
    .addCommand(
      finish(
        new Command('signable-file')
          .description('make a file whose signature shows who has the key of a certificate')
          .option('--out <file>', 'file to write', 'SignableFile.bin')
          .option('--force', 'replace the file when it is there'),
      ).action(makeSignableFile),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  assay certificate register contoso.cer --account 12345678\n  assay certificate signable-file --out SignableFile.bin\n  assay certificate list -o json',
    );
}
