// Arbitrary damage: what is done to a valid sample, as data, so that fast-check can repeat and shrink it.
import fc from 'fast-check';
import { placesOf, readDerTree, writeDerTree } from './der-tree.ts';
import { changeXml, XML_CHANGES } from './xml-elements.ts';

/** Positions are taken modulo what there is. */
type Damage =
  | { readonly kind: 'bit'; readonly at: number; readonly bit: number }
  | { readonly kind: 'byte'; readonly at: number; readonly value: number }
  | {
      readonly kind: 'number';
      readonly at: number;
      readonly width: number;
      readonly big: boolean;
      readonly value: number;
    }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'remove'; readonly at: number; readonly count: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly count: number; readonly times: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | {
      readonly kind: 'splice';
      readonly at: number;
      readonly from: number;
      readonly count: number;
      readonly over: boolean;
    }
  | { readonly kind: 'element'; readonly at: number; readonly change: ElementChange; readonly value: number };

/** What is done to one element of a DER sample; everything around it stays well-formed. */
type ElementChange = (typeof ELEMENT_CHANGES)[number];

const ELEMENT_CHANGES = [
  'remove',
  'double',
  'swap',
  'retag',
  'empty',
  'flatten',
  'wrap',
  'multiply',
  'graft',
  'octet',
  'grow',
] as const;

/** What a DER element may be turned into: universal types, and context tags of both kinds. */
const TAGS = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0x81, 0xa0, 0xa1,
  0xa2, 0xa3,
];

/** Lengths and offsets that readers get wrong. */
const TRICKY = [
  0, 1, 2, 3, 7, 8, 16, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];

const position = fc.oneof({ arbitrary: fc.nat(1024), weight: 1 }, { arbitrary: fc.nat(0x3fffffff), weight: 2 });

const damageArbitrary: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('bit' as const), at: position, bit: fc.nat(7) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('byte' as const), at: position, value: fc.nat(255) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('number' as const),
      at: position,
      width: fc.constantFrom(2, 4, 8),
      big: fc.boolean(),
      value: fc.oneof(fc.constantFrom(...TRICKY), fc.nat(0xffff)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), at: position }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('remove' as const),
      at: position,
      count: fc.integer({ min: 1, max: 64 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('repeat' as const),
      at: position,
      count: fc.integer({ min: 1, max: 256 }),
      times: fc.integer({ min: 1, max: 40 }),
    }),
  },
  // A short piece so often that whatever takes more than its share of time for each shows.
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('repeat' as const),
      at: position,
      count: fc.integer({ min: 1, max: 12 }),
      times: fc.integer({ min: 30, max: 6000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('insert' as const),
      at: position,
      bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('splice' as const),
      at: position,
      from: position,
      count: fc.integer({ min: 1, max: 512 }),
      over: fc.boolean(),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('element' as const),
      at: position,
      change: fc.constantFrom(...ELEMENT_CHANGES),
      value: fc.nat(0xffff),
    }),
  },
);

/** A sample by number, another one to take parts from, and what happens to the first. */
export interface FuzzCase {
  readonly sample: number;
  readonly donor: number;
  readonly damage: readonly Damage[];
}

export const fuzzCase: fc.Arbitrary<FuzzCase> = fc.record({
  sample: fc.nat(1000),
  donor: fc.nat(1000),
  damage: fc.array(damageArbitrary, { minLength: 1, maxLength: 4 }),
});

/** No case is longer than this, so that doubling again and again stays harmless. */
const LONGEST_CASE_BYTES = 256 * 1024;

