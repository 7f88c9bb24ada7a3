// Keys in files: PKCS#12, and PEM with the certificate beside it. They are read once and then live in memory.
import { createPublicKey } from 'node:crypto';
import {
  createLocalKey,
  type LocalKey,
  ParseError,
  readPkcs12,
  readPrivateKeyPem,
  SigningError,
} from '@assay/authenticode';
import { chooseCertificate, readCertificateFile, readKeyFile } from '../certificate-selection.ts';
import type { OpenedKey, PemLocation, Pkcs12Location } from '../key-location.ts';

/** What the readers refuse, as what to do about it. */
const REFUSALS: ReadonlyMap<string, { readonly code: string; readonly remedy: string }> = new Map([
  ['wrong-password', { code: 'wrong-password', remedy: 'give the right password' }],
  ['password-needed', { code: 'wrong-password', remedy: 'give its password' }],
  ['no-private-key', { code: 'key-not-found', remedy: 'name a file with a private key' }],
  ['no-certificate', { code: 'certificate-not-found', remedy: 'export the key together with its certificate' }],
  ['unsupported-encryption', { code: 'unsupported-key', remedy: 'encrypt it anew with AES' }],
]);

function refusal(file: string, error: unknown): unknown {
  if (!(error instanceof ParseError)) return error;
  const { code, remedy } = REFUSALS.get(error.code) ?? {
    code: 'unreadable-key',
    remedy: 'check that it is what it should be',
  };
  return new SigningError(code, `the key in '${file}' cannot be used: ${error.message}; ${remedy}`, { cause: error });
}

function opened(key: LocalKey, description: string): OpenedKey {
  return { ...createLocalKey(key), description, close: async () => undefined };
}

/** Throws SigningError `unreadable-file`, `wrong-password`, `key-not-found`, `certificate-not-found`, `unsupported-key`, `unreadable-key`. */
export async function openPkcs12Key({ file, password }: Pkcs12Location): Promise<OpenedKey> {
  const bytes = await readKeyFile(file);
  try {
    return opened(readPkcs12(bytes, password), `PKCS#12 file '${file}'`);
  } catch (error) {
    throw refusal(file, error);
  }
}

/** Throws what `openPkcs12Key` throws, and `key-mismatch` when no certificate in the file belongs to the key. */
export async function openPemKey({ keyFile, certificateFile, password }: PemLocation): Promise<OpenedKey> {
  const text = new TextDecoder().decode(await readKeyFile(keyFile));
  const certificates = await readCertificateFile(certificateFile);
  try {
    const privateKey = readPrivateKeyPem(text, password);
    const chosen = chooseCertificate(createPublicKey(privateKey), certificates, `'${certificateFile}'`);
    return opened({ privateKey, ...chosen }, `PEM file '${keyFile}'`);
  } catch (error) {
    throw refusal(keyFile, error);
  }
}
