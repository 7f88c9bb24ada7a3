// Reads security catalogs of version 1 and 2, signed or not. The list is a CTL: SEQUENCE of version (never written),
// subjectUsage, listIdentifier, sequenceNumber, thisUpdate, nextUpdate, the kind of members, the members, and extensions.
import { compareBytes, toHex } from '../bytes.ts';
import { parseSignedData, type SignedData } from '../cms/index.ts';
import {
  contextConstructed,
  type DerElement,
  type DerParts,
  readOctetString,
  readOid,
  readTime,
  TAG,
} from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import type { Catalog, CatalogEntry, CatalogNameValue, CatalogVersion, FileDigests } from './catalog.ts';
import { ElementWalk } from './element-walk.ts';
import { readMember, readNameValue } from './read-member.ts';

/** How much a catalog may ask of the machine that reads it. */
export interface CatalogLimits {
  /** Most entries. The biggest catalogs of Windows itself have some ten thousand. */
  readonly members: number;
  /** Most attributes of the catalog as a whole. */
  readonly attributes: number;
}

export const DEFAULT_CATALOG_LIMITS: CatalogLimits = { members: 250_000, attributes: 100_000 };

const VERSION_OF_MEMBER_LIST: ReadonlyMap<string, CatalogVersion> = new Map([
  [OID.catalogListMember, 1],
  [OID.catalogListMember2, 2],
]);

/**
 * Reads the DER of a catalog. Throws ParseError (`not-a-catalog`, `unsupported-version`, `bad-tag`, `limit-exceeded`, and
 * those of the DER reader); says nothing about its signature. Oddities that do not change what it says become `notes`.
 */
export function parseCatalog(der: Uint8Array, limits?: Partial<CatalogLimits>): Catalog {
  return readCatalog(parseSignedData(der), limits);
}

/** The catalog in a SignedData that has been read already. */
export function readCatalog({ contentType, content }: SignedData, limits: Partial<CatalogLimits> = {}): Catalog {
  const allowed = { ...DEFAULT_CATALOG_LIMITS, ...limits };
  if (contentType !== OID.certificateTrustList) {
    throw new ParseError('catalog', 'not-a-catalog', 'the signed content is not a catalog', content.offset);
  }
  const parts = content.parts(TAG.sequence, 'the catalog');
  const usage = parts.next('usage');
  const identifier = parts.optional(TAG.octetString);
  parts.optional(TAG.integer);
  const thisUpdate = readTime(parts.next('time'), 'the time of the catalog');
  if (parts.optional(TAG.utcTime) === undefined) parts.optional(TAG.generalizedTime);
  const version = readVersion(usage, parts.next('kind of members'));
  const members = parts.optional(TAG.sequence);
  const extensions = parts.optional(contextConstructed(0))?.inner();
  parts.end();
  return {
    version,
    listIdentifier: identifier === undefined ? new Uint8Array(0) : readOctetString(identifier, 'the list identifier'),
    thisUpdate,
    ...(members === undefined ? { members: [], notes: [] } : readMembers(members, version, allowed.members)),
    attributes: extensions === undefined ? [] : readExtensions(extensions, allowed.attributes),
  };
}

function firstOid(parts: DerParts, what: string): string {
  return readOid(parts.next('identifier'), what);
}

function readVersion(usage: DerElement, memberList: DerElement): CatalogVersion {
  if (firstOid(usage.parts(TAG.sequence, 'the usage'), 'the usage') !== OID.catalogList) {
    throw new ParseError('catalog', 'not-a-catalog', 'the list is not a list of files', usage.offset);
  }
  const memberType = firstOid(memberList.parts(TAG.sequence, 'the kind of members'), 'the kind of members');
  const version = VERSION_OF_MEMBER_LIST.get(memberType);
  if (version === undefined) {
    const message = `members of kind ${memberType} are not known`;
    throw new ParseError('catalog', 'unsupported-version', message, memberList.offset);
  }
  return version;
}

