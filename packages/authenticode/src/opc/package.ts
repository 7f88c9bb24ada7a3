// An OPC package (ECMA-376 Part 2 §7): a ZIP archive whose entries are parts with names and media types.
import type { ByteSource } from '../byte-source.ts';
import { ParseError } from '../errors.ts';
import { openZip, type ZipArchive, type ZipEntry, type ZipLimits } from '../zip/index.ts';
import { CONTENT_TYPES_NAME, type ContentTypes, contentTypeOf, parseContentTypes } from './content-types.ts';
import { checkPartName, foldPartName, isRelationshipsName, relationshipsNameOf } from './part-name.ts';
import { MAXIMUM_RELATIONSHIPS_BYTES, parseRelationships, type Relationship } from './relationships.ts';
import { MEDIA_TYPE } from './vocabulary.ts';

const MAXIMUM_CONTENT_TYPES_BYTES = 16 * 1024 ** 2;

export interface Part {
  /** Begins with a slash. */
  readonly name: string;
  readonly contentType: string;
  readonly entry: ZipEntry;
}

export interface OpcPackage {
  readonly archive: ZipArchive;
  readonly contentTypes: ContentTypes;
  /** Every part, those with relationships included, in the order of the archive. */
  readonly parts: readonly Part[];
  /** The part of this name, whatever the case of its letters. */
  find(name: string): Part | undefined;
  /** The bytes of a part; throws ParseError `too-large` when there are more than `maximumBytes`. */
  read(part: Part, maximumBytes: number): Promise<Uint8Array>;
  stream(part: Part): AsyncIterable<Uint8Array>;
  /** The relationships of a part, or of the package (PACKAGE_ROOT); none when there is no part with them. */
  relationships(source: string): Promise<readonly Relationship[]>;
}

/** No part may be named as if it were inside another (§6.2.2.4). */
function checkNesting(byName: ReadonlyMap<string, Part>): void {
  for (const [folded, { name }] of byName) {
    for (let slash = folded.indexOf('/', 1); slash !== -1; slash = folded.indexOf('/', slash + 1)) {
      if (byName.has(folded.slice(0, slash))) {
        const message = `'${name}' is named as if it were inside a part`;
        throw new ParseError('opc', 'bad-part-name', message, byName.get(folded)?.entry.start);
      }
    }
  }
}

function toPart(entry: ZipEntry, contentTypes: ContentTypes): Part {
  const name = `/${entry.name}`;
  checkPartName(name, entry.start);
  const contentType = contentTypeOf(contentTypes, name);
  if (contentType === undefined) {
    const message = `${CONTENT_TYPES_NAME} gives no type to '${name}'`;
    throw new ParseError('opc', 'no-content-type', message, entry.start);
  }
  if (isRelationshipsName(name) !== (contentType.toLowerCase() === MEDIA_TYPE.relationships)) {
    const message = `'${name}' is of type ${contentType}: that and its name do not agree about whether it has relationships`;
    throw new ParseError('opc', 'bad-relationships', message, entry.start);
  }
  return { name, contentType, entry };
}

/**
 * Opens a package. Throws ParseError of the archive, and `no-content-types`, `no-content-type`, `bad-part-name`,
 * `bad-relationships` for what is a ZIP archive but no package.
 */
export async function openPackage(source: ByteSource, limits: Partial<ZipLimits> = {}): Promise<OpcPackage> {
  const archive = await openZip(source, limits);
  const typesEntry = archive.find(CONTENT_TYPES_NAME);
  if (typesEntry === undefined) {
    throw new ParseError('opc', 'no-content-types', `the archive has no ${CONTENT_TYPES_NAME}: it is no OPC package`);
  }
  const contentTypes = parseContentTypes(await archive.readEntry(typesEntry, MAXIMUM_CONTENT_TYPES_BYTES));
  const parts = archive.entries
    .filter((entry) => entry !== typesEntry && !entry.isDirectory)
    .map((entry) => toPart(entry, contentTypes));
  const byName = new Map(parts.map((part) => [foldPartName(part.name), part]));
  checkNesting(byName);
  const find = (name: string) => byName.get(foldPartName(name));
  return {
    archive,
    contentTypes,
    parts,
    find,
    read: (part, maximumBytes) => archive.readEntry(part.entry, maximumBytes),
    stream: (part) => archive.streamEntry(part.entry),
    async relationships(source) {
      const part = find(relationshipsNameOf(source));
      if (part === undefined) return [];
      return parseRelationships(await archive.readEntry(part.entry, MAXIMUM_RELATIONSHIPS_BYTES), part.name);
    },
  };
}
