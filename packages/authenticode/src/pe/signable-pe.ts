// PE images as signable files.
import type { ByteSource } from '../byte-source.ts';
import { createSignedData, openSignedData } from '../cms/index.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { ParseError, SigningError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import type { SignableFile } from '../signable-file.ts';
import { encodeIndirectData } from '../spc/index.ts';
import { encodeSignatureEntry, readCertificateTable } from './certificate-table.ts';
import { computePeDigests } from './digest.ts';
import { isPeImage, type PeImage, readPeImage } from './image.ts';
import { type ImageBody, readBody, rememberBody } from './image-body.ts';
import { imageContentReader, requireContentOf } from './image-content.ts';
import { type PageHashAlgorithm, pageHashAlgorithmFor } from './page-hashes.ts';
import { tableWithAppended, withCertificateTable } from './signed-image.ts';

async function digest(source: ByteSource, algorithm: DigestAlgorithm): Promise<Uint8Array> {
  const digests = await computePeDigests(source, [algorithm]);
  return digests.get(algorithm) ?? new Uint8Array(0);
}

/** Reads the body for a new signature. Throws SigningError `no-page-hashes` where the image cannot have any. */
async function readForSigning(
  source: ByteSource,
  image: PeImage,
  algorithm: DigestAlgorithm,
  pageHashes: readonly PageHashAlgorithm[],
): Promise<ImageBody> {
  try {
    return await readBody(source, image, { digests: [algorithm], pageHashes });
  } catch (error) {
    if (!(error instanceof ParseError) || error.code !== 'no-pages') throw error;
    throw new SigningError('no-page-hashes', `${error.message}; sign it without page hashes`, { cause: error });
  }
}

/** Authenticode signatures of PE images. */
export const pe: SignableFile = {
  name: 'pe',
  title: 'a PE image',
  abilities: {
    append: true,
    pageHashes: true,
    opusInfo: true,
    reproducible: true,
    keyTypes: ['rsa', 'ec'],
    digestAlgorithms: ['sha1', 'sha256', 'sha384', 'sha512'],
  },
  identify: isPeImage,
  digest,

  async content(source, algorithm, options) {
    const pageAlgorithm = options?.pageHashes === true ? pageHashAlgorithmFor(algorithm) : undefined;
    const pageHashes = pageAlgorithm === undefined ? [] : [pageAlgorithm];
    const body = await readForSigning(source, await readPeImage(source), algorithm, pageHashes);
    // The signature made of this content is usually embedded next, which needs the checksum of the same bytes.
    rememberBody(source, body);
    const list = pageAlgorithm === undefined ? undefined : body.pageHashes.get(pageAlgorithm);
    const pages = pageAlgorithm === undefined || list === undefined ? undefined : { algorithm: pageAlgorithm, list };
    const imageDigest = body.digests.get(algorithm) ?? new Uint8Array(0);
    return { contentType: OID.spcIndirectData, content: encodeIndirectData('pe', algorithm, imageDigest, pages) };
  },

  sign: (content, request) => createSignedData({ ...request, content }),

  openSignature: (signature) => openSignedData(signature, imageContentReader),

  async readSignatures(source) {
    const { certificateTable } = await readPeImage(source);
    if (certificateTable === undefined) return [];
    const entries = await readCertificateTable(source, certificateTable);
    return entries.flatMap(({ signature }) => (signature === undefined ? [] : [signature]));
  },

  async embedSignature(source, signature, mode = 'replace') {
    const image = await readPeImage(source);
    const body = await requireContentOf(source, image, signature);
    const table =
      mode === 'append' ? await tableWithAppended(source, image, signature) : encodeSignatureEntry(signature);
    return withCertificateTable(image, body, table);
  },

  async removeSignatures(source) {
    const image = await readPeImage(source);
    if (image.certificateTable === undefined) return [{ copy: { start: 0, end: source.size } }];
    const body = await readBody(source, image, { digests: [], pageHashes: [] });
    return withCertificateTable(image, body, new Uint8Array(0));
  },
};
