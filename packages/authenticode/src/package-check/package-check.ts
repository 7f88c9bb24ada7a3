// What the check of a driver package against its catalog finds, as plain values that can be printed as they are.
import type { ByteSource } from '../byte-source.ts';
import type { CatalogMemberKind, CatalogVersion } from '../catalog/index.ts';

/** A file of the package. */
export interface PackageFile {
  /** Path in the package, with either slash. */
  readonly path: string;
  readonly source: ByteSource;
}

export type LineEndings = 'LF' | 'CRLF';

/**
 * `listed`: the catalog has an entry for this content under this name (or one without a name). `nameDiffers`: only under
 * another name. `lineEndings`: only for the same text with other line endings. `missing`: none.
 */
export type PackageFileStatus = 'listed' | 'nameDiffers' | 'lineEndings' | 'missing';

export interface PackageFileCheck {
  /** As it was given. */
  readonly path: string;
  readonly status: PackageFileStatus;
  /** How the file is digested; undefined when it begins as an image or a cabinet but cannot be read as one. */
  readonly kind: CatalogMemberKind | undefined;
  /** The digest that was looked up, lower-case hexadecimal: SHA-256 for catalogs of version 2, SHA-1 for version 1. */
  readonly digest: string;
  /** Names under which the catalog lists the content; empty when it does not, or without a name. */
  readonly listedNames: readonly string[];
  /** With `lineEndings`: those of the text that the catalog was made from. */
  readonly expectedLineEndings: LineEndings | undefined;
  /** A sentence for the user. */
  readonly explanation: string;
  /** What to do about it; undefined when there is nothing to do. */
  readonly remedy: string | undefined;
}

/** An entry of the catalog to which no file of the package belongs. */
export interface EntryWithoutFile {
  readonly fileName: string | undefined;
  readonly kind: CatalogMemberKind | undefined;
  readonly digest: string;
  /** Path of a file that has the entry's name, but not its content. */
  readonly changedFile: string | undefined;
  readonly explanation: string;
}

export interface PackageCheck {
  /** Whether there are files and each of them is listed. */
  readonly ok: boolean;
  readonly version: CatalogVersion;
  readonly algorithm: 'sha1' | 'sha256';
  /** In the order in which they were given. */
  readonly files: readonly PackageFileCheck[];
  /** In the order of the catalog. No fault by itself: a catalog may list the files of several packages. */
  readonly entriesWithoutFile: readonly EntryWithoutFile[];
  /** One sentence on all of it. */
  readonly summary: string;
}
