// The files that an INF takes from the driver package: what CopyFiles lists or names by `@`, and what CopyINF names, each
// where it lies for the architectures that it is copied on.
import { InfError } from '../errors.ts';
import type { Architecture } from './decoration.ts';
import { type DestinationDirectory, findDestination, readDestinationDirs } from './directories.ts';
import { expandField, findSection, type InfDocument, type InfEntry } from './document.ts';
import { type InstallSection, listInstallSections } from './install-sections.ts';
import { locateSource, readSourceDisks, type SourceDisk, type SourceFile } from './source-disks.ts';
import type { InfField } from './tokenizer.ts';

export interface CopiedFile {
  /** Path inside the driver folder, with `/`. */
  readonly path: string;
  /** The name that is looked up in [SourceDisksFiles]. */
  readonly name: string;
  readonly directive: 'CopyFiles' | 'CopyINF';
  /** Those for which the file is taken from this path. */
  readonly architectures: readonly Architecture[];
  /** Place of what names it; both count from 1. */
  readonly line: number;
  readonly column: number;
  /** Whether [SourceDisksFiles] says where it lies; an INF that CopyINF copies needs no line there. */
  readonly listed: boolean;
  readonly file: SourceFile | undefined;
  readonly disk: SourceDisk | undefined;
  /** Where it goes and under which name; undefined for CopyINF and where [DestinationDirs] does not say. */
  readonly destination: DestinationDirectory | undefined;
  readonly destinationName: string;
}

interface Named {
  readonly name: string;
  readonly destinationName: string;
  readonly listSection: string | undefined;
  readonly directive: CopiedFile['directive'];
  readonly field: InfField;
}

/** The architectures of an INF that names no device. */
const ANY_ARCHITECTURE: readonly Architecture[] = ['x86', 'amd64', 'arm', 'arm64'];
/** Most lines of list sections that are followed: one list may be named many times. */
const MOST_LINES = 500_000;

/**
 * Every file that some CopyFiles or CopyINF copies out of the package, once for each path, for the architectures that lead
 * to the directive. A directive in a section that nothing leads to counts for every architecture that the INF has devices
 * for. List sections that the INF does not have are left out. Throws InfError for more than 500,000 lines.
 */
export function listCopiedFiles(document: InfDocument): CopiedFile[] {
  const disks = readSourceDisks(document);
  const destinations = readDestinationDirs(document);
  const found = new Map<string, CopiedFile & { architectures: Architecture[] }>();
  const add = ({ name, destinationName, listSection, directive, field }: Named, architecture: Architecture): void => {
    const { path, file, disk } = locateSource(disks, name, architecture);
    const key = path.toLowerCase();
    const known = found.get(key);
    if (known !== undefined) {
      if (!known.architectures.includes(architecture)) known.architectures.push(architecture);
      return;
    }
    found.set(key, {
      path,
      name,
      directive,
      architectures: [architecture],
      line: field.line,
      column: field.column,
      listed: file !== undefined || directive === 'CopyINF',
      file,
      disk,
      destination: directive === 'CopyINF' ? undefined : findDestination(destinations, listSection),
      destinationName,
    });
  };

  let lines = 0;
  const followed = new Set<string>();
  const architecturesOf = createReach(document);
  for (const [key, section] of document.sections) {
    for (const entry of section.entries) {
      const directive = entry.key?.text.toLowerCase();
      if (directive !== 'copyinf' && directive !== 'copyfiles') continue;
      for (const architecture of architecturesOf(key)) {
        for (const named of followDirective(document, entry, directive === 'copyinf', architecture, followed)) {
          lines += 1;
          if (lines > MOST_LINES) {
            throw new InfError('too-many-files', `the INF copies more than ${MOST_LINES} files`, entry.line);
          }
          add(named, architecture);
        }
      }
    }
  }
  return [...found.values()];
}

/** The files that one directive names; each list section is followed once for each architecture. */
function* followDirective(
  document: InfDocument,
  entry: InfEntry,
  isCopyInf: boolean,
  architecture: Architecture,
  followed: Set<string>,
): Generator<Named> {
  for (const field of entry.fields) {
    const value = expandField(document, field);
    if (value === '') continue;
    if (isCopyInf) {
      yield { name: value, destinationName: value, listSection: undefined, directive: 'CopyINF', field };
    } else if (value.startsWith('@')) {
      const name = value.slice(1);
      yield { name, destinationName: name, listSection: undefined, directive: 'CopyFiles', field };
    } else if (!followed.has(`${architecture}:${value.toLowerCase()}`)) {
      followed.add(`${architecture}:${value.toLowerCase()}`);
      for (const { fields } of findSection(document, value)?.entries ?? []) {
        const [first] = fields;
        const [destination = '', source = ''] = fields.slice(0, 2).map((text) => expandField(document, text));
        const name = source || destination;
        if (first === undefined || name === '') continue;
        yield { name, destinationName: destination || name, listSection: value, directive: 'CopyFiles', field: first };
      }
    }
  }
}

/** A function that says, by the lower-case name of a section, on which architectures Windows comes to it. */
function createReach(document: InfDocument): (sectionKey: string) => readonly Architecture[] {
  const installs = listInstallSections(document);
  const ofModels = new Set(installs.flatMap(({ kind, architectures }) => (kind === 'device' ? architectures : [])));
  const all = ofModels.size === 0 ? ANY_ARCHITECTURE : [...ofModels];
  const reached = new Map<string, Set<Architecture>>();
  for (const install of installs) {
    // Classes and interfaces are installed only on what the devices are for.
    const architectures = install.architectures.filter((architecture) => all.includes(architecture));
    for (const name of sectionNames(install)) {
      const known = reached.get(name) ?? new Set();
      for (const architecture of architectures) known.add(architecture);
      reached.set(name, known);
    }
  }
  return (key) => {
    const architectures = reached.get(key);
    if (architectures !== undefined) return [...architectures];
    const named = /\.nt(x86|amd64|arm64|arm|ia64)(?:\.|$)/u.exec(key)?.[1];
    return named === undefined ? all : all.filter((architecture) => architecture === named);
  };
}

function sectionNames({ sections, subsections }: InstallSection): string[] {
  const all = [...sections, ...subsections.flatMap((subsection) => subsection.sections)];
  return all.map(({ name }) => name.toLowerCase());
}
