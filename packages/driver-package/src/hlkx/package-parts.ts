// What the parts of an HLK package are, as far as anybody outside Microsoft knows.
import { type OpcPackage, PACKAGE_ROOT, type Part, resolveTarget } from '@assay/authenticode';
import { isDriverPart } from './driver-parts.ts';
import { kitRelationship, OPC_MEDIA_TYPE, RELATIONSHIPS_MEDIA_TYPE, SHELL_NAME } from './vocabulary.ts';

/**
 * `coreData` and `streamData` are what the kits call the parts with results, logs and drivers; their encoding is not
 * public, so nothing is read from them. `shell` says which shell the package was made from. `unknown` is a part about which nothing is known at all.
 */
export type HlkxPartKind =
  | 'packageInfo'
  | 'coreData'
  | 'streamData'
  | 'telemetry'
  | 'driver'
  | 'shell'
  | 'relationships'
  | 'signature'
  | 'unknown';

export interface HlkxPart {
  readonly name: string;
  readonly contentType: string;
  /** Size in bytes. */
  readonly size: number;
  readonly kind: HlkxPartKind;
  /** Types of the relationships of the package that lead to it. */
  readonly relationshipTypes: readonly string[];
}

const KIND_OF_RELATIONSHIP: ReadonlyMap<string, HlkxPartKind> = new Map([
  ['packageinfo', 'packageInfo'],
  ['coredata', 'coreData'],
  ['streamdata', 'streamData'],
]);

function kindOf({ name, contentType }: Part, relationshipTypes: readonly string[]): HlkxPartKind {
  if (contentType.toLowerCase() === RELATIONSHIPS_MEDIA_TYPE) return 'relationships';
  if (OPC_MEDIA_TYPE.test(contentType)) return 'signature';
  if (isDriverPart(name)) return 'driver';
  if (name.toLowerCase() === SHELL_NAME) return 'shell';
  for (const type of relationshipTypes) {
    const kitType = kitRelationship(type);
    const kind = kitType === undefined ? undefined : KIND_OF_RELATIONSHIP.get(kitType);
    if (kind !== undefined) return kind;
    if (kitType?.includes('telemetry')) return 'telemetry';
  }
  return name.toLowerCase().startsWith('/hck/telemetry/') ? 'telemetry' : 'unknown';
}

/** Every part of the package with what it is. Throws ParseError of relationships. */
export async function describeParts(opened: OpcPackage): Promise<HlkxPart[]> {
  const typesByPart = new Map<string, Set<string>>();
  for (const { type, target, external } of await opened.relationships(PACKAGE_ROOT)) {
    const name = external ? undefined : resolveTarget(PACKAGE_ROOT, target)?.toLowerCase();
    if (name === undefined) continue;
    const types = typesByPart.get(name);
    if (types === undefined) typesByPart.set(name, new Set([type]));
    else types.add(type);
  }
  return opened.parts.map((part) => {
    const relationshipTypes = [...(typesByPart.get(part.name.toLowerCase()) ?? [])];
    const { name, contentType, entry } = part;
    return { name, contentType, size: entry.size, kind: kindOf(part, relationshipTypes), relationshipTypes };
  });
}
