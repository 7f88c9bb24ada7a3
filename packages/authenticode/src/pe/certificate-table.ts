// The certificate table at the end of a PE image: WIN_CERTIFICATE entries, each 8-aligned ("PE Format", section The
// Attribute Certificate Table).
import type { ByteSource } from '../byte-source.ts';
import { viewOf } from '../bytes.ts';
import { readDerHeader } from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { CERTIFICATE_ALIGNMENT, paddingFor } from './digest.ts';
import type { FileRange } from './image.ts';

const ENTRY_HEADER_BYTES = 8;
const REVISION_2 = 0x0200;
/** WIN_CERT_TYPE_PKCS_SIGNED_DATA. */
const TYPE_PKCS7 = 2;
const MAXIMUM_ENTRIES = 32;
/** Far more than any real signature, catalogs of page hashes included. */
const MAXIMUM_TABLE_BYTES = 64 * 1024 * 1024;

/** DER of each PKCS#7 signature in the table, in order; entries of other types are skipped. */
export async function readCertificateTable(source: ByteSource, table: FileRange): Promise<Uint8Array[]> {
  const fail = (message: string, at: number) =>
    new ParseError('pe', 'bad-certificate-table', message, table.offset + at);
  if (table.size > MAXIMUM_TABLE_BYTES) throw fail(`a certificate table of ${table.size} bytes is too large`, 0);
  const bytes = await source.read(table.offset, table.size);
  const view = viewOf(bytes);
  const signatures: Uint8Array[] = [];
  let entries = 0;
  for (let at = 0; at < bytes.length; entries++) {
    if (entries === MAXIMUM_ENTRIES) throw fail(`the table has more than ${MAXIMUM_ENTRIES} entries`, at);
    if (bytes.length - at < ENTRY_HEADER_BYTES) throw fail('an entry of the certificate table is cut off', at);
    const length = view.getUint32(at, true);
    if (length < ENTRY_HEADER_BYTES || length > bytes.length - at) {
      throw fail(`an entry of the certificate table claims ${length} bytes but ${bytes.length - at} are left`, at);
    }
    if (view.getUint16(at + 6, true) === TYPE_PKCS7) {
      signatures.push(
        withoutPadding(bytes.subarray(at + ENTRY_HEADER_BYTES, at + length), at + ENTRY_HEADER_BYTES, fail),
      );
    }
    at += Math.ceil(length / CERTIFICATE_ALIGNMENT) * CERTIFICATE_ALIGNMENT;
  }
  return signatures;
}

/** The DER at the start of `data`; less than 8 zero bytes may follow it (dwLength may or may not count the padding). */
function withoutPadding(data: Uint8Array, at: number, fail: (message: string, at: number) => ParseError): Uint8Array {
  const { headerLength, valueLength } = readDerHeader(data);
  const length = headerLength + valueLength;
  const padding = data.subarray(length);
  if (length > data.length || padding.length >= CERTIFICATE_ALIGNMENT || padding.some((octet) => octet !== 0)) {
    throw fail('an entry of the certificate table holds something else than one signature and its padding', at);
  }
  return data.subarray(0, length);
}

/** A table with one PKCS#7 signature. dwLength counts the padding, as signtool's does. */
export function encodeCertificateTable(signature: Uint8Array): Uint8Array {
  const length = ENTRY_HEADER_BYTES + signature.length;
  const table = new Uint8Array(length + paddingFor(length));
  const view = viewOf(table);
  view.setUint32(0, table.length, true);
  view.setUint16(4, REVISION_2, true);
  view.setUint16(6, TYPE_PKCS7, true);
  table.set(signature, ENTRY_HEADER_BYTES);
  return table;
}
