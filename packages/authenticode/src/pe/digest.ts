// The Authenticode digest of a PE image and the digests of its pages, for those who want nothing else of it.
import type { ByteSource } from '../byte-source.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { type PeImage, readPeImage } from './image.ts';
import { readBody } from './image-body.ts';
import type { PageHashAlgorithm } from './page-hashes.ts';

/** The image's digest by each of the algorithms; the file is read once. Throws ParseError for a malformed image. */
export async function computePeDigests<Algorithm extends DigestAlgorithm>(
  source: ByteSource,
  algorithms: readonly Algorithm[],
  image?: PeImage,
): Promise<Map<Algorithm, Uint8Array>> {
  const body = await readBody(source, image ?? (await readPeImage(source)), { digests: algorithms, pageHashes: [] });
  return new Map(algorithms.map((algorithm) => [algorithm, body.digests.get(algorithm) ?? new Uint8Array(0)]));
}

/**
 * The list of page hashes as it stands in signatures: (u32 little-endian file offset, digest) entries. The file is read
 * once. Throws ParseError for a malformed image, `no-pages` for one whose alignment or sections allow no page hashes.
 */
export async function computePageHashes(
  source: ByteSource,
  algorithm: PageHashAlgorithm = 'sha256',
  image?: PeImage,
): Promise<Uint8Array> {
  const request = { digests: [], pageHashes: [algorithm] };
  const body = await readBody(source, image ?? (await readPeImage(source)), request);
  return body.pageHashes.get(algorithm) ?? new Uint8Array(0);
}
