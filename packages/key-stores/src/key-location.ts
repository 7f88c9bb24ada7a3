// Where a signing key can live, and what a key is once it was opened.
import type { SigningKey } from '@assay/authenticode';
import type { TokenCredential } from '@azure/identity';

/** A PKCS#12 file (.p12, .pfx) with the key, its certificate and the issuers. */
export interface Pkcs12Location {
  readonly kind: 'pkcs12';
  readonly file: string;
  readonly password: string;
}

/** A private key in PEM, plain or encrypted, and its certificate in a file beside it. */
export interface PemLocation {
  readonly kind: 'pem';
  /** PKCS#8 plain or encrypted, PKCS#1 or SEC1. */
  readonly keyFile: string;
  /** The certificate of the key and its issuers in any order: PEM, or the DER of one certificate. */
  readonly certificateFile: string;
  readonly password?: string;
}

/** A key in a smart card, a USB token or a hardware security module, reached by the PKCS#11 module of its maker. */
export interface Pkcs11Location {
  readonly kind: 'pkcs11';
  /** Path of the module: a .so, .dylib or .dll. */
  readonly module: string;
  /** The token, by what it says of itself; not needed when the module has only one. */
  readonly tokenLabel?: string;
  readonly tokenSerial?: string;
  readonly tokenModel?: string;
  readonly tokenManufacturer?: string;
  /** Identifier of the slot as the module numbers it. Many modules number anew at each start: prefer a label or a serial number. */
  readonly slot?: number;
  /** Absent when the token needs none, or asks for it on its own keypad. */
  readonly pin?: string;
  /** CKA_LABEL of the private key; not needed when the token holds only one. */
  readonly keyLabel?: string;
  /** CKA_ID of the private key, in hexadecimal. */
  readonly keyId?: string;
  /** Certificates in PEM or DER, when the token holds none or not the issuers. */
  readonly certificateFile?: string;
}

/** A key in Azure Key Vault or in a managed HSM. */
export interface KeyVaultLocation {
  readonly kind: 'keyVault';
  /** `https://NAME.vault.azure.net/certificates/CERTIFICATE[/VERSION]` or `…/keys/KEY[/VERSION]`. */
  readonly url: string;
  /** Certificates in PEM or DER: the issuers, and the certificate itself when the vault holds only the key. */
  readonly certificateFile?: string;
}

export type KeyLocation = Pkcs12Location | PemLocation | Pkcs11Location | KeyVaultLocation;

/** A signing key that was opened, until it is closed. */
export interface OpenedKey extends SigningKey {
  /** Where it lives, for a log or a list, such as `PKCS#11 token 'Signing', key 'release'`. Holds no secret. */
  readonly description: string;
  /** Gives back what the key holds: sessions, connections. Signatures that were asked for before are still made. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Who asks Key Vault; `DefaultAzureCredential` of @azure/identity when absent. */
  readonly credential?: TokenCredential;
}
