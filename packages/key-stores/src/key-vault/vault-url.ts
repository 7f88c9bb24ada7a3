// Addresses of keys and certificates in Azure Key Vault.
import { SigningError } from '@assay/authenticode';

export interface VaultUrl {
  /** Such as `https://name.vault.azure.net`, without a slash at the end. */
  readonly vault: string;
  readonly collection: 'certificates' | 'keys';
  readonly name: string;
  /** Absent means the newest. */
  readonly version: string | undefined;
}

/** Names in a vault are 1 to 127 letters, digits and hyphens; versions are 32 hexadecimal digits. */
const PATH = /^\/(certificates|keys)\/([0-9A-Za-z-]{1,127})(?:\/([0-9A-Za-z]{1,64}))?\/?$/;

/** Takes an address apart. Throws SigningError `bad-key-vault-url`. */
export function parseVaultUrl(text: string): VaultUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const match = url && PATH.exec(url.pathname);
  // Credentials in an address would end up in logs, so they are refused without being repeated.
  const plain =
    url?.protocol === 'https:' && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  const [, collection, name, version] = match ?? [];
  if (url === undefined || !plain || name === undefined) {
    const forms = 'https://NAME.vault.azure.net/certificates/CERTIFICATE[/VERSION] or …/keys/KEY[/VERSION]';
    throw new SigningError('bad-key-vault-url', `the address of the key is not of the form ${forms}`);
  }
  return { vault: url.origin, collection: collection === 'keys' ? 'keys' : 'certificates', name, version };
}
