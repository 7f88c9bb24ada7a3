// A key that can sign, together with the certificate that speaks for it. Where the private half lives is its own business:
// in memory, in a file, in a hardware module.
import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { SigningError } from '../errors.ts';
import { signingKeyType } from '../signature-algorithms.ts';
import type { Certificate } from '../x509/index.ts';

export interface SigningKey {
  readonly certificate: Certificate;
  /** Issuers of the certificate, nearest first; the certificate itself is not among them. */
  readonly chain: readonly Certificate[];
  /** Signs `message` (not its digest): RSA with PKCS#1 v1.5, or ECDSA in DER. */
  sign(message: Uint8Array, algorithm: DigestAlgorithm): Promise<Uint8Array>;
}

/** A private key in memory with its certificate and the issuers of that. */
export interface LocalKey {
  readonly privateKey: KeyObject;
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
}

/** Whether the private key is the other half of the certificate's public key. */
export function keyMatchesCertificate(privateKey: KeyObject, certificate: Certificate): boolean {
  const { publicKey } = certificate;
  // Node leaves an error behind when it compares keys of different types, and the next key that it reads fails with that.
  return privateKey.asymmetricKeyType === publicKey.asymmetricKeyType && createPublicKey(privateKey).equals(publicKey);
}

/** A signing key in this process. Throws SigningError `unsupported-key` or `key-mismatch`. */
export function createLocalKey({ privateKey, certificate, chain }: LocalKey): SigningKey {
  signingKeyType(privateKey);
  if (!keyMatchesCertificate(privateKey, certificate)) {
    const message = `the private key does not belong to the certificate '${certificate.subject}'`;
    throw new SigningError('key-mismatch', message);
  }
  return {
    certificate,
    chain,
    sign(message, algorithm) {
      return new Promise((resolve, reject) => {
        sign(algorithm, message, privateKey, (error, signature) => {
          if (error === null) resolve(new Uint8Array(signature));
          else reject(new SigningError('signing-failed', 'the private key could not sign', { cause: error }));
        });
      });
    },
  };
}
