// An image with another certificate table: what changes are the table itself, its data directory entry and the checksum.
import type { ByteSource } from '../byte-source.ts';
import { concatBytes, viewOf } from '../bytes.ts';
import { addUnauthenticatedAttribute, openSignedData } from '../cms/index.ts';
import { SigningError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import type { Rewrite } from '../rewrite.ts';
import { encodeSignatureEntry, readCertificateTable } from './certificate-table.ts';
import { PeChecksum } from './checksum.ts';
import type { PeImage } from './image.ts';
import { endOfImage, type ImageBody, paddingFor } from './image-body.ts';
import { imageContentReader } from './image-content.ts';

const MAXIMUM_IMAGE_BYTES = 0xffff_ffff;

function littleEndian(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = viewOf(bytes);
  for (const [index, value] of values.entries()) view.setUint32(4 * index, value, true);
  return bytes;
}

/**
 * The image with this certificate table, or with none when it is empty. The padding before a table stays when the table
 * goes: whether signing added it or the linker cannot be told, and the digest is the same with it.
 */
export function withCertificateTable(image: PeImage, body: ImageBody, table: Uint8Array): Rewrite {
  const { checksumOffset, certificateEntryOffset } = image;
  const imageEnd = endOfImage(image);
  const padding = new Uint8Array(table.length === 0 ? 0 : paddingFor(imageEnd));
  const tableOffset = imageEnd + padding.length;
  const size = tableOffset + table.length;
  if (size > MAXIMUM_IMAGE_BYTES) {
    throw new SigningError('image-too-large', 'a signed PE image cannot be 4 GiB or larger');
  }
  const entry = table.length === 0 ? littleEndian(0, 0) : littleEndian(tableOffset, table.length);
  const sum = new PeChecksum(body.words);
  sum.add(entry, certificateEntryOffset);
  sum.add(table, tableOffset);
  return [
    { copy: { start: 0, end: checksumOffset } },
    { bytes: littleEndian(sum.value(size)) },
    { copy: { start: checksumOffset + 4, end: certificateEntryOffset } },
    { bytes: entry },
    { copy: { start: certificateEntryOffset + 8, end: imageEnd } },
    { bytes: padding },
    { bytes: table },
  ];
}

/**
 * The table of the image with `signature` nested in its first PKCS#7 signature, beside those that are nested there. All
 * other entries keep their bytes. Without a PKCS#7 signature it becomes the first. Throws SigningError `nested-signature`.
 */
export async function tableWithAppended(
  source: ByteSource,
  { certificateTable }: PeImage,
  signature: Uint8Array,
): Promise<Uint8Array> {
  const entries = certificateTable === undefined ? [] : await readCertificateTable(source, certificateTable);
  const primary = entries.find((entry) => entry.signature !== undefined);
  if (primary?.signature === undefined) {
    // The entry before it must end where this one may begin.
    const kept = entries.flatMap(({ bytes }) => [bytes, new Uint8Array(paddingFor(bytes.length))]);
    return concatBytes([...kept, encodeSignatureEntry(signature)]);
  }
  const { nested } = openSignedData(signature, imageContentReader);
  if (nested.length > 0) {
    const message = `the signature has ${nested.length} nested in it, which would not be found inside another; add them one by one`;
    throw new SigningError('nested-signature', message);
  }
  const extended = encodeSignatureEntry(addUnauthenticatedAttribute(primary.signature, OID.nestedSignature, signature));
  return concatBytes(entries.map((entry) => (entry === primary ? extended : entry.bytes)));
}
