// Encryption under a password as PKCS#12 files use it: PBES2 (RFC 8018 §6.2) and the old schemes of RFC 7292 appendix C.
import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from 'node:crypto';
import { concatBytes } from '../bytes.ts';
import {
  type DerElement,
  type DerParts,
  readOctetString,
  readOid,
  readSmallInteger,
  TAG,
  write,
} from '../der/index.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { DERIVATION_PURPOSE, derivePkcs12Bytes } from './pkcs12-key-derivation.ts';
import { decryptRc2Cbc } from './rc2.ts';

/** A password in both of the forms that files use. */
export interface Password {
  /** PBES2 takes its UTF-8. */
  readonly text: string;
  /** The old schemes take UTF-16 with a NUL at the end; see `pkcs12Password`. */
  readonly pkcs12: Uint8Array;
}

/** Most iterations that a file may ask for; a hostile one could otherwise keep the process busy for hours. */
const MAXIMUM_ITERATIONS = 1_000_000;
const MAXIMUM_SALT_BYTES = 1024;

const PRF_DIGESTS: ReadonlyMap<string, DigestAlgorithm> = new Map<string, DigestAlgorithm>([
  [OID.hmacWithSha1, 'sha1'],
  [OID.hmacWithSha256, 'sha256'],
  [OID.hmacWithSha384, 'sha384'],
  [OID.hmacWithSha512, 'sha512'],
]);

interface CipherFacts {
  readonly cipher: string;
  readonly keyBytes: number;
  readonly ivBytes: number;
}

const PBES2_CIPHERS: ReadonlyMap<string, CipherFacts> = new Map([
  [OID.aes128Cbc, { cipher: 'aes-128-cbc', keyBytes: 16, ivBytes: 16 }],
  [OID.aes192Cbc, { cipher: 'aes-192-cbc', keyBytes: 24, ivBytes: 16 }],
  [OID.aes256Cbc, { cipher: 'aes-256-cbc', keyBytes: 32, ivBytes: 16 }],
  [OID.desEde3Cbc, { cipher: 'des-ede3-cbc', keyBytes: 24, ivBytes: 8 }],
]);

type LegacyDecryption = (key: Uint8Array, iv: Uint8Array, data: Uint8Array) => Uint8Array;

/** RFC 7292 appendix C: key bytes to derive, and how to decrypt with them. All use SHA-1 and 8-byte blocks. */
const LEGACY_SCHEMES: ReadonlyMap<string, { readonly keyBytes: number; readonly decrypt: LegacyDecryption }> = new Map([
  [OID.pbeSha1TripleDes3Key, { keyBytes: 24, decrypt: decryptTripleDes }],
  [
    OID.pbeSha1TripleDes2Key,
    {
      keyBytes: 16,
      decrypt: (key: Uint8Array, iv: Uint8Array, data: Uint8Array) =>
        decryptTripleDes(concatBytes([key, key.subarray(0, 8)]), iv, data),
    },
  ],
  [OID.pbeSha1Rc2With128Bits, { keyBytes: 16, decrypt: rc2Decryption(128) }],
  [OID.pbeSha1Rc2With40Bits, { keyBytes: 5, decrypt: rc2Decryption(40) }],
]);

function decryptTripleDes(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  return decryptWith('des-ede3-cbc', key, iv, data);
}

function rc2Decryption(effectiveBits: number): LegacyDecryption {
  return (key, iv, data) => withoutPadding(decryptRc2Cbc({ key, effectiveBits, iv }, data));
}

function cannotDecrypt(): ParseError {
  return new ParseError(
    'pkcs12',
    'wrong-password',
    'the data cannot be decrypted: the password is wrong or the file damaged',
  );
}

/** PKCS#7 padding (RFC 5652 §6.3) of 8-byte blocks. */
function withoutPadding(data: Uint8Array): Uint8Array {
  const count = data.at(-1) ?? 0;
  if (count < 1 || count > 8 || data.subarray(-count).some((octet) => octet !== count)) throw cannotDecrypt();
  return data.subarray(0, -count);
}

function decryptWith(cipher: string, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  try {
    const decipher = createDecipheriv(cipher, key, iv);
    return new Uint8Array(Buffer.concat([decipher.update(data), decipher.final()]));
  } catch {
    throw cannotDecrypt();
  }
}

/** Reads a count of iterations within the limit. */
export function readIterations(element: DerElement): number {
  const iterations = readSmallInteger(element, 'the count of iterations');
  if (iterations < 1 || iterations > MAXIMUM_ITERATIONS) {
    const message = `${iterations} iterations are not between 1 and ${MAXIMUM_ITERATIONS}`;
    throw new ParseError('pkcs12', 'bad-iterations', message, element.offset);
  }
  return iterations;
}

