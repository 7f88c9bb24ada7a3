// Reads DER (X.690) without copying: each element is a view of the bytes it was read from, so that signatures can be
// checked over exactly what was signed. Only definite, minimal lengths and low tag numbers exist here.
import { ParseError } from '../errors.ts';

export interface DerLimits {
  /** How deep elements may be nested. */
  readonly maximumDepth: number;
  /** How many elements may be read in all. */
  readonly maximumElements: number;
}

export const DEFAULT_DER_LIMITS: DerLimits = { maximumDepth: 48, maximumElements: 100_000 };

export interface DerHeader {
  /** Identifier octet. */
  readonly tag: number;
  /** Bytes of identifier and length octets together. */
  readonly headerLength: number;
  /** Bytes of content. */
  readonly valueLength: number;
}

/**
 * Reads the identifier and length octets at `at`, without asking whether the content exists (X.690 §8.1.3, §10.1).
 * `origin` is added to the offsets in errors.
 */
export function readDerHeader(bytes: Uint8Array, at = 0, origin = 0): DerHeader {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) {
    throw new ParseError('der', 'truncated', 'the input ends inside the header of an element', origin + at);
  }
  if ((tag & 0x1f) === 0x1f) {
    throw new ParseError('der', 'high-tag-number', 'tag numbers above 30 are not used by any format here', origin + at);
  }
  if (first < 0x80) return { tag, headerLength: 2, valueLength: first };
  const count = first & 0x7f;
  if (count === 0) {
    throw new ParseError('der', 'indefinite-length', 'indefinite lengths are not allowed in DER', origin + at + 1);
  }
  if (count > 4) {
    throw new ParseError('der', 'length-too-long', `a length of ${count} octets is too long`, origin + at + 1);
  }
  let valueLength = 0;
  for (let index = 0; index < count; index++) {
    const octet = bytes[at + 2 + index];
    if (octet === undefined) {
      throw new ParseError('der', 'truncated', 'the input ends inside the header of an element', origin + at);
    }
    valueLength = valueLength * 256 + octet;
  }
  const shortest =
    valueLength < 0x80 ? 0 : valueLength < 0x100 ? 1 : valueLength < 0x10000 ? 2 : valueLength < 0x1000000 ? 3 : 4;
  if (count !== shortest) {
    throw new ParseError('der', 'non-minimal-length', 'the length is not in its shortest form', origin + at + 1);
  }
  return { tag, headerLength: 2 + count, valueLength };
}

/** What all elements of one input share: the limits, counted down. */
interface ReadingBudget {
  readonly maximumDepth: number;
  elementsLeft: number;
}

/** One element of DER input. */
export class DerElement {
  /** Identifier octet: class, constructed bit and number. */
  readonly tag: number;
  /** Offset of the identifier octet in the outermost input. */
  readonly offset: number;
  /** The whole element, header included: a view of the input. */
  readonly bytes: Uint8Array;
  /** The content octets: a view of the input. */
  readonly value: Uint8Array;
  readonly #depth: number;
  readonly #budget: ReadingBudget;
  #children: readonly DerElement[] | undefined;

  /** Use `decodeDer`. Reads the element that starts at `at` in `bytes`. */
  constructor(bytes: Uint8Array, at: number, origin: number, depth: number, budget: ReadingBudget) {
    this.offset = origin + at;
    if (depth > budget.maximumDepth) {
      throw new ParseError('der', 'too-deep', `elements are nested more than ${budget.maximumDepth} deep`, this.offset);
    }
    budget.elementsLeft -= 1;
    if (budget.elementsLeft < 0) {
      throw new ParseError('der', 'too-many-elements', 'the input holds too many elements', this.offset);
    }
    const header = readDerHeader(bytes, at, origin);
    const start = at + header.headerLength;
    if (header.valueLength > bytes.length - start) {
      const left = bytes.length - start;
      const message = `an element claims ${header.valueLength} bytes of content but ${left} are left`;
      throw new ParseError('der', 'truncated', message, this.offset);
    }
    this.tag = header.tag;
    this.bytes = bytes.subarray(at, start + header.valueLength);
    this.value = bytes.subarray(start, start + header.valueLength);
    this.#depth = depth;
    this.#budget = budget;
  }

