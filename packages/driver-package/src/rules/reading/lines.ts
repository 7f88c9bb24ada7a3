// The lines of an INF as rules look at them: directives with their arguments expanded, and the sections they name.
import { InfError } from '../../errors.ts';
import type { InfDocument, InfEntry, InfSection } from '../../inf/index.ts';
import { expandTokens } from '../../inf/index.ts';
import type { Place } from '../rule.ts';

export interface InfTextLine {
  readonly section: InfSection;
  readonly entry: InfEntry;
  /** What stands before `=`, expanded and in lower case; empty when there is no `=`. */
  readonly key: string;
  /** The fields, expanded. */
  readonly args: readonly string[];
}

/** A line of a section, with the directive that names the section. */
export interface ReferencedLine {
  readonly line: InfTextLine;
  readonly from: InfTextLine;
}

/** Directives that name sections, and which of their arguments do. `all` is every argument. */
export const SECTION_ARGUMENTS: ReadonlyMap<string, readonly number[] | 'all'> = new Map<
  string,
  readonly number[] | 'all'
>([
  ...[
    'CopyFiles',
    'DelFiles',
    'RenFiles',
    'AddReg',
    'DelReg',
    'BitReg',
    'Ini2Reg',
    'UpdateInis',
    'UpdateIniFields',
    'ProfileItems',
    'RegisterDlls',
    'UnregisterDlls',
    'LogConfig',
    'AddProperty',
    'DelProperty',
    'AddPowerSetting',
  ].map((name) => [name.toLowerCase(), 'all'] as const),
  ['addservice', [2, 3]],
  ['addinterface', [2]],
  ['addcomponent', [2]],
  ['addsoftware', [2]],
  ['addfilter', [2]],
  ['addeventprovider', [1]],
  ['kmdfservice', [1]],
  ['umdfservice', [1]],
]);

/** Sections whose lines are tables, not directives. */
const TABLES =
  /^(?:strings|version|manufacturer|sourcedisksnames|sourcedisksfiles|destinationdirs|controlflags)(?:\.|$)/u;

const VIEWS = new WeakMap<InfDocument, Map<string, InfTextLine[]>>();

/** The lines of a section; empty when it is not there. Throws InfError when its strings make it too large. */
export function sectionLines(document: InfDocument, name: string): readonly InfTextLine[] {
  const views = VIEWS.get(document) ?? new Map<string, InfTextLine[]>();
  VIEWS.set(document, views);
  const wanted = name.toLowerCase();
  const known = views.get(wanted);
  if (known !== undefined) return known;
  const section = document.sections.get(wanted);
  const lines = (section?.entries ?? []).map((entry) => readLine(document, section as InfSection, entry));
  views.set(wanted, lines);
  return lines;
}

function readLine(document: InfDocument, section: InfSection, entry: InfEntry): InfTextLine {
  const expand = (text: string): string => {
    if (!text.includes('%')) return text;
    const expanded = expandTokens(text, document.strings);
    document.expansion.remaining -= expanded.length;
    if (document.expansion.remaining < 0) {
      throw new InfError('too-much-expansion', 'the INF becomes too large when its strings are put in', entry.line);
    }
    return expanded;
  };
  return {
    section,
    entry,
    key: entry.key === undefined ? '' : expand(entry.key.text).toLowerCase(),
    args: entry.fields.map((field) => expand(field.text)),
  };
}

/** Every line with this key outside tables, in the order of the sections. */
export function listDirectives(document: InfDocument, name: string): InfTextLine[] {
  return listInstallLines(document).filter(({ key }) => key === name.toLowerCase());
}

/** Every line with a key outside tables. */
export function listInstallLines(document: InfDocument): readonly InfTextLine[] {
  const known = INSTALL_LINES.get(document);
  if (known !== undefined) return known;
  const models = modelsSections(document);
  const lines = [...document.sections.keys()]
    .filter((name) => !TABLES.test(name) && !models.has(name))
    .flatMap((name) => sectionLines(document, name).filter(({ key }) => key !== ''));
  INSTALL_LINES.set(document, lines);
  return lines;
}

const INSTALL_LINES = new WeakMap<InfDocument, InfTextLine[]>();

/** Lower-case names of the sections that [Manufacturer] names, with and without their decorations. */
export function modelsSections(document: InfDocument): Set<string> {
  return new Set(
    sectionLines(document, 'Manufacturer').flatMap(({ args: [base = '', ...decorations] }) =>
      ['', ...decorations].map((decoration) => `${base}${decoration === '' ? '' : '.'}${decoration}`.toLowerCase()),
    ),
  );
}

/** The sections that a directive names, without files named by `@` and empty arguments. */
export function namedSections({ key, args }: InfTextLine): string[] {
  const places = SECTION_ARGUMENTS.get(key);
  if (places === undefined) return [];
  const names = places === 'all' ? args : places.map((place) => args[place] ?? '');
  return names.filter((name) => name !== '' && !name.startsWith('@'));
}

/** The lines of all sections that directives of this name name, each section once for each directive. */
export function referencedLines(document: InfDocument, directive: string): ReferencedLine[] {
  const seen = new Set<string>();
  let count = 0;
  return listDirectives(document, directive).flatMap((from) =>
    namedSections(from).flatMap((name) => {
      const use = `${from.section.name}\n${name}`.toLowerCase();
      if (seen.has(use) || count > MOST_USES) return [];
      seen.add(use);
      count += sectionLines(document, name).length;
      return sectionLines(document, name).map((line) => ({ line, from }));
    }),
  );
}

/** Most lines that are followed for one directive: a large section may be named very often. */
const MOST_USES = 500_000;

/** Whether the INF has this section, itself or with a platform. */
export function hasSection(document: InfDocument, name: string): boolean {
  const known =
    BASE_NAMES.get(document) ??
    new Set([...document.sections.keys()].flatMap((key) => [key, key.replace(/\.nt[^.]*.*$/u, '')]));
  BASE_NAMES.set(document, known);
  return known.has(name.toLowerCase());
}

const BASE_NAMES = new WeakMap<InfDocument, ReadonlySet<string>>();

/** The first line of a section with this key. */
export function firstLine(document: InfDocument, section: string, key: string): InfTextLine | undefined {
  const lines = sectionLines(document, section);
  let byKey = FIRST_LINES.get(lines);
  if (byKey === undefined) {
    byKey = new Map();
    for (const line of lines) if (line.key !== '' && !byKey.has(line.key)) byKey.set(line.key, line);
    FIRST_LINES.set(lines, byKey);
  }
  return byKey.get(key.toLowerCase());
}

const FIRST_LINES = new WeakMap<readonly InfTextLine[], Map<string, InfTextLine>>();

/** Where an argument of a line stands; the line when it has no such argument. */
export function argumentPlace({ entry }: InfTextLine, index: number): Place {
  return entry.fields[index] ?? entry.key ?? entry;
}

/** Where a line begins. */
export function linePlace({ entry }: InfTextLine): Place {
  return entry.key ?? entry.fields[0] ?? entry;
}

/** The number that a field holds, decimal or 0x; undefined when it holds none, 0 when it is empty. */
export function readNumber(text: string | undefined): number | undefined {
  const trimmed = (text ?? '').trim();
  if (trimmed === '') return 0;
  if (!/^(?:0x[0-9a-f]{1,8}|-?\d{1,10})$/iu.test(trimmed)) return undefined;
  return Number(trimmed) >>> 0;
}
