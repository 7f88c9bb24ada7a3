// `assay application certificate`: the certificates with whose keys an application signs client assertions.
import { Command } from 'commander';
import { readCertificateFile } from '../administering/read-certificate.ts';
import {
  addInstallationOptions,
  type InstallationOptions,
  withAdministration,
} from '../administering/with-administration.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';

type Options = InstallationOptions & OutputOptions;

interface AddOptions extends Options {
  readonly passwordFile?: string;
}

async function add(clientId: string, file: string, options: AddOptions): Promise<void> {
  const certificate = await readCertificateFile(file, options);
  const added = await withAdministration(options, ({ applicationCertificates }) =>
    applicationCertificates.add(clientId, certificate),
  );
  await printResult(added, { fields: { ...added } }, options);
}

async function list(clientId: string, options: Options): Promise<void> {
  const found = await withAdministration(options, ({ applicationCertificates }) =>
    applicationCertificates.list(clientId),
  );
  const rows = found.map(({ thumbprint, subject, notAfter, expired }) => [
    thumbprint,
    expired ? `${notAfter} (expired)` : notAfter,
    subject,
  ]);
  await printResult(found, { headings: ['THUMBPRINT (SHA-256)', 'VALID UNTIL', 'SUBJECT'], rows }, options);
}

async function remove(clientId: string, thumbprint: string, options: InstallationOptions): Promise<void> {
  await withAdministration(options, ({ applicationCertificates }) =>
    applicationCertificates.remove(clientId, thumbprint),
  );
}

export function applicationCertificateCommand(): Command {
  const onOne = (name: string, description: string): Command =>
    addInstallationOptions(
      new Command(name).description(description).argument('<clientId>', 'client id of the application'),
    );
  return new Command('certificate')
    .description('certificates for signing in without a secret (client_assertion)')
    .addCommand(
      addOutputOptions(
        onOne('add', 'let the application sign in with the key of this certificate')
          .argument('<file>', 'certificate as .pem, .cer or .p12; the private key stays with the client')
          .option('--password-file <file>', 'file that holds the password of a .p12'),
      ).action(add),
    )
    .addCommand(addOutputOptions(onOne('list', 'list the certificates')).action(list))
    .addCommand(
      onOne('remove', 'take a certificate away; it stops working at once')
        .argument('<thumbprint>', 'SHA-256 as "certificate list" shows it')
        .action(remove),
    )
    .addHelpText('after', '\nExamples:\n  assay application certificate add CLIENT_ID ci.pem');
}