function readMembers(list: DerElement, version: CatalogVersion, most: number): Pick<Catalog, 'members' | 'notes'> {
  const walk = ElementWalk.over(list, 'the members');
  const members: CatalogEntry[] = [];
  let previousTag: Uint8Array | undefined;
  let unsortedTags = 0;
  let unsortedSets = 0;
  while (walk.next()) {
    if (members.length === most) throw tooMany(`more than ${most} members`, walk.offset);
    if (walk.tag !== TAG.sequence) {
      throw new ParseError('der', 'unexpected-tag', 'a member is not a SEQUENCE', walk.offset);
    }
    const { entry, tagBytes, isSorted } = readMember(walk, version);
    if (previousTag !== undefined && compareBytes(previousTag, tagBytes) > 0) unsortedTags += 1;
    if (!isSorted) unsortedSets += 1;
    previousTag = tagBytes;
    members.push(entry);
  }
  const notes: string[] = [];
  if (unsortedTags > 0) notes.push('the members are not sorted by tag, and Windows may not find some of them');
  if (unsortedSets > 0) {
    notes.push(`the attributes of ${unsortedSets} of ${members.length} members are not in the order that DER demands`);
  }
  return { members, notes };
}

function tooMany(what: string, offset: number): ParseError {
  return new ParseError('catalog', 'limit-exceeded', `the catalog has ${what}`, offset);
}

/** Extensions of other types, of which none are known, are left out. */
function readExtensions(list: DerElement, most: number): CatalogNameValue[] {
  const attributes: CatalogNameValue[] = [];
  for (const extension of list.expect(TAG.sequence, 'the attributes of the catalog').children()) {
    if (attributes.length === most) throw tooMany(`more than ${most} attributes`, extension.offset);
    const parts = extension.parts(TAG.sequence, 'an attribute of the catalog');
    const type = readOid(parts.next('type'), 'the type of an attribute');
    parts.optional(TAG.boolean);
    const value = parts.next('value').expect(TAG.octetString, 'the value of an attribute');
    parts.end();
    if (type !== OID.catalogNameValue) continue;
    const walk = ElementWalk.over(value, 'the value of an attribute').expect(TAG.sequence, 'a named value');
    attributes.push(readNameValue(walk));
    walk.finish();
  }
  return attributes;
}

/** Entries by what they are found by; made when something is first looked up in a list of members. */
const INDEXES = new WeakMap<readonly CatalogEntry[], ReadonlyMap<string, readonly CatalogEntry[]>>();

/** A tag that is any word tells nothing of the file: such entries are found by the digest that they state. */
function keyOf({ tag, digest }: CatalogEntry): string {
  return digest === undefined || /^[0-9a-f]+$/.test(tag) ? tag : toHex(digest);
}

function indexOf(members: readonly CatalogEntry[]): ReadonlyMap<string, readonly CatalogEntry[]> {
  const existing = INDEXES.get(members);
  if (existing !== undefined) return existing;
  const index = Map.groupBy(members, keyOf);
  INDEXES.set(members, index);
  return index;
}

/**
 * Every entry for a file with this digest, in the order of the catalog: the same file may stand there under several names
 * or for several versions of Windows.
 */
export function findCatalogMembers({ members }: Pick<Catalog, 'members'>, digest: Uint8Array): readonly CatalogEntry[] {
  return indexOf(members).get(toHex(digest)) ?? [];
}

/**
 * The entry for a file with these digests, or undefined. A version 2 catalog is asked by SHA-256 first; by SHA-1 only its
 * stubs are found, which state no digest.
 */
export function findCatalogMember(
  catalog: Pick<Catalog, 'members'>,
  { sha1, sha256 }: FileDigests,
): CatalogEntry | undefined {
  for (const digest of [sha256, sha1]) {
    const [found] = digest === undefined ? [] : findCatalogMembers(catalog, digest);
    if (found !== undefined) return found;
  }
  return undefined;
}
