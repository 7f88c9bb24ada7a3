// Where the files of a driver package lie: [SourceDisksNames] and [SourceDisksFiles] with their forms for architectures
// ("INF SourceDisksNames Section", "INF SourceDisksFiles Section").
import type { Architecture } from './decoration.ts';
import { expandField, findSection, type InfDocument, type InfEntry } from './document.ts';
import { parseInfNumber } from './numbers.ts';

export interface SourceDisk {
  /** As written: a number. */
  readonly id: string;
  readonly description: string;
  /** A tag file or cabinet; empty when there is none. */
  readonly tagFile: string;
  /** Below the folder of the INF, as written. */
  readonly path: string;
  readonly entry: InfEntry;
}

export interface SourceFile {
  readonly name: string;
  readonly diskId: string;
  /** Below the path of the disk, as written. */
  readonly subdirectory: string;
  /** In bytes; undefined when it is not said. */
  readonly size: number | undefined;
  readonly entry: InfEntry;
}

/** An architecture for whose form of a section nothing is looked up: only the plain one counts. */
export type SourceArchitecture = Architecture | undefined;

export interface SourceDisks {
  /** Every disk and file of all forms, with the architecture of the form. */
  readonly disks: readonly (SourceDisk & { readonly architecture: SourceArchitecture })[];
  readonly files: readonly (SourceFile & { readonly architecture: SourceArchitecture })[];
  /** The form for the architecture goes before the plain one, entry by entry. */
  findDisk(id: string, architecture: SourceArchitecture): SourceDisk | undefined;
  findFile(name: string, architecture: SourceArchitecture): SourceFile | undefined;
}

export interface SourceLocation {
  /** Path inside the driver folder, with `/`. */
  readonly path: string;
  /** Undefined when [SourceDisksFiles] does not list the file: then it is looked for beside the INF. */
  readonly file: SourceFile | undefined;
  /** Undefined when [SourceDisksNames] does not have the disk. */
  readonly disk: SourceDisk | undefined;
}

/** The architectures of forms, plain first. */
const FORMS: readonly SourceArchitecture[] = [undefined, 'x86', 'amd64', 'arm', 'arm64', 'ia64'];

/** Reads all forms of both sections; of entries with the same name in one form, the first one counts. */
export function readSourceDisks(document: InfDocument): SourceDisks {
  const disks = readForms(document, 'SourceDisksNames', (id, [description, tagFile, , path], entry) => ({
    id,
    description: description ?? '',
    tagFile: tagFile ?? '',
    path: path ?? '',
    entry,
  }));
  const files = readForms(document, 'SourceDisksFiles', (name, [diskId, subdirectory, size], entry) => ({
    name,
    diskId: diskId ?? '',
    subdirectory: subdirectory ?? '',
    size: parseInfNumber(size ?? ''),
    entry,
  }));
  return { disks: disks.all, files: files.all, findDisk: disks.find, findFile: files.find };
}

function readForms<Row extends object>(
  document: InfDocument,
  section: string,
  read: (key: string, fields: readonly string[], entry: InfEntry) => Row,
) {
  const all: (Row & { readonly architecture: SourceArchitecture })[] = [];
  const forms = new Map<SourceArchitecture, Map<string, Row>>();
  for (const architecture of FORMS) {
    const rows = new Map<string, Row>();
    forms.set(architecture, rows);
    const name = architecture === undefined ? section : `${section}.${architecture}`;
    for (const entry of findSection(document, name)?.entries ?? []) {
      // A disk or file without more than its name is still listed.
      const keyField = entry.key ?? entry.fields[0];
      if (keyField === undefined) continue;
      const key = expandField(document, keyField);
      const values = entry.key === undefined ? entry.fields.slice(1) : entry.fields;
      const row = read(
        key,
        values.map((field) => expandField(document, field)),
        entry,
      );
      all.push({ ...row, architecture });
      if (!rows.has(normalizeKey(key))) rows.set(normalizeKey(key), row);
    }
  }
  const find = (key: string, architecture: SourceArchitecture): Row | undefined => {
    const wanted = normalizeKey(key);
    const special = architecture === undefined ? undefined : forms.get(architecture)?.get(wanted);
    return special ?? forms.get(undefined)?.get(wanted);
  };
  return { all, find };
}

/** Names compare without case, numbers of disks by value: 01 is 1. */
function normalizeKey(key: string): string {
  return /^\d{1,9}$/u.test(key) ? String(Number(key)) : key.toLowerCase();
}

/** Where a file must lie in the package for an architecture. */
export function locateSource(disks: SourceDisks, name: string, architecture: SourceArchitecture): SourceLocation {
  const file = disks.findFile(name, architecture);
  const disk = file === undefined ? undefined : disks.findDisk(file.diskId, architecture);
  return { path: joinPath(disk?.path ?? '', file?.subdirectory ?? '', name), file, disk };
}

function joinPath(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split(/[\\/]/u))
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
