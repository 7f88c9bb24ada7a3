// Splits the text of an INF into section heads and lines of fields ("General Syntax Rules for INF Files"): `;` starts a
// comment outside quotes, `""` inside quotes is one quote, a quote left open ends with its line, `\` at the end of a line
// joins the next one.
import { InfError } from '../errors.ts';

export interface InfField {
  /** The text without quotes, with `%tokens%` still in it. */
  readonly text: string;
  readonly quoted: boolean;
  /** Place of its first character; both count from 1. */
  readonly line: number;
  readonly column: number;
}

export type InfLine =
  | { readonly kind: 'section'; readonly name: string; readonly line: number }
  | {
      readonly kind: 'entry';
      /** What stands before `=`; undefined when there is no `=`. */
      readonly key: InfField | undefined;
      /** What stands after `=`, or the whole line, separated by commas. */
      readonly fields: readonly InfField[];
      readonly line: number;
    };

/** Most characters in one field and in a section name, as documented; and in one logical line, ours. */
const MOST_FIELD_CHARACTERS = 4096;
const MOST_SECTION_NAME_CHARACTERS = 255;
const MOST_LINE_CHARACTERS = 1024 * 1024;

interface Character {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** Yields the lines that mean something. Throws InfError for what cannot be split. */
export function* tokenizeInf(text: string): Generator<InfLine> {
  const physical = text.split(/\r\n|\n|\r/u);
  for (let index = 0; index < physical.length; ) {
    const { characters, next } = readLogicalLine(physical, index);
    index = next;
    const line = parseLine(characters);
    if (line !== undefined) yield line;
  }
}

/** Joins the lines that `\` connects and drops comments. */
function readLogicalLine(physical: readonly string[], start: number) {
  const characters: Character[] = [];
  let index = start;
  for (;;) {
    const source = physical[index] ?? '';
    const end = commentStart(source);
    const content = source.slice(0, end).trimEnd();
    const continues = content.endsWith('\\') && !content.endsWith('\\\\') && isOutsideQuotes(content);
    const kept = continues ? content.slice(0, -1) : content;
    for (let column = 0; column < kept.length; column += 1) {
      characters.push({ text: kept.charAt(column), line: index + 1, column: column + 1 });
    }
    if (characters.length > MOST_LINE_CHARACTERS) {
      throw new InfError('line-too-long', `a line has more than ${MOST_LINE_CHARACTERS} characters`, start + 1);
    }
    index += 1;
    if (!continues || index >= physical.length) return { characters, next: index };
  }
}

/** Where the comment of a line begins: at the first `;` outside quotes and outside a %token%. */
function commentStart(source: string): number {
  let quoted = false;
  for (let index = 0; index < source.length; index += 1) {
    const character = source[index];
    if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === ';') return index;
    else if (character === '%') index = tokenEnd(source, index);
  }
  return source.length;
}

/** The index of the `%` that closes the token begun at `start`; `start` itself when it is not a token. */
function tokenEnd(source: string, start: number): number {
  const end = source.indexOf('%', start + 1);
  if (end < 0 || /["=,]/u.test(source.slice(start + 1, end))) return start;
  return end;
}

function isOutsideQuotes(content: string): boolean {
  let quotes = 0;
  for (const character of content) if (character === '"') quotes += 1;
  return quotes % 2 === 0;
}

function parseLine(characters: readonly Character[]): InfLine | undefined {
  const first = characters.find(({ text }) => !isSpace(text));
  if (first === undefined) return undefined;
  if (first.text === '[') return parseSectionHead(characters, first);

  const fields: InfField[] = [];
  let key: InfField | undefined;
  let field = createFieldReader();
  let quoted = false;
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? first;
    const { text } = character;
    if (text === '"' && quoted && characters[index + 1]?.text === '"') {
      field.add(character, true);
      index += 1;
    } else if (text === '"') {
      quoted = !quoted;
      field.markQuoted(character);
    } else if (!quoted && text === ',') {
      fields.push(field.finish(character));
      field = createFieldReader();
    } else if (!quoted && text === '=' && key === undefined && fields.length === 0) {
      key = field.finish(character);
      field = createFieldReader();
    } else {
      field.add(character, quoted);
    }
  }
  const last = characters.at(-1) ?? first;
  const final = field.finish({ text: '', line: last.line, column: last.column + 1 });
  if (final.text !== '' || final.quoted || fields.length > 0) fields.push(final);
  return { kind: 'entry', key, fields, line: first.line };
}

function parseSectionHead(characters: readonly Character[], first: Character): InfLine {
  const text = characters.map((character) => character.text).join('');
  const match = /^\s*\[([^\]]*)\]\s*$/u.exec(text);
  const name = match?.[1]?.trim().replace(/^"(.*)"$/u, '$1');
  if (name === undefined) {
    throw new InfError('bad-section', 'a section head is not of the form [name]', first.line);
  }
  if (name.length > MOST_SECTION_NAME_CHARACTERS) {
    const most = `${MOST_SECTION_NAME_CHARACTERS} characters`;
    throw new InfError('bad-section', `a section name has more than ${most}`, first.line);
  }
  return { kind: 'section', name, line: first.line };
}

/** Collects the characters of one field: spaces at its ends go, unless they are quoted. */
function createFieldReader() {
  let text = '';
  let keptLength = 0;
  let quoted = false;
  let start: Character | undefined;

  return {
    add(character: Character, isQuoted: boolean): void {
      if (!isQuoted && isSpace(character.text)) {
        if (start !== undefined) text += character.text;
        return;
      }
      start ??= character;
      text += character.text;
      keptLength = text.length;
    },
    markQuoted(character: Character): void {
      quoted = true;
      start ??= character;
      keptLength = text.length;
    },
    finish(end: Character): InfField {
      const value = text.slice(0, keptLength);
      const place = start ?? end;
      if (value.length >= MOST_FIELD_CHARACTERS) {
        throw new InfError(
          'field-too-long',
          `a field has more than ${MOST_FIELD_CHARACTERS - 1} characters`,
          place.line,
        );
      }
      return { text: value, quoted, line: place.line, column: place.column };
    },
  };
}

function isSpace(text: string): boolean {
  return text === ' ' || text === '\t' || text === '\u00a0' || text === '\u001a';
}
