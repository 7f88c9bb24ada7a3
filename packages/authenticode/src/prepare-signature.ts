// Signing in two steps, for keys that are on another machine: first the bytes that have to be signed, then the file with
// the signature over them.
import type { ByteSource } from './byte-source.ts';
import { SigningError } from './errors.ts';
import type { SigningKey } from './keys/index.ts';
import type { Rewrite } from './rewrite.ts';
import { requireSignableFile, type SigningRequest, signFile } from './sign-file.ts';
import type { Certificate } from './x509/index.ts';

export interface PreparationRequest extends Omit<SigningRequest, 'key' | 'timestamper'> {
  /** Certificate of the key that will sign. */
  readonly certificate: Certificate;
  /** Issuers of the certificate, nearest first. */
  readonly chain: readonly Certificate[];
}

export interface PreparedSignature {
  /** What the key signs (it digests these bytes itself): RSA with PKCS#1 v1.5, or ECDSA in DER. */
  readonly toBeSigned: Uint8Array;
  /** The signed file. Throws SigningError `bad-signature` when the value is not one by this certificate over these bytes. */
  finish(signatureValue: Uint8Array): Promise<Rewrite>;
}

/** Leaves `sign` once it is known what is to be signed. */
class Captured extends Error {
  override readonly name = 'Captured';
  readonly toBeSigned: Uint8Array;

  constructor(message: Uint8Array) {
    super('the bytes to be signed are known');
    this.toBeSigned = message;
  }
}

/**
 * Prepares a signature. The same request over the same file gives the same bytes each time, so the two steps may run in
 * different processes. Throws what `signFile` throws, and SigningError `not-reproducible` for formats whose signatures
 * state when they were made.
 */
export async function prepareFileSignature(
  source: ByteSource,
  { certificate, chain, ...request }: PreparationRequest,
): Promise<PreparedSignature> {
  const file = await requireSignableFile(source);
  if (!file.abilities.reproducible) {
    const message = `signing ${file.title} in two steps is not possible, as its signature states the time: sign it in one`;
    throw new SigningError('not-reproducible', message);
  }
  const signWith = (sign: SigningKey['sign']) => signFile(source, { ...request, key: { certificate, chain, sign } });
  try {
    await signWith(async (message) => {
      throw new Captured(message);
    });
  } catch (error) {
    if (error instanceof Captured) {
      return { toBeSigned: error.toBeSigned, finish: (signatureValue) => signWith(async () => signatureValue) };
    }
    throw error;
  }
  throw new SigningError('not-reproducible', `${file.title} was signed without asking the key`);
}
