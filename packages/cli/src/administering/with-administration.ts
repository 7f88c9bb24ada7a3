// Opens an installation for the commands that administer it, and turns what it refuses into messages and exit codes.
import type { Administration, AdministrationErrorKind } from '@assay/server';
import { type Command, InvalidArgumentError } from 'commander';
import { DEFAULT_DATA_DIRECTORY } from '../credentials.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.ts';

/** Options that every command that administers an installation has. */
export interface InstallationOptions {
  readonly data: string;
  readonly databaseUrl?: string;
}

export interface AccountOptions extends InstallationOptions {
  readonly account?: bigint;
}

const EXIT_CODES: Readonly<Record<AdministrationErrorKind, ExitCode>> = {
  notFound: EXIT.notFound,
  invalidState: EXIT.invalidState,
  invalidInput: EXIT.validationFailed,
  noInstallation: EXIT.notFound,
};

const INT64_MAX = 2n ** 63n - 1n;

/** A seller id. Throws InvalidArgumentError. */
export function parseSellerId(text: string): bigint {
  const id = /^\d{1,19}$/.test(text) ? BigInt(text) : 0n;
  if (id < 1n || id > INT64_MAX) throw new InvalidArgumentError('Write the digits of a seller id.');
  return id;
}

export function addInstallationOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data folder of the service', DEFAULT_DATA_DIRECTORY)
    .option('--database-url <url>', 'PostgreSQL that the service uses instead of the file in the data folder');
}

export function addAccountOption(command: Command): Command {
  return command.option(
    '--account <sellerId>',
    'seller id of the account; not needed where there is only one',
    parseSellerId,
  );
}

/** Runs `use` on the installation and closes it. With `create`, one that is not there is made. */
export async function withAdministration<Result>(
  options: InstallationOptions,
  use: (administration: Administration) => Promise<Result>,
  { create = false } = {},
): Promise<Result> {
  // Loaded here, so that the other commands start without the server.
  const { AdministrationError, openAdministration } = await import('@assay/server');
  try {
    const administration = await openAdministration({
      dataDirectory: options.data,
      create,
      ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
    });
    try {
      return await use(administration);
    } finally {
      await administration.close();
    }
  } catch (error) {
    if (!(error instanceof AdministrationError)) throw error;
    throw new CommandError(EXIT_CODES[error.kind], error.message, error.remedy);
  }
}

/** The seller id of the account that the options name, or of the only one there is. */
export async function sellerIdOf(administration: Administration, options: AccountOptions): Promise<bigint> {
  return BigInt((await administration.accounts.require(options.account)).sellerId);
}
