// Makes security catalogs: a certificate trust list whose members are files. In version 1 each is found by its SHA-1; in
// version 2 by its SHA-256 and, through a stub, by its SHA-1. The result is unsigned; signing puts a new shell around the
// same list. The members are byte for byte those that Inf2Cat and Microsoft's dashboard write for the same files.

import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { compareBytes, concatBytes, equalBytes, toHex } from '../bytes.ts';
import { encodeUnsignedData } from '../cms/index.ts';
import { TAG, write } from '../der/index.ts';
import { DIGEST_ALGORITHMS } from '../digest-algorithms.ts';
import { SigningError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import {
  type CatalogMemberKind,
  type CatalogVersion,
  type LinkForm,
  MEMBER_INFO_2_TAGS,
  MEMBER_INFO_GUIDS,
} from './catalog.ts';
import { encodeMemberData } from './indirect-data.ts';
import { type CatalogAttributeRequest, encodeNameValue } from './name-value.ts';

export interface CatalogMember {
  /** Path or base name; the catalog holds the base name in lower case. */
  readonly fileName: string;
  readonly kind: CatalogMemberKind;
  /** SHA-1 of the file: Authenticode digest of images and cabinets, plain digest of everything else. */
  readonly sha1: Uint8Array;
  /** SHA-256 of the file, by the same rule; not needed in version 1. */
  readonly sha256?: Uint8Array;
  /** Versions of Windows that the member is for, as in `2:10.0`; several are joined by commas. */
  readonly osAttributes?: string;
  /** Further named values. `File` and `OSAttr` are not among them. */
  readonly attributes?: readonly CatalogAttributeRequest[];
}

export interface CatalogRequest {
  /** 2 when absent: SHA-256, for Windows 8 and later. 1 is SHA-1, which Windows 7 needs. */
  readonly version?: CatalogVersion;
  readonly members: readonly CatalogMember[];
  /** Attributes of the whole catalog, in order. */
  readonly attributes: readonly CatalogAttributeRequest[];
  /** 16 bytes; random when absent. */
  readonly listIdentifier?: Uint8Array;
  /** When the list was made; now when absent. */
  readonly thisUpdate?: Date;
  /** What stands for the link that nobody follows; `empty` when absent, as Inf2Cat writes it. */
  readonly linkForm?: LinkForm;
  /**
   * Whether the SHA-1 stubs of version 2 repeat the named values of their file, as those of Inf2Cat and of the dashboard
   * do (`named`, when absent), or say only the kind of file, as makecat's do (`bare`).
   */
  readonly stubForm?: 'named' | 'bare';
}

/** Version of the subject interface in CAT_MEMBERINFO. */
const MEMBER_INFO_VERSION = 0x200;
const RESERVED_NAMES: ReadonlySet<string> = new Set(['File', 'OSAttr']);

/** Types of attributes, encoded once. */
const TYPE = {
  nameValue: write.oid(OID.catalogNameValue),
  memberInfo: write.oid(OID.catalogMemberInfo),
  memberInfo2: write.oid(OID.catalogMemberInfo2),
  indirectData: write.oid(OID.spcIndirectData),
} as const;

function attribute(type: Uint8Array, value: Uint8Array): Uint8Array {
  return write.sequence([type, write.element(TAG.set, value)]);
}

function encodeEntry(tag: Uint8Array, attributes: readonly Uint8Array[]): Uint8Array {
  return write.sequence([write.octetString(tag), write.setOf(attributes)]);
}

interface Entry {
  readonly tag: Uint8Array;
  readonly bytes: Uint8Array;
}

/**
 * The base name in lower case, as Windows looks it up: character by character, without the rules that some languages have
 * for words.
 */
export function catalogFileName(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  let lower = '';
  for (let at = 0; at < name.length; at++) {
    const unit = name.charAt(at);
    const changed = unit.toLowerCase();
    lower += changed.length === 1 ? changed : unit;
  }
  return lower;
}

function badMember(fileName: string, why: string): SigningError {
  return new SigningError('bad-member', `'${fileName}' cannot be a member of a catalog: ${why}`);
}

/** The named values of a member: File, OSAttr and whatever else is asked for. */
function nameValues({ fileName, osAttributes, attributes = [] }: CatalogMember): Uint8Array[] {
  const name = catalogFileName(fileName);
  if (name === '' || name.includes('\0')) throw badMember(fileName, 'it needs a name, without NUL');
  if (osAttributes === '') throw badMember(fileName, 'its OSAttr is empty; leave it out instead');
  const seen = new Set<string>();
  for (const { name: other } of attributes) {
    if (RESERVED_NAMES.has(other)) throw badMember(fileName, `${other} has a field of its own`);
    if (seen.has(other)) throw badMember(fileName, `attribute ${other} is given twice`);
    seen.add(other);
  }
  const values = [
    { name: 'File', value: name },
    ...(osAttributes === undefined ? [] : [{ name: 'OSAttr', value: osAttributes }]),
    ...attributes,
  ];
  return values.map((value) => attribute(TYPE.nameValue, encodeNameValue(value)));
}

/** What encodes the entries of members in one version, with the parts that many members share made once. */
function entryEncoder({ version = 2, linkForm = 'empty', stubForm = 'named' }: CatalogRequest) {
  const memberInfo = (kind: CatalogMemberKind): Uint8Array =>
    version === 1
      ? attribute(
          TYPE.memberInfo,
          write.sequence([write.bmpString(MEMBER_INFO_GUIDS[kind]), write.integer(MEMBER_INFO_VERSION)]),
        )
      : attribute(TYPE.memberInfo2, write.element(MEMBER_INFO_2_TAGS[kind], new Uint8Array(0)));
  const memberInfos = { pe: memberInfo('pe'), cab: memberInfo('cab'), flat: memberInfo('flat') };

  return (member: CatalogMember): Entry[] => {
    const { fileName, kind, sha1, sha256 } = member;
    const info = memberInfos[kind];
    if (info === undefined) throw badMember(fileName, `its kind '${kind}' is none of pe, cab and flat`);
    if (sha1.length !== DIGEST_ALGORITHMS.sha1.size) throw badMember(fileName, 'it needs a SHA-1, of 20 bytes');
    const names = nameValues(member);
    if (version === 1) {
      const tag = Uint8Array.from(Buffer.from(`${toHex(sha1).toUpperCase()}\0`, 'utf16le'));
      const data = attribute(TYPE.indirectData, encodeMemberData(kind, 'sha1', sha1, linkForm));
      return [{ tag, bytes: encodeEntry(tag, [info, ...names, data]) }];
    }
    if (sha256?.length !== DIGEST_ALGORITHMS.sha256.size) {
      throw badMember(fileName, 'in a catalog of version 2 it needs a SHA-256, of 32 bytes');
    }
    const data = attribute(TYPE.indirectData, encodeMemberData(kind, 'sha256', sha256, linkForm));
    return [
      { tag: sha1, bytes: encodeEntry(sha1, [info, ...(stubForm === 'named' ? names : [])]) },
      { tag: sha256, bytes: encodeEntry(sha256, [info, ...names, data]) },
    ];
  };
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
  const extensions = attributes.map((value) =>
    write.sequence([TYPE.nameValue, write.octetString(encodeNameValue(value))]),
  );
  return [write.contextExplicit(0, write.sequence(extensions))];
}

function checkRequest({ version, thisUpdate, listIdentifier }: CatalogRequest): void {
  if (version !== undefined && version !== 1 && version !== 2) {
    throw new SigningError('bad-version', `catalogs have version 1 or 2, not ${version}`);
  }
  if (listIdentifier !== undefined && listIdentifier.length !== 16) {
    throw new SigningError('bad-list-identifier', 'a list identifier has 16 bytes');
  }
  const year = thisUpdate?.getUTCFullYear() ?? 2000;
  if (!(year >= 1950 && year <= 9999)) {
    throw new SigningError('bad-time', 'the time of a catalog must be a valid one, from 1950 to 9999');
  }
}

/**
 * The DER of an unsigned catalog: the members sorted by tag, the attributes of each in DER order. The same file may be
 * given twice for different versions of Windows. Throws SigningError `bad-member`, `bad-attribute`, `bad-version`,
 * `bad-list-identifier` or `bad-time`.
 */
export function createCatalog(request: CatalogRequest): Uint8Array {
  checkRequest(request);
  const { version = 2, members, attributes, thisUpdate = new Date() } = request;
  const identifier = request.listIdentifier ?? Uint8Array.from(Buffer.from(randomUUID().replaceAll('-', ''), 'hex'));
  const list = write.sequence([
    write.sequence([write.oid(OID.catalogList)]),
    write.octetString(identifier),
    write.certificateTime(thisUpdate),
    write.algorithmIdentifier(version === 1 ? OID.catalogListMember : OID.catalogListMember2),
    write.element(TAG.sequence, concatBytes(sortEntries(members.flatMap(entryEncoder(request))))),
    ...encodeExtensions(attributes),
  ]);
  return encodeUnsignedData({ contentType: OID.certificateTrustList, content: list });
}
