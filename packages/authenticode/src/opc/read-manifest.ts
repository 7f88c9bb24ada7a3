// Reads the Manifest of a signature: its references to parts (ECMA-376 Part 2 §10.5.7, §10.5.8). Only what the standard
// allows is read, for anything else might be understood differently elsewhere.
import { Buffer } from 'node:buffer';
import { DIGEST_ALGORITHMS } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import { attributeOf, textOf, type XmlElement } from '../xml/index.ts';
import { checkPartName, foldPartName, isRelationshipsName } from './part-name.ts';
import type { PartReference, PartTransform, RelationshipSelector } from './part-reference.ts';
import { schemaChildren } from './schema.ts';
import { algorithmOf, DIGEST_URI, NAMESPACE, TRANSFORM } from './vocabulary.ts';

const WHERE = 'the signature';
/** References to one part that make sense: as a whole, and some of its relationships; twice that is generous. */
const MOST_REFERENCES_TO_A_PART = 4;

export function refuseSignature(code: string, message: string): never {
  throw new ParseError('opc', code, message);
}

/** The bytes in base64 text, in which white space may stand. Throws ParseError `bad-base64`. */
export function decodeBase64(element: XmlElement): Uint8Array {
  const text = textOf(element).replaceAll(/[ \t\r\n]/g, '');
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    refuseSignature('bad-base64', `${element.local} of the signature is not base64`);
  }
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** The children of an element of XML Signature. */
export function signatureChildren(element: XmlElement, local: string, options?: { foreign?: boolean }): XmlElement[] {
  return schemaChildren(element, WHERE, NAMESPACE.xmlSignature, local, options);
}

/** Takes the child with this name from the front of `children`, if it is there. */
export function takeChild(children: XmlElement[], local: string): XmlElement | undefined {
  const [first] = children;
  return first?.namespace === NAMESPACE.xmlSignature && first.local === local ? children.shift() : undefined;
}

export function requireChild(children: XmlElement[], local: string, parent: string): XmlElement {
  return (
    takeChild(children, local) ?? refuseSignature('unexpected-xml', `${parent} of the signature has no ${local} there`)
  );
}

export function requireNoMore(children: readonly XmlElement[], parent: string): void {
  const [next] = children;
  if (next !== undefined) refuseSignature('unexpected-xml', `${parent} of the signature has ${next.name} there`);
}

function algorithmUri(element: XmlElement): string {
  return attributeOf(element, 'Algorithm') ?? refuseSignature('unexpected-xml', `${element.name} names no Algorithm`);
}

/** The Algorithm of an element that has nothing in it. */
export function plainAlgorithm(element: XmlElement): string {
  requireNoMore(signatureChildren(element, element.local), element.local);
  return algorithmUri(element);
}

/** DigestMethod and DigestValue, the end of each Reference. */
export function readDigest(children: XmlElement[]): Pick<PartReference, 'digestAlgorithm' | 'digest'> {
  const uri = plainAlgorithm(requireChild(children, 'DigestMethod', 'Reference'));
  const digest = decodeBase64(requireChild(children, 'DigestValue', 'Reference'));
  requireNoMore(children, 'Reference');
  const digestAlgorithm = algorithmOf(DIGEST_URI, uri);
  if (digestAlgorithm === undefined) {
    return refuseSignature('unknown-digest-algorithm', `digest algorithm ${uri} is not supported`);
  }
  const { size } = DIGEST_ALGORITHMS[digestAlgorithm];
  if (digest.length !== size) {
    refuseSignature('bad-digest', `a ${digestAlgorithm} digest has ${digest.length} bytes instead of ${size}`);
  }
  return { digestAlgorithm, digest };
}

/** Whether this is canonicalization with comments or without; undefined when it is something else. */
export function canonicalForm(uri: string): { readonly comments: boolean } | undefined {
  if (uri === TRANSFORM.canonical) return { comments: false };
  return uri === TRANSFORM.canonicalWithComments ? { comments: true } : undefined;
}

function readSelector(transform: XmlElement): RelationshipSelector {
  const ids = new Set<string>();
  const types = new Set<string>();
  for (const element of signatureChildren(transform, 'Transform', { foreign: true })) {
    const id = attributeOf(element, 'SourceId');
    const type = attributeOf(element, 'SourceType');
    const isOurs = element.namespace === NAMESPACE.packageSignature && element.children.length === 0;
    if (isOurs && element.local === 'RelationshipReference' && id !== undefined) ids.add(id);
    else if (isOurs && element.local === 'RelationshipsGroupReference' && type !== undefined) types.add(type);
    else refuseSignature('unexpected-xml', `the relationships transform of the signature has ${element.name} in it`);
  }
  return { ids, types };
}

/** Either one canonicalization, or the choice of relationships and one behind it (§10.6.5). */
function readTransform(transforms: XmlElement | undefined, partName: string): PartTransform {
  if (transforms === undefined) return { kind: 'none' };
  const [first, second, ...more] = signatureChildren(transforms, 'Transforms');
  if (first !== undefined && more.length === 0) {
    const uri = algorithmUri(first);
    if (second === undefined) {
      const form = canonicalForm(uri);
      requireNoMore(signatureChildren(first, 'Transform', { foreign: true }), 'Transform');
      if (form !== undefined) return { kind: 'canonical', ...form };
    } else if (uri === TRANSFORM.relationships && canonicalForm(plainAlgorithm(second)) !== undefined) {
      if (isRelationshipsName(partName)) return { kind: 'relationships', selector: readSelector(first) };
    }
  }
  return refuseSignature('unsupported-transform', `the transforms of the reference to ${partName} are not supported`);
}

function readReference(element: XmlElement): PartReference {
  const uri = attributeOf(element, 'URI') ?? '';
  const match = /^(\/[^?#]*)\?ContentType=([^#]+)$/.exec(uri);
  const [, partName, contentType] = match ?? [];
  if (partName === undefined || contentType === undefined) {
    return refuseSignature(
      'bad-reference',
      `the signature refers to '${uri}', which is not a part with its content type`,
    );
  }
  checkPartName(partName);
  const children = signatureChildren(element, 'Reference');
  const transform = readTransform(takeChild(children, 'Transforms'), partName);
  return { partName, contentType, transform, ...readDigest(children) };
}

/** The references in a Manifest. Throws ParseError. */
export function readManifest(manifest: XmlElement): PartReference[] {
  const references = signatureChildren(manifest, 'Manifest').map(readReference);
  const counts = new Map<string, number>();
  for (const { partName } of references) {
    const folded = foldPartName(partName);
    const count = (counts.get(folded) ?? 0) + 1;
    if (count > MOST_REFERENCES_TO_A_PART) {
      refuseSignature('too-many-references', `the signature refers to ${partName} more than ${count - 1} times`);
    }
    counts.set(folded, count);
  }
  return references;
}
