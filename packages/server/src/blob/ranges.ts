// Byte ranges of a download: `Range` as RFC 9110 §14 has it, and `x-ms-range`, which wins over it on Azure
// (learn.microsoft.com/rest/api/storageservices/specifying-the-range-header-for-blob-service-operations).
import type { ByteRange } from './blob-store.ts';
import { BlobError } from './errors.ts';

const RANGE = /^bytes=(\d*)-(\d*)$/i;

/**
 * The part of a blob that is asked for, or undefined for the whole. A malformed or multiple `Range` counts as none, as RFC 9110
 * allows; a malformed `x-ms-range` is refused. Throws BlobError InvalidHeaderValue, or InvalidRange when no byte is in the range.
 *
 * @param length of the blob in bytes
 */
export function selectRange(
  headers: { readonly range?: string | undefined; readonly 'x-ms-range'?: string | undefined },
  length: number,
): ByteRange | undefined {
  const azure = headers['x-ms-range'];
  const text = azure ?? headers.range;
  if (text === undefined) return undefined;
  const [, first = '', last = ''] = RANGE.exec(text.trim()) ?? [];
  const isSuffix = first === '';
  const start = isSuffix ? Math.max(length - Number(last), 0) : Number(first);
  const end = isSuffix || last === '' ? length - 1 : Math.min(Number(last), length - 1);
  if ((isSuffix && last === '') || (!isSuffix && last !== '' && Number(last) < Number(first))) {
    if (azure === undefined) return undefined;
    throw new BlobError('InvalidHeaderValue', { HeaderName: 'x-ms-range', HeaderValue: azure });
  }
  if (start > end) throw new BlobError('InvalidRange');
  return { start, end };
}
