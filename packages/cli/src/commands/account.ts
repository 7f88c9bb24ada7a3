// `assay account`: the organisations that use the service.
import type { AccountView } from '@assay/server';
import { Command } from 'commander';
import {
  addInstallationOptions,
  type InstallationOptions,
  parseSellerId,
  withAdministration,
} from '../administering/with-administration.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';

type Options = InstallationOptions & OutputOptions;

interface CreateOptions extends Options {
  readonly name: string;
  readonly legalName?: string;
  readonly sellerId?: bigint;
  readonly tenantId?: string;
}

function printAccount(account: AccountView, options: OutputOptions): Promise<void> {
  return printResult(account, { fields: { ...account } }, options);
}

async function create(options: CreateOptions): Promise<void> {
  const { name, legalName, sellerId, tenantId } = options;
  const wanted = {
    name,
    ...(legalName === undefined ? {} : { legalName }),
    ...(sellerId === undefined ? {} : { sellerId }),
    ...(tenantId === undefined ? {} : { tenantId }),
  };
  const account = await withAdministration(options, ({ accounts }) => accounts.create(wanted), { create: true });
  await printAccount(account, options);
}

async function list(options: Options): Promise<void> {
  const accounts = await withAdministration(options, (administration) => administration.accounts.list());
  const rows = accounts.map(({ sellerId, name, legalName, tenantId }) => [sellerId, name, legalName, tenantId]);
  await printResult(accounts, { headings: ['SELLER ID', 'NAME', 'LEGAL NAME', 'TENANT ID'], rows }, options);
}

async function show(sellerId: bigint | undefined, options: Options): Promise<void> {
  await withAdministration(options, async ({ accounts, applications, certificates }) => {
    const account = await accounts.require(sellerId);
    const id = BigInt(account.sellerId);
    const owned = await applications.list(id);
    const registered = await certificates.list(id);
    const fields = {
      ...account,
      applications: owned.map(({ clientId, name }) => `${clientId} (${name})`).join(', '),
      certificates: registered.map(({ thumbprint, subject }) => `${thumbprint} (${subject})`).join(', '),
    };
    await printResult({ ...account, applications: owned, certificates: registered }, { fields }, options);
  });
}

export function accountCommand(): Command {
  const finish = (command: Command): Command => addOutputOptions(addInstallationOptions(command));
  return new Command('account')
    .addCommand(
      finish(
        new Command('create')
          .description('make an account; an installation that is not there yet is made')
          .requiredOption('--name <name>', 'what the account is called')
          .option('--legal-name <name>', 'name that is written into signatures; the name itself when left out')
          .option('--seller-id <number>', 'seller id; chosen when left out', parseSellerId)
          .option('--tenant-id <guid>', 'tenant id; chosen when left out'),
      ).action(create),
    )
    .addCommand(finish(new Command('list').description('list the accounts')).action(list))
    .addCommand(
      finish(
        new Command('show')
          .description('show an account with its applications and certificates')
          .argument('[sellerId]', 'seller id; not needed where there is only one account', parseSellerId),
      ).action(show),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  assay account create --name Contoso --legal-name "Contoso Ltd." --data /srv/assay\n  assay account show 12345678 -o json',
    );
}
