// The files that an INF copies: what CopyFiles names, from where in the package and to which folder of the system ("INF
// CopyFiles Directive", "INF DestinationDirs Section").
import type { InfDocument } from '../../inf/index.ts';
import { firstLine, type InfTextLine, listDirectives, readNumber, sectionLines } from './lines.ts';

/** Numbers of folders that rules treat in their own ways. */
export const DRIVER_STORE_DIRECTORY = 13;

export interface Destination {
  /** Undefined when the number is none. */
  readonly id: number | undefined;
  readonly idText: string;
  readonly folder: string;
  /** The line of [DestinationDirs]. */
  readonly line: InfTextLine;
}

export interface FileCopy {
  /** The CopyFiles line. */
  readonly from: InfTextLine;
  /** The line that names the file: one of the list section, or the directive itself. */
  readonly line: InfTextLine;
  /** Name of the list section; undefined for a file named by `@`. */
  readonly list: string | undefined;
  readonly target: string;
  /** The name in the package. */
  readonly source: string;
  /** COPYFLG_*; undefined when it is no number. */
  readonly flags: number | undefined;
  readonly security: string;
  readonly destination: Destination | undefined;
}

const CACHE = new WeakMap<InfDocument, FileCopy[]>();

/** Every file that some CopyFiles names, once for each section that names it. */
export function listFileCopies(document: InfDocument): readonly FileCopy[] {
  const known = CACHE.get(document);
  if (known !== undefined) return known;
  const copies: FileCopy[] = [];
  const seen = new Set<string>();
  for (const from of listDirectives(document, 'CopyFiles')) {
    for (const name of from.args) {
      if (name.startsWith('@')) {
        const file = name.slice(1);
        const destination = findDestination(document, undefined);
        copies.push({
          from,
          line: from,
          list: undefined,
          target: file,
          source: file,
          flags: 0,
          security: '',
          destination,
        });
        continue;
      }
      if (name === '' || seen.has(name.toLowerCase())) continue;
      seen.add(name.toLowerCase());
      const destination = findDestination(document, name);
      for (const line of sectionLines(document, name)) {
        const [target = '', source = '', , flags, security = ''] = line.args;
        if (target === '' && source === '') continue;
        const unnamed = source === '' ? target : source;
        copies.push({
          from,
          line,
          list: name,
          target,
          source: unnamed,
          flags: readNumber(flags),
          security,
          destination,
        });
      }
    }
  }
  CACHE.set(document, copies);
  return copies;
}

/** The folder that files of a list section go to: the one named for the section, or the default. */
export function findDestination(document: InfDocument, list: string | undefined): Destination | undefined {
  const own = list === undefined ? undefined : firstLine(document, 'DestinationDirs', list);
  const line = own ?? firstLine(document, 'DestinationDirs', 'DefaultDestDir');
  return line === undefined ? undefined : readDestination(line);
}

/** Reads a line of [DestinationDirs]. */
export function readDestination(line: InfTextLine): Destination {
  const [idText = '', folder = ''] = line.args;
  return { id: idText === '' ? undefined : readNumber(idText), idText, folder: folder.replaceAll('/', '\\'), line };
}
