// Conditional headers, RFC 9110 §13 with Azure's answers
// (learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations).
import type { Blob } from '../store/schema.ts';
import { BlobError } from './errors.ts';

export interface Conditions {
  readonly 'if-match'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
  readonly 'if-modified-since'?: string | undefined;
  readonly 'if-unmodified-since'?: string | undefined;
}

/** Whether the header's list of tags names the blob's. Clients send tags with and without quotes. */
function namesTag(list: string, etag: string): boolean {
  const bare = etag.replaceAll('"', '');
  return list.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^"(.*)"$/, '$1') === bare);
}

/** The moment of an HTTP date in milliseconds. Throws BlobError InvalidHeaderValue. */
function parseDate(name: string, text: string): number {
  const moment = Date.parse(text);
  if (Number.isNaN(moment)) throw new BlobError('InvalidHeaderValue', { HeaderName: name, HeaderValue: text });
  return moment;
}

/** When the blob was last modified, as `Last-Modified` says it: in whole seconds. */
function lastModified(blob: Blob): number {
  return Math.floor(Date.parse(blob.last_modified) / 1000) * 1000;
}

/** `true` when If-Match and If-Unmodified-Since let the request pass. The first makes the second void (RFC 9110 §13.2.2). */
function isStillTheSame(conditions: Conditions, blob: Blob): boolean {
  const { 'if-match': match, 'if-unmodified-since': since } = conditions;
  if (match !== undefined) return namesTag(match, blob.etag);
  return since === undefined || lastModified(blob) <= parseDate('If-Unmodified-Since', since);
}

/** `true` when If-None-Match and If-Modified-Since let the request pass. */
function hasChanged(conditions: Conditions, blob: Blob): boolean {
  const { 'if-none-match': noneMatch, 'if-modified-since': since } = conditions;
  if (noneMatch !== undefined) return !namesTag(noneMatch.replaceAll('W/', ''), blob.etag);
  return since === undefined || lastModified(blob) > parseDate('If-Modified-Since', since);
}

/** Throws BlobError ConditionNotMet (412) or NotModified (304) when the blob is not to be read. */
export function checkRead(conditions: Conditions, blob: Blob): void {
  if (!isStillTheSame(conditions, blob)) throw new BlobError('ConditionNotMet');
  if (!hasChanged(conditions, blob)) throw new BlobError('NotModified');
}

/** Throws BlobError BlobAlreadyExists (409, only for `If-None-Match: *`) or ConditionNotMet (412) when the blob is not to be replaced. */
export function checkWrite(conditions: Conditions, current: Blob | undefined): void {
  if (!current) {
    if (conditions['if-match'] !== undefined) throw new BlobError('ConditionNotMet');
    return;
  }
  if (!isStillTheSame(conditions, current)) throw new BlobError('ConditionNotMet');
  if (conditions['if-none-match']?.trim() === '*') throw new BlobError('BlobAlreadyExists');
  if (!hasChanged(conditions, current)) throw new BlobError('ConditionNotMet');
}

/** Whether `If-Range` lets a range be sent: a strong tag or a date that is the blob's own (RFC 9110 §13.1.5). */
export function rangeStillApplies(ifRange: string | undefined, blob: Blob): boolean {
  if (ifRange === undefined) return true;
  return ifRange.includes('"') ? ifRange.trim() === blob.etag : Date.parse(ifRange) === lastModified(blob);
}
