// Public-key signature algorithms as they stand in certificates and in SignerInfos, and checking with them.
// Sources: RFC 3279 §2.2, RFC 4055 §5, RFC 5758 §3.2; rsaEncryption alone is how PKCS#7 names RSA with PKCS#1 v1.5.
import { type KeyObject, verify } from 'node:crypto';
import type { DigestAlgorithm } from './digest-algorithms.ts';
import { SigningError } from './errors.ts';
import { OID } from './object-identifiers.ts';

export type KeyType = 'rsa' | 'ec';

interface SignatureAlgorithmFacts {
  readonly keyType: KeyType;
  /** The digest that the identifier implies; undefined when it is named elsewhere. */
  readonly digest: DigestAlgorithm | undefined;
}

const SIGNATURE_ALGORITHMS: ReadonlyMap<string, SignatureAlgorithmFacts> = new Map<string, SignatureAlgorithmFacts>([
  [OID.rsaEncryption, { keyType: 'rsa', digest: undefined }],
  [OID.sha1WithRsa, { keyType: 'rsa', digest: 'sha1' }],
  [OID.sha256WithRsa, { keyType: 'rsa', digest: 'sha256' }],
  [OID.sha384WithRsa, { keyType: 'rsa', digest: 'sha384' }],
  [OID.sha512WithRsa, { keyType: 'rsa', digest: 'sha512' }],
  [OID.ecPublicKey, { keyType: 'ec', digest: undefined }],
  [OID.ecdsaWithSha1, { keyType: 'ec', digest: 'sha1' }],
  [OID.ecdsaWithSha256, { keyType: 'ec', digest: 'sha256' }],
  [OID.ecdsaWithSha384, { keyType: 'ec', digest: 'sha384' }],
  [OID.ecdsaWithSha512, { keyType: 'ec', digest: 'sha512' }],
]);

/** The identifier of ECDSA with this digest. */
export const ECDSA_WITH: Readonly<Record<DigestAlgorithm, string>> = {
  sha1: OID.ecdsaWithSha1,
  sha256: OID.ecdsaWithSha256,
  sha384: OID.ecdsaWithSha384,
  sha512: OID.ecdsaWithSha512,
};

/** 'rsa' or 'ec'; throws SigningError `unsupported-key` for any other key. */
export function signingKeyType(key: KeyObject): KeyType {
  const type = key.asymmetricKeyType;
  if (type === 'rsa' || type === 'ec') return type;
  throw new SigningError(
    'unsupported-key',
    `a key of type '${type ?? key.type}' cannot be used; make an RSA or EC key`,
  );
}

/**
 * Checks a signature over `message`. Returns undefined when it is right, otherwise what is wrong. `digest` is the
 * algorithm that stands beside the signature; where `algorithm` implies one itself, both must agree.
 */
export function checkSignature(
  { algorithm, digest, key }: { algorithm: string; digest?: DigestAlgorithm; key: KeyObject },
  message: Uint8Array,
  signature: Uint8Array,
): string | undefined {
  const facts = SIGNATURE_ALGORITHMS.get(algorithm);
  const effective = digest ?? facts?.digest;
  if (facts === undefined || effective === undefined) return `signature algorithm ${algorithm} is not supported`;
  if (facts.digest !== undefined && facts.digest !== effective) {
    return `signature algorithm ${algorithm} does not go with digest algorithm ${effective}`;
  }
  if (key.asymmetricKeyType !== facts.keyType) {
    return `signature algorithm ${algorithm} does not go with a key of type '${key.asymmetricKeyType}'`;
  }
  try {
    return verify(effective, message, key, signature) ? undefined : 'the signature is not by this key over these bytes';
  } catch (cause) {
    return `the signature could not be checked: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}
