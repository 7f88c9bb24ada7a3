// An INF as sections of entries: names compare without case, sections of the same name are one, and %tokens% stand for
// what [Strings] says ("INF Strings Section").

import { InfError } from '../errors.ts';
import { decodeInf, type InfEncoding } from './decode.ts';
import { type InfField, type InfLine, tokenizeInf } from './tokenizer.ts';

export type InfEntry = Extract<InfLine, { kind: 'entry' }>;

export interface InfSection {
  /** The name as first written. */
  readonly name: string;
  /** Line of its first head, from 1. */
  readonly line: number;
  readonly entries: readonly InfEntry[];
}

export interface InfDocument {
  readonly encoding: InfEncoding;
  /** Sections by lower-case name, in the order of their first heads. */
  readonly sections: ReadonlyMap<string, InfSection>;
  /** The value of each string by lower-case name, from [Strings], then from the language sections. */
  readonly strings: ReadonlyMap<string, string>;
  /** Characters that may still come out of replacing tokens, so that a small INF cannot become a large one. */
  readonly expansion: { remaining: number };
}

/** Most entries that are read: what a file of the largest allowed size could abuse. */
const MOST_ENTRIES = 500_000;
/** Most characters that one text may grow to when its tokens are replaced. */
const MOST_EXPANDED_CHARACTERS = 4095;
/** Most characters that come out of replacing tokens, over all uses of one document. */
const EXPANSION_BUDGET = 64 * 1024 * 1024;

/** Reads an INF. Throws InfError, with the line, for text that is no INF; what is merely wrong is for rules to find. */
export function parseInf(bytes: Uint8Array): InfDocument {
  const { text, encoding } = decodeInf(bytes);
  const sections = new Map<string, { name: string; line: number; entries: InfEntry[] }>();
  let current: { entries: InfEntry[] } | undefined;
  let count = 0;
  for (const line of tokenizeInf(text)) {
    if (line.kind === 'section') {
      const key = line.name.toLowerCase();
      const section = sections.get(key) ?? { name: line.name, line: line.line, entries: [] };
      sections.set(key, section);
      current = section;
      continue;
    }
    if (current === undefined) {
      throw new InfError(
        'entry-outside-section',
        'there is text before the first [section]: this is not an INF',
        line.line,
      );
    }
    count += 1;
    if (count > MOST_ENTRIES) {
      throw new InfError('too-many-entries', `the INF has more than ${MOST_ENTRIES} entries`, line.line);
    }
    current.entries.push(line);
  }
  return { encoding, sections, strings: readStrings(sections), expansion: { remaining: EXPANSION_BUDGET } };
}

function readStrings(sections: ReadonlyMap<string, InfSection>): Map<string, string> {
  const strings = new Map<string, string>();
  const neutral = [...sections.keys()].filter((key) => key === 'strings');
  const byLanguage = [...sections.keys()].filter((key) => key.startsWith('strings.'));
  for (const key of [...neutral, ...byLanguage]) {
    for (const entry of sections.get(key)?.entries ?? []) {
      const name = entry.key?.text.toLowerCase();
      if (name !== undefined && !strings.has(name)) {
        const value = entry.fields.map((field) => field.text).join(',');
        strings.set(name, value.slice(0, MOST_EXPANDED_CHARACTERS));
      }
    }
  }
  return strings;
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
  document.expansion.remaining -= text.length;
  if (document.expansion.remaining < 0) {
    throw new InfError('too-much-expansion', 'the INF becomes too large when its strings are put in', field.line);
  }
  return text;
}

/**
 * Replaces `%name%` by the string of that name and `%%` by a percent sign, and ends the text at 4095 characters. A name
 * that is not in the strings, such as a directory id, stays as it is. Strings are not looked at again.
 */
export function expandTokens(text: string, strings: ReadonlyMap<string, string>): string {
  let expanded = '';
  let position = 0;
  for (const match of text.matchAll(/%([^%]*)%/gu)) {
    const [token, name = ''] = match;
    expanded += text.slice(position, match.index) + (name === '' ? '%' : (strings.get(name.toLowerCase()) ?? token));
    position = match.index + token.length;
    if (expanded.length > MOST_EXPANDED_CHARACTERS) return expanded.slice(0, MOST_EXPANDED_CHARACTERS);
  }
  return expanded + text.slice(position);
}

/** The names of tokens in a text that no string defines and that are not directory ids. */
export function undefinedTokens(text: string, strings: ReadonlyMap<string, string>): string[] {
  const names: string[] = [];
  for (const [, name = ''] of text.matchAll(/%([^%]*)%/gu)) {
    if (name !== '' && !/^-?\d+$/u.test(name) && !strings.has(name.toLowerCase())) names.push(name);
  }
  return names;
}
