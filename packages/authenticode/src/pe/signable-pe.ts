// PE images as signable files.
import type { ByteSource } from '../byte-source.ts';
import { viewOf } from '../bytes.ts';
import { createSignedData, indirectDataReader, openSignedData } from '../cms/index.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { SigningError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { type Rewrite, rewriteStream } from '../rewrite.ts';
import type { SignableFile } from '../signable-file.ts';
import { encodeIndirectData } from '../spc/index.ts';
import { encodeCertificateTable, readCertificateTable } from './certificate-table.ts';
import { PeChecksum } from './checksum.ts';
import { computePeDigests, paddingFor } from './digest.ts';
import { isPeImage, type PeImage, readPeImage } from './image.ts';

function littleEndian(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = viewOf(bytes);
  for (const [index, value] of values.entries()) view.setUint32(4 * index, value, true);
  return bytes;
}

async function digest(source: ByteSource, algorithm: DigestAlgorithm): Promise<Uint8Array> {
  const digests = await computePeDigests(source, [algorithm]);
  return digests.get(algorithm) ?? new Uint8Array(0);
}

/** The pieces of the signed file: checksum, directory entry and table are new, the rest is copied. */
function signedPieces(image: PeImage, signature: Uint8Array, checksum: number): Rewrite {
  const { checksumOffset, certificateEntryOffset, certificateTable, size } = image;
  const imageEnd = certificateTable?.offset ?? size;
  const padding = new Uint8Array(paddingFor(imageEnd));
  const table = encodeCertificateTable(signature);
  const tableOffset = imageEnd + padding.length;
  if (tableOffset + table.length > 0xffff_ffff) {
    throw new SigningError('image-too-large', 'a signed PE image cannot be 4 GiB or larger');
  }
  return [
    { copy: { start: 0, end: checksumOffset } },
    { bytes: littleEndian(checksum) },
    { copy: { start: checksumOffset + 4, end: certificateEntryOffset } },
    { bytes: littleEndian(tableOffset, table.length) },
    { copy: { start: certificateEntryOffset + 8, end: imageEnd } },
    { bytes: padding },
    { bytes: table },
  ];
}

/** Authenticode signatures of PE images. */
export const pe: SignableFile = {
  name: 'pe',
  title: 'a PE image',
  abilities: {
    append: false,
    pageHashes: false,
    opusInfo: true,
    keyTypes: ['rsa', 'ec'],
    digestAlgorithms: ['sha1', 'sha256', 'sha384', 'sha512'],
  },
  identify: isPeImage,
  digest,

  async content(source, algorithm) {
    const content = encodeIndirectData('pe', algorithm, await digest(source, algorithm));
    return { contentType: OID.spcIndirectData, content };
  },

  sign: (content, request) => createSignedData({ ...request, content }),

  openSignature: (signature) => openSignedData(signature, indirectDataReader(digest)),

  async removeSignatures() {
    throw new SigningError('not-implemented', 'removing signatures');
  },

  async readSignatures(source) {
    const { certificateTable } = await readPeImage(source);
    return certificateTable === undefined ? [] : readCertificateTable(source, certificateTable);
  },

  async embedSignature(source, signature) {
    const image = await readPeImage(source);
    const sum = new PeChecksum();
    for await (const chunk of rewriteStream(source, signedPieces(image, signature, 0))) sum.update(chunk);
    return signedPieces(image, signature, sum.value());
  },
};
