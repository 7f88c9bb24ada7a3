// Makes a catalog of files: digests each of them as catalogs do, and lists them.
import type { ByteSource } from './byte-source.ts';
import { type CatalogMember, type CatalogRequest, createCatalog } from './catalog/index.ts';
import { computeCatalogDigests } from './file-digests.ts';

export interface CatalogFile extends Pick<CatalogMember, 'osAttributes' | 'attributes'> {
  /** Path in the package; the catalog holds its last part in lower case. */
  readonly path: string;
  readonly source: ByteSource;
}

/**
 * The members of a catalog for these files, which are read one after another as they are asked for. `osAttributes` is for
 * those that have none of their own. Throws ParseError for malformed images and cabinets.
 */
export async function computeCatalogMembers(
  files: AsyncIterable<CatalogFile> | Iterable<CatalogFile>,
  osAttributes?: string,
): Promise<CatalogMember[]> {
  const members: CatalogMember[] = [];
  for await (const file of files) {
    const { kind, sha1, sha256 } = await computeCatalogDigests(file.source);
    const systems = file.osAttributes ?? osAttributes;
    members.push({
      fileName: file.path,
      kind,
      sha1,
      sha256,
      ...(systems === undefined ? {} : { osAttributes: systems }),
      ...(file.attributes === undefined ? {} : { attributes: file.attributes }),
    });
  }
  return members;
}

export interface CatalogFromFilesRequest extends Omit<CatalogRequest, 'members'> {
  readonly files: AsyncIterable<CatalogFile> | Iterable<CatalogFile>;
  /** For the files that have none of their own. */
  readonly osAttributes?: string;
}

/** The DER of an unsigned catalog of these files. Throws what `createCatalog` and `computeCatalogMembers` throw. */
export async function createCatalogFromFiles(request: CatalogFromFilesRequest): Promise<Uint8Array> {
  const { files, osAttributes, ...rest } = request;
  return createCatalog({ ...rest, members: await computeCatalogMembers(files, osAttributes) });
}
