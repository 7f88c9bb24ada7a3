// Signs a file of any of the signable formats.
import type { ByteSource } from './byte-source.ts';
import { createSignedData } from './cms/index.ts';
import type { DigestAlgorithm } from './digest-algorithms.ts';
import { SigningError } from './errors.ts';
import { HEAD_BYTES, identifyFile } from './identify.ts';
import type { SigningKey } from './keys/index.ts';
import type { Rewrite } from './rewrite.ts';
import type { OpusInfo } from './spc/index.ts';

export interface SigningRequest extends OpusInfo {
  readonly key: SigningKey;
  /** SHA-256 when absent. */
  readonly digestAlgorithm?: DigestAlgorithm;
}

/**
 * The file with a signature by `key` as its only one, as pieces of the original. Throws SigningError `unknown-format` when
 * it is not an image, cabinet or catalog, and ParseError when it is malformed.
 */
export async function signFile(source: ByteSource, request: SigningRequest): Promise<Rewrite> {
  const file = identifyFile(await source.read(0, Math.min(source.size, HEAD_BYTES)));
  if (file === undefined) {
    throw new SigningError('unknown-format', 'only PE images, cabinets and security catalogs can be signed');
  }
  const digestAlgorithm = request.digestAlgorithm ?? 'sha256';
  const content = await file.content(source, digestAlgorithm);
  return file.embedSignature(source, await createSignedData({ ...request, content, digestAlgorithm }));
}
