// SpcIndirectDataContent: what an Authenticode signature says about a file, namely its kind, its digest, and of an image
// the digests of its pages if the signer wished ("Windows Authenticode Portable Executable Signature Format", section
// SpcIndirectDataContent).
import { equalBytes } from '../bytes.ts';
import { contextConstructed, type DerElement, decodeDer, readOctetString, readOid, TAG, write } from '../der/index.ts';
import { DIGEST_ALGORITHMS, type DigestAlgorithm, digestAlgorithmFromOid } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';

/** Where indirect data stands: in a file's own signature, or in a catalog's entry for the file. */
export type IndirectDataKind = 'pe' | 'cab' | 'catalog-pe' | 'catalog-flat';

/** Digests of the pages of an image: a list of (u32 little-endian file offset, digest) entries. */
export interface PageHashes {
  readonly algorithm: 'sha1' | 'sha256';
  readonly list: Uint8Array;
}

export interface IndirectData {
  /** 'pe' for SpcPeImageData, 'link' for SpcLink (cabinets, flat files in catalogs), 'other' for anything else. */
  readonly kind: 'pe' | 'link' | 'other';
  /** Object identifier of the data's type. */
  readonly type: string;
  readonly algorithm: DigestAlgorithm;
  readonly digest: Uint8Array;
  /** Absent when the signature lists none. */
  readonly pageHashes?: PageHashes;
}

/** SpcLink, choice file: [2] EXPLICIT SpcString, choice unicode. */
function fileLink(text: string): Uint8Array {
  return write.contextExplicit(2, write.contextImplicit(0, write.utf16BeBytes(text)));
}

/** SpcSerializedObject.classId of an object that holds page hashes. */
const PAGE_HASHES_CLASS = Uint8Array.from([
  0xa6, 0xb5, 0x86, 0xd5, 0xb4, 0xa1, 0x24, 0x66, 0xae, 0x05, 0xa2, 0x17, 0xda, 0x8e, 0x60, 0xd6,
]);

const PAGE_HASHES_TYPE: Readonly<Record<PageHashes['algorithm'], string>> = {
  sha1: OID.spcPageHashesSha1,
  sha256: OID.spcPageHashesSha256,
};

/** SpcLink, choice moniker: [1] IMPLICIT SpcSerializedObject, whose data is a SET of one attribute with the list. */
function pageHashesLink({ algorithm, list }: PageHashes): Uint8Array {
  const values = write.setOf([write.octetString(list)]);
  const attributes = write.setOf([write.sequence([write.oid(PAGE_HASHES_TYPE[algorithm]), values])]);
  return write.contextExplicit(1, write.octetString(PAGE_HASHES_CLASS), write.octetString(attributes));
}

/** SpcPeImageData: flags as BIT STRING, then [0] EXPLICIT SpcLink, which is where page hashes stand. */
function peImageData(flags: Uint8Array, pageHashes: PageHashes | undefined): Uint8Array {
  const link = pageHashes === undefined ? fileLink('') : pageHashesLink(pageHashes);
  return write.sequence([flags, write.contextExplicit(0, link)]);
}

interface IndirectDataFacts {
  readonly type: string;
  value(pageHashes: PageHashes | undefined): Uint8Array;
}

const EMBEDDED_FLAGS = write.bitString(new Uint8Array(0));
const CATALOG_FLAGS = write.bitString(Uint8Array.of(0xa0), 5);

/** Type and value per kind. The flags are those that Microsoft's tools write: none in a signature, A0 in a catalog. */
const INDIRECT_DATA: Readonly<Record<IndirectDataKind, IndirectDataFacts>> = {
  pe: { type: OID.spcPeImageData, value: (pageHashes) => peImageData(EMBEDDED_FLAGS, pageHashes) },
  cab: { type: OID.spcLink, value: () => fileLink('<<<Obsolete>>>') },
  'catalog-pe': { type: OID.spcPeImageData, value: (pageHashes) => peImageData(CATALOG_FLAGS, pageHashes) },
  'catalog-flat': { type: OID.spcLink, value: () => fileLink('') },
};

