// Digests an image for a signature that needs more than the inventory has: another algorithm, or page hashes.
import { ParseError, parseIndirectData, pe, SigningError } from '@assay/authenticode';
import type { DigestImageAnswer, DigestImageRequest } from '../protocol.ts';
import { withFile } from './open-file.ts';

/** Throws ParseError when the image is malformed. */
export async function digestImage(request: DigestImageRequest): Promise<DigestImageAnswer> {
  const { algorithm } = request;
  const { content } = await withFile(request.file, async (source) => {
    try {
      return await pe.content(source, algorithm, { pageHashes: request.pageHashes });
    } catch (error) {
      if (!(error instanceof SigningError) || error.code !== 'no-page-hashes') throw error;
      return await pe.content(source, algorithm);
    }
  });
  const stated = parseIndirectData(content);
  if (stated.algorithm !== algorithm) throw new ParseError('pe', 'wrong-digest', 'the digest is of another algorithm');
  return { digest: stated.digest, pageHashes: stated.pageHashes };
}
