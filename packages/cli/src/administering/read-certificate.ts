// Reads a certificate out of the files in which people have theirs: PEM, DER (.cer), PKCS#12 (.p12, .pfx).
import { readFile } from 'node:fs/promises';
import { type Certificate, ParseError, parseCertificate, parsePemCertificates, readPkcs12 } from '@assay/authenticode';
import { CommandError, EXIT } from '../exit-codes.ts';

export interface PasswordOptions {
  readonly passwordFile?: string;
}

const PEM_MARK = '-----BEGIN';
/** Larger than any of these files. */
const LARGEST_FILE = 4 * 1024 * 1024;

async function readPkcs12Certificate(path: string, bytes: Uint8Array, options: PasswordOptions): Promise<Certificate> {
  const { passwordFile } = options;
  const password = passwordFile === undefined ? '' : (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, '');
  try {
    return readPkcs12(bytes, password).certificate;
  } catch (error) {
    if (error instanceof ParseError && error.code === 'wrong-password') {
      throw new CommandError(
        EXIT.validationFailed,
        `The password does not open ${path}.`,
        'Pass --password-file FILE, or give the certificate alone as .cer or .pem.',
      );
    }
    throw error;
  }
}

/**
 * The certificate in a file; of several in a PEM file, the first. Throws CommandError when there is none, ParseError when
 * what is there is malformed.
 */
export async function readCertificateFile(path: string, options: PasswordOptions = {}): Promise<Certificate> {
  const bytes = await readFile(path);
  if (bytes.length > LARGEST_FILE) throw notACertificate(path);
  const text = bytes.toString('latin1');
  if (text.includes(PEM_MARK)) {
    const [certificate] = parsePemCertificates(text);
    if (certificate === undefined) throw notACertificate(path);
    return certificate;
  }
  try {
    return parseCertificate(bytes);
  } catch (notDer) {
    if (!(notDer instanceof ParseError)) throw notDer;
    if (/\.(p12|pfx)$/i.test(path)) return readPkcs12Certificate(path, bytes, options);
    throw notACertificate(path);
  }
}

function notACertificate(path: string): CommandError {
  return new CommandError(
    EXIT.validationFailed,
    `${path} holds no certificate.`,
    'Give a certificate in PEM or DER form, or a PKCS#12 file that ends in .p12 or .pfx.',
  );
}
