// `assay application secret`: adds, lists and removes client secrets. Two work at a time: add the new one, bring it to every
// client, remove the old one.
import { Command, InvalidArgumentError } from 'commander';
import {
  addInstallationOptions,
  type InstallationOptions,
  withAdministration,
} from '../administering/with-administration.ts';
import { refuseExisting, writeAtomically } from '../atomic-file.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';

type Options = InstallationOptions & OutputOptions;

interface AddOptions extends Options {
  readonly days?: number;
  readonly description?: string;
  readonly secretFile?: string;
}

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 730;

function parseDays(text: string): number {
  const days = Number(text);
  if (!/^\d+$/.test(text) || days < 1 || days > LONGEST_DAYS) {
    throw new InvalidArgumentError(`Write a number of days from 1 to ${LONGEST_DAYS}.`);
  }
  return days;
}

async function add(clientId: string, options: AddOptions): Promise<void> {
  const { days, description, secretFile } = options;
  const make = () =>
    withAdministration(options, ({ secrets }) =>
      secrets.add(clientId, {
        ...(days === undefined ? {} : { expiresAt: new Date(Date.now() + days * DAY_MS) }),
        ...(description === undefined ? {} : { description }),
      }),
    );
  if (secretFile !== undefined) await refuseExisting(secretFile, false);
  // The file is there before the secret is: one that cannot be written must not cost a secret.
  const { id, hint, secret, expiresAt } =
    secretFile === undefined
      ? await make()
      : await writeAtomically(secretFile, false, async (handle) => {
          await handle.chmod(0o600);
          const made = await make();
          await handle.writeFile(`${made.secret}\n`);
          return made;
        });
  await printResult(
    { id, hint, expiresAt, ...(secretFile === undefined ? { secret } : { secretFile }) },
    { print: () => process.stdout.write(`${secretFile ?? secret}\n`) },
    options,
  );
  process.stderr.write(`Secret ${id} (${hint}…) works until ${expiresAt.toISOString()}. It cannot be shown again.\n`);
}

async function list(clientId: string, options: Options): Promise<void> {
  const found = await withAdministration(options, ({ secrets }) => secrets.list(clientId));
  const rows = found.map(({ id, hint, description, expiresAt, expired, lastUsedOn }) => [
    id,
    hint === undefined ? '' : `${hint}…`,
    expired ? `${expiresAt} (expired)` : expiresAt,
    lastUsedOn,
    description,
  ]);
  await printResult(found, { headings: ['ID', 'BEGINS', 'WORKS UNTIL', 'LAST USED', 'DESCRIPTION'], rows }, options);
}

async function remove(clientId: string, secretId: string, options: InstallationOptions): Promise<void> {
  await withAdministration(options, ({ secrets }) => secrets.remove(clientId, secretId));
  process.stderr.write(`Removed. Tokens that were issued for it work until they expire, for at most an hour.\n`);
}

export function applicationSecretCommand(): Command {
  const onOne = (name: string, description: string): Command =>
    addInstallationOptions(
      new Command(name).description(description).argument('<clientId>', 'client id of the application'),
    );
  return new Command('secret')
    .description('client secrets; two work at a time')
    .addCommand(
      addOutputOptions(
        onOne('add', 'add a secret and print it, once, on stdout')
          .option('--days <number>', `days that it works, at most ${LONGEST_DAYS}`, parseDays)
          .option('--description <text>', 'what it is for')
          .option('--secret-file <file>', 'write it to a new file that only its owner can read, not to stdout'),
      ).action(add),
    )
    .addCommand(addOutputOptions(onOne('list', 'list the secrets, without what is secret')).action(list))
    .addCommand(
      onOne('remove', 'remove a secret; it stops working at once')
        .argument('<secretId>', 'id as "secret list" shows it')
        .action(remove),
    )
    .addHelpText(
      'after',
      '\nExamples, a rotation:\n  assay application secret add CLIENT_ID --secret-file new.secret\n  assay application secret list CLIENT_ID\n  assay application secret remove CLIENT_ID OLD_SECRET_ID',
    );
}
