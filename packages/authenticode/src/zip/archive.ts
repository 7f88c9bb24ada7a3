// A ZIP archive, read strictly: where two programs could find different content in the same file, the file is refused.
// A signature over the content would otherwise hold for one reading and not for the other.
import type { ByteSource } from '../byte-source.ts';
import { ParseError } from '../errors.ts';
import { type EndRecord, readDirectory, readEndRecord, type ZipEntry } from './directory.ts';
import { streamEntryData } from './entry-data.ts';
import { type ZipLimits, zipLimits } from './limits.ts';
import { readLocalHeaders } from './local-headers.ts';
import { foldName } from './names.ts';

export interface ZipArchive {
  /** In the order of the central directory. */
  readonly entries: readonly ZipEntry[];
  /** Size of the whole file in bytes. */
  readonly size: number;
  readonly end: EndRecord;
  /** The entry of this name, without regard to case. */
  find(name: string): ZipEntry | undefined;
  /**
   * The uncompressed bytes of an entry, piece by piece. Throws ParseError when they are not what the directory says of
   * their size and CRC-32; what was yielded before may not be relied upon.
   */
  streamEntry(entry: ZipEntry): AsyncGenerator<Uint8Array>;
  /** The same as a whole. Throws ParseError `too-large` when there are more than `maximumBytes`. */
  readEntry(entry: ZipEntry, maximumBytes: number): Promise<Uint8Array>;
}

function indexByName(entries: readonly ZipEntry[]): Map<string, ZipEntry> {
  const byName = new Map<string, ZipEntry>();
  for (const entry of entries) {
    const folded = foldName(entry.name);
    const other = byName.get(folded);
    if (other !== undefined) {
      const message = `'${other.name}' and '${entry.name}' are the same name: they differ in case at most`;
      throw new ParseError('zip', 'duplicate-name', message, entry.start);
    }
    byName.set(folded, entry);
  }
  return byName;
}

/**
 * Opens an archive: reads its directory and checks each local header against it. Throws ParseError for anything that is
 * not a plain archive of stored and deflated entries on one disk, without encryption, ZIP64, gaps or doubled names.
 */
export async function openZip(source: ByteSource, limits: Partial<ZipLimits> = {}): Promise<ZipArchive> {
  const effective = zipLimits(limits);
  const end = await readEndRecord(source);
  const directory = await readDirectory(source, end, effective);
  const entries = await readLocalHeaders(source, directory, end.directoryOffset);
  const byName = indexByName(entries);
  const streamEntry = (entry: ZipEntry) => streamEntryData(source, entry);
  return {
    entries,
    size: source.size,
    end,
    find: (name) => byName.get(foldName(name)),
    streamEntry,
    async readEntry(entry, maximumBytes) {
      if (entry.size > maximumBytes) {
        const message = `'${entry.name}' has ${entry.size} bytes; at most ${maximumBytes} are accepted`;
        throw new ParseError('zip', 'too-large', message, entry.start);
      }
      const result = new Uint8Array(entry.size);
      let filled = 0;
      for await (const chunk of streamEntry(entry)) {
        result.set(chunk, filled);
        filled += chunk.length;
      }
      return result;
    },
  };
}
