// Values of DER elements as JavaScript values (X.690 §8 and the restrictions of §10 and §11).
import { ParseError } from '../errors.ts';
import type { DerElement } from './element.ts';
import { TAG } from './tags.ts';

/** BOOLEAN; DER knows only 00 and FF (X.690 §11.1). */
export function readBoolean(element: DerElement, what: string): boolean {
  const { value } = element.expect(TAG.boolean, what);
  if (value.length !== 1 || (value[0] !== 0 && value[0] !== 0xff)) {
    throw new ParseError('der', 'bad-boolean', `${what} is not a DER boolean`, element.offset);
  }
  return value[0] === 0xff;
}

/** The content octets of an INTEGER: two's complement, shortest form. */
export function readIntegerBytes(element: DerElement, what: string): Uint8Array {
  const { value } = element.expect(TAG.integer, what);
  const [first, second] = value;
  const redundant =
    second !== undefined && ((first === 0 && (second & 0x80) === 0) || (first === 0xff && (second & 0x80) !== 0));
  if (first === undefined || redundant) {
    throw new ParseError('der', 'bad-integer', `${what} is not an integer in its shortest form`, element.offset);
  }
  return value;
}

/** INTEGER of any size. */
export function readBigInteger(element: DerElement, what: string): bigint {
  const value = readIntegerBytes(element, what);
  let result = 0n;
  for (const octet of value) result = (result << 8n) | BigInt(octet);
  return ((value[0] ?? 0) & 0x80) === 0 ? result : result - (1n << BigInt(8 * value.length));
}

/** INTEGER between 0 and `maximum`. */
export function readSmallInteger(element: DerElement, what: string, maximum = 0xffff_ffff): number {
  if (readIntegerBytes(element, what).length <= 8) {
    const number = readBigInteger(element, what);
    if (number >= 0n && number <= BigInt(maximum)) return Number(number);
  }
  throw new ParseError('der', 'integer-out-of-range', `${what} must be from 0 to ${maximum}`, element.offset);
}

/** OBJECT IDENTIFIER as dotted text (X.690 §8.19). */
export function readOid(element: DerElement, what: string): string {
  const { value } = element.expect(TAG.oid, what);
  const bad = () => new ParseError('der', 'bad-oid', `${what} is not an object identifier`, element.offset);
  if (value.length === 0 || value.length > 128) throw bad();
  const arcs: bigint[] = [];
  let arc = 0n;
  let started = false;
  for (const octet of value) {
    if (!started && octet === 0x80) throw bad();
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    started = (octet & 0x80) !== 0;
    if (started) continue;
    if (arcs.length === 0) {
      const top = arc < 40n ? 0n : arc < 80n ? 1n : 2n;
      arcs.push(top, arc - 40n * top);
    } else {
      arcs.push(arc);
    }
    arc = 0n;
  }
  if (started) throw bad();
  return arcs.join('.');
}

/** OCTET STRING. */
export function readOctetString(element: DerElement, what: string): Uint8Array {
  return element.expect(TAG.octetString, what).value;
}

/** BIT STRING: the bytes and how many bits of the last one do not count (they must be zero). */
export function readBitString(element: DerElement, what: string): { bytes: Uint8Array; unusedBits: number } {
  const { value } = element.expect(TAG.bitString, what);
  const unusedBits = value[0];
  const bytes = value.subarray(1);
  const last = bytes.at(-1);
  const bad =
    unusedBits === undefined ||
    unusedBits > 7 ||
    (last === undefined ? unusedBits !== 0 : (last & ((1 << unusedBits) - 1)) !== 0);
  if (bad) throw new ParseError('der', 'bad-bit-string', `${what} is not a DER bit string`, element.offset);
  return { bytes, unusedBits };
}

type StringDecoder = (bytes: Uint8Array) => string | undefined;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function decodeLatin1(bytes: Uint8Array): string {
  let text = '';
  for (const octet of bytes) text += String.fromCharCode(octet);
  return text;
}

function decodeAscii(bytes: Uint8Array): string | undefined {
  return bytes.every((octet) => octet < 0x80) ? decodeLatin1(bytes) : undefined;
}

/** Text of UTF-16 big-endian bytes, or undefined when their number is odd. */
export function decodeUtf16Be(bytes: Uint8Array): string | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  let text = '';
  for (let at = 0; at < bytes.length; at += 2) {
    text += String.fromCharCode(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  }
  return text;
}

function decodeUtf32Be(bytes: Uint8Array): string | undefined {
  if (bytes.length % 4 !== 0) return undefined;
  let text = '';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; at += 4) {
    const point = view.getUint32(at);
    if (point > 0x10ffff) return undefined;
    text += String.fromCodePoint(point);
  }
  return text;
}

const STRING_DECODERS: ReadonlyMap<number, StringDecoder> = new Map<number, StringDecoder>([
  [TAG.utf8String, decodeUtf8],
  [TAG.numericString, decodeAscii],
  [TAG.printableString, decodeAscii],
  [TAG.t61String, decodeLatin1],
  [TAG.ia5String, decodeAscii],
  [TAG.visibleString, decodeAscii],
  [TAG.universalString, decodeUtf32Be],
  [TAG.bmpString, decodeUtf16Be],
]);

/** Whether the element is of one of the string types that `readString` knows. */
export function isString(element: DerElement): boolean {
  return STRING_DECODERS.has(element.tag);
}

/** Text of any of the string types. */
export function readString(element: DerElement, what: string): string {
  const text = STRING_DECODERS.get(element.tag)?.(element.value);
  if (text === undefined) throw new ParseError('der', 'bad-string', `${what} is not a text`, element.offset);
  return text;
}

/** UTCTime or GeneralizedTime, in the only forms that RFC 5280 §4.1.2.5 allows: whole seconds, ending in Z. */
export function readTime(element: DerElement, what: string): Date {
  const text = decodeAscii(element.value) ?? '';
  const bad = new ParseError('der', 'bad-time', `${what} is not a valid time`, element.offset);
  let digits = text.slice(0, -1);
  if (!text.endsWith('Z') || !/^[0-9]*$/.test(digits)) throw bad;
  if (element.tag === TAG.utcTime && digits.length === 12) {
    digits = (Number(digits.slice(0, 2)) < 50 ? '20' : '19') + digits;
  } else if (element.tag !== TAG.generalizedTime || digits.length !== 14) {
    throw bad;
  }
  const iso = digits.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6.000Z');
  const time = new Date(iso);
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw bad;
  return time;
}
