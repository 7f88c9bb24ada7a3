// Reads security catalogs of version 1 and 2, signed or not.
import { Buffer } from 'node:buffer';
import { toHex } from '../bytes.ts';
import { parseSignedData, type SignedData } from '../cms/index.ts';
import {
  contextConstructed,
  type DerElement,
  readOctetString,
  readOid,
  readSmallInteger,
  readString,
  readTime,
  TAG,
} from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { readIndirectData } from '../spc/index.ts';
import {
  type Catalog,
  type CatalogAttribute,
  type CatalogEntry,
  type CatalogMemberKind,
  type FileDigests,
  MEMBER_INFO_2_TAGS,
  MEMBER_INFO_GUIDS,
  VALUE_IS_TEXT,
} from './catalog.ts';

const VERSION_OF_MEMBER_LIST: ReadonlyMap<string, 1 | 2> = new Map([
  [OID.catalogListMember, 1],
  [OID.catalogListMember2, 2],
]);

const KIND_OF_MEMBER_INFO_2: ReadonlyMap<number, CatalogMemberKind> = new Map(
  Object.entries(MEMBER_INFO_2_TAGS).map(([kind, tag]) => [tag, kind as CatalogMemberKind]),
);

/** Reads the DER of a catalog. Throws ParseError; says nothing about its signature. */
export function parseCatalog(der: Uint8Array): Catalog {
  return readCatalog(parseSignedData(der));
}

/** The catalog in a SignedData that has been read already. */
export function readCatalog({ contentType, content }: SignedData): Catalog {
  if (contentType !== OID.certificateTrustList) {
    throw new ParseError('catalog', 'not-a-catalog', 'the signed content is not a catalog', content.offset);
  }
  const parts = content.parts(TAG.sequence, 'the catalog');
  const usage = parts.next('usage');
  const listIdentifier = readOctetString(parts.next('list identifier'), 'the list identifier');
  const thisUpdate = readTime(parts.next('time'), 'the time of the catalog');
  const memberList = parts.next('kind of members');
  const members = parts.next('members').expect(TAG.sequence, 'the members').children();
  const extensions = parts.optional(contextConstructed(0))?.inner();
  parts.end();
  if (readOid(usage.parts(TAG.sequence, 'the usage').next('identifier'), 'the usage') !== OID.catalogList) {
    throw new ParseError('catalog', 'not-a-catalog', 'the list is not a list of files', usage.offset);
  }
  const memberType = readOid(
    memberList.parts(TAG.sequence, 'the kind of members').next('identifier'),
    'the kind of members',
  );
  const version = VERSION_OF_MEMBER_LIST.get(memberType);
  if (version === undefined) {
    throw new ParseError(
      'catalog',
      'unsupported-version',
      `members of kind ${memberType} are not known`,
      memberList.offset,
    );
  }
  return {
    version,
    listIdentifier,
    thisUpdate,
    members: members.map((member) => readMember(member, version)),
    attributes: extensions === undefined ? [] : readExtensions(extensions),
  };
}

function readMember(element: DerElement, version: 1 | 2): CatalogEntry {
  const parts = element.parts(TAG.sequence, 'a member');
  const tag = readTag(parts.next('tag'), version);
  const attributeSet = parts.next('attributes').expect(TAG.set, 'the attributes of a member').children();
  parts.end();
  const attributes = new Map<string, string>();
  let kind: CatalogMemberKind | undefined;
  let indirectData: Pick<CatalogEntry, 'digest' | 'algorithm'> = {};
  for (const attribute of attributeSet) {
    const attributeParts = attribute.parts(TAG.sequence, 'an attribute of a member');
    const type = readOid(attributeParts.next('type'), 'the type of an attribute');
    const values = attributeParts.next('values').expect(TAG.set, 'the values of an attribute').children();
    attributeParts.end();
    const [value] = values;
    if (value === undefined) continue;
    if (type === OID.catalogNameValue) {
      for (const one of values) {
        const named = readNameValue(one);
        attributes.set(named.name, named.value);
      }
    } else if (type === OID.catalogMemberInfo) {
      const guid = readString(value.parts(TAG.sequence, 'the member information').next('subject'), 'the subject GUID');
      kind = MEMBER_INFO_GUIDS.get(guid.toUpperCase());
    } else if (type === OID.catalogMemberInfo2) {
      kind = KIND_OF_MEMBER_INFO_2.get(value.tag);
    } else if (type === OID.spcIndirectData) {
      const { digest, algorithm } = readIndirectData(value);
      indirectData = { digest, algorithm };
    }
  }
  const fileName = attributes.get('File');
  return {
    tag,
    ...(fileName === undefined ? {} : { fileName }),
    ...(kind === undefined ? {} : { kind }),
    ...indirectData,
    attributes,
  };
}

/** Version 1 spells the digest as UTF-16LE hexadecimal with a NUL at the end; version 2 holds its bytes. */
function readTag(element: DerElement, version: 1 | 2): string {
  const bytes = readOctetString(element, 'the tag of a member');
  if (version === 2) return toHex(bytes);
  const text = Buffer.from(bytes).toString('utf16le').replace(/\0$/, '').toLowerCase();
  if (!/^[0-9a-f]+$/.test(text)) {
    throw new ParseError('catalog', 'bad-tag', 'the tag of a member is not hexadecimal text', element.offset);
  }
  return text;
}

function readNameValue(element: DerElement): CatalogAttribute {
  const parts = element.parts(TAG.sequence, 'a named value');
  const name = readString(parts.next('name'), 'the name of a value');
  const flags = readSmallInteger(parts.next('flags'), 'the flags of a value');
  const bytes = readOctetString(parts.next('value'), 'a named value');
  parts.end();
  const isText = Math.floor(flags / VALUE_IS_TEXT) % 2 === 1;
  return { name, flags, value: isText ? Buffer.from(bytes).toString('utf16le').replace(/\0$/, '') : toHex(bytes) };
}

/** Extensions of other types, of which none are known, are left out. */
function readExtensions(list: DerElement): CatalogAttribute[] {
  const attributes: CatalogAttribute[] = [];
  for (const extension of list.expect(TAG.sequence, 'the attributes of the catalog').children()) {
    const parts = extension.parts(TAG.sequence, 'an attribute of the catalog');
    const type = readOid(parts.next('type'), 'the type of an attribute');
    parts.optional(TAG.boolean);
    const value = parts.next('value').expect(TAG.octetString, 'the value of an attribute');
    if (type === OID.catalogNameValue) attributes.push(readNameValue(value.inner()));
  }
  return attributes;
}

/**
 * The entry for a file with these digests, or undefined. A version 2 catalog is asked by SHA-256 first; by SHA-1 only its
 * stubs are found, which carry no name.
 */
export function findCatalogMember(
  { members }: Pick<Catalog, 'members'>,
  digests: FileDigests,
): CatalogEntry | undefined {
  for (const digest of [digests.sha256, digests.sha1]) {
    const tag = digest === undefined ? undefined : toHex(digest);
    const found = members.find((member) => member.tag === tag);
    if (found !== undefined) return found;
  }
  return undefined;
}
