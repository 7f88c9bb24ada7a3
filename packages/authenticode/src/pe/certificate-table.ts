// The certificate table at the end of a PE image: WIN_CERTIFICATE entries, each 8-aligned ("PE Format", section The
// Attribute Certificate Table). Windows looks at the first PKCS#7 entry only; firmware takes several of them.
import type { ByteSource } from '../byte-source.ts';
import { viewOf } from '../bytes.ts';
import { readDerHeader } from '../der/index.ts';
import { ParseError } from '../errors.ts';
import type { FileRange } from './image.ts';
import { CERTIFICATE_ALIGNMENT, paddingFor } from './image-body.ts';

const ENTRY_HEADER_BYTES = 8;
const REVISION_2 = 0x0200;
/** WIN_CERT_TYPE_PKCS_SIGNED_DATA. */
const TYPE_PKCS7 = 2;
const MAXIMUM_ENTRIES = 32;
/** Far more than any real signature, those with page hashes included. */
const MAXIMUM_TABLE_BYTES = 64 * 1024 * 1024;

/** One WIN_CERTIFICATE. */
export interface CertificateEntry {
  /** The entry as it stands in the file, header and padding included. */
  readonly bytes: Uint8Array;
  /** DER of the ContentInfo when it is a PKCS#7 signature; undefined for the other types. */
  readonly signature: Uint8Array | undefined;
}

/**
 * The entries of the table, in order. Throws ParseError `bad-certificate-table` when one is cut off, or when anything but
 * less than 8 zeros stands behind it: unsigned data could be hidden there.
 */
export async function readCertificateTable(source: ByteSource, table: FileRange): Promise<CertificateEntry[]> {
  const fail = (message: string, at: number) =>
    new ParseError('pe', 'bad-certificate-table', message, table.offset + at);
  if (table.size > MAXIMUM_TABLE_BYTES) throw fail(`a certificate table of ${table.size} bytes is too large`, 0);
  const bytes = await source.read(table.offset, table.size);
  const view = viewOf(bytes);
  const entries: CertificateEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (entries.length === MAXIMUM_ENTRIES) throw fail(`the table has more than ${MAXIMUM_ENTRIES} entries`, at);
    if (bytes.length - at < ENTRY_HEADER_BYTES) throw fail('an entry of the certificate table is cut off', at);
    const length = view.getUint32(at, true);
    if (length < ENTRY_HEADER_BYTES || length > bytes.length - at) {
      throw fail(`an entry of the certificate table claims ${length} bytes but ${bytes.length - at} are left`, at);
    }
    const dataAt = at + ENTRY_HEADER_BYTES;
    const data = bytes.subarray(dataAt, at + length);
    const signature =
      view.getUint16(at + 6, true) === TYPE_PKCS7 ? firstElement(data, table.offset + dataAt) : undefined;
    // dwLength may or may not count the padding; so what follows a signature is judged up to where the next entry begins.
    const end = Math.min(bytes.length, at + length + paddingFor(length));
    const padding = bytes.subarray(signature === undefined ? at + length : dataAt + signature.length, end);
    if (padding.length >= CERTIFICATE_ALIGNMENT || padding.some((octet) => octet !== 0)) {
      const message = 'an entry of the certificate table holds something else than one signature and its padding';
      throw fail(message, end - padding.length);
    }
    entries.push({ bytes: bytes.subarray(at, end), signature });
    at = end;
  }
  return entries;
}

/** The DER element at the start of `data`, which stands at `offset` in the file. */
function firstElement(data: Uint8Array, offset: number): Uint8Array {
  const { headerLength, valueLength } = readDerHeader(data, 0, offset);
  const length = headerLength + valueLength;
  if (length > data.length) {
    const message = `a signature claims ${length} bytes but its entry in the certificate table has ${data.length}`;
    throw new ParseError('pe', 'bad-certificate-table', message, offset);
  }
  return data.subarray(0, length);
}

/** An entry with a PKCS#7 signature. dwLength counts the padding, as signtool's does. */
export function encodeSignatureEntry(signature: Uint8Array): Uint8Array {
  const length = ENTRY_HEADER_BYTES + signature.length;
  const entry = new Uint8Array(length + paddingFor(length));
  const view = viewOf(entry);
  view.setUint32(0, entry.length, true);
  view.setUint16(4, REVISION_2, true);
  view.setUint16(6, TYPE_PKCS7, true);
  entry.set(signature, ENTRY_HEADER_BYTES);
  return entry;
}
