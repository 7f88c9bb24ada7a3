// Writes PKCS#12 files (RFC 7292) as current tools do: PBES2 with AES-256 for keys and certificates, HMAC-SHA-256 over all.
import { createHmac, randomBytes } from 'node:crypto';
import { concatBytes, digestOf } from '../bytes.ts';
import { TAG, write } from '../der/index.ts';
import { DIGEST_ALGORITHMS } from '../digest-algorithms.ts';
import { SigningError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import type { Certificate } from '../x509/index.ts';
import { encryptWithPassword } from './password-encryption.ts';
import { DERIVATION_PURPOSE, derivePkcs12Bytes, pkcs12Password } from './pkcs12-key-derivation.ts';
import { keyMatchesCertificate, type LocalKey } from './signing-key.ts';

export interface Pkcs12Request extends LocalKey {
  readonly password: string;
  /** The name that key stores show. */
  readonly friendlyName?: string;
  /** Work that each guess of the password costs; 100000 when absent. */
  readonly iterations?: number;
}

function bag(type: string, value: Uint8Array, attributes: readonly Uint8Array[]): Uint8Array {
  const attributeSet = attributes.length === 0 ? [] : [write.setOf(attributes)];
  return write.sequence([write.oid(type), write.contextExplicit(0, value), ...attributeSet]);
}

function certificateBag({ bytes }: Certificate, attributes: readonly Uint8Array[]): Uint8Array {
  const value = write.sequence([write.oid(OID.x509Certificate), write.contextExplicit(0, write.octetString(bytes))]);
  return bag(OID.certificateBag, value, attributes);
}

/** ContentInfo of type data. */
function dataContent(contents: Uint8Array): Uint8Array {
  return write.sequence([write.oid(OID.data), write.contextExplicit(0, write.octetString(contents))]);
}

/** ContentInfo of type encryptedData (RFC 2315 §13). */
function encryptedContent(contents: Uint8Array, password: string, iterations: number): Uint8Array {
  const { algorithm, encrypted } = encryptWithPassword(contents, password, iterations);
  const content = write.sequence([write.oid(OID.data), algorithm, write.contextImplicit(0, encrypted)]);
  return write.sequence([
    write.oid(OID.encryptedData),
    write.contextExplicit(0, write.sequence([write.integer(0), content])),
  ]);
}

function encodeMac(contents: Uint8Array, password: string, iterations: number): Uint8Array {
  const salt = new Uint8Array(randomBytes(16));
  const { oid, size } = DIGEST_ALGORITHMS.sha256;
  const key = derivePkcs12Bytes({
    algorithm: 'sha256',
    password: pkcs12Password(password),
    salt,
    iterations,
    purpose: DERIVATION_PURPOSE.mac,
    length: size,
  });
  const mac = createHmac('sha256', key).update(contents).digest();
  return write.sequence([
    write.sequence([write.algorithmIdentifier(oid), write.octetString(mac)]),
    write.octetString(salt),
    write.integer(iterations),
  ]);
}

/** The bytes of a PKCS#12 file. Throws SigningError `key-mismatch` when key and certificate do not belong together. */
export function writePkcs12(request: Pkcs12Request): Uint8Array {
  const { privateKey, certificate, chain, password, friendlyName, iterations = 100_000 } = request;
  if (!keyMatchesCertificate(privateKey, certificate)) {
    throw new SigningError('key-mismatch', `the private key does not belong to '${certificate.subject}'`);
  }
  const localKeyId = write.octetString(digestOf('sha1', certificate.bytes));
  const attributes = [write.sequence([write.oid(OID.localKeyId), write.setOf([localKeyId])])];
  if (friendlyName !== undefined) {
    attributes.push(write.sequence([write.oid(OID.friendlyName), write.setOf([write.bmpString(friendlyName)])]));
  }
  const certificates = write.sequence([
    certificateBag(certificate, attributes),
    ...chain.map((issuer) => certificateBag(issuer, [])),
  ]);
  const keyInfo = new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' }));
  const { algorithm, encrypted } = encryptWithPassword(keyInfo, password, iterations);
  const shroudedKey = write.sequence([algorithm, write.octetString(encrypted)]);
  const keys = write.sequence([bag(OID.shroudedKeyBag, shroudedKey, attributes)]);
  const safe = write.element(
    TAG.sequence,
    concatBytes([encryptedContent(certificates, password, iterations), dataContent(keys)]),
  );
  return write.sequence([write.integer(3), dataContent(safe), encodeMac(safe, password, iterations)]);
}
