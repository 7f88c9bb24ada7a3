// References of a signature's manifest to parts (ECMA-376 Part 2 §10.6): which part, of which type, transformed how, with
// which digest.
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { canonicalize, elementText, parseXml } from '../xml/index.ts';
import { parseRelationships, type Relationship, transformRelationships } from './relationships.ts';
import { DIGEST_URI, TRANSFORM } from './vocabulary.ts';

/** Chooses relationships: those with these Ids and those of these types. */
export interface RelationshipSelector {
  readonly ids: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
}

/** What is done with the bytes of a part before they are digested. */
export type PartTransform =
  | { readonly kind: 'none' }
  | { readonly kind: 'canonical'; readonly comments: boolean }
  | { readonly kind: 'relationships'; readonly selector: RelationshipSelector };

export interface PartReference {
  readonly partName: string;
  readonly contentType: string;
  readonly transform: PartTransform;
  readonly digestAlgorithm: DigestAlgorithm;
  readonly digest: Uint8Array;
}

export function isSelected({ ids, types }: RelationshipSelector, { id, type }: Relationship): boolean {
  return ids.has(id) || types.has(type);
}

/** A part as something to be digested. */
export interface Digestible {
  readonly name: string;
  stream(): AsyncIterable<Uint8Array>;
  /** The whole part, when it is not too large for XML. */
  read(): Promise<Uint8Array>;
}

/** The digest of a part under a transform. Throws ParseError when the transform needs XML that is malformed. */
export async function digestPart(
  part: Digestible,
  transform: PartTransform,
  algorithm: DigestAlgorithm,
): Promise<Uint8Array> {
  const hash = createHash(algorithm);
  if (transform.kind === 'none') {
    for await (const chunk of part.stream()) hash.update(chunk);
  } else if (transform.kind === 'canonical') {
    hash.update(canonicalize(parseXml(await part.read()), { comments: transform.comments }));
  } else {
    const relationships = parseRelationships(await part.read(), part.name);
    hash.update(transformRelationships(relationships.filter((each) => isSelected(transform.selector, each))));
  }
  return new Uint8Array(hash.digest());
}

/** The query that binds a part's media type to a reference to it. */
export function referenceUri({ partName, contentType }: Pick<PartReference, 'partName' | 'contentType'>): string {
  return `${partName}?ContentType=${contentType}`;
}

const CANONICAL = elementText('Transform', { Algorithm: TRANSFORM.canonical });

function transformsText(transform: PartTransform): string {
  if (transform.kind === 'none') return '';
  if (transform.kind === 'canonical') {
    const Algorithm = transform.comments ? TRANSFORM.canonicalWithComments : TRANSFORM.canonical;
    return elementText('Transforms', {}, [elementText('Transform', { Algorithm })]);
  }
  const selectors = [
    ...[...transform.selector.ids].map((id) => elementText('opc:RelationshipReference', { SourceId: id })),
    ...[...transform.selector.types].map((type) =>
      elementText('opc:RelationshipsGroupReference', { SourceType: type }),
    ),
  ];
  return elementText('Transforms', {}, [
    elementText('Transform', { Algorithm: TRANSFORM.relationships }, selectors),
    CANONICAL,
  ]);
}

/** The Reference element, for a place where `opc` is the prefix of the package signature namespace. */
export function referenceText(reference: PartReference): string {
  return elementText('Reference', { URI: referenceUri(reference) }, [
    transformsText(reference.transform),
    elementText('DigestMethod', { Algorithm: DIGEST_URI[reference.digestAlgorithm] }),
    elementText('DigestValue', {}, [Buffer.from(reference.digest).toString('base64')]),
  ]);
}
