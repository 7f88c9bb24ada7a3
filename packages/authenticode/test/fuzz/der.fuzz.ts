// DER: every element is visited and read as every type that its tag could mean.
import {
  type DerElement,
  decodeDer,
  isString,
  readBigInteger,
  readBitString,
  readBoolean,
  readOctetString,
  readOid,
  readSmallInteger,
  readString,
  readTime,
  TAG,
} from '../../src/der/index.ts';
import { ParseError } from '../../src/errors.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { catalogBytes, ec, rsa } from './samples.ts';

const READERS: ReadonlyMap<number, (element: DerElement) => unknown> = new Map<
  number,
  (element: DerElement) => unknown
>([
  [TAG.boolean, (element) => readBoolean(element, 'it')],
  [TAG.integer, (element) => [readBigInteger(element, 'it'), orRefused(() => readSmallInteger(element, 'it'))]],
  [TAG.bitString, (element) => readBitString(element, 'it')],
  [TAG.octetString, (element) => [readOctetString(element, 'it'), orRefused(() => visit(element.inner()))]],
  [TAG.oid, (element) => readOid(element, 'it')],
  [TAG.utcTime, (element) => readTime(element, 'it')],
  [TAG.generalizedTime, (element) => readTime(element, 'it')],
]);

function orRefused(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

function visit(element: DerElement): void {
  if ((element.tag & 0x20) !== 0) {
    for (const child of element.children()) visit(child);
    return;
  }
  orRefused(() => READERS.get(element.tag)?.(element));
  if (isString(element)) orRefused(() => readString(element, 'it'));
}

export const targets: readonly FuzzTarget[] = [
  {
    name: 'der',
    samples: async () => [rsa.leaf.bytes, ec.root.bytes, catalogBytes],
    read: (input) => visit(decodeDer(input)),
  },
];
