// What a security catalog says, as plain values. Layout: mscat.h;
// members of version 1 are found by SHA-1, those of version 2 by SHA-256.
import type { DigestAlgorithm } from '../digest-algorithms.ts';

export type CatalogMemberKind = 'pe' | 'cab' | 'flat';

/** A named value on the catalog or on a member of it. */
export interface CatalogAttribute {
  readonly name: string;
  /** Flags of mscat.h, for example 0x10010001: authenticated, text value, text name. */
  readonly flags: number;
  /** The value as text; hexadecimal when the flags say that it is not text. */
  readonly value: string;
}

export interface CatalogEntry {
  /** The digest that the entry is found by, lower-case hexadecimal. */
  readonly tag: string;
  readonly fileName?: string;
  readonly kind?: CatalogMemberKind;
  /** The digest that the entry states in so many words; absent on the SHA-1 stubs of version 2. */
  readonly digest?: Uint8Array;
  readonly algorithm?: DigestAlgorithm;
  /** Named values such as File and OSAttr. */
  readonly attributes: ReadonlyMap<string, string>;
}

export interface Catalog {
  readonly version: 1 | 2;
  /** 16 bytes. */
  readonly listIdentifier: Uint8Array;
  readonly thisUpdate: Date;
  /** In the order of the file: ascending by tag. */
  readonly members: readonly CatalogEntry[];
  /** In the order of the file. */
  readonly attributes: readonly CatalogAttribute[];
}

/** Authenticated, value is text, name is text. */
export const TEXT_ATTRIBUTE_FLAGS = 0x1001_0001;
/** In the flags of an attribute: the value is text. */
export const VALUE_IS_TEXT = 0x0001_0000;

/** The context tag in CAT_MEMBERINFO2 that stands for each kind. */
export const MEMBER_INFO_2_TAGS: Readonly<Record<CatalogMemberKind, number>> = { pe: 0x80, cab: 0x81, flat: 0x82 };

/** Subject GUIDs in CAT_MEMBERINFO, which version 1 uses. */
export const MEMBER_INFO_GUIDS: ReadonlyMap<string, CatalogMemberKind> = new Map([
  ['{C689AAB8-8E78-11D0-8C47-00C04FC295EE}', 'pe'],
  ['{C689AABA-8E78-11D0-8C47-00C04FC295EE}', 'cab'],
  ['{DE351A42-8E59-11D0-8C47-00C04FC295EE}', 'flat'],
]);

/** Digests of a file, as catalogs need them: of an image or cabinet the Authenticode one, of anything else of all bytes. */
export interface FileDigests {
  readonly sha1?: Uint8Array;
  readonly sha256?: Uint8Array;
}
