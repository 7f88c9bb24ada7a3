// Walks over DER elements without making a value of each: catalogs have some of millions, and only few are looked at.
// The checks are those of the DER reader.
import { Buffer } from 'node:buffer';
import { DerElement, readDerHeader } from '../der/index.ts';
import { ParseError } from '../errors.ts';

/** How deep an element that is read as a whole may be nested, and of how many it may consist. */
const ELEMENT_LIMITS = { maximumDepth: 24, maximumElements: 20_000 };

export class ElementWalk {
  readonly #bytes: Buffer;
  /** Added to offsets in errors. */
  readonly #origin: number;
  readonly #limit: number;
  readonly #what: string;
  #next: number;
  /** Identifier octet of the current element, its start, the start of its content, and the end of both. */
  tag = 0;
  start = 0;
  valueStart = 0;
  end = 0;

  /** Over the elements in [start, limit) of `bytes`, which are `what`. */
  constructor(bytes: Buffer, start: number, limit: number, origin: number, what: string) {
    this.#bytes = bytes;
    this.#origin = origin;
    this.#limit = limit;
    this.#what = what;
    this.#next = start;
    this.start = start;
  }

  /** A walk over the elements of `value`, the content of an element that has been read. */
  static over(element: DerElement, what: string): ElementWalk {
    const { value } = element;
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
    return new ElementWalk(bytes, 0, bytes.length, element.valueOffset, what);
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Offset of the current element in the outermost input. */
  get offset(): number {
    return this.#origin + this.start;
  }

  /** Goes to the next element; false when there is none. Throws ParseError `truncated` and those of readDerHeader. */
  next(): boolean {
    if (this.#next === this.#limit) return false;
    const { tag, headerLength, valueLength } = readDerHeader(this.#bytes, this.#next, this.#origin);
    this.start = this.#next;
    this.valueStart = this.start + headerLength;
    this.end = this.valueStart + valueLength;
    this.tag = tag;
    if (this.end > this.#limit) {
      const left = Math.max(0, this.#limit - this.valueStart);
      const message = `an element in ${this.#what} claims ${valueLength} bytes of content but ${left} are left`;
      throw new ParseError('der', 'truncated', message, this.offset);
    }
    this.#next = this.end;
    return true;
  }

  /** Goes to the next element, which must be there and have this tag. */
  expect(tag: number, what: string): this {
    if (!this.next()) {
      const message = `${this.#what} ends before ${what}`;
      throw new ParseError('der', 'missing-part', message, this.#origin + this.#limit);
    }
    if (this.tag !== tag) {
      const message = `${what} has tag ${this.tag}, which it cannot have`;
      throw new ParseError('der', 'unexpected-tag', message, this.offset);
    }
    return this;
  }

  /** Throws ParseError `unexpected-part` when another element follows. */
  finish(): void {
    if (this.next()) {
      const message = `${this.#what} has a part that does not belong there`;
      throw new ParseError('der', 'unexpected-part', message, this.offset);
    }
  }

  /** A walk over the parts of the current element. */
  inside(what: string): ElementWalk {
    return new ElementWalk(this.#bytes, this.valueStart, this.end, this.#origin, what);
  }

  /** The content of the current element: a view. */
  value(): Uint8Array {
    return plainView(this.#bytes, this.valueStart, this.end);
  }

  /** The whole current element: a view. */
  whole(): Uint8Array {
    return plainView(this.#bytes, this.start, this.end);
  }

  /** The content as text, one character for each byte: to look things up by. */
  key(): string {
    return this.#bytes.toString('latin1', this.valueStart, this.end);
  }

  /** The current element for the general reader. */
  element(): DerElement {
    const { maximumDepth, maximumElements } = ELEMENT_LIMITS;
    const budget = { maximumDepth, elementsLeft: maximumElements };
    return new DerElement(plainView(this.#bytes, 0, this.end), this.start, this.#origin, 1, budget);
  }
}

function plainView(bytes: Buffer, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}
