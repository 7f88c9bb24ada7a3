// Splits the text of an INF into section heads and lines of fields ("General Syntax Rules for INF Files"): `;` starts a
// comment outside quotes, `""` inside quotes is one quote, a quote left open ends with its line, `\` at the end of a line
// joins the next one. What is wrong is noted, and reading goes on as Windows would.
import { InfError } from '../errors.ts';
import { type DiagnosticLog, noteDiagnostic } from './diagnostics.ts';
import { createLineReader, endOfToken, type LogicalLine } from './logical-lines.ts';

export interface InfField {
  /** The text without quotes, with `%tokens%` still in it. */
  readonly text: string;
  readonly quoted: boolean;
  /** Place of its first character, a quote included; both count from 1, columns in UTF-16 code units. */
  readonly line: number;
  readonly column: number;
}

export interface SectionHead {
  /** As written, without brackets, quotes and outer spaces. */
  readonly name: string;
  /** Place of the bracket; both count from 1. */
  readonly line: number;
  readonly column: number;
}

export interface InfLineEntry {
  readonly kind: 'entry';
  /** What stands before `=`; undefined when there is no `=`. */
  readonly key: InfField | undefined;
  /** What stands after `=`, or the whole line, separated by commas. */
  readonly fields: readonly InfField[];
  /** Place of its first character; both count from 1. */
  readonly line: number;
  readonly column: number;
  /** As written, joined lines with their line ends, without the comment at the end. */
  readonly raw: string;
  /** The head that it stands under; undefined before the first one. */
  readonly head: SectionHead | undefined;
}

export type InfLine = ({ readonly kind: 'section' } & SectionHead) | InfLineEntry;

export interface TokenizerOptions {
  /** What StampInf would put in for `$ARCH$`; without it, `$ARCH$` stays. */
  readonly architecture?: string | undefined;
}

/** Most characters in one field, with a final NUL, and in a section name, as documented. */
const MOST_FIELD_CHARACTERS = 4096;
const MOST_SECTION_NAME_CHARACTERS = 255;
/** Most fields of one file: each costs memory, and a comma is enough to make one. */
const MOST_FIELDS = 2_000_000;

const QUOTE = 0x22;
const PERCENT = 0x25;
const COMMA = 0x2c;
const EQUALS = 0x3d;

interface Splitting {
  readonly log: DiagnosticLog;
  /** Puts in what a build would put in. */
  readonly stamp: (text: string) => string;
  fields: number;
}

/**
 * Yields the lines that mean something, and adds to `log` what is wrong with them. Throws InfError for a line of more
 * than 1 Mi characters and for more than two million fields.
 */
export function* tokenizeInf(
  text: string,
  log: DiagnosticLog = [],
  { architecture }: TokenizerOptions = {},
): Generator<InfLine> {
  const splitting: Splitting = {
    log,
    stamp:
      architecture === undefined
        ? (value) => value
        : (value) => (value.includes('$') ? value.replace(/\$arch\$/giu, architecture) : value),
    fields: 0,
  };
  const readLine = createLineReader(text, log);
  let head: SectionHead | undefined;
  let isBeforeNoted = false;
  for (let line = readLine(); line !== undefined; line = readLine()) {
    if (line.kind === 'head') {
      head = readSectionHead(line, splitting);
      yield { kind: 'section', ...head };
      continue;
    }
    if (head === undefined && !isBeforeNoted) {
      isBeforeNoted = true;
      noteDiagnostic(log, 'text-before-section', 'text before the first [section] belongs to none', line);
    }
    const { key, fields } = splitFields(line, splitting);
    yield { kind: 'entry', key, fields, line: line.line, column: line.column, raw: line.raw, head };
  }
}

