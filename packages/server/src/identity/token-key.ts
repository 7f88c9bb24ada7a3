// The RSA key that signs access tokens: a PKCS#8 PEM file (RFC 5208, RFC 7468) made on first use and shared by all replicas.
import { createPrivateKey, createPublicKey, generateKeyPair, hkdfSync, type KeyObject, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';

const MODULUS_BITS = 2048;

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** The signing key with what others need to know of it. */
export interface TokenKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** RFC 7638 thumbprint of the public key. */
  readonly keyId: string;
  /** The public key as it stands in the key set, RFC 7517. */
  readonly jwk: JWK;
  /** A secret of 32 bytes for another purpose, the same on every replica that has the key file (RFC 5869). */
  deriveSecret(purpose: string): Uint8Array;
}

/** Writes a new key so that no reader sees half a file and, of several processes that try at once, the first one wins. */
async function createKeyFile(file: string): Promise<void> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: MODULUS_BITS });
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
}

async function readKeyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    await createKeyFile(file);
    return readFile(file, 'utf8');
  }
}

/**
 * Opens the token key, making the file (mode 0600) when it is missing.
 * Throws when the file is not an RSA private key of at least 2048 bits.
 */
export async function openTokenKey(file: string): Promise<TokenKey> {
  const privateKey = createPrivateKey(await readKeyFile(file));
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (privateKey.asymmetricKeyType !== 'rsa' || bits < MODULUS_BITS) {
    throw new Error(
      `The token key ${file} must be an RSA private key of at least ${MODULUS_BITS} bits. Remove the file to have a new one made.`,
    );
  }
  const publicKey = createPublicKey(privateKey);
  const parameters = await exportJWK(publicKey);
  const keyId = await calculateJwkThumbprint(parameters);
  const material = privateKey.export({ type: 'pkcs8', format: 'der' });
  return {
    privateKey,
    publicKey,
    keyId,
    jwk: { ...parameters, kid: keyId, use: 'sig', alg: 'RS256' },
    deriveSecret: (purpose) => new Uint8Array(hkdfSync('sha256', material, '', `assay ${purpose}`, 32)),
  };
}
