// The Authenticode digest of a PE image: everything but the checksum, the data directory entry of the certificate table
// and the table itself ("Windows Authenticode Portable Executable Signature Format", section Calculating the PE Image
// Hash). An unsigned image is digested as if it were padded with zeros to a multiple of 8, which signing does to it.
import { createHash } from 'node:crypto';
import { type ByteSource, streamSource } from '../byte-source.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { type PeImage, readPeImage } from './image.ts';

/** Signatures start at multiples of this many bytes. */
export const CERTIFICATE_ALIGNMENT = 8;

/** How many zeros are missing to a multiple of 8. */
export function paddingFor(size: number): number {
  return (CERTIFICATE_ALIGNMENT - (size % CERTIFICATE_ALIGNMENT)) % CERTIFICATE_ALIGNMENT;
}

/** The image's digest by each of the algorithms; the file is read once. Throws ParseError for a malformed image. */
export async function computePeDigests<Algorithm extends DigestAlgorithm>(
  source: ByteSource,
  algorithms: readonly Algorithm[],
  image?: PeImage,
): Promise<Map<Algorithm, Uint8Array>> {
  const { checksumOffset, certificateEntryOffset, certificateTable } = image ?? (await readPeImage(source));
  const end = certificateTable?.offset ?? source.size;
  const hashes = algorithms.map((algorithm) => ({ algorithm, hash: createHash(algorithm) }));
  const ranges: [start: number, end: number][] = [
    [0, checksumOffset],
    [checksumOffset + 4, certificateEntryOffset],
    [certificateEntryOffset + 8, end],
  ];
  for (const [rangeStart, rangeEnd] of ranges) {
    for await (const chunk of streamSource(source, rangeStart, rangeEnd)) {
      for (const { hash } of hashes) hash.update(chunk);
    }
  }
  const padding = new Uint8Array(paddingFor(end));
  return new Map(hashes.map(({ algorithm, hash }) => [algorithm, new Uint8Array(hash.update(padding).digest())]));
}
