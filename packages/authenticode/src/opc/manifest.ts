// What a signature over a package refers to, and whether a package is what a signature refers to.
//
// Relationships parts can be covered twice: as a whole in canonical form, and relationship by relationship under the
// relationships transform, which leaves out the one that leads to the signatures.
import { equalBytes } from '../bytes.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { foldPartName, isRelationshipsName, ROOT_RELATIONSHIPS } from './part-name.ts';
import {
  type Digestible,
  digestPart,
  isSelected,
  type PartReference,
  type PartTransform,
  type RelationshipSelector,
} from './part-reference.ts';
import { parseRelationships, type Relationship } from './relationships.ts';
import { RELATIONSHIP } from './vocabulary.ts';

export interface ManifestOptions {
  readonly algorithm: DigestAlgorithm;
  /** Whether relationships parts are covered as a whole as well. */
  readonly wholeRelationships: boolean;
}

/** Most differences that are put into words. */
const MOST_DIFFERENCES = 5;

const WHOLE: PartTransform = { kind: 'canonical', comments: false };

/** A part as a signature sees it. */
export interface CoveredPart extends Digestible {
  readonly contentType: string;
}

function isOrigin(partName: string, { type }: Relationship): boolean {
  return foldPartName(partName) === ROOT_RELATIONSHIPS && type === RELATIONSHIP.signatureOrigin;
}

async function relationshipsIn(part: CoveredPart): Promise<Relationship[]> {
  return parseRelationships(await part.read(), part.name);
}

/** How a part is to be covered. */
async function transformsFor(part: CoveredPart, wholeRelationships: boolean): Promise<PartTransform[]> {
  if (!isRelationshipsName(part.name)) return [{ kind: 'none' }];
  const relationships = (await relationshipsIn(part)).filter((relationship) => !isOrigin(part.name, relationship));
  const types = new Set(relationships.map(({ type }) => type));
  return [
    ...(wholeRelationships ? [WHOLE] : []),
    ...(types.size === 0 ? [] : [{ kind: 'relationships', selector: { ids: new Set<string>(), types } } as const]),
  ];
}

/** The references of a new signature over these parts, sorted by name without regard to case. */
export async function makeReferences(
  parts: readonly CoveredPart[],
  { algorithm, wholeRelationships }: ManifestOptions,
): Promise<PartReference[]> {
  const sorted = [...parts].sort((a, b) => (foldPartName(a.name) < foldPartName(b.name) ? -1 : 1));
  const references: PartReference[] = [];
  for (const part of sorted) {
    for (const transform of await transformsFor(part, wholeRelationships)) {
      const digest = await digestPart(part, transform, algorithm);
      const { name: partName, contentType } = part;
      references.push({ partName, contentType, transform, digestAlgorithm: algorithm, digest });
    }
  }
  return references;
}

/** What the references to one part cover of it. */
interface Coverage {
  whole: boolean;
  readonly selectors: RelationshipSelector[];
}

async function uncoveredPieces(part: CoveredPart, coverage: Coverage | undefined): Promise<string[]> {
  if (coverage?.whole === true) return [];
  if (!isRelationshipsName(part.name)) return [part.name];
  const uncovered = (await relationshipsIn(part)).filter(
    (relationship) =>
      !isOrigin(part.name, relationship) &&
      coverage?.selectors.some((selector) => isSelected(selector, relationship)) !== true,
  );
  return uncovered.map(({ id }) => `relationship '${id}' of ${part.name}`);
}

export interface PartsToCheck {
  /** Parts that must be covered. */
  readonly covered: readonly CoveredPart[];
  /** Parts of signatures, which may be covered; VSIX packages have it so. */
  readonly own: readonly CoveredPart[];
}

export interface CheckOptions {
  /** Whether the digests of parts other than relationships are computed; true when absent. */
  readonly contents?: boolean;
}

/**
 * Undefined when the references are to these parts, each as it is, and to all that must be covered; otherwise what differs, in words.
 * Throws ParseError for malformed parts.
 */
export async function checkReferences(
  { covered, own }: PartsToCheck,
  references: readonly PartReference[],
  { contents = true }: CheckOptions = {},
): Promise<string | undefined> {
  const byName = new Map([...covered, ...own].map((part) => [foldPartName(part.name), part]));
  const coverages = new Map<string, Coverage>();
  const differences: string[] = [];
  for (const { partName, contentType, transform, digestAlgorithm, digest } of references) {
    const folded = foldPartName(partName);
    const part = byName.get(folded);
    if (part === undefined) {
      differences.push(`${partName} is signed but is not in the package`);
      continue;
    }
    const coverage = coverages.get(folded) ?? { whole: false, selectors: [] };
    coverages.set(folded, coverage);
    if (transform.kind === 'relationships') coverage.selectors.push(transform.selector);
    else coverage.whole = true;
    if (part.contentType.toLowerCase() !== contentType.toLowerCase()) {
      differences.push(`${partName} was signed as ${contentType} and is now ${part.contentType}`);
    }
    const isChecked = contents || isRelationshipsName(partName);
    if (isChecked && !equalBytes(await digestPart(part, transform, digestAlgorithm), digest)) {
      differences.push(`${partName} was changed after it was signed`);
    }
  }
  for (const part of covered) {
    for (const piece of await uncoveredPieces(part, coverages.get(foldPartName(part.name)))) {
      differences.push(`${piece} is not covered by the signature`);
    }
  }
  return describe(differences);
}

/** Differences as one sentence; undefined when there are none. */
export function describe(differences: readonly string[]): string | undefined {
  if (differences.length === 0) return undefined;
  const distinct = [...new Set(differences)];
  const more = distinct.length - MOST_DIFFERENCES;
  return [...distinct.slice(0, MOST_DIFFERENCES), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
