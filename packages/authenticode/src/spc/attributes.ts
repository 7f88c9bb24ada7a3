// The two signed attributes that Authenticode adds to PKCS#7: SpcSpOpusInfo (what the signer calls the program) and
// SpcStatementType ("Windows Authenticode Portable Executable Signature Format", section Authenticated attributes).
import { contextConstructed, type DerElement, decodeUtf16Be, readOid, TAG, write } from '../der/index.ts';
import { OID } from '../object-identifiers.ts';

export interface OpusInfo {
  /** The program's (in a driver signature: the submitter's) name. */
  readonly programName?: string;
  /** Where to read more. */
  readonly moreInfoUrl?: string;
}

/** SpcSpOpusInfo; an empty SEQUENCE when there is nothing to say. */
export function encodeOpusInfo({ programName, moreInfoUrl }: OpusInfo): Uint8Array {
  const parts: Uint8Array[] = [];
  if (programName !== undefined) {
    parts.push(write.contextExplicit(0, write.contextImplicit(0, write.utf16BeBytes(programName))));
  }
  if (moreInfoUrl !== undefined) {
    parts.push(write.contextExplicit(1, write.contextImplicit(0, write.asciiBytes(moreInfoUrl))));
  }
  return write.sequence(parts);
}

/** Reads SpcSpOpusInfo; parts in forms other than the usual ones (Unicode or ASCII name, URL) are left out. */
export function readOpusInfo(element: DerElement): OpusInfo {
  const parts = element.parts(TAG.sequence, 'the opus information');
  const name = parts.optional(contextConstructed(0))?.inner();
  const link = parts.optional(contextConstructed(1))?.inner();
  const programName =
    name?.tag === 0x80 ? decodeUtf16Be(name.value) : name?.tag === 0x81 ? ascii(name.value) : undefined;
  const moreInfoUrl = link?.tag === 0x80 ? ascii(link.value) : undefined;
  return {
    ...(programName === undefined ? {} : { programName }),
    ...(moreInfoUrl === undefined ? {} : { moreInfoUrl }),
  };
}

function ascii(bytes: Uint8Array): string | undefined {
  return bytes.every((octet) => octet < 0x80) ? String.fromCharCode(...bytes.subarray(0, 4096)) : undefined;
}

/** What the signer's certificate was issued for: to a person, or to a company. Nearly all signatures say the former. */
export type StatementType = 'individual' | 'commercial';

const STATEMENT_TYPES: Readonly<Record<StatementType, string>> = {
  individual: OID.spcIndividualCodeSigning,
  commercial: OID.spcCommercialCodeSigning,
};

/** SpcStatementType. */
export function encodeStatementType(type: StatementType = 'individual'): Uint8Array {
  return write.sequence([write.oid(STATEMENT_TYPES[type])]);
}

/** Reads SpcStatementType; undefined when it names neither of the two. */
export function readStatementType(element: DerElement): StatementType | undefined {
  const oids = element.expect(TAG.sequence, 'the statement type').children().slice(0, 8);
  const named = oids.map((oid) => readOid(oid, 'a statement type'));
  return (['individual', 'commercial'] as const).find((type) => named.includes(STATEMENT_TYPES[type]));
}
