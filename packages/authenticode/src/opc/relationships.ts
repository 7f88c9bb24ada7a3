// Relationships parts (ECMA-376 Part 2 §6.5), and the transform under which signatures cover some of them (§10.6.5).
import { createHash } from 'node:crypto';
import { ParseError } from '../errors.ts';
import { attributeOf, canonicalize, documentBytes, elementText, parseXml } from '../xml/index.ts';
import { schemaChildren } from './schema.ts';
import { NAMESPACE } from './vocabulary.ts';

/** Largest relationships part that is read, in bytes. */
export const MAXIMUM_RELATIONSHIPS_BYTES = 32 * 1024 ** 2;

export interface Relationship {
  readonly id: string;
  /** A URI. */
  readonly type: string;
  /** A URI reference, as it was written. */
  readonly target: string;
  /** Whether the target is outside the package. */
  readonly external: boolean;
}

const ATTRIBUTES: ReadonlySet<string> = new Set(['Id', 'Type', 'Target', 'TargetMode']);

/** Reads a relationships part, `where` being its name. Throws ParseError `bad-relationships`, and those of XML. */
export function parseRelationships(bytes: Uint8Array, where: string): Relationship[] {
  const refuse = (what: string): never => {
    throw new ParseError('opc', 'bad-relationships', `${where}: ${what}`);
  };
  const { root } = parseXml(bytes, { bytes: MAXIMUM_RELATIONSHIPS_BYTES });
  const ids = new Set<string>();
  return schemaChildren(root, where, NAMESPACE.relationships, 'Relationships').map((element) => {
    const id = attributeOf(element, 'Id');
    const type = attributeOf(element, 'Type');
    const target = attributeOf(element, 'Target');
    const mode = attributeOf(element, 'TargetMode') ?? 'Internal';
    schemaChildren(element, where, NAMESPACE.relationships, 'Relationship').forEach(({ name }) => {
      refuse(`a relationship has ${name} in it`);
    });
    const other = element.attributes.find(({ namespace, local }) => namespace !== '' || !ATTRIBUTES.has(local));
    if (other !== undefined) refuse(`a relationship has an attribute ${other.name}`);
    if (id === undefined || id === '' || type === undefined || type === '' || target === undefined) {
      return refuse('a relationship has no Id, no Type or no Target');
    }
    if (mode !== 'Internal' && mode !== 'External') refuse(`'${mode}' is no TargetMode`);
    if (ids.has(id)) refuse(`two relationships have the Id '${id}'`);
    ids.add(id);
    return { id, type, target, external: mode === 'External' };
  });
}

/** A relationships part, in the shape that .NET writes. */
export function encodeRelationships(relationships: readonly Relationship[]): Uint8Array {
  const elements = relationships.map(({ id, type, target, external }) =>
    elementText('Relationship', {
      Type: type,
      Target: target,
      ...(external ? { TargetMode: 'External' } : {}),
      Id: id,
    }),
  );
  return documentBytes(elementText('Relationships', { xmlns: NAMESPACE.relationships }, elements));
}

/**
 * The bytes that a signature covers of chosen relationships: sorted by Id, each with its target mode written out, in
 * canonical form (§10.6.5.3 and the C14N transform that must follow).
 */
export function transformRelationships(chosen: readonly Relationship[]): Uint8Array {
  const elements = [...chosen]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, type, target, external }) =>
      elementText('Relationship', {
        Id: id,
        Target: target,
        TargetMode: external ? 'External' : 'Internal',
        Type: type,
      }),
    );
  const text = elementText('Relationships', { xmlns: NAMESPACE.relationships }, elements);
  return canonicalize(parseXml(documentBytes(text)).root);
}

/** An Id for a new relationship to `target`: always the same one, unless it is taken. */
export function newRelationshipId(target: string, existing: readonly Relationship[]): string {
  const taken = new Set(existing.map(({ id }) => id));
  for (let attempt = 0; ; attempt += 1) {
    const id = `R${createHash('sha256').update(`${attempt} ${target}`).digest('hex').slice(0, 16)}`;
    if (!taken.has(id)) return id;
  }
}
