// The strings of an INF for each language, and what stands between percent or dollar signs without being one ("INF
// Strings Section", "Creating International INF Files", "Stampinf").
import { addStrings, findSection, type InfDocument, type InfEntry } from './document.ts';
import type { InfField } from './tokenizer.ts';
import { expandTokens, undefinedTokens } from './tokens.ts';

/** The languages that have a section of strings, as four hexadecimal digits in lower case, in the order of the INF. */
export function locales(document: InfDocument): string[] {
  return [...document.sections.keys()].flatMap((name) => /^strings\.([0-9a-f]{4})$/u.exec(name)?.[1] ?? []);
}

/** The strings of one [Strings.LangId] by lower-case name; without a locale, those of the plain section. */
export function stringsOf(document: InfDocument, locale?: string): ReadonlyMap<string, string> {
  const strings = new Map<string, string>();
  addStrings(findSection(document, locale === undefined ? 'Strings' : `Strings.${locale}`), strings);
  return strings;
}

/**
 * A text with its tokens replaced as Windows would for a locale such as `0407`: from the section of the locale, else from
 * one of the same primary language, else from the plain one. Without a locale, as for any text of the document.
 */
export function resolve(document: InfDocument, text: string, locale?: string): string {
  if (locale === undefined) return expandTokens(text, document.strings);
  const wanted = Number.parseInt(locale, 16) & PRIMARY_LANGUAGE;
  const related = locales(document).filter((other) => (Number.parseInt(other, 16) & PRIMARY_LANGUAGE) === wanted);
  const maps = [locale.toLowerCase(), ...related].map((name) => stringsOf(document, name));
  return expandTokens(text, {
    get: (name) => maps.find((strings) => strings.has(name))?.get(name) ?? document.strings.get(name),
  });
}

/** The bits of a language id that say the language without its country. */
const PRIMARY_LANGUAGE = 0x3ff;

/** Most names that are listed of one INF. */
const MOST_PLACED = 10_000;

export interface PlacedName {
  /** Without the signs around it. */
  readonly name: string;
  readonly section: string;
  /** Place of the first sign; both count from 1. */
  readonly line: number;
  readonly column: number;
}

/** Each %token%, everywhere but in the strings themselves, that no string defines and that is no directory id; at most 10,000. */
export function listUndefinedTokens(document: InfDocument): PlacedName[] {
  return listPlaced(
    document,
    '%',
    (text) => undefinedTokens(text, document.strings),
    (section) => section !== 'strings' && !section.startsWith('strings.'),
  );
}

/** Words between dollar signs that INFs hold for good: the signatures of [Version]. */
const KEPT_WORDS: ReadonlySet<string> = new Set(['chicago', 'windows nt', 'windows 95', 'windows']);

/** Each variable of the build that StampInf has not replaced, such as `ARCH` and `KMDFVERSION`, section heads included. */
export function listBuildVariables(document: InfDocument): PlacedName[] {
  const heads = [...document.sections.values()].flatMap(({ name: section, heads: all }) =>
    all.flatMap(({ name, line, column }) =>
      variablesOf(name).map((variable) => ({
        name: variable,
        section,
        line,
        // The bracket stands before the name.
        column: column + 1 + name.indexOf(`$${variable}$`),
      })),
    ),
  );
  return [...heads, ...listPlaced(document, '$', variablesOf, () => true)].sort(
    (a, b) => a.line - b.line || a.column - b.column,
  );
}

function variablesOf(text: string): string[] {
  if (!text.includes('$')) return [];
  const names = [...text.matchAll(/\$([a-z][a-z0-9_]{0,63})\$/giu)].map(([, name = '']) => name);
  return names.filter((name) => !KEPT_WORDS.has(name.toLowerCase()));
}

/** Finds names in every key and field, with the places of their signs. */
function listPlaced(
  document: InfDocument,
  sign: string,
  namesOf: (text: string) => string[],
  isWanted: (sectionKey: string) => boolean,
): PlacedName[] {
  const found: PlacedName[] = [];
  for (const [sectionKey, section] of document.sections) {
    if (!isWanted(sectionKey)) continue;
    for (const entry of section.entries) {
      if (!entry.raw.includes(sign)) continue;
      const finder = createFinder(entry);
      for (const field of entry.key === undefined ? entry.fields : [entry.key, ...entry.fields]) {
        for (const name of namesOf(field.text)) {
          if (found.length === MOST_PLACED) return found;
          found.push({ name, section: section.name, ...finder(field, `${sign}${name}${sign}`) });
        }
      }
    }
  }
  return found;
}

/** How far behind the place where it is expected a text is looked for, in characters. */
const SEARCHED = 8192;

/**
 * Says where a text of a field stands, looked for in what was written, from left to right; the place of the field when it
 * was written otherwise, such as with doubled quotes in it.
 */
function createFinder({ raw, line, column }: InfEntry) {
  const lineStarts = [0, ...[...raw.matchAll(/\r\n|\n|\r/gu)].map((match) => match.index + match[0].length)];
  let lineIndex = 0;
  let from = 0;
  return (field: InfField, wanted: string): { line: number; column: number } => {
    // A field on the first line of its entry begins as far behind the entry as its column says.
    const start = Math.max(from, field.line === line ? field.column - column : 0);
    const offset = raw.slice(start, start + SEARCHED).indexOf(wanted);
    if (offset < 0) return { line: field.line, column: field.column };
    const index = start + offset;
    from = index + wanted.length;
    while ((lineStarts[lineIndex + 1] ?? Number.POSITIVE_INFINITY) <= index) lineIndex += 1;
    const behind = index - (lineStarts[lineIndex] ?? 0);
    return { line: line + lineIndex, column: (lineIndex === 0 ? column : 1) + behind };
  };
}
