// The contents of catalogs, cabinets and packages as plain values.
import type { ByteSource } from '../byte-source.ts';
import { toHex } from '../bytes.ts';
import { type CabinetFile, readCabinet } from '../cab/index.ts';
import { type CatalogEntry, parseCatalog } from '../catalog/index.ts';
import { openPackage } from '../opc/index.ts';
import type {
  CabinetDescription,
  CatalogDescription,
  CatalogMemberDescription,
  DescriptionOptions,
  PackageDescription,
} from './description.ts';

function describeMember(entry: CatalogEntry): CatalogMemberDescription {
  const { algorithm, attributes, digest, fileName, hasPageHashes, isStub, kind, osAttributes, tag } = entry;
  return {
    tag,
    ...(fileName === undefined ? {} : { fileName }),
    ...(kind === undefined ? {} : { kind }),
    ...(digest === undefined ? {} : { digest: toHex(digest) }),
    ...(algorithm === undefined ? {} : { digestAlgorithm: algorithm }),
    ...(osAttributes === undefined ? {} : { osAttributes }),
    isStub,
    hasPageHashes,
    attributes: [...attributes].map(([name, value]) => ({ name, value })),
  };
}

/** Throws ParseError. */
export async function describeCatalog(
  source: ByteSource,
  { members = true }: DescriptionOptions,
): Promise<CatalogDescription> {
  const catalog = parseCatalog(await source.read(0, source.size));
  return {
    version: catalog.version,
    listIdentifier: toHex(catalog.listIdentifier),
    thisUpdate: catalog.thisUpdate.toISOString(),
    attributes: catalog.attributes.map(({ name, flags, value }) => ({ name, flags, value })),
    notes: catalog.notes,
    memberCount: catalog.members.length,
    stubCount: catalog.members.filter(({ isStub }) => isStub).length,
    ...(members ? { members: catalog.members.map(describeMember) } : {}),
  };
}

/** MS-DOS date and time as ISO 8601 without a zone; undefined when they are no date. */
function modifiedTime({ modified: { date, time } }: CabinetFile): string | undefined {
  const [year, month, day] = [1980 + (date >> 9), (date >> 5) & 0x0f, date & 0x1f];
  const [hour, minute, second] = [time >> 11, (time >> 5) & 0x3f, 2 * (time & 0x1f)];
  const moment = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isDate = moment.getUTCMonth() === month - 1 && moment.getUTCDate() === day && hour < 24 && minute < 60;
  return isDate && second < 60 ? moment.toISOString().slice(0, 19) : undefined;
}

/** Throws ParseError. */
export async function describeCabinet(
  source: ByteSource,
  { members = true }: DescriptionOptions,
): Promise<CabinetDescription> {
  const { files, folders, hasNext, hasPrevious, index, reserve, setId, size } = await readCabinet(source);
  return {
    setId,
    index,
    hasPrevious,
    hasNext,
    size,
    ...(reserve === undefined
      ? {}
      : { reserve: { header: reserve.header.length, folder: reserve.folderSize, data: reserve.dataSize } }),
    folders: folders.map(({ blockCount, compression, dataOffset }) => ({
      compression,
      blockCount,
      offset: dataOffset,
    })),
    fileCount: files.length,
    totalBytes: files.reduce((sum, file) => sum + file.size, 0),
    ...(members
      ? {
          files: files.map((file) => {
            const modified = modifiedTime(file);
            const { folderIndex, name, size: bytes } = file;
            return { name, size: bytes, folder: folderIndex, ...(modified === undefined ? {} : { modified }) };
          }),
        }
      : {}),
  };
}

/** Throws ParseError. */
export async function describePackage(
  source: ByteSource,
  { members = true }: DescriptionOptions,
): Promise<PackageDescription> {
  const { parts } = await openPackage(source);
  return {
    partCount: parts.length,
    ...(members
      ? {
          parts: parts.map(({ name, contentType, entry: { size, compressedSize } }) => ({
            name,
            contentType,
            size,
            compressedSize,
          })),
        }
      : {}),
  };
}
