// Reads one entry of a security catalog: its tag and the SET of attributes that say what kind of file it is, what its
// digest is, and what it is called (mscat.h; the attributes are listed in catalog.ts).
import { Buffer } from 'node:buffer';
import { toHex } from '../bytes.ts';
import { decodeUtf16Be, readString, TAG, write } from '../der/index.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { readIndirectData } from '../spc/index.ts';
import {
  CATALOG_ATTRIBUTE_FLAGS,
  type CatalogEntry,
  type CatalogMemberKind,
  type CatalogNameValue,
  type CatalogVersion,
  hasFlag,
  type LinkForm,
  MEMBER_INFO_2_TAGS,
  MEMBER_INFO_GUIDS,
} from './catalog.ts';
import type { ElementWalk } from './element-walk.ts';
import { findMemberDataForm } from './indirect-data.ts';

const KINDS = ['pe', 'cab', 'flat'] as const satisfies readonly CatalogMemberKind[];
const KIND_OF_GUID: ReadonlyMap<string, CatalogMemberKind> = new Map(KINDS.map((k) => [MEMBER_INFO_GUIDS[k], k]));
const KIND_OF_TAG: ReadonlyMap<number, CatalogMemberKind> = new Map(KINDS.map((k) => [MEMBER_INFO_2_TAGS[k], k]));

/** Content octets as text of one character each. */
function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

const ATTRIBUTE_TYPES = {
  nameValue: keyOf(write.oid(OID.catalogNameValue).subarray(2)),
  memberInfo: keyOf(write.oid(OID.catalogMemberInfo).subarray(2)),
  memberInfo2: keyOf(write.oid(OID.catalogMemberInfo2).subarray(2)),
  indirectData: keyOf(write.oid(OID.spcIndirectData).subarray(2)),
} as const;

/** The class id of the SpcSerializedObject that holds page hashes. */
const PAGE_HASHES_CLASS = Buffer.from('a6b586d5b4a12466ae05a217da8e60d6', 'hex');

/** Names that nearly all entries have, by their octets. */
const COMMON_NAMES: ReadonlyMap<string, string> = new Map(
  ['File', 'OSAttr'].map((name) => [keyOf(write.utf16BeBytes(name)), name]),
);

interface MemberFacts {
  fileName?: string;
  kind?: CatalogMemberKind;
  subject?: string;
  digest?: Uint8Array;
  algorithm?: DigestAlgorithm;
  linkForm?: LinkForm;
  hasPageHashes: boolean;
  osAttributes?: string;
}

/** The entry, and whether its attributes are in the order that DER demands of a SET OF. */
export interface MemberReading {
  readonly entry: CatalogEntry;
  readonly tagBytes: Uint8Array;
  readonly isSorted: boolean;
}

/** Reads the entry at which the walk stands. Throws ParseError. */
export function readMember(member: ElementWalk, version: CatalogVersion): MemberReading {
  const { bytes } = member;
  const parts = member.inside('a member');
  const tagBytes = parts.expect(TAG.octetString, 'the tag of a member').value();
  const tag = readTag(parts, version);
  const set = parts.expect(TAG.set, 'the attributes of a member').inside('the attributes of a member');
  parts.finish();

  const facts: MemberFacts = { hasPageHashes: false };
  const values: CatalogNameValue[] = [];
  let isSorted = true;
  for (let start = -1, end = -1; set.next(); start = set.start, end = set.end) {
    if (start >= 0 && bytes.compare(bytes, start, end, set.start, set.end) < 0) isSorted = false;
    readAttribute(set, facts, values);
  }
  const attributes = new Map<string, string>();
  for (const { name, flags, value } of values) {
    attributes.set(name, value);
    if (!hasFlag(flags, CATALOG_ATTRIBUTE_FLAGS.valueIsText)) continue;
    if (name === 'File') facts.fileName = value;
    if (name === 'OSAttr') facts.osAttributes = value;
  }
  const isStub = version === 2 && facts.digest === undefined && tagBytes.length === 20;
  return { entry: { tag, isStub, ...facts, attributes, values, bytes: member.whole() }, tagBytes, isSorted };
}

/** Version 1 spells the digest as UTF-16LE hexadecimal with a NUL at the end; version 2 holds its bytes. */
function readTag(walk: ElementWalk, version: CatalogVersion): string {
  if (version === 2) return walk.bytes.toString('hex', walk.valueStart, walk.end);
  const length = walk.end - walk.valueStart;
  if (length === 0 || length % 2 !== 0) {
    throw new ParseError('catalog', 'bad-tag', 'the tag of a member is not text', walk.offset);
  }
  const text = walk.bytes.toString('utf16le', walk.valueStart, walk.end).replace(/\0$/, '');
  return /^[0-9A-Fa-f]+$/.test(text) ? text.toLowerCase() : text;
}

