// What a signature says about an image, and whether it is true: the digest, and the page hashes if there are any.
import type { ByteSource } from '../byte-source.ts';
import { equalBytes } from '../bytes.ts';
import { type ContentReader, openSignedData, parseSignedData, type SignedData } from '../cms/index.ts';
import { ParseError, SigningError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { type IndirectData, parseIndirectData } from '../spc/index.ts';
import { type PeImage, readPeImage } from './image.ts';
import { type BodyRequest, type ImageBody, readBody, takeBody } from './image-body.ts';
import { comparePageHashes, pageListSize, planPages } from './page-hashes.ts';

function statedBy({ contentType, content, contentBytes }: SignedData): IndirectData {
  if (contentType !== OID.spcIndirectData) {
    const message = `the signature covers content of type ${contentType}, not a file`;
    throw new ParseError('spc', 'not-indirect-data', message, content.offset);
  }
  return parseIndirectData(contentBytes);
}

/** What has to be computed of the image to judge these statements, each thing once. */
function requestFor(stated: readonly IndirectData[]): BodyRequest {
  return {
    digests: [...new Set(stated.map(({ algorithm }) => algorithm))],
    pageHashes: [
      ...new Set(stated.flatMap(({ pageHashes }) => (pageHashes === undefined ? [] : [pageHashes.algorithm]))),
    ],
  };
}

/** What differs between the statement and the image; undefined when nothing does. */
function differenceOf({ algorithm, digest, pageHashes }: IndirectData, body: ImageBody): string | undefined {
  const actual = body.digests.get(algorithm);
  const sameDigest = actual !== undefined && equalBytes(digest, actual);
  const actualPages = pageHashes === undefined ? undefined : body.pageHashes.get(pageHashes.algorithm);
  const page =
    pageHashes === undefined || actualPages === undefined
      ? undefined
      : comparePageHashes(pageHashes.algorithm, pageHashes.list, actualPages);
  if (sameDigest) return page === undefined ? undefined : `the page hashes are not those of the file: ${page}`;
  const changed = `the file was changed after it was signed: its ${algorithm} digest is another`;
  return page === undefined ? changed : `${changed}; ${page}`;
}

/** The list of page hashes is as long as the image demands: told before anything is read for it. */
function wrongListSize({ pageHashes }: IndirectData, image: PeImage): string | undefined {
  if (pageHashes === undefined) return undefined;
  const size = pageListSize(planPages(image), pageHashes.algorithm);
  return pageHashes.list.length === size
    ? undefined
    : `the page hashes are not those of the file: the signature lists ${pageHashes.list.length} bytes of them, the image needs ${size}`;
}

/** Judges the content of signatures over images. The image is read anew each time, never remembered. */
export const imageContentReader: ContentReader = {
  fileDigestAlgorithm: (signedData) => statedBy(signedData).algorithm,
  async check(signedData, source) {
    const stated = statedBy(signedData);
    const image = await readPeImage(source);
    const wrongSize = wrongListSize(stated, image);
    // Without the list, the digest still tells whether the file or only the list was changed.
    if (wrongSize === undefined) return differenceOf(stated, await readBody(source, image, requestFor([stated])));
    const { pageHashes: _, ...digestOnly } = stated;
    return differenceOf(digestOnly, await readBody(source, image, requestFor([digestOnly]))) ?? wrongSize;
  },
};

/**
 * Makes sure that a signature (DER), and each that is nested in it, is over this image, and gives what was read for that.
 * Throws SigningError `wrong-content` when one is not, ParseError when one is malformed.
 */
export async function requireContentOf(source: ByteSource, image: PeImage, signature: Uint8Array): Promise<ImageBody> {
  const wrong = (why: string) => new SigningError('wrong-content', `the signature is not one of this image: ${why}`);
  const read = (der: Uint8Array) => {
    const signedData = parseSignedData(der);
    if (signedData.contentType !== OID.spcIndirectData) throw wrong('it covers no file');
    const statement = parseIndirectData(signedData.contentBytes);
    const wrongSize = wrongListSize(statement, image);
    if (wrongSize !== undefined) throw wrong(wrongSize);
    return statement;
  };
  const primary = read(signature);
  const stated = [primary, ...openSignedData(signature, imageContentReader).nested.map(read)];
  const body = await takeBody(source, image, requestFor(stated));
  for (const statement of stated) {
    const difference = differenceOf(statement, body);
    if (difference !== undefined) throw wrong(difference);
  }
  return body;
}