  /** Offset of the first content octet in the outermost input. */
  get valueOffset(): number {
    return this.offset + this.bytes.length - this.value.length;
  }

  /** The elements inside a constructed element; throws ParseError `not-constructed` for a primitive one. */
  children(): readonly DerElement[] {
    if (this.#children !== undefined) return this.#children;
    if ((this.tag & 0x20) === 0) {
      throw new ParseError('der', 'not-constructed', `an element of tag ${hexTag(this.tag)} has no parts`, this.offset);
    }
    const children: DerElement[] = [];
    for (let at = 0; at < this.value.length; ) {
      const child = new DerElement(this.value, at, this.valueOffset, this.#depth + 1, this.#budget);
      children.push(child);
      at += child.bytes.length;
    }
    this.#children = children;
    return children;
  }

  /** The one element that the content consists of, as under an EXPLICIT tag or in an OCTET STRING that wraps DER. */
  inner(): DerElement {
    const element = new DerElement(this.value, 0, this.valueOffset, this.#depth + 1, this.#budget);
    if (element.bytes.length !== this.value.length) {
      const message = 'more than one element stands where one is allowed';
      throw new ParseError('der', 'trailing-data', message, this.valueOffset + element.bytes.length);
    }
    return element;
  }

  /** Itself, or ParseError `unexpected-tag` naming `what` was looked for. */
  expect(tag: number, what: string): this {
    if (this.tag !== tag) {
      const message = `${what} should have tag ${hexTag(tag)} but has ${hexTag(this.tag)}`;
      throw new ParseError('der', 'unexpected-tag', message, this.offset);
    }
    return this;
  }

  /** Reads the parts of this element one by one; it must have this tag. */
  parts(tag: number, what: string): DerParts {
    return new DerParts(this.expect(tag, what), what);
  }
}

/** Walks through the parts of a SEQUENCE in order, some of which may be absent. */
export class DerParts {
  readonly #owner: DerElement;
  readonly #what: string;
  readonly #elements: readonly DerElement[];
  #index = 0;

  constructor(owner: DerElement, what: string) {
    this.#owner = owner;
    this.#what = what;
    this.#elements = owner.children();
  }

  /** The next part; throws ParseError `missing-part` when there is none. */
  next(what: string): DerElement {
    const element = this.#elements[this.#index];
    if (element === undefined) {
      const end = this.#owner.offset + this.#owner.bytes.length;
      throw new ParseError('der', 'missing-part', `${this.#what} ends before its ${what}`, end);
    }
    this.#index += 1;
    return element;
  }

  /** The next part if it has this tag, otherwise undefined and nothing is consumed. */
  optional(tag: number): DerElement | undefined {
    const element = this.#elements[this.#index];
    if (element?.tag !== tag) return undefined;
    this.#index += 1;
    return element;
  }

  /** The parts not yet consumed. */
  rest(): readonly DerElement[] {
    const rest = this.#elements.slice(this.#index);
    this.#index = this.#elements.length;
    return rest;
  }

  /** Throws ParseError `unexpected-part` unless every part was consumed. */
  end(): void {
    const element = this.#elements[this.#index];
    if (element !== undefined) {
      const message = `${this.#what} has a part that does not belong there (tag ${hexTag(element.tag)})`;
      throw new ParseError('der', 'unexpected-part', message, element.offset);
    }
  }
}

function hexTag(tag: number): string {
  return `0x${tag.toString(16).padStart(2, '0')}`;
}

/**
 * The one element that `bytes` consists of. Parts are read when they are asked for, with the limits shared by all of
 * them. Throws ParseError (`truncated`, `indefinite-length`, `non-minimal-length`, `trailing-data` …).
 */
export function decodeDer(bytes: Uint8Array, limits: Partial<DerLimits> = {}): DerElement {
  const { maximumDepth, maximumElements } = { ...DEFAULT_DER_LIMITS, ...limits };
  const element = new DerElement(bytes, 0, 0, 1, { maximumDepth, elementsLeft: maximumElements });
  if (element.bytes.length !== bytes.length) {
    const extra = bytes.length - element.bytes.length;
    throw new ParseError(
      'der',
      'trailing-data',
      `${extra} bytes follow the end of the structure`,
      element.bytes.length,
    );
  }
  return element;
}
