// The digests by which catalogs know a file: of a PE image and of a cabinet the Authenticode digest, which an embedded
// signature does not change, and of any other file the digest of all its bytes.
import { createHash } from 'node:crypto';
import { type ByteSource, streamSource } from './byte-source.ts';
import type { CatalogMemberKind, FileDigests } from './catalog/index.ts';
import { identifySource } from './identify.ts';
import { computePeDigests } from './pe/index.ts';

export interface CatalogDigests extends Required<FileDigests> {
  readonly kind: CatalogMemberKind;
}

/** SHA-1 and SHA-256 of all bytes, whatever the file is. */
export async function computeFlatDigests(chunks: AsyncIterable<Uint8Array>): Promise<Required<FileDigests>> {
  const sha1 = createHash('sha1');
  const sha256 = createHash('sha256');
  for await (const chunk of chunks) {
    sha1.update(chunk);
    sha256.update(chunk);
  }
  return { sha1: new Uint8Array(sha1.digest()), sha256: new Uint8Array(sha256.digest()) };
}

/**
 * The digests by which catalogs know a file; images are read once. A cabinet's digest is that of the cabinet as it is: an
 * unsigned one has another digest than the same cabinet with room for a signature. Throws ParseError for malformed images
 * and cabinets.
 */
export async function computeCatalogDigests(source: ByteSource): Promise<CatalogDigests> {
  const file = await identifySource(source);
  if (file?.name === 'pe') {
    const digests = await computePeDigests(source, ['sha1', 'sha256']);
    return {
      kind: 'pe',
      sha1: digests.get('sha1') ?? new Uint8Array(0),
      sha256: digests.get('sha256') ?? new Uint8Array(0),
    };
  }
  if (file?.name === 'cab') {
    return { kind: 'cab', sha1: await file.digest(source, 'sha1'), sha256: await file.digest(source, 'sha256') };
  }
  return { kind: 'flat', ...(await computeFlatDigests(streamSource(source))) };
}
