// SpcIndirectDataContent: what an Authenticode signature says about a file, namely its kind and its digest
// ("Windows Authenticode Portable Executable Signature Format", section SpcIndirectDataContent).
import { type DerElement, decodeDer, readOctetString, readOid, TAG, write } from '../der/index.ts';
import { DIGEST_ALGORITHMS, type DigestAlgorithm, digestAlgorithmFromOid } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';

/** Where indirect data stands: in a file's own signature, or in a catalog's entry for the file. */
export type IndirectDataKind = 'pe' | 'cab' | 'catalog-pe' | 'catalog-flat';

export interface IndirectData {
  /** 'pe' for SpcPeImageData, 'link' for SpcLink (cabinets, flat files in catalogs), 'other' for anything else. */
  readonly kind: 'pe' | 'link' | 'other';
  /** Object identifier of the data's type. */
  readonly type: string;
  readonly algorithm: DigestAlgorithm;
  readonly digest: Uint8Array;
}

/** SpcLink, choice file: [2] EXPLICIT SpcString, choice unicode. */
function fileLink(text: string): Uint8Array {
  return write.contextExplicit(2, write.contextImplicit(0, write.utf16BeBytes(text)));
}

/** SpcPeImageData: flags as BIT STRING, then [0] EXPLICIT SpcLink. */
function peImageData(flags: Uint8Array): Uint8Array {
  return write.sequence([flags, write.contextExplicit(0, fileLink(''))]);
}

interface IndirectDataFacts {
  readonly type: string;
  readonly value: Uint8Array;
}

/** Type and value per kind. The flags are those that Microsoft's tools write: none in a signature, A0 in a catalog. */
const INDIRECT_DATA: Readonly<Record<IndirectDataKind, IndirectDataFacts>> = {
  pe: { type: OID.spcPeImageData, value: peImageData(write.bitString(new Uint8Array(0))) },
  cab: { type: OID.spcLink, value: fileLink('<<<Obsolete>>>') },
  'catalog-pe': { type: OID.spcPeImageData, value: peImageData(write.bitString(Uint8Array.of(0xa0), 5)) },
  'catalog-flat': { type: OID.spcLink, value: fileLink('') },
};

/** DER of SpcIndirectDataContent for a file with this digest. */
export function encodeIndirectData(kind: IndirectDataKind, algorithm: DigestAlgorithm, digest: Uint8Array): Uint8Array {
  const { oid, size } = DIGEST_ALGORITHMS[algorithm];
  if (digest.length !== size) throw new RangeError(`a ${algorithm} digest has ${size} bytes, not ${digest.length}`);
  const { type, value } = INDIRECT_DATA[kind];
  return write.sequence([
    write.sequence([write.oid(type), value]),
    write.sequence([write.algorithmIdentifier(oid), write.octetString(digest)]),
  ]);
}

const KIND_OF_TYPE: ReadonlyMap<string, 'pe' | 'link'> = new Map([
  [OID.spcPeImageData, 'pe'],
  [OID.spcLink, 'link'],
]);

/** Reads SpcIndirectDataContent. Throws ParseError when it is malformed, or its digest is of another size than its algorithm's. */
export function parseIndirectData(der: Uint8Array): IndirectData {
  return readIndirectData(decodeDer(der, { maximumDepth: 24, maximumElements: 1000 }));
}

/** As `parseIndirectData`, for an element that is part of a bigger structure. */
export function readIndirectData(element: DerElement): IndirectData {
  const parts = element.parts(TAG.sequence, 'the indirect data');
  const data = parts.next('data').parts(TAG.sequence, 'the data');
  const type = readOid(data.next('type'), 'the type of the data');
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
  return { kind: KIND_OF_TYPE.get(type) ?? 'other', type, algorithm, digest };
}
