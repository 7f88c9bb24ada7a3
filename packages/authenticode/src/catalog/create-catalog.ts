// Makes security catalogs of version 2: a certificate trust list whose members are files, each found by its SHA-256 and,
// through a stub, by its SHA-1. The result is unsigned; signing puts a new shell around the same list.

import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { compareBytes, concatBytes, equalBytes } from '../bytes.ts';
import { encodeUnsignedData } from '../cms/index.ts';
import { TAG, write } from '../der/index.ts';
import { DIGEST_ALGORITHMS } from '../digest-algorithms.ts';
import { SigningError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { encodeIndirectData } from '../spc/index.ts';
import { type CatalogAttribute, type CatalogMemberKind, MEMBER_INFO_2_TAGS, TEXT_ATTRIBUTE_FLAGS } from './catalog.ts';

export interface CatalogMember {
  /** Path or base name; the catalog holds the base name in lower case. */
  readonly fileName: string;
  readonly kind: CatalogMemberKind;
  /** SHA-256 of the file: Authenticode digest of images and cabinets, plain digest of everything else. */
  readonly sha256: Uint8Array;
  /** SHA-1 of the file, by the same rule. */
  readonly sha1: Uint8Array;
  /** Versions of Windows that the member is for, as in `2:10.0`; several are joined by commas. */
  readonly osAttributes?: string;
}

export interface CatalogRequest {
  readonly members: readonly CatalogMember[];
  /** Attributes of the whole catalog, in order; their values are text. */
  readonly attributes: readonly Pick<CatalogAttribute, 'name' | 'value'>[];
  /** 16 bytes; random when absent. */
  readonly listIdentifier?: Uint8Array;
  /** When the list was made; now when absent. */
  readonly thisUpdate?: Date;
}

/** CatNameValue: the value is UTF-16LE and ends in a NUL. */
function nameValue(name: string, value: string): Uint8Array {
  return write.sequence([
    write.bmpString(name),
    write.integer(TEXT_ATTRIBUTE_FLAGS),
    write.octetString(Uint8Array.from(Buffer.from(`${value}\0`, 'utf16le'))),
  ]);
}

function attribute(type: string, value: Uint8Array): Uint8Array {
  return write.sequence([write.oid(type), write.setOf([value])]);
}

function encodeEntry(tag: Uint8Array, attributes: readonly Uint8Array[]): Uint8Array {
  return write.sequence([write.octetString(tag), write.setOf(attributes)]);
}

interface Entry {
  readonly tag: Uint8Array;
  readonly bytes: Uint8Array;
}

/** The base name in lower case, as Windows looks it up. */
export function catalogFileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).toLowerCase();
}

function entriesOf(member: CatalogMember): Entry[] {
  const { sha1, sha256, osAttributes } = member;
  const fileName = catalogFileName(member.fileName);
  if (
    fileName === '' ||
    sha1.length !== DIGEST_ALGORITHMS.sha1.size ||
    sha256.length !== DIGEST_ALGORITHMS.sha256.size
  ) {
    throw new SigningError('bad-member', `catalog member '${member.fileName}' needs a name, a SHA-1 and a SHA-256`);
  }
  const memberInfo = attribute(
    OID.catalogMemberInfo2,
    write.element(MEMBER_INFO_2_TAGS[member.kind], new Uint8Array(0)),
  );
  const dataKind = member.kind === 'pe' ? 'catalog-pe' : 'catalog-flat';
  const attributes = [
    memberInfo,
    attribute(OID.catalogNameValue, nameValue('File', fileName)),
    attribute(OID.spcIndirectData, encodeIndirectData(dataKind, 'sha256', sha256)),
  ];
  if (osAttributes !== undefined) attributes.push(attribute(OID.catalogNameValue, nameValue('OSAttr', osAttributes)));
  return [
    { tag: sha1, bytes: encodeEntry(sha1, [memberInfo]) },
    { tag: sha256, bytes: encodeEntry(sha256, attributes) },
  ];
}

/** Ascending by tag, then by encoding; entries that are the same to the byte stand once. */
function sortEntries(entries: Entry[]): Uint8Array[] {
  entries.sort((a, b) => compareBytes(a.tag, b.tag) || compareBytes(a.bytes, b.bytes));
  return entries
    .filter(({ bytes }, index) => {
      const previous = entries[index - 1];
      return previous === undefined || !equalBytes(previous.bytes, bytes);
    })
    .map(({ bytes }) => bytes);
}

function encodeExtensions(attributes: CatalogRequest['attributes']): Uint8Array[] {
  if (attributes.length === 0) return [];
  const extensions = attributes.map(({ name, value }) =>
    write.sequence([write.oid(OID.catalogNameValue), write.octetString(nameValue(name, value))]),
  );
  return [write.contextExplicit(0, write.sequence(extensions))];
}

/** The DER of an unsigned catalog. Throws SigningError `bad-member` or `bad-list-identifier`. */
export function createCatalog({
  members,
  attributes,
  listIdentifier,
  thisUpdate = new Date(),
}: CatalogRequest): Uint8Array {
  const identifier = listIdentifier ?? Uint8Array.from(Buffer.from(randomUUID().replaceAll('-', ''), 'hex'));
  if (identifier.length !== 16) throw new SigningError('bad-list-identifier', 'a list identifier has 16 bytes');
  const list = write.sequence([
    write.sequence([write.oid(OID.catalogList)]),
    write.octetString(identifier),
    write.certificateTime(thisUpdate),
    write.algorithmIdentifier(OID.catalogListMember2),
    write.element(TAG.sequence, concatBytes(sortEntries(members.flatMap(entriesOf)))),
    ...encodeExtensions(attributes),
  ]);
  return encodeUnsignedData({ contentType: OID.certificateTrustList, content: list });
}

/**
 * The attributes that Windows' driver installation knows: OS, then the hardware ids in lower case, numbered down to HWID1.
 * `operatingSystems` are catalog names such as `_v100_X64`.
 */
export function driverCatalogAttributes(facts: {
  readonly operatingSystems: readonly string[];
  readonly hardwareIds: readonly string[];
}): CatalogAttribute[] {
  const text = { flags: TEXT_ATTRIBUTE_FLAGS };
  const hardwareIds = [...new Set(facts.hardwareIds.map((id) => id.toLowerCase()))];
  const attributes: CatalogAttribute[] = [];
  if (facts.operatingSystems.length > 0) {
    attributes.push({ name: 'OS', ...text, value: [...new Set(facts.operatingSystems)].join(',') });
  }
  for (let index = hardwareIds.length - 1; index >= 0; index--) {
    attributes.push({ name: `HWID${index + 1}`, ...text, value: hardwareIds[index] ?? '' });
  }
  return attributes;
}
