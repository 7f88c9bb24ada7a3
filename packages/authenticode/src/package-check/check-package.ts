// Checks that the files of a driver package are those that its catalog lists. Windows refuses the package otherwise, and
// says no more than that a file is not in the catalog.
import { type ByteSource, streamSource } from '../byte-source.ts';
import { toHex } from '../bytes.ts';
import {
  type Catalog,
  type CatalogEntry,
  type CatalogMemberKind,
  catalogFileName,
  findCatalogMembers,
} from '../catalog/index.ts';
import { ParseError } from '../errors.ts';
import { computeCatalogDigests, computeFlatDigests } from '../file-digests.ts';
import {
  summarize,
  tellEntryWithoutFile,
  tellLineEndings,
  tellListed,
  tellMissing,
  tellNameDiffers,
} from './explanations.ts';
import { digestOtherLineEndings } from './line-endings.ts';
import type { EntryWithoutFile, PackageCheck, PackageFile, PackageFileCheck } from './package-check.ts';

export interface PackageCheckOptions {
  /** Path of the catalog in the package: it cannot list itself, so that file is passed over. */
  readonly catalogPath?: string;
}

/** Paths are the same whichever slash they use, and in whichever case. */
function comparablePath(path: string): string {
  return path.replaceAll('\\', '/').replace(/^\.\//, '').toLowerCase();
}

function namesOf(entries: readonly CatalogEntry[]): string[] {
  return [...new Set(entries.flatMap(({ fileName }) => fileName ?? []))];
}

interface Reading {
  readonly kind: CatalogMemberKind | undefined;
  readonly digest: Uint8Array;
  readonly unreadable: string | undefined;
}

/** The digest of a file as catalogs of this kind know it. A damaged image or cabinet is digested as any other file is. */
async function readDigest(source: ByteSource, algorithm: 'sha1' | 'sha256'): Promise<Reading> {
  try {
    const digests = await computeCatalogDigests(source);
    return { kind: digests.kind, digest: digests[algorithm], unreadable: undefined };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const digests = await computeFlatDigests(streamSource(source));
    return { kind: undefined, digest: digests[algorithm], unreadable: error.message };
  }
}

/** One check: the catalog, and which of its entries have found their file. */
class PackageChecker {
  readonly #catalog: Catalog;
  readonly #algorithm: 'sha1' | 'sha256';
  /** What can be looked up: stubs lead nowhere else than their entries do. */
  readonly #entries: readonly CatalogEntry[];
  readonly #names: ReadonlySet<string>;
  readonly #found = new Set<CatalogEntry>();
  /** Path of a file with other content, by the name that the catalog knows. */
  readonly #changed = new Map<string, string>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
    this.#algorithm = catalog.version === 1 ? 'sha1' : 'sha256';
    this.#entries = catalog.members.filter(({ isStub }) => !isStub);
    this.#names = new Set(namesOf(this.#entries).map(catalogFileName));
  }

  get algorithm(): 'sha1' | 'sha256' {
    return this.#algorithm;
  }

  async check({ path, source }: PackageFile): Promise<PackageFileCheck> {
    const name = catalogFileName(path);
    const { kind, digest, unreadable } = await readDigest(source, this.#algorithm);
    const common = { path, kind, digest: toHex(digest), expectedLineEndings: undefined };
    const match = this.#match(digest, name);
    if (match !== undefined) {
      const { isSameName, listedNames } = match;
      return isSameName
        ? { ...common, status: 'listed', listedNames, ...tellListed(listedNames) }
        : { ...common, status: 'nameDiffers', listedNames, ...tellNameDiffers(path, listedNames) };
    }
    const others = kind === 'flat' ? await digestOtherLineEndings(source, this.#algorithm) : [];
    for (const [expectedLineEndings, other] of others) {
      const changed = this.#match(other, name);
      if (changed === undefined) continue;
      const { isSameName, listedNames } = changed;
      const told = tellLineEndings(path, expectedLineEndings, isSameName ? [] : listedNames);
      return { ...common, status: 'lineEndings', listedNames, expectedLineEndings, ...told };
    }
    const sameName = this.#names.has(name);
    if (sameName) this.#changed.set(name, path);
    return { ...common, status: 'missing', listedNames: [], ...tellMissing(path, { sameName, unreadable }) };
  }

  /** The entries for this content, which count as found from now on: those of this name if there are any. */
  #match(digest: Uint8Array, name: string): { isSameName: boolean; listedNames: string[] } | undefined {
    const entries = findCatalogMembers(this.#catalog, digest).filter(
      (entry) => !entry.isStub && (entry.digest === undefined || toHex(entry.digest) === toHex(digest)),
    );
    if (entries.length === 0) return undefined;
    const sameName = entries.filter(({ fileName }) => fileName === undefined || catalogFileName(fileName) === name);
    const isSameName = sameName.length > 0;
    for (const entry of isSameName ? sameName : entries) this.#found.add(entry);
    return { isSameName, listedNames: namesOf(isSameName ? sameName : entries) };
  }

  entriesWithoutFile(): EntryWithoutFile[] {
    return this.#entries
      .filter((entry) => !this.#found.has(entry))
      .map((entry) => {
        const { fileName, kind, digest, tag } = entry;
        const changedFile = fileName === undefined ? undefined : this.#changed.get(catalogFileName(fileName));
        const explanation = tellEntryWithoutFile(entry, changedFile);
        return { fileName, kind, digest: digest === undefined ? tag : toHex(digest), changedFile, explanation };
      });
  }
}

/**
 * Compares the files of a package with its catalog, by content first and then by name. Files are read one after another as
 * they are asked for; each is read once, and small texts that are not listed a few times more. Catalogs of version 2 are
 * asked by SHA-256, those of version 1 by SHA-1. Says nothing about the catalog's signature. Throws what reading throws,
 * but not ParseError.
 */
export async function checkPackage(
  catalog: Catalog,
  files: AsyncIterable<PackageFile> | Iterable<PackageFile>,
  options: PackageCheckOptions = {},
): Promise<PackageCheck> {
  const checker = new PackageChecker(catalog);
  const skipped = options.catalogPath === undefined ? undefined : comparablePath(options.catalogPath);
  const checked: PackageFileCheck[] = [];
  for await (const file of files) {
    if (comparablePath(file.path) !== skipped) checked.push(await checker.check(file));
  }
  const entriesWithoutFile = checker.entriesWithoutFile();
  return {
    ok: checked.length > 0 && checked.every(({ status }) => status === 'listed'),
    version: catalog.version,
    algorithm: checker.algorithm,
    files: checked,
    entriesWithoutFile,
    summary: summarize(checked, entriesWithoutFile),
  };
}