function readSectionHead(line: LogicalLine, { log, stamp }: Splitting): SectionHead {
  const { content } = line;
  const end = content.indexOf(']');
  if (end < 0) noteDiagnostic(log, 'unclosed-section', 'the bracket of the section name is not closed', line);
  const written = (end < 0 ? content.slice(1).replace(/;.*$/u, '') : content.slice(1, end)).trim();
  const name = stamp(/^".*"$/u.test(written) && written.length > 1 ? written.slice(1, -1) : written);
  if (name === '') noteDiagnostic(log, 'empty-section-name', 'the section has no name', line);
  if (name.length > MOST_SECTION_NAME_CHARACTERS) {
    const message = `a section name has ${name.length} characters, more than ${MOST_SECTION_NAME_CHARACTERS}`;
    noteDiagnostic(log, 'section-name-too-long', message, line);
  }
  const rest = end < 0 ? '' : content.slice(end + 1).trimStart();
  if (rest !== '' && !rest.startsWith(';')) {
    const column = line.column + content.length - rest.length;
    noteDiagnostic(log, 'text-after-section', 'text behind a section name is not read', { line: line.line, column });
  }
  return { name, line: line.line, column: line.column };
}

/** The key and the fields of an entry. */
function splitFields(line: LogicalLine, splitting: Splitting) {
  const { content } = line;
  const fields: InfField[] = [];
  let key: InfField | undefined;
  let reader = createFieldReader(line, 0);
  let openQuote = -1;
  for (let index = 0; index < content.length; index += 1) {
    const code = content.charCodeAt(index);
    if (code === QUOTE) {
      if (openQuote >= 0 && content.charCodeAt(index + 1) === QUOTE) {
        reader.cut(index + 1, index + 2, true);
        index += 1;
      } else {
        reader.cut(index, index + 1, openQuote >= 0);
        reader.markQuoted(index);
        openQuote = openQuote >= 0 ? -1 : index;
      }
    } else if (openQuote >= 0) {
      // Quoted text has no separators.
    } else if (code === PERCENT) {
      index = endOfToken(content, index, content.length);
    } else if (code === COMMA) {
      fields.push(reader.finish(index, splitting));
      reader = createFieldReader(line, index + 1);
    } else if (code === EQUALS && key === undefined && fields.length === 0) {
      key = reader.finish(index, splitting);
      reader = createFieldReader(line, index + 1);
    }
  }
  const final = reader.finish(content.length, splitting, openQuote >= 0);
  if (final.text !== '' || final.quoted || fields.length > 0) fields.push(final);
  if (openQuote >= 0) {
    noteDiagnostic(splitting.log, 'unclosed-quote', 'a quote is not closed on its line', line.placeOf(openQuote));
  }
  if (key?.text === '' && !key.quoted) {
    noteDiagnostic(splitting.log, 'empty-key', 'nothing stands before the equals sign', line);
  }
  return { key, fields };
}

/** Collects the text of one field: spaces at its ends go, unless they are quoted. */
function createFieldReader({ content, placeOf }: LogicalLine, start: number) {
  let text = '';
  let keptLength = 0;
  let isQuoted = false;
  let firstIndex = -1;
  let pieceStart = start;

  function keep(end: number, quoted: boolean): void {
    if (end <= pieceStart) return;
    let piece = content.slice(pieceStart, end);
    if (!quoted) {
      const trimmed = piece.trimStart();
      if (firstIndex < 0) {
        if (trimmed === '') return;
        firstIndex = end - trimmed.length;
        piece = trimmed;
      }
      if (trimmed !== '') keptLength = text.length + piece.trimEnd().length;
    } else {
      keptLength = text.length + piece.length;
    }
    text += piece;
  }

  return {
    /** Keeps the text up to `end` and leaves out what stands before `next`. */
    cut(end: number, next: number, quoted: boolean): void {
      keep(end, quoted);
      pieceStart = next;
    },
    markQuoted(index: number): void {
      isQuoted = true;
      keptLength = text.length;
      if (firstIndex < 0) firstIndex = index;
    },
    finish(end: number, splitting: Splitting, quoted = false): InfField {
      keep(end, quoted);
      splitting.fields += 1;
      const place = placeOf(firstIndex < 0 ? end : firstIndex);
      if (splitting.fields > MOST_FIELDS) {
        throw new InfError('too-many-fields', `the INF has more than ${MOST_FIELDS} fields`, place.line);
      }
      if (keptLength >= MOST_FIELD_CHARACTERS) {
        const message = `a field has ${keptLength} characters, more than ${MOST_FIELD_CHARACTERS - 1}`;
        noteDiagnostic(splitting.log, 'field-too-long', message, place);
      }
      const value = splitting.stamp(text.slice(0, keptLength));
      return { text: value, quoted: isQuoted, line: place.line, column: place.column };
    },
  };
}