/** DER of SpcIndirectDataContent for a file with this digest. Throws RangeError for page hashes of what is no image. */
export function encodeIndirectData(
  kind: IndirectDataKind,
  algorithm: DigestAlgorithm,
  digest: Uint8Array,
  pageHashes?: PageHashes,
): Uint8Array {
  const { oid, size } = DIGEST_ALGORITHMS[algorithm];
  if (digest.length !== size) throw new RangeError(`a ${algorithm} digest has ${size} bytes, not ${digest.length}`);
  const { type, value } = INDIRECT_DATA[kind];
  if (pageHashes !== undefined && type !== OID.spcPeImageData) throw new RangeError('only images have page hashes');
  return write.sequence([
    write.sequence([write.oid(type), value(pageHashes)]),
    write.sequence([write.algorithmIdentifier(oid), write.octetString(digest)]),
  ]);
}

const KIND_OF_TYPE: ReadonlyMap<string, 'pe' | 'link'> = new Map([
  [OID.spcPeImageData, 'pe'],
  [OID.spcLink, 'link'],
]);

/**
 * Reads SpcIndirectDataContent. Throws ParseError when it is malformed, its digest is of another size than its
 * algorithm's, or what it presents as page hashes is none (`bad-page-hashes`).
 */
export function parseIndirectData(der: Uint8Array): IndirectData {
  return readIndirectData(decodeDer(der, { maximumDepth: 24, maximumElements: 1000 }));
}

/** As `parseIndirectData`, for an element that is part of a bigger structure. */
export function readIndirectData(element: DerElement): IndirectData {
  const parts = element.parts(TAG.sequence, 'the indirect data');
  const data = parts.next('data').parts(TAG.sequence, 'the data');
  const type = readOid(data.next('type'), 'the type of the data');
  const [value] = data.rest();
  const digestInfo = parts.next('digest').parts(TAG.sequence, 'the digest');
  parts.end();
  const algorithmElement = digestInfo.next('algorithm');
  const algorithmParts = algorithmElement.parts(TAG.sequence, 'the digest algorithm');
  const algorithm = digestAlgorithmFromOid(
    readOid(algorithmParts.next('identifier'), 'the digest algorithm'),
    algorithmElement.offset,
  );
  const digestElement = digestInfo.next('value');
  const digest = readOctetString(digestElement, 'the digest');
  digestInfo.end();
  if (digest.length !== DIGEST_ALGORITHMS[algorithm].size) {
    const message = `a ${algorithm} digest has ${DIGEST_ALGORITHMS[algorithm].size} bytes, not ${digest.length}`;
    throw new ParseError('spc', 'digest-size', message, digestElement.offset);
  }
  const kind = KIND_OF_TYPE.get(type) ?? 'other';
  const pageHashes = kind === 'pe' && value !== undefined ? readPageHashes(value) : undefined;
  return { kind, type, algorithm, digest, ...(pageHashes === undefined ? {} : { pageHashes }) };
}

/** The page hashes in an SpcPeImageData. Other links, and serialized objects of other classes, say nothing about pages. */
function readPageHashes(imageData: DerElement): PageHashes | undefined {
  if (imageData.tag !== TAG.sequence) return undefined;
  const file = imageData.children().find(({ tag }) => tag === contextConstructed(0));
  const link = file?.inner();
  if (link?.tag !== contextConstructed(1)) return undefined;
  const object = link.parts(contextConstructed(1), 'the serialized object');
  const classId = readOctetString(object.next('class'), 'the class of the serialized object');
  if (!equalBytes(classId, PAGE_HASHES_CLASS)) return undefined;
  const serialized = object.next('data').expect(TAG.octetString, 'the serialized data');
  object.end();
  const [attribute, ...others] = serialized.inner().expect(TAG.set, 'the page hashes').children();
  const bad = (message: string) => new ParseError('spc', 'bad-page-hashes', message, serialized.offset);
  if (attribute === undefined || others.length > 0) throw bad('there is not exactly one list of page hashes');
  const parts = attribute.parts(TAG.sequence, 'the page hashes');
  const type = readOid(parts.next('type'), 'the type of the page hashes');
  const lists = parts.next('list').expect(TAG.set, 'the list of page hashes').children();
  parts.end();
  const algorithm = (['sha1', 'sha256'] as const).find((name) => PAGE_HASHES_TYPE[name] === type);
  if (algorithm === undefined) throw bad(`page hashes of type ${type} are not supported`);
  const [list, ...more] = lists;
  if (list === undefined || more.length > 0) throw bad('there is not exactly one list of page hashes');
  return { algorithm, list: readOctetString(list, 'the list of page hashes') };
}