/** The bytes of a case. */
export function damaged({ sample, donor, damage }: FuzzCase, samples: readonly Uint8Array[]): Uint8Array {
  let bytes = samples[sample % samples.length] ?? new Uint8Array(0);
  const other = samples[donor % samples.length] ?? new Uint8Array(0);
  for (const one of damage) bytes = apply(bytes, one, other).subarray(0, LONGEST_CASE_BYTES);
  return Uint8Array.from(bytes);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function apply(bytes: Uint8Array, damage: Damage, other: Uint8Array): Uint8Array {
  const at = bytes.length === 0 ? 0 : damage.at % bytes.length;
  const copy = Uint8Array.from(bytes);
  switch (damage.kind) {
    case 'bit':
      copy[at] = (copy[at] ?? 0) ^ (1 << damage.bit);
      return copy;
    case 'byte':
      copy[at] = damage.value;
      return copy;
    case 'number': {
      for (let index = 0; index < damage.width && at + index < copy.length; index++) {
        const exponent = damage.big ? damage.width - 1 - index : index;
        copy[at + index] = exponent > 3 ? 0 : (damage.value >>> (8 * exponent)) & 0xff;
      }
      return copy;
    }
    case 'cut':
      return copy.subarray(0, at);
    case 'remove':
      return joined(bytes.subarray(0, at), bytes.subarray(at + damage.count));
    case 'repeat': {
      const piece = bytes.subarray(at, at + damage.count);
      return joined(bytes.subarray(0, at), ...Array.from({ length: damage.times }, () => piece), bytes.subarray(at));
    }
    case 'insert':
      return joined(bytes.subarray(0, at), damage.bytes, bytes.subarray(at));
    case 'splice': {
      const from = other.length === 0 ? 0 : damage.from % other.length;
      const piece = other.subarray(from, from + damage.count);
      return joined(bytes.subarray(0, at), piece, bytes.subarray(damage.over ? at + piece.length : at));
    }
    case 'element':
      return changeElement(bytes, damage.at, damage.change, damage.value, other);
  }
}

const XML_START = /^(?:\xef\xbb\xbf)?</;

/** Elements of XML are changed as such; samples that are neither DER nor XML get a changed byte instead. */
function changeElement(
  bytes: Uint8Array,
  at: number,
  change: ElementChange,
  value: number,
  other: Uint8Array,
): Uint8Array {
  const characters = Buffer.from(bytes).toString('latin1');
  if (XML_START.test(characters)) {
    const kind = XML_CHANGES[ELEMENT_CHANGES.indexOf(change) % XML_CHANGES.length] ?? 'remove';
    const result = changeXml(characters, Buffer.from(other).toString('latin1'), kind, at, value);
    return new Uint8Array(Buffer.from(result, 'latin1'));
  }
  const root = readDerTree(bytes);
  const places = root === undefined ? [] : placesOf(root);
  const place = places[at % Math.max(1, places.length)];
  const node = place?.list[place.index];
  if (root === undefined || place === undefined || node === undefined) {
    return apply(bytes, { kind: 'byte', at, value: value & 0xff }, other);
  }
  const { list, index } = place;
  switch (change) {
    case 'remove':
      list.splice(index, 1);
      break;
    case 'double':
      list.splice(index, 0, node);
      break;
    case 'swap':
      list.splice(index, 1);
      list.splice(value % (list.length + 1), 0, node);
      break;
    case 'retag':
      list[index] = { tag: TAGS[value % TAGS.length] ?? 0x30, content: node.content };
      break;
    case 'empty':
      list[index] = { tag: node.tag, content: new Uint8Array(0) };
      break;
    case 'flatten':
      list[index] = { tag: node.tag & ~0x20, content: node.content };
      break;
    case 'wrap':
      list[index] = { tag: TAGS[value % TAGS.length] ?? 0x30, content: [node] };
      break;
    case 'multiply':
      list.splice(index, 0, ...Array.from({ length: value % 64 }, () => node));
      break;
    case 'graft': {
      const donorRoot = readDerTree(other);
      const donorPlaces = donorRoot === undefined ? [] : placesOf(donorRoot);
      const donorPlace = donorPlaces[value % Math.max(1, donorPlaces.length)];
      const graft = donorPlace?.list[donorPlace.index];
      if (graft !== undefined) list[index] = graft;
      break;
    }
    case 'octet': {
      if (!(node.content instanceof Uint8Array) || node.content.length === 0) break;
      const content = Uint8Array.from(node.content);
      content[(value >> 8) % content.length] = value & 0xff;
      list[index] = { tag: node.tag, content };
      break;
    }
    case 'grow':
      list[index] = { tag: node.tag, content: new Uint8Array(value % 300).fill(value & 0xff) };
      break;
  }
  return writeDerTree(root);
}
