// Private keys in PEM text: PKCS#8 plain or encrypted, and the older forms that OpenSSL knows (PKCS#1, SEC1).
import { Buffer } from 'node:buffer';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { decodeDer, readOctetString, TAG } from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { decryptWithPassword } from './password-encryption.ts';
import { pkcs12Password } from './pkcs12-key-derivation.ts';

/** The first line of a block with a private key: PKCS#8 (RFC 7468 §10 and §11), PKCS#1 or SEC1. Other blocks may stand beside it. */
const KEY_BEGIN = /-----BEGIN ((?:ENCRYPTED |RSA |EC )?PRIVATE KEY)-----/;
const ENCRYPTED_PKCS8 = 'ENCRYPTED PRIVATE KEY';
/** How the older forms say that they are encrypted (RFC 1421 §4.6.1.1). */
const ENCRYPTED_HEADER = /^\s*Proc-Type:\s*4,\s*ENCRYPTED/;
/** Longest text that is searched for a key, in characters. */
const MAXIMUM_TEXT = 4 * 1024 * 1024;

function keyError(code: string, message: string): ParseError {
  return new ParseError('pkcs8', code, message);
}

/**
 * Reads the first private key in a PEM text; a password is used only when that key is encrypted. Throws ParseError
 * `no-private-key`, `password-needed` when it is encrypted and no password was given, `wrong-password`,
 * `unsupported-encryption`, or `unreadable-key`.
 */
export function readPrivateKeyPem(text: string, password?: string): KeyObject {
  if (text.length > MAXIMUM_TEXT) throw keyError('too-large', `a key of ${text.length} characters is too large`);
  const [begin = '', label] = KEY_BEGIN.exec(text) ?? [];
  const start = label === undefined ? -1 : text.indexOf(begin);
  const bodyEnd = start === -1 ? -1 : text.indexOf('-----END ', start);
  const end = `-----END ${label}-----`;
  const body = text.slice(start + begin.length, bodyEnd);
  const block = text.slice(start, bodyEnd + end.length);
  if (bodyEnd === -1 || !block.endsWith(end)) {
    throw keyError('no-private-key', 'the text holds no private key: there is no BEGIN … PRIVATE KEY block');
  }
  if (label !== ENCRYPTED_PKCS8 && !ENCRYPTED_HEADER.test(body)) {
    try {
      return createPrivateKey({ key: block, format: 'pem' });
    } catch {
      throw keyError('unreadable-key', 'the private key is malformed or of an unknown kind');
    }
  }
  if (password === undefined) throw keyError('password-needed', 'the private key is encrypted: a password is needed');
  try {
    return createPrivateKey({ key: block, format: 'pem', passphrase: password });
  } catch (error) {
    // OpenSSL 3 no longer offers the RC2 of old tools to Node.
    if (label === ENCRYPTED_PKCS8 && isUnsupported(error)) return decryptPkcs8(body, password);
    if (isUnsupported(error)) throw keyError('unsupported-encryption', `${UNSUPPORTED}: encrypt the key anew`);
    throw keyError('wrong-password', 'the password of the private key is wrong, or the key is damaged');
  }
}

const UNSUPPORTED = 'the encryption of the private key is not supported';

function isUnsupported(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_OSSL_EVP_UNSUPPORTED';
}

/** EncryptedPrivateKeyInfo, RFC 5958 §3. */
function decryptPkcs8(body: string, text: string): KeyObject {
  try {
    const parts = decodeDer(Buffer.from(body, 'base64')).parts(TAG.sequence, 'the encrypted private key');
    const algorithm = parts.next('algorithm');
    const data = readOctetString(parts.next('data'), 'the encrypted key');
    parts.end();
    const der = decryptWithPassword(algorithm, { text, pkcs12: pkcs12Password(text) }, data);
    return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  } catch (error) {
    if (!(error instanceof ParseError)) {
      throw keyError('wrong-password', 'the password of the private key is wrong, or the key is damaged');
    }
    if (error.code === 'unsupported-encryption') {
      throw keyError('unsupported-encryption', `${UNSUPPORTED} (${error.message}): encrypt the key anew`);
    }
    throw keyError(error.code, error.message);
  }
}