/** Reads a salt of sensible size. */
export function readSalt(element: DerElement): Uint8Array {
  const salt = readOctetString(element, 'the salt');
  if (salt.length > MAXIMUM_SALT_BYTES) {
    throw new ParseError('pkcs12', 'bad-salt', `a salt of ${salt.length} bytes is too long`, element.offset);
  }
  return salt;
}

function unsupported(what: string, element: DerElement): ParseError {
  return new ParseError('pkcs12', 'unsupported-encryption', `${what} is not supported`, element.offset);
}

/** Decrypts `data` under the scheme that the AlgorithmIdentifier names. Throws ParseError `wrong-password` or `unsupported-encryption`. */
export function decryptWithPassword(algorithm: DerElement, password: Password, data: Uint8Array): Uint8Array {
  const parts = algorithm.parts(TAG.sequence, 'the encryption algorithm');
  const scheme = readOid(parts.next('identifier'), 'the encryption algorithm');
  const parameters = parts.next('parameters').parts(TAG.sequence, 'the encryption parameters');
  if (scheme === OID.pbes2) return decryptPbes2(parameters, password.text, data);
  const legacy = LEGACY_SCHEMES.get(scheme);
  if (legacy === undefined) throw unsupported(`encryption scheme ${scheme}`, algorithm);
  const salt = readSalt(parameters.next('salt'));
  const iterations = readIterations(parameters.next('iterations'));
  const derive = (purpose: number, length: number) =>
    derivePkcs12Bytes({ algorithm: 'sha1', password: password.pkcs12, salt, iterations, purpose, length });
  return legacy.decrypt(derive(DERIVATION_PURPOSE.key, legacy.keyBytes), derive(DERIVATION_PURPOSE.iv, 8), data);
}

function decryptPbes2(parameters: DerParts, password: string, data: Uint8Array): Uint8Array {
  const derivationElement = parameters.next('key derivation');
  const derivation = derivationElement.parts(TAG.sequence, 'the key derivation');
  const derivationType = readOid(derivation.next('identifier'), 'the key derivation');
  if (derivationType !== OID.pbkdf2) throw unsupported(`key derivation ${derivationType}`, derivationElement);
  const derivationParts = derivation.next('parameters').parts(TAG.sequence, 'the PBKDF2 parameters');
  const salt = readSalt(derivationParts.next('salt'));
  const iterations = readIterations(derivationParts.next('iterations'));
  derivationParts.optional(TAG.integer);
  const prfElement = derivationParts.optional(TAG.sequence);
  const prf = prfElement?.parts(TAG.sequence, 'the PRF').next('identifier');
  const digest = PRF_DIGESTS.get(prf === undefined ? OID.hmacWithSha1 : readOid(prf, 'the PRF'));
  if (digest === undefined) throw unsupported('the PRF of the key derivation', derivationElement);

  const cipherElement = parameters.next('cipher');
  const cipherParts = cipherElement.parts(TAG.sequence, 'the cipher');
  const facts = PBES2_CIPHERS.get(readOid(cipherParts.next('identifier'), 'the cipher'));
  if (facts === undefined) throw unsupported('the cipher', cipherElement);
  const iv = readOctetString(cipherParts.next('initial vector'), 'the initial vector');
  if (iv.length !== facts.ivBytes) throw unsupported(`an initial vector of ${iv.length} bytes`, cipherElement);
  const key = pbkdf2Sync(password, salt, iterations, facts.keyBytes, digest);
  return decryptWith(facts.cipher, key, iv, data);
}

/** Encrypts under PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC. Returns the AlgorithmIdentifier and the encrypted bytes. */
export function encryptWithPassword(
  data: Uint8Array,
  password: string,
  iterations: number,
): { algorithm: Uint8Array; encrypted: Uint8Array } {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync(password, salt, iterations, 32, 'sha256'), iv);
  const encrypted = new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()]));
  const derivation = write.sequence([
    write.octetString(salt),
    write.integer(iterations),
    write.algorithmIdentifier(OID.hmacWithSha256),
  ]);
  const algorithm = write.sequence([
    write.oid(OID.pbes2),
    write.sequence([
      write.sequence([write.oid(OID.pbkdf2), derivation]),
      write.sequence([write.oid(OID.aes256Cbc), write.octetString(iv)]),
    ]),
  ]);
  return { algorithm, encrypted };
}
