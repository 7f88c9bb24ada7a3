// Front door of @assay/key-stores: keys wherever they live, each as a SigningKey.
export type {
  KeyLocation,
  KeyVaultLocation,
  OpenedKey,
  OpenOptions,
  PemLocation,
  Pkcs11Location,
  Pkcs12Location,
} from './key-location.ts';
export { openSigningKey } from './open-signing-key.ts';
export { type KeyPermissions, permissionsFor } from './permissions.ts';
export { parsePkcs11Uri } from './pkcs11/uri.ts';
