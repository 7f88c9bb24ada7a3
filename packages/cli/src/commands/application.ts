// `assay application`: the clients that act for an account, and what they may do.
import type { ApplicationView } from '@assay/server';
import { Command } from 'commander';
import {
  type AccountOptions,
  addAccountOption,
  addInstallationOptions,
  type InstallationOptions,
  parseSellerId,
  sellerIdOf,
  withAdministration,
} from '../administering/with-administration.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import { applicationCertificateCommand } from './application-certificate.ts';
import { applicationSecretCommand } from './application-secret.ts';

type Options = InstallationOptions & OutputOptions;

interface CreateOptions extends AccountOptions, OutputOptions {
  readonly name: string;
  readonly role: readonly string[];
  readonly clientId?: string;
}

const ROLE_HELP = 'Manager, Driver Submitter, Shipping Label Owner or Shipping Label Promoter';

function printApplication(application: ApplicationView, options: OutputOptions): Promise<void> {
  return printResult(application, { fields: { ...application, roles: application.roles.join(', ') } }, options);
}

async function create(options: CreateOptions): Promise<void> {
  const application = await withAdministration(options, async (administration) => {
    const sellerId = await sellerIdOf(administration, options);
    const { name, role, clientId } = options;
    return administration.applications.create({
      sellerId,
      name,
      roles: role,
      ...(clientId === undefined ? {} : { clientId }),
    });
  });
  await printApplication(application, options);
}

async function list(options: AccountOptions & OutputOptions): Promise<void> {
  const found = await withAdministration(options, ({ applications }) => applications.list(options.account));
  const rows = found.map(({ clientId, sellerId, name, roles, disabledAt }) => [
    clientId,
    sellerId,
    name,
    roles.join(', '),
    disabledAt === undefined ? '' : 'disabled',
  ]);
  await printResult(found, { headings: ['CLIENT ID', 'SELLER ID', 'NAME', 'ROLES', ''], rows }, options);
}

async function show(clientId: string, options: Options): Promise<void> {
  await printApplication(
    await withAdministration(options, ({ applications }) => applications.require(clientId)),
    options,
  );
}

async function setRoles(clientId: string, roles: readonly string[], options: Options): Promise<void> {
  const changed = await withAdministration(options, ({ applications }) => applications.setRoles(clientId, roles));
  await printApplication(changed, options);
}

async function setDisabled(disabled: boolean, clientId: string, options: Options): Promise<void> {
  const changed = await withAdministration(options, ({ applications }) => applications.setDisabled(clientId, disabled));
  await printApplication(changed, options);
}

export function applicationCommand(): Command {
  const finish = (command: Command): Command => addOutputOptions(addInstallationOptions(command));
  const onOne = (name: string, description: string): Command =>
    finish(new Command(name).description(description).argument('<clientId>', 'client id of the application'));
  return new Command('application')
    .addCommand(
      finish(
        addAccountOption(
          new Command('create')
            .description('make an application; it gets its secrets with "assay application secret add"')
            .requiredOption('--name <name>', 'what the application is called')
            .requiredOption('--role <role>', `${ROLE_HELP}; may be repeated`, (role, roles: string[] = []) => [
              ...roles,
              role,
            ])
            .option('--client-id <guid>', 'client id; chosen when left out'),
        ),
      ).action(create),
    )
    .addCommand(
      finish(
        new Command('list')
          .description('list the applications')
          .option('--account <sellerId>', 'only those of this account', parseSellerId),
      ).action(list),
    )
    .addCommand(onOne('show', 'show an application').action(show))
    .addCommand(
      finish(
        new Command('roles')
          .description('replace the roles of an application')
          .argument('<clientId>', 'client id of the application')
          .argument('<role...>', ROLE_HELP),
      ).action(setRoles),
    )
    .addCommand(
      onOne('disable', 'stop an application: no more tokens, and those it has are refused').action(
        (clientId: string, options: Options) => setDisabled(true, clientId, options),
      ),
    )
    .addCommand(
      onOne('enable', 'let a stopped application work again').action((clientId: string, options: Options) =>
        setDisabled(false, clientId, options),
      ),
    )
    .addCommand(applicationSecretCommand())
    .addCommand(applicationCertificateCommand())
    .addHelpText(
      'after',
      '\nExamples:\n  assay application create --name CI --role "Driver Submitter"\n  assay application secret add 11111111-2222-3333-4444-555555555555 --secret-file ci.secret\n  assay application roles 11111111-2222-3333-4444-555555555555 Manager',
    );
}
