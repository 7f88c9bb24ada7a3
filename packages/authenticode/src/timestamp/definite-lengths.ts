// Some authorities answer in BER (X.690 §8) with indefinite lengths and strings in pieces. A signature that is stamped
// must stay DER, so what surrounds the signed parts of such an answer is written anew; those are DER in any case
// (RFC 5652 §5.4), and their bytes stay.
import { concatBytes, equalBytes } from '../bytes.ts';
import { TAG, write } from '../der/index.ts';
import { ParseError } from '../errors.ts';

const MAXIMUM_DEPTH = 48;
const MAXIMUM_ELEMENTS = 100_000;
const CONSTRUCTED = 0x20;

/** Reads BER from the start to the end of `bytes`, element by element, and gives each back with a definite length. */
class BerConverter {
  readonly #bytes: Uint8Array;
  #at = 0;
  #elementsLeft = MAXIMUM_ELEMENTS;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  #fail(code: string, message: string): never {
    throw new ParseError('timestamp', code, message, this.#at);
  }

  #octet(): number {
    const octet = this.#bytes[this.#at];
    if (octet === undefined) return this.#fail('truncated', 'the answer ends inside an element');
    this.#at += 1;
    return octet;
  }

  /** The length that stands here; undefined when it is indefinite. */
  #length(): number | undefined {
    const first = this.#octet();
    if (first < 0x80) return first;
    if (first === 0x80) return undefined;
    if (first > 0x84) return this.#fail('length-too-long', 'a length has more than four octets');
    let length = 0;
    for (let left = first & 0x7f; left > 0; left--) length = length * 256 + this.#octet();
    return length;
  }

  /** The element that starts here and must end at or before `end`. */
  element(end: number, depth: number): Uint8Array {
    this.#elementsLeft -= 1;
    if (depth > MAXIMUM_DEPTH || this.#elementsLeft < 0) this.#fail('too-deep', 'the answer has too many elements');
    const tag = this.#octet();
    const length = this.#length();
    const valueEnd = length === undefined ? undefined : this.#at + length;
    if (valueEnd !== undefined && valueEnd > end) this.#fail('truncated', 'an element reaches past what it is in');
    if ((tag & CONSTRUCTED) === 0) {
      if (valueEnd === undefined) return this.#fail('indefinite-length', 'a primitive element has no length');
      const value = this.#bytes.subarray(this.#at, valueEnd);
      this.#at = valueEnd;
      return write.element(tag, value);
    }
    const parts: Uint8Array[] = [];
    while (!this.#ends(valueEnd)) parts.push(this.element(valueEnd ?? end, depth + 1));
    return tag === (TAG.octetString | CONSTRUCTED) ? this.#joined(parts) : write.element(tag, concatBytes(parts));
  }

  /** Whether a constructed element ends here: at its end, or with the two zeros that stand for it. */
  #ends(valueEnd: number | undefined): boolean {
    if (valueEnd !== undefined) return this.#at >= valueEnd;
    if (this.#bytes[this.#at] !== 0 || this.#bytes[this.#at + 1] !== 0) return false;
    this.#at += 2;
    return true;
  }

  /** The OCTET STRING whose pieces these are. */
  #joined(parts: readonly Uint8Array[]): Uint8Array {
    const values = parts.map((part) => {
      if (part[0] !== TAG.octetString) return this.#fail('unexpected-tag', 'a piece of an OCTET STRING is none');
      const lengthOctets = (part[1] ?? 0) < 0x80 ? 1 : 1 + ((part[1] ?? 0) & 0x7f);
      return part.subarray(1 + lengthOctets);
    });
    return write.octetString(concatBytes(values));
  }
}

/** The one element in `ber` with definite, shortest lengths throughout; `ber` itself where it has those. Throws ParseError. */
export function withDefiniteLengths(ber: Uint8Array): Uint8Array {
  const converter = new BerConverter(ber);
  const converted = converter.element(ber.length, 1);
  if (converter.at !== ber.length) {
    throw new ParseError('timestamp', 'trailing-data', 'bytes follow the end of the answer', converter.at);
  }
  return equalBytes(converted, ber) ? ber : converted;
}
