// The certificate and key with which an application signs its client assertions, out of the files that Azure's libraries
// take too: PEM with both, or PKCS#12.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ParseError, readPkcs12 } from '@assay/authenticode';
import { CommandError, EXIT } from '../exit-codes.ts';

const PEM_MARK = '-----BEGIN';

export interface KeyAndCertificate {
  /** DER of the certificate. */
  readonly certificate: Uint8Array;
  /** PKCS#8 DER of an RSA key. */
  readonly privateKey: Uint8Array;
}

interface Found {
  readonly certificate: Uint8Array;
  readonly privateKey: KeyObject;
}

function unusable(path: string, reason: string, remedy: string): CommandError {
  return new CommandError(EXIT.authentication, `The certificate file ${path} ${reason}.`, remedy);
}

function readPem(path: string, text: string, password: string | undefined): Found {
  const remedy = 'Give a PEM file with the certificate and its private key, or a PKCS#12 file.';
  const certificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(text)?.[0];
  const key = /-----BEGIN ((?:RSA |ENCRYPTED )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/.exec(text)?.[0];
  if (certificate === undefined) throw unusable(path, 'holds no certificate', remedy);
  if (key === undefined) throw unusable(path, 'holds no private key', remedy);
  try {
    const privateKey = createPrivateKey({ key, ...(password === undefined ? {} : { passphrase: password }) });
    return { certificate: new X509Certificate(certificate).raw, privateKey };
  } catch {
    // What OpenSSL says of a wrong password differs from version to version.
    throw unusable(path, 'cannot be opened', 'Check AZURE_CLIENT_CERTIFICATE_PASSWORD, and that the file is whole.');
  }
}

/**
 * Reads certificate and key out of a PEM or PKCS#12 file. Throws CommandError when they are not there, cannot be opened, or
 * do not belong together.
 */
export async function readAssertionKey(path: string, password: string | undefined): Promise<KeyAndCertificate> {
  const bytes = await readFile(path);
  const text = bytes.toString('latin1');
  let key: Found;
  if (text.includes(PEM_MARK)) key = readPem(path, text, password);
  else {
    try {
      const found = readPkcs12(bytes, password ?? '');
      key = { certificate: found.certificate.bytes, privateKey: found.privateKey };
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      const remedy =
        error.code === 'wrong-password'
          ? 'Set AZURE_CLIENT_CERTIFICATE_PASSWORD, or pass --client-certificate-password-file FILE.'
          : 'Give a PEM file with the certificate and its private key, or a PKCS#12 file.';
      throw unusable(path, `cannot be opened: ${error.message}`, remedy);
    }
  }
  if (key.privateKey.asymmetricKeyType !== 'rsa') {
    throw unusable(path, 'holds a key that is not RSA', 'Authorities take assertions of RSA keys alone.');
  }
  if (!new X509Certificate(key.certificate).checkPrivateKey(key.privateKey)) {
    throw unusable(path, 'holds a key that does not belong to its certificate', 'Put the key of the certificate in.');
  }
  const privateKey = key.privateKey.export({ type: 'pkcs8', format: 'der' });
  return { certificate: new Uint8Array(key.certificate), privateKey: new Uint8Array(privateKey) };
}
