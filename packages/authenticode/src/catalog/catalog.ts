// What a security catalog says, as plain values. Layout: mscat.h;
// members of version 1 are found by SHA-1, those of version 2 by SHA-256.
import type { DigestAlgorithm } from '../digest-algorithms.ts';

export type CatalogVersion = 1 | 2;

export type CatalogMemberKind = 'pe' | 'cab' | 'flat';

/** Text of the link in a member's indirect data: older tools leave it empty, newer ones write `<<<Obsolete>>>`. */
export type LinkForm = 'empty' | 'obsolete';

/** A named value on the catalog or on a member of it. */
export interface CatalogAttribute {
  /** A word, or an object identifier when the flags say so. */
  readonly name: string;
  /** Flags of mscat.h (CATALOG_ATTRIBUTE_FLAGS), for example 0x10010001: authenticated, text value, text name. */
  readonly flags: number;
  /** The value as text; hexadecimal when the flags say that it is not text. */
  readonly value: string;
}

/** A named value as it was read. */
export interface CatalogNameValue extends CatalogAttribute {
  /** The value's octets, the NUL at the end of a text included. */
  readonly bytes: Uint8Array;
}

export interface CatalogEntry {
  /**
   * What the entry is found by: a digest in lower-case hexadecimal, or, in some catalogs of version 1 that are not for
   * drivers, any word.
   */
  readonly tag: string;
  /**
   * Whether it only leads from a SHA-1 to a file whose SHA-256 stands in an entry of its own: entries of version 2
   * without a digest, which may or may not repeat the name.
   */
  readonly isStub: boolean;
  readonly fileName?: string;
  /** Undefined when the entry does not say it, or names a kind that is not known. */
  readonly kind?: CatalogMemberKind;
  /** The subject GUID in CAT_MEMBERINFO as it stands there; version 1 only. */
  readonly subject?: string;
  /** The digest that the entry states in so many words; absent on stubs, and when its algorithm is not known. */
  readonly digest?: Uint8Array;
  readonly algorithm?: DigestAlgorithm;
  /** Undefined when the indirect data is of another form than either. */
  readonly linkForm?: LinkForm;
  /** Whether the entry lists the digest of each page of the image as well. */
  readonly hasPageHashes: boolean;
  /** Versions of Windows that it is for, as in `2:6.1,2:10.0`. */
  readonly osAttributes?: string;
  /** Named values such as File and OSAttr, by name. */
  readonly attributes: ReadonlyMap<string, string>;
  /** The same with flags and octets, in the order of the file. */
  readonly values: readonly CatalogNameValue[];
  /** DER of the entry as it stands in the catalog. */
  readonly bytes: Uint8Array;
}

export interface Catalog {
  readonly version: CatalogVersion;
  /** 16 bytes in all catalogs seen; empty when there is none. */
  readonly listIdentifier: Uint8Array;
  readonly thisUpdate: Date;
  /** In the order of the file: ascending by tag, unless `notes` say otherwise. */
  readonly members: readonly CatalogEntry[];
  /** In the order of the file. */
  readonly attributes: readonly CatalogNameValue[];
  /** In what respects the catalog is not in the form that Windows' own tools give it, one sentence each. */
  readonly notes: readonly string[];
}

/** Bits in the flags of a named value (CRYPTCAT_ATTR_ in mscat.h). */
export const CATALOG_ATTRIBUTE_FLAGS = {
  nameIsText: 0x0000_0001,
  nameIsObjectIdentifier: 0x0000_0002,
  valueIsText: 0x0001_0000,
  /** The value was given in base64; its octets are stored. */
  valueIsBase64: 0x0002_0000,
  authenticated: 0x1000_0000,
} as const;

/** Authenticated, value is text, name is text. */
export const TEXT_ATTRIBUTE_FLAGS = 0x1001_0001;
/** Authenticated, value is octets, name is text. */
export const BINARY_ATTRIBUTE_FLAGS = 0x1002_0001;

/** Whether all bits of `flag` are set. */
export function hasFlag(flags: number, flag: number): boolean {
  return (flags & flag) === flag;
}

/** The context tag in CAT_MEMBERINFO2 that stands for each kind. */
export const MEMBER_INFO_2_TAGS: Readonly<Record<CatalogMemberKind, number>> = { pe: 0x80, cab: 0x81, flat: 0x82 };

/** The subject GUID in CAT_MEMBERINFO, which version 1 uses, that stands for each kind. */
export const MEMBER_INFO_GUIDS: Readonly<Record<CatalogMemberKind, string>> = {
  pe: '{C689AAB8-8E78-11D0-8C47-00C04FC295EE}',
  cab: '{C689AABA-8E78-11D0-8C47-00C04FC295EE}',
  flat: '{DE351A42-8E59-11D0-8C47-00C04FC295EE}',
};

/** Digests of a file, as catalogs need them: of an image or cabinet the Authenticode one, of anything else of all bytes. */
export interface FileDigests {
  readonly sha1?: Uint8Array;
  readonly sha256?: Uint8Array;
}
