// An INF as sections of entries: names compare without case, sections of the same name are one, and %tokens% stand for
// what [Strings] says ("INF Strings Section").

import { InfError } from '../errors.ts';
import { decodeInf, type InfEncoding } from './decode.ts';
import type { Architecture } from './decoration.ts';
import type { InfDiagnostic } from './diagnostics.ts';
import { type InfField, type InfLine, type InfLineEntry, type SectionHead, tokenizeInf } from './tokenizer.ts';
import { expandTokens, MOST_EXPANDED_CHARACTERS } from './tokens.ts';

/** A line of a section; `head` is the one that it stands under when the section has several. */
export interface InfEntry extends InfLineEntry {
  readonly head: SectionHead;
}

export interface InfSection {
  /** The name as first written. */
  readonly name: string;
  /** Place of its first head; both count from 1. */
  readonly line: number;
  readonly column: number;
  /** Every head with this name: Windows makes them one section. */
  readonly heads: readonly SectionHead[];
  readonly entries: readonly InfEntry[];
}

export interface InfDocument {
  readonly encoding: InfEncoding;
  /** Whether the file says its encoding; Windows takes UTF-8 that does not for ANSI. */
  readonly hasByteOrderMark: boolean;
  /** Sections by lower-case name, in the order of their first heads. */
  readonly sections: ReadonlyMap<string, InfSection>;
  /** The value of each string by lower-case name, from [Strings], then from the language sections. */
  readonly strings: ReadonlyMap<string, string>;
  /** What is wrong with the form of the file, in its order, at most 1001 faults. */
  readonly diagnostics: readonly InfDiagnostic[];
  /** Characters that may still come out of replacing tokens and following sections: a small INF must not become large. */
  readonly expansion: { remaining: number };
}

export interface ParseInfOptions {
  /** Reads the source of an INF (INX) as StampInf would write it for this architecture: `$ARCH$` becomes its name. */
  readonly architecture?: Architecture | undefined;
}

/** Most entries and section heads that are read: what a file of the largest allowed size could abuse. */
const MOST_ENTRIES = 500_000;
/** Most characters that come out of replacing tokens and following sections, over all uses of one document. */
const EXPANSION_BUDGET = 64 * 1024 * 1024;

/**
 * Reads an INF. What is wrong with its form is in `diagnostics`. Throws InfError only for what is no INF (other
 * encodings, text without any [section]) and for what is too large to be one.
 */
export function parseInf(bytes: Uint8Array, options: ParseInfOptions = {}): InfDocument {
  const { text, encoding, hasByteOrderMark } = decodeInf(bytes);
  const sections = new Map<string, InfSection & { heads: SectionHead[]; entries: InfEntry[] }>();
  const diagnostics: InfDiagnostic[] = [];
  let current: { entries: InfEntry[] } | undefined;
  let stray: number | undefined;
  let count = 0;
  for (const line of tokenizeInf(text, diagnostics, options)) {
    count += 1;
    if (count > MOST_ENTRIES) {
      throw new InfError('too-many-entries', `the INF has more than ${MOST_ENTRIES} entries`, line.line);
    }
    if (line.kind === 'section') {
      const { name, line: number, column } = line;
      const head = { name, line: number, column };
      const known = sections.get(name.toLowerCase());
      const section = known ?? { ...head, heads: [], entries: [] };
      section.heads.push(head);
      if (known === undefined) sections.set(name.toLowerCase(), section);
      current = section;
    } else if (current !== undefined && isInSection(line)) {
      current.entries.push(line);
    } else {
      stray ??= line.line;
    }
  }
  if (stray !== undefined && sections.size === 0) {
    throw new InfError('entry-outside-section', 'there is text but no [section]: this is not an INF', stray);
  }
  const strings = readStrings(sections);
  return {
    encoding,
    hasByteOrderMark,
    sections,
    strings,
    diagnostics,
    expansion: { remaining: EXPANSION_BUDGET },
  };
}

function isInSection(line: InfLine): line is InfEntry {
  return line.kind === 'entry' && line.head !== undefined;
}

function readStrings(sections: ReadonlyMap<string, InfSection>): Map<string, string> {
  const neutral = [...sections.keys()].filter((key) => key === 'strings');
  const byLanguage = [...sections.keys()].filter((key) => key.startsWith('strings.'));
  const strings = new Map<string, string>();
  for (const key of [...neutral, ...byLanguage]) addStrings(sections.get(key), strings);
  return strings;
}

/** Adds the strings of one section by lower-case name; the first one of a name counts. */
export function addStrings(section: InfSection | undefined, strings: Map<string, string>): void {
  for (const { key, fields } of section?.entries ?? []) {
    const name = key?.text.toLowerCase();
    if (name === undefined || strings.has(name)) continue;
    const value = fields.map((field) => field.text).join(',');
    strings.set(name, value.slice(0, MOST_EXPANDED_CHARACTERS));
  }
}

/** The section of this name, whatever its case. */
export function findSection(document: InfDocument, name: string): InfSection | undefined {
  return document.sections.get(name.toLowerCase());
}

/** Every entry of a section with this key. */
export function findEntries(document: InfDocument, sectionName: string, key: string): InfEntry[] {
  const wanted = key.toLowerCase();
  return (findSection(document, sectionName)?.entries ?? []).filter(
    (entry) => entry.key?.text.toLowerCase() === wanted,
  );
}

/** The first field of the first entry with this key, tokens replaced; undefined when there is none or it is empty. */
export function findValue(document: InfDocument, sectionName: string, key: string): string | undefined {
  const field = findEntries(document, sectionName, key)[0]?.fields[0];
  if (field === undefined) return undefined;
  return expandField(document, field) || undefined;
}

/** The text of a field with its tokens replaced. Throws InfError when the document has become too large by that. */
export function expandField(document: InfDocument, field: InfField): string {
  if (!field.text.includes('%')) return field.text;
  const text = expandTokens(field.text, document.strings);
  spendExpansion(document, text.length, field.line);
  return text;
}

/** What one line costs that is read again because several places name its section, in characters. */
const LINE_COST = 16;

/** Counts lines that are read again. Throws InfError when the document has become too large by that. */
export function spendLines(document: InfDocument, { entries, line }: InfSection): void {
  spendExpansion(document, entries.length * LINE_COST, line);
}

function spendExpansion(document: InfDocument, characters: number, line: number): void {
  document.expansion.remaining -= characters;
  if (document.expansion.remaining >= 0) return;
  const message = 'the INF becomes too large when its strings are put in and its sections are followed';
  throw new InfError('too-much-expansion', message, line);
}
