// Everything that is to be known of the bytes of an image, from reading them once: digests, page hashes, and the sum that
// its checksum needs. The body is all that signing leaves as it is: the file up to the certificate table, without the
// checksum field and the data directory entry of that table.
import { createHash } from 'node:crypto';
import type { ByteSource } from '../byte-source.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { PeChecksum } from './checksum.ts';
import type { PeImage } from './image.ts';
import { type PageHashAlgorithm, PageHasher, type PagePlan, planPages } from './page-hashes.ts';
import { type Chunk, readAhead } from './read-ahead.ts';

/** Signatures start at multiples of this many bytes. */
export const CERTIFICATE_ALIGNMENT = 8;
/** Size of a data directory entry. */
const DIRECTORY_ENTRY_BYTES = 8;
const CHECKSUM_BYTES = 4;

/** How many zeros are missing to a multiple of 8. */
export function paddingFor(size: number): number {
  return (CERTIFICATE_ALIGNMENT - (size % CERTIFICATE_ALIGNMENT)) % CERTIFICATE_ALIGNMENT;
}

/** Where the image ends and its certificate table begins, or would: that is, before any padding. */
export function endOfImage({ certificateTable, size }: PeImage): number {
  return certificateTable?.offset ?? size;
}

export interface BodyRequest {
  readonly digests: readonly DigestAlgorithm[];
  readonly pageHashes: readonly PageHashAlgorithm[];
}

export interface ImageBody {
  readonly digests: ReadonlyMap<DigestAlgorithm, Uint8Array>;
  readonly pageHashes: ReadonlyMap<PageHashAlgorithm, Uint8Array>;
  /** What `PeChecksum` made of the body: the sum of its words. */
  readonly words: number;
}

/**
 * Reads the body once. The digest covers an unsigned image as if it were padded with zeros to a multiple of 8, which
 * signing does to it ("Windows Authenticode Portable Executable Signature Format", section Calculating the PE Image Hash).
 * Throws ParseError when the file is cut off, and `no-pages` when page hashes are asked for that the image cannot have.
 */
export async function readBody(source: ByteSource, image: PeImage, request: BodyRequest): Promise<ImageBody> {
  const end = endOfImage(image);
  const hashes = request.digests.map((algorithm) => ({ algorithm, hash: createHash(algorithm) }));
  const plan = request.pageHashes.length === 0 ? undefined : planPages(image);
  const pages = plan === undefined ? [] : await startPages(source, image, plan, request.pageHashes);
  const sum = new PeChecksum();
  for await (const chunk of readAhead(source, end)) {
    for (const part of partsOfBody(chunk, image)) {
      for (const { hash } of hashes) hash.update(part.bytes);
      sum.add(part.bytes, part.offset);
    }
    for (const { hasher } of pages) hasher.add(chunk);
  }
  const padding = new Uint8Array(paddingFor(end));
  return {
    digests: new Map(hashes.map(({ algorithm, hash }) => [algorithm, new Uint8Array(hash.update(padding).digest())])),
    pageHashes: new Map(pages.map(({ algorithm, hasher }) => [algorithm, hasher.finish()])),
    words: sum.words,
  };
}

async function startPages(
  source: ByteSource,
  image: PeImage,
  plan: PagePlan,
  algorithms: readonly PageHashAlgorithm[],
): Promise<{ algorithm: PageHashAlgorithm; hasher: PageHasher }[]> {
  const headers = { offset: 0, bytes: await source.read(0, image.sizeOfHeaders) };
  const parts = [...partsOfBody(headers, image)].map(({ bytes }) => bytes);
  return algorithms.map((algorithm) => ({ algorithm, hasher: new PageHasher(plan, algorithm, parts) }));
}

/** The parts of a chunk that belong to the body. */
function* partsOfBody({ offset, bytes }: Chunk, image: PeImage): Generator<Chunk> {
  const { checksumOffset, certificateEntryOffset } = image;
  let at = 0;
  for (const [start, size] of [
    [checksumOffset, CHECKSUM_BYTES],
    [certificateEntryOffset, DIRECTORY_ENTRY_BYTES],
  ] as const) {
    if (start + size <= offset || start >= offset + bytes.length) continue;
    if (start - offset > at) yield { offset: offset + at, bytes: bytes.subarray(at, start - offset) };
    at = Math.min(bytes.length, start + size - offset);
  }
  if (at < bytes.length) yield { offset: offset + at, bytes: bytes.subarray(at) };
}

/** Bodies read for a signature that is about to be embedded. */
const remembered = new WeakMap<ByteSource, ImageBody>();

/** Keeps what was read of `source` until `takeBody` asks for it, so that signing reads the file once. */
export function rememberBody(source: ByteSource, body: ImageBody): void {
  remembered.set(source, body);
}

/** What was remembered, when it has all that is asked for, and only once; otherwise the body is read. */
export async function takeBody(source: ByteSource, image: PeImage, request: BodyRequest): Promise<ImageBody> {
  const body = remembered.get(source);
  remembered.delete(source);
  const enough =
    body !== undefined &&
    request.digests.every((algorithm) => body.digests.has(algorithm)) &&
    request.pageHashes.every((algorithm) => body.pageHashes.has(algorithm));
  return enough ? body : readBody(source, image, request);
}