function readAttribute(set: ElementWalk, facts: MemberFacts, values: CatalogNameValue[]): void {
  if (set.tag !== TAG.sequence) {
    throw new ParseError('der', 'unexpected-tag', 'an attribute of a member is not a SEQUENCE', set.offset);
  }
  const parts = set.inside('an attribute of a member');
  const type = parts.expect(TAG.oid, 'the type of an attribute').key();
  const inner = parts.expect(TAG.set, 'the values of an attribute').inside('the values of an attribute');
  parts.finish();
  for (let isFirst = true; inner.next(); isFirst = false) {
    if (type === ATTRIBUTE_TYPES.nameValue) values.push(readNameValue(inner));
    else if (!isFirst) continue;
    else if (type === ATTRIBUTE_TYPES.memberInfo2) setKind(facts, KIND_OF_TAG.get(inner.tag));
    else if (type === ATTRIBUTE_TYPES.memberInfo) readMemberInfo(inner, facts);
    else if (type === ATTRIBUTE_TYPES.indirectData) readMemberData(inner, facts);
  }
}

function setKind(facts: MemberFacts, kind: CatalogMemberKind | undefined): void {
  if (kind !== undefined) facts.kind = kind;
}

function readMemberInfo(walk: ElementWalk, facts: MemberFacts): void {
  const subject = readString(
    walk.element().parts(TAG.sequence, 'the member information').next('subject'),
    'the subject GUID',
  );
  facts.subject = subject;
  setKind(facts, KIND_OF_GUID.get(subject.toUpperCase()));
}

function readMemberData(walk: ElementWalk, facts: MemberFacts): void {
  const form = findMemberDataForm(walk.bytes, walk.start, walk.end);
  if (form !== undefined) {
    facts.algorithm = form.algorithm;
    facts.linkForm = form.linkForm;
    facts.digest = walk.whole().subarray(form.prefix.length);
    return;
  }
  facts.hasPageHashes = walk.bytes.subarray(walk.start, walk.end).includes(PAGE_HASHES_CLASS);
  try {
    const { digest, algorithm } = readIndirectData(walk.element());
    facts.digest = digest;
    facts.algorithm = algorithm;
  } catch (error) {
    // A digest of another time, such as MD5: the entry stays, and nothing is found by it.
    if (!(error instanceof ParseError && error.code === 'unknown-digest-algorithm')) throw error;
  }
}

/** CatNameValue at which the walk stands: SEQUENCE of name, flags and value. */
export function readNameValue(walk: ElementWalk): CatalogNameValue {
  if (walk.tag !== TAG.sequence) {
    throw new ParseError('der', 'unexpected-tag', 'a named value is not a SEQUENCE', walk.offset);
  }
  const parts = walk.inside('a named value');
  if (!parts.next()) throw new ParseError('der', 'missing-part', 'a named value has no name', walk.offset);
  const name = readName(parts);
  const flags = readFlags(parts.expect(TAG.integer, 'the flags of a value'));
  const bytes = parts.expect(TAG.octetString, 'a named value').value();
  const isText = hasFlag(flags, CATALOG_ATTRIBUTE_FLAGS.valueIsText);
  const value = isText ? textOf(parts) : toHex(bytes);
  parts.finish();
  return { name, flags, value, bytes };
}

function readName(walk: ElementWalk): string {
  if (walk.tag !== TAG.bmpString) return readString(walk.element(), 'the name of a value');
  const common = COMMON_NAMES.get(walk.key());
  if (common !== undefined) return common;
  const name = decodeUtf16Be(walk.value());
  if (name === undefined) throw new ParseError('der', 'bad-string', 'the name of a value is not a text', walk.offset);
  return name;
}

/** A 32-bit number; the highest bit may or may not be written as a sign. */
function readFlags(walk: ElementWalk): number {
  const octets = walk.value();
  const excess = octets.length === 5 && octets[0] === 0 ? 1 : 0;
  if (octets.length === 0 || octets.length - excess > 4) {
    throw new ParseError('der', 'integer-out-of-range', 'the flags of a value have more than 32 bits', walk.offset);
  }
  let flags = (octets[0] ?? 0) >= 0x80 ? -1 : 0;
  for (const octet of octets) flags = (flags << 8) | octet;
  return flags >>> 0;
}

/** UTF-16LE without the NUL at its end. */
function textOf(walk: ElementWalk): string {
  return walk.bytes.toString('utf16le', walk.valueStart, walk.end).replace(/\0$/, '');
}
