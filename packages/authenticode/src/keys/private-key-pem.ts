// Private keys in PEM text: PKCS#8 plain or encrypted, and the older forms that OpenSSL knows.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { ParseError } from '../errors.ts';

/** Stands in the BEGIN line of encrypted PKCS#8 (RFC 7468 §11) and in the Proc-Type line of older forms (RFC 1421). */
const ENCRYPTED_MARK = 'ENCRYPTED';

/**
 * Reads the first private key in a PEM text. Throws ParseError `password-needed` when it is encrypted and no password was
 * given, `unreadable-key` when it cannot be read or the password is wrong.
 */
export function readPrivateKeyPem(text: string, password?: string): KeyObject {
  try {
    return createPrivateKey({ key: text, format: 'pem', ...(password === undefined ? {} : { passphrase: password }) });
  } catch {
    if (password === undefined && text.includes(ENCRYPTED_MARK)) {
      throw new ParseError('pkcs8', 'password-needed', 'the private key is encrypted: a password is needed');
    }
    const message = 'the private key cannot be read: it is malformed, of an unknown kind, or the password is wrong';
    throw new ParseError('pkcs8', 'unreadable-key', message);
  }
}
