// Client assertions: a JWT that an application signs with the key of its certificate (RFC 7523 §3, RFC 7515 §4.1), as
// Entra ID documents them ("Microsoft identity platform application authentication certificate credentials").
import { base64, base64url } from './base64.ts';
import type { GetAssertion } from './token-source.ts';

export type AssertionAlgorithm = 'PS256' | 'RS256';

export interface AssertionKey {
  readonly clientId: string;
  /** An RSA key for signing: PKCS#8 DER, or a key of Web Crypto, whose algorithm then decides between PS256 and RS256. */
  readonly privateKey: CryptoKey | Uint8Array;
  /** DER of the certificate, or of the chain with the certificate first. */
  readonly certificate: Uint8Array | readonly Uint8Array[];
  /** PS256 unless given; RS256 is for authorities that know nothing newer, such as AD FS. */
  readonly algorithm?: AssertionAlgorithm;
}

interface Signing {
  /** Of the key. */
  readonly key: { readonly name: string; readonly hash: string };
  /** Of a signature. */
  readonly parameters: { readonly name: string; readonly saltLength?: number };
  /** The header that names the certificate by its digest (RFC 7515 §4.1.7, §4.1.8). */
  readonly thumbprint: { readonly header: string; readonly digest: string };
}

const SIGNING: Readonly<Record<AssertionAlgorithm, Signing>> = {
  PS256: {
    key: { name: 'RSA-PSS', hash: 'SHA-256' },
    parameters: { name: 'RSA-PSS', saltLength: 32 },
    thumbprint: { header: 'x5t#S256', digest: 'SHA-256' },
  },
  RS256: {
    key: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    parameters: { name: 'RSASSA-PKCS1-v1_5' },
    thumbprint: { header: 'x5t', digest: 'SHA-1' },
  },
};

/** How long an assertion is good for, in seconds. */
const LIFETIME = 600;

function isCryptoKey(key: CryptoKey | Uint8Array): key is CryptoKey {
  return !(key instanceof Uint8Array);
}

/** The algorithm that a key of Web Crypto is made for. Throws TypeError for a key that cannot sign assertions. */
function algorithmOf({ algorithm, usages }: CryptoKey): AssertionAlgorithm {
  const { name, hash } = algorithm as { name: string; hash?: { name: string } };
  const found = (Object.keys(SIGNING) as AssertionAlgorithm[]).find(
    (candidate) => SIGNING[candidate].key.name === name,
  );
  if (found === undefined || hash?.name !== 'SHA-256' || !usages.includes('sign')) {
    throw new TypeError('The key must be one of RSA-PSS or RSASSA-PKCS1-v1_5 with SHA-256 that may sign.');
  }
  return found;
}

function encodeJson(value: unknown): string {
  return base64url(new TextEncoder().encode(JSON.stringify(value)));
}

async function importKey(privateKey: CryptoKey | Uint8Array, algorithm: Signing['key']): Promise<CryptoKey> {
  if (isCryptoKey(privateKey)) return privateKey;
  try {
    return await crypto.subtle.importKey('pkcs8', privateKey as Uint8Array<ArrayBuffer>, algorithm, false, ['sign']);
  } catch (cause) {
    throw new TypeError('The private key is no RSA key in PKCS#8 DER.', { cause });
  }
}

/**
 * Makes assertions with a certificate, for `clientAssertionCredential`. Throws TypeError for a key that does not fit; for
 * bytes that are no key at all, with the first assertion.
 */
export function certificateAssertion({ clientId, privateKey, certificate, algorithm }: AssertionKey): GetAssertion {
  const chain = certificate instanceof Uint8Array ? [certificate] : certificate;
  const [leaf] = chain;
  if (leaf === undefined) throw new TypeError('Give the certificate that belongs to the key.');
  const name = isCryptoKey(privateKey) ? algorithmOf(privateKey) : (algorithm ?? 'PS256');
  if (algorithm !== undefined && algorithm !== name) {
    throw new TypeError(`The key is one for ${name} and cannot sign with ${algorithm}.`);
  }
  const { key: keyAlgorithm, parameters, thumbprint } = SIGNING[name];
  let imported: Promise<CryptoKey> | undefined;

  return async (audience) => {
    imported ??= importKey(privateKey, keyAlgorithm);
    const key = await imported;
    const digest = await crypto.subtle.digest(thumbprint.digest, leaf as Uint8Array<ArrayBuffer>);
    const header = {
      alg: name,
      typ: 'JWT',
      [thumbprint.header]: base64url(new Uint8Array(digest)),
      x5c: chain.map(base64),
    };
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      aud: audience,
      iss: clientId,
      sub: clientId,
      nbf: now,
      iat: now,
      exp: now + LIFETIME,
      jti: crypto.randomUUID(),
    };
    const text = `${encodeJson(header)}.${encodeJson(claims)}`;
    const signature = await crypto.subtle.sign(parameters, key, new TextEncoder().encode(text));
    return `${text}.${base64url(new Uint8Array(signature))}`;
  };
}
