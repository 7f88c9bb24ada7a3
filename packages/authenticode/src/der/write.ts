// Writes DER (X.690). Each function returns a whole element; compound ones take whole elements.
import { Buffer } from 'node:buffer';
import { compareBytes, concatBytes } from '../bytes.ts';
import { contextConstructed, contextPrimitive, TAG } from './tags.ts';

/** An element of any identifier octet over these content octets. */
export function element(tag: number, value: Uint8Array): Uint8Array {
  const length = value.length;
  const lengthOctets: number[] = [];
  if (length < 0x80) {
    lengthOctets.push(length);
  } else {
    for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) lengthOctets.unshift(rest % 256);
    lengthOctets.unshift(0x80 | lengthOctets.length);
  }
  const result = new Uint8Array(1 + lengthOctets.length + length);
  result[0] = tag;
  result.set(lengthOctets, 1);
  result.set(value, 1 + lengthOctets.length);
  return result;
}

export function sequence(parts: readonly Uint8Array[]): Uint8Array {
  return element(TAG.sequence, concatBytes(parts));
}

/** The parts in the order that DER demands of a SET OF: ascending by encoding (X.690 §11.6). */
export function sortedForSet(parts: readonly Uint8Array[]): Uint8Array[] {
  return [...parts].sort(compareBytes);
}

/** SET OF, its parts put in DER order. */
export function setOf(parts: readonly Uint8Array[]): Uint8Array {
  return element(TAG.set, concatBytes(sortedForSet(parts)));
}

export function boolean(value: boolean): Uint8Array {
  return element(TAG.boolean, Uint8Array.of(value ? 0xff : 0));
}

/** INTEGER from a number or bigint, or from the bytes of an unsigned big-endian number (leading zeros are dropped). */
export function integer(value: number | bigint | Uint8Array): Uint8Array {
  if (value instanceof Uint8Array) return element(TAG.integer, unsignedOctets(value));
  let rest = BigInt(value);
  const octets: number[] = [];
  for (;;) {
    const octet = Number(BigInt.asUintN(8, rest));
    octets.unshift(octet);
    rest >>= 8n;
    const done = (rest === 0n && octet < 0x80) || (rest === -1n && octet >= 0x80);
    if (done) return element(TAG.integer, Uint8Array.from(octets));
  }
}

function unsignedOctets(bytes: Uint8Array): Uint8Array {
  const firstNonZero = bytes.findIndex((octet) => octet !== 0);
  if (firstNonZero === -1) return Uint8Array.of(0);
  const stripped = bytes.subarray(firstNonZero);
  return (stripped[0] ?? 0) < 0x80 ? stripped : concatBytes([Uint8Array.of(0), stripped]);
}

export function nullValue(): Uint8Array {
  return Uint8Array.of(TAG.null, 0);
}

/** OBJECT IDENTIFIER from dotted text; throws RangeError when it is not one. */
export function oid(dotted: string): Uint8Array {
  if (!/^[0-2](\.(0|[1-9][0-9]*))+$/.test(dotted)) throw new RangeError(`'${dotted}' is not an object identifier`);
  const [top = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  if (top < 2n && second > 39n) throw new RangeError(`'${dotted}' is not an object identifier`);
  const octets: number[] = [];
  for (const arc of [top * 40n + second, ...rest]) {
    const group = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) group.unshift(Number(left & 0x7fn) | 0x80);
    octets.push(...group);
  }
  return element(TAG.oid, Uint8Array.from(octets));
}

export function octetString(value: Uint8Array): Uint8Array {
  return element(TAG.octetString, value);
}

/** BIT STRING; `unusedBits` of the last byte do not count and must be zero in it. */
export function bitString(value: Uint8Array, unusedBits = 0): Uint8Array {
  return element(TAG.bitString, concatBytes([Uint8Array.of(unusedBits), value]));
}

/** BIT STRING of named bits: those whose numbers are listed are set, without trailing zeros (X.690 §11.2.2). */
export function namedBits(bits: readonly number[]): Uint8Array {
  const highest = Math.max(-1, ...bits);
  const value = new Uint8Array(Math.floor(highest / 8) + 1);
  for (const bit of bits) {
    const index = Math.floor(bit / 8);
    value[index] = (value[index] ?? 0) | (0x80 >> (bit % 8));
  }
  return bitString(value, highest < 0 ? 0 : 7 - (highest % 8));
}

export function utf8String(text: string): Uint8Array {
  return element(TAG.utf8String, Buffer.from(text, 'utf8'));
}

/** PrintableString; throws RangeError for characters outside its set (X.680 §41.4). */
export function printableString(text: string): Uint8Array {
  if (!/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text)) throw new RangeError(`'${text}' cannot be a PrintableString`);
  return element(TAG.printableString, Buffer.from(text, 'latin1'));
}

/** IA5String; throws RangeError for characters outside ASCII. */
export function ia5String(text: string): Uint8Array {
  return element(TAG.ia5String, asciiBytes(text));
}

export function bmpString(text: string): Uint8Array {
  return element(TAG.bmpString, utf16BeBytes(text));
}

/** Bytes of ASCII text; throws RangeError for any other character. */
export function asciiBytes(text: string): Uint8Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'utf8'));
  if (bytes.some((octet) => octet > 0x7f)) throw new RangeError(`'${text}' is not ASCII`);
  return bytes;
}

/** Bytes of text as UTF-16 big-endian, without a byte-order mark. */
export function utf16BeBytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'utf16le').swap16());
}

/** `YYYYMMDDHHMMSSZ`; fractions of a second are dropped. */
function timeDigits(time: Date): string {
  return `${time.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
}

/** UTCTime; throws RangeError outside 1950 to 2049, which two digits of a year cannot hold. */
export function utcTime(time: Date): Uint8Array {
  const year = time.getUTCFullYear();
  if (!(year >= 1950 && year <= 2049)) throw new RangeError(`the year ${year} cannot be a UTCTime`);
  return element(TAG.utcTime, asciiBytes(timeDigits(time).slice(2)));
}

export function generalizedTime(time: Date): Uint8Array {
  return element(TAG.generalizedTime, asciiBytes(timeDigits(time)));
}

/** The Time of RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
export function certificateTime(time: Date): Uint8Array {
  return time.getUTCFullYear() < 2050 ? utcTime(time) : generalizedTime(time);
}

/** [number] EXPLICIT around one or more whole elements. */
export function contextExplicit(number: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return element(contextConstructed(number), concatBytes(parts));
}

/** [number] IMPLICIT over primitive content octets. */
export function contextImplicit(number: number, value: Uint8Array): Uint8Array {
  return element(contextPrimitive(number), value);
}

/** AlgorithmIdentifier with NULL parameters, as Authenticode writes those of digests and of RSA. */
export function algorithmIdentifier(algorithm: string): Uint8Array {
  return sequence([oid(algorithm), nullValue()]);
}
