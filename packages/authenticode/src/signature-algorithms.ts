// Public-key signature algorithms as they stand in certificates and in SignerInfos, and checking with them.
// Sources: RFC 3279 §2.2, RFC 4055 §5, RFC 5758 §3.2; rsaEncryption alone is how PKCS#7 names RSA with PKCS#1 v1.5.
import { constants, type KeyObject, publicDecrypt, verify } from 'node:crypto';
import { digestOf, equalBytes } from './bytes.ts';
import type { DigestAlgorithm } from './digest-algorithms.ts';
import { ParseError, SigningError } from './errors.ts';
import { OID } from './object-identifiers.ts';
import { readPssParameters } from './rsa-pss-parameters.ts';

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

/** Which algorithm made a signature, and with which key it is checked. */
export interface SignatureCheck {
  readonly algorithm: string;
  /** DER of the algorithm's parameters; only RSASSA-PSS looks at them. */
  readonly parameters?: Uint8Array | undefined;
  /** The digest that stands beside the signature; where `algorithm` implies one itself, both must agree. */
  readonly digest?: DigestAlgorithm;
  readonly key: KeyObject;
}

/** Runs node:crypto's verification; undefined when the signature is right. */
function checkWith(
  key: Parameters<typeof verify>[2],
  digest: DigestAlgorithm,
  message: Uint8Array,
  signature: Uint8Array,
): string | undefined {
  try {
    return verify(digest, message, key, signature) ? undefined : 'the signature is not by this key over these bytes';
  } catch (cause) {
    return `the signature could not be checked: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

function checkPss(how: SignatureCheck, message: Uint8Array, signature: Uint8Array): string | undefined {
  const { key } = how;
  if (key.asymmetricKeyType !== 'rsa' && key.asymmetricKeyType !== 'rsa-pss') {
    return `RSASSA-PSS does not go with a key of type '${key.asymmetricKeyType}'`;
  }
  try {
    const { digest, saltLength } = readPssParameters(how.parameters);
    if (how.digest !== undefined && how.digest !== digest) {
      return `RSASSA-PSS with ${digest} does not go with digest algorithm ${how.digest}`;
    }
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    return checkWith({ key, padding, saltLength }, digest, message, signature);
  } catch (error) {
    if (error instanceof ParseError) return error.message;
    throw error;
  }
}

/**
 * Whether `signature` is RSA with PKCS#1 v1.5 padding over the bare digest of `message`, without the DigestInfo that names
 * the algorithm (RFC 8017 §9.2 demands it). Some of the old time-stamp authorities sign so.
 */
export function isBareDigestSignature(
  { algorithm, digest, key }: SignatureCheck,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (algorithm !== OID.rsaEncryption || digest === undefined || key.asymmetricKeyType !== 'rsa') return false;
  try {
    const signed = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
    return equalBytes(signed, digestOf(digest, message));
  } catch {
    // OpenSSL throws for wrong padding or length.
    return false;
  }
}

/** Checks a signature over `message`. Returns undefined when it is right, otherwise what is wrong. */
export function checkSignature(how: SignatureCheck, message: Uint8Array, signature: Uint8Array): string | undefined {
  const { algorithm, digest, key } = how;
  if (algorithm === OID.rsaPss) return checkPss(how, message, signature);
  const facts = SIGNATURE_ALGORITHMS.get(algorithm);
  const effective = digest ?? facts?.digest;
  if (facts === undefined || effective === undefined) return `signature algorithm ${algorithm} is not supported`;
  if (facts.digest !== undefined && facts.digest !== effective) {
    return `signature algorithm ${algorithm} does not go with digest algorithm ${effective}`;
  }
  if (key.asymmetricKeyType !== facts.keyType) {
    return `signature algorithm ${algorithm} does not go with a key of type '${key.asymmetricKeyType}'`;
  }
  return checkWith(key, effective, message, signature);
}
