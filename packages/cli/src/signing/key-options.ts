// The options that say where a signing key is, the same for every command that signs.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { KeyLocation, OpenedKey } from '@assay/key-stores';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CommandError, EXIT } from '../exit-codes.ts';

export interface KeyOptions {
  readonly pkcs12?: string;
  readonly key?: string;
  readonly certificate?: string;
  readonly passwordFile?: string;
  /** The password itself, for commands that take it as an option. */
  readonly password?: string;
  readonly pkcs11?: string;
  readonly token?: string;
  readonly slot?: number;
  readonly keyLabel?: string;
  readonly keyId?: string;
  readonly pinFile?: string;
  readonly keyVault?: string;
}

function parseSlot(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write the number of the slot.');
  return Number(text);
}

/** Adds the options to a command. */
export function addKeyOptions(command: Command): Command {
  return command
    .option('--pkcs12 <file>', 'sign with the key of this PKCS#12 file (.p12, .pfx)')
    .addOption(
      new Option('--key <pem>', 'sign with this private key, whose certificate is --certificate').conflicts('pkcs12'),
    )
    .option('--certificate <pem>', 'certificate of the key, with its issuers if any; needed where the store has none')
    .option('--password-file <file>', 'file that holds the password of --pkcs12 or --key; - reads standard input')
    .addOption(
      new Option('--pkcs11 <module>', 'sign with a PKCS#11 token: path of its module, or a pkcs11: URI').conflicts([
        'pkcs12',
        'key',
      ]),
    )
    .option('--token <label>', 'label of the token')
    .option('--slot <number>', 'slot of the token', parseSlot)
    .option('--key-label <label>', 'label of the key on the token')
    .option('--key-id <hex>', 'id of the key on the token')
    .option('--pin-file <file>', 'file that holds the PIN of the token; - reads standard input')
    .addOption(
      new Option(
        '--key-vault <url>',
        'sign with Azure Key Vault: https://NAME.vault.azure.net/certificates/CERTIFICATE (logs in as DefaultAzureCredential does)',
      ).conflicts(['pkcs12', 'key', 'pkcs11']),
    );
}

/** What to append to the help of a command that signs. */
export const KEY_HELP =
  'ASSAY_KEY_PASSWORD and ASSAY_TOKEN_PIN are used where --password-file or --pin-file is not given.';

async function readSecret(file: string | undefined, variable: string): Promise<string | undefined> {
  if (file === undefined) return process.env[variable];
  const secret = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  return secret.replace(/\r?\n$/, '');
}

function present<Value>(name: string, value: Value | undefined): Record<string, Value> {
  return value === undefined ? {} : { [name]: value };
}

async function pkcs11Location(module: string, options: KeyOptions): Promise<KeyLocation> {
  const { parsePkcs11Uri } = await import('@assay/key-stores');
  const uri = module.startsWith('pkcs11:') ? parsePkcs11Uri(module) : { module };
  const pin = await readSecret(options.pinFile, 'ASSAY_TOKEN_PIN');
  const location = {
    ...uri,
    ...present('tokenLabel', options.token),
    ...present('slot', options.slot),
    ...present('keyLabel', options.keyLabel),
    ...present('keyId', options.keyId),
    ...present('certificateFile', options.certificate),
    ...present('pin', pin),
  };
  if (location.module === undefined) {
    throw new CommandError(
      EXIT.usage,
      'The pkcs11: URI does not say which module to load.',
      'Add module-path=/usr/lib/….so to its query, or pass the module itself with --pkcs11.',
    );
  }
  return { kind: 'pkcs11', ...location, module: location.module };
}

/** Where the options say that the key is. Throws CommandError when they say nothing, or not enough. */
export async function readKeyLocation(options: KeyOptions): Promise<KeyLocation> {
  const { pkcs12, key, certificate, pkcs11, keyVault } = options;
  if (pkcs12 !== undefined) {
    const password = options.password ?? (await readSecret(options.passwordFile, 'ASSAY_KEY_PASSWORD'));
    if (password === undefined) {
      throw new CommandError(
        EXIT.usage,
        `The password of ${pkcs12} is not given.`,
        'Pass --password-file FILE; an empty file for an empty password.',
      );
    }
    return { kind: 'pkcs12', file: pkcs12, password };
  }
  if (key !== undefined) {
    if (certificate === undefined) {
      throw new CommandError(EXIT.usage, '--key needs the certificate of the key.', 'Pass --certificate FILE as well.');
    }
    const password = await readSecret(options.passwordFile, 'ASSAY_KEY_PASSWORD');
    return { kind: 'pem', keyFile: key, certificateFile: certificate, ...present('password', password) };
  }
  if (pkcs11 !== undefined) return pkcs11Location(pkcs11, options);
  if (keyVault !== undefined) {
    return { kind: 'keyVault', url: keyVault, ...present('certificateFile', certificate) };
  }
  throw new CommandError(
    EXIT.usage,
    'It is not said which key signs.',
    'Pass --pkcs12 FILE --password-file FILE, --key FILE --certificate FILE, --pkcs11 MODULE or --key-vault URL.',
  );
}

/** Whether the options name a key. */
export function namesKey({ pkcs12, key, pkcs11, keyVault }: KeyOptions): boolean {
  return [pkcs12, key, pkcs11, keyVault].some((option) => option !== undefined);
}

/** Opens the key that the options name and closes it after `use`. */
export async function withSigningKey<Result>(
  options: KeyOptions,
  use: (key: OpenedKey) => Promise<Result>,
): Promise<Result> {
  const location = await readKeyLocation(options);
  const { openSigningKey } = await import('@assay/key-stores');
  const key = await openSigningKey(location);
  try {
    return await use(key);
  } finally {
    await key.close();
  }
}
