// Opens a signing key wherever it lives. What a kind of place needs is loaded when the first key of that kind is opened.
import { SigningError } from '@assay/authenticode';
import { openPemKey, openPkcs12Key } from './files/open-file-key.ts';
import type { KeyLocation, OpenedKey, OpenOptions } from './key-location.ts';

/**
 * Opens the key at `location`: finds it and its certificate, and checks that they belong together. Throws SigningError
 * whose message says what to do: `key-not-found`, `ambiguous-key`, `certificate-not-found`, `key-mismatch`,
 * `unsupported-key`, `unreadable-key`, `unreadable-file`, `wrong-password`; of PKCS#11 also `module-not-loaded`, `token-not-found`,
 * `ambiguous-token`, `pin-needed`, `wrong-pin`, `pin-locked`, `token-refused`; of Key Vault also `bad-key-vault-url` and
 * `key-vault-refused`. No message holds a password, a PIN or a token.
 */
export async function openSigningKey(location: KeyLocation, options: OpenOptions = {}): Promise<OpenedKey> {
  switch (location.kind) {
    case 'pkcs12':
      return await openPkcs12Key(location);
    case 'pem':
      return await openPemKey(location);
    case 'pkcs11': {
      const { openPkcs11Key } = await importPkcs11();
      return await openPkcs11Key(location);
    }
    case 'keyVault': {
      const { openKeyVaultKey } = await import('./key-vault/open-key-vault-key.ts');
      return await openKeyVaultKey(location, options);
    }
  }
}

/** Native code is not there for every system, and not every process may load it. */
async function importPkcs11(): Promise<typeof import('./pkcs11/open-pkcs11-key.ts')> {
  try {
    return await import('./pkcs11/open-pkcs11-key.ts');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SigningError(
      'module-not-loaded',
      `PKCS#11 needs the package koffi with its native code for ${process.platform} ${process.arch}, which cannot be loaded (${reason}): install it, and allow native addons if the process is confined`,
      { cause },
    );
  }
}
