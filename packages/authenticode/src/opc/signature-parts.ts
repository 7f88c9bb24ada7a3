// Where the signatures of a package are (ECMA-376 Part 2 §10.4): the package has a relationship to the origin, an empty
// part; that has one to each signature; and each signature has one to each certificate that is kept in a part.
import { ParseError } from '../errors.ts';
import type { OpcPackage, Part } from './package.ts';
import { PACKAGE_ROOT, relationshipsNameOf, resolveTarget } from './part-name.ts';
import type { Relationship } from './relationships.ts';
import { MEDIA_TYPE, RELATIONSHIP } from './vocabulary.ts';

/** Most signatures that a package may carry, and most certificate parts of each. */
const MOST_SIGNATURES = 16;
const MOST_CERTIFICATES = 32;

export interface SignaturePart {
  readonly part: Part;
  /** In the order of the relationships: the signer's comes first. */
  readonly certificates: readonly Part[];
}

export interface SignatureParts {
  /** The part from which signatures are found; undefined when there is none. */
  readonly origin: Part | undefined;
  /** Relationships of the origin. */
  readonly originRelationships: readonly Relationship[];
  readonly signatures: readonly SignaturePart[];
  /** All these parts and those with their relationships: what no signature covers. */
  readonly own: ReadonlySet<Part>;
  /** Relationships of these parts that have nothing to do with signatures, in words: what no signature covers, either. */
  readonly foreign: readonly string[];
}

class Finder {
  readonly opened: OpcPackage;
  readonly own = new Set<Part>();
  readonly foreign: string[] = [];

  constructor(opened: OpcPackage) {
    this.opened = opened;
  }

  /** The part that a relationship leads to, which must be of this media type. */
  follow(source: string, { id, target, external }: Relationship, mediaType: string): Part {
    const name = external ? undefined : resolveTarget(source, target);
    const part = name === undefined ? undefined : this.opened.find(name);
    if (part === undefined || part.contentType.toLowerCase() !== mediaType) {
      const from = source === PACKAGE_ROOT ? 'the package' : source;
      const message = `the relationship '${id}' of ${from} does not lead to a part of type ${mediaType}`;
      throw new ParseError('opc', 'bad-signature-part', message);
    }
    return part;
  }

  /** Takes a part, and that with its relationships, as one of the signatures' own. Gives its relationships of one type. */
  async take(part: Part, type: string, most: number): Promise<Relationship[]> {
    this.own.add(part);
    const relationshipsPart = this.opened.find(relationshipsNameOf(part.name));
    if (relationshipsPart !== undefined) this.own.add(relationshipsPart);
    const relationships = await this.opened.relationships(part.name);
    for (const relationship of relationships) {
      if (relationship.type !== type) this.foreign.push(`relationship '${relationship.id}' of ${part.name}`);
    }
    const chosen = relationships.filter((relationship) => relationship.type === type);
    if (chosen.length > most) {
      const message = `${part.name} has ${chosen.length} relationships of type ${type}`;
      throw new ParseError('opc', 'too-many-signatures', message);
    }
    return chosen;
  }
}

/** Finds the signatures of a package. Throws ParseError when what leads to them is broken or ambiguous. */
export async function findSignatureParts(opened: OpcPackage): Promise<SignatureParts> {
  const finder = new Finder(opened);
  const [toOrigin, ...others] = (await opened.relationships(PACKAGE_ROOT)).filter(
    ({ type }) => type === RELATIONSHIP.signatureOrigin,
  );
  const { own, foreign } = finder;
  if (toOrigin === undefined) return { origin: undefined, originRelationships: [], signatures: [], own, foreign };
  if (others.length > 0) {
    throw new ParseError('opc', 'several-origins', 'the package has several origins of signatures');
  }
  const origin = finder.follow(PACKAGE_ROOT, toOrigin, MEDIA_TYPE.signatureOrigin);
  if (origin.entry.size !== 0) {
    // It must have no content (§10.4.2), which no signature would cover.
    throw new ParseError('opc', 'bad-signature-part', `${origin.name} must be empty`, origin.entry.start);
  }
  const originRelationships = await finder.take(origin, RELATIONSHIP.signature, MOST_SIGNATURES);
  const signatures: SignaturePart[] = [];
  for (const toSignature of originRelationships) {
    const part = finder.follow(origin.name, toSignature, MEDIA_TYPE.signature);
    if (own.has(part)) throw new ParseError('opc', 'bad-signature-part', `${part.name} is listed twice`);
    const toCertificates = await finder.take(part, RELATIONSHIP.certificate, MOST_CERTIFICATES);
    const certificates = toCertificates.map((to) => finder.follow(part.name, to, MEDIA_TYPE.certificate));
    for (const certificate of certificates) own.add(certificate);
    signatures.push({ part, certificates });
  }
  return { origin, originRelationships, signatures, own, foreign };
}
