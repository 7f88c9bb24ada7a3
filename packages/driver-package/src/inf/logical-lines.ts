// The lines of an INF as Windows sees them: without comments, and with the lines joined that end in a backslash
// ("General Syntax Rules for INF Files", Line Format, Continuation, and Comments).
import { InfError } from '../errors.ts';
import { type DiagnosticLog, noteDiagnostic } from './diagnostics.ts';

export interface Place {
  /** Both count from 1; columns count UTF-16 code units. */
  readonly line: number;
  readonly column: number;
}

export interface LogicalLine extends Place {
  readonly kind: 'head' | 'entry';
  /** From its first character; without comments, of a section head with them. */
  readonly content: string;
  /** As written, without the comment at its end. */
  readonly raw: string;
  /** Where the character at an index of `content` stands in the file. */
  readonly placeOf: (index: number) => Place;
}

/** Most characters of one logical line: ours, no real INF comes near. */
const MOST_LINE_CHARACTERS = 1024 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const PERCENT = 0x25;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

/** A piece of a logical line: where it begins in it and in the file. */
interface Segment {
  readonly index: number;
  readonly line: number;
  readonly column: number;
}

/** Returns a function that gives one line after the other, and undefined at the end of the text. */
export function createLineReader(text: string, log: DiagnosticLog): () => LogicalLine | undefined {
  // DOS editors end a text with Ctrl+Z.
  const length = text.endsWith('\u001a') ? text.length - 1 : text.length;
  let position = 0;
  let lineNumber = 0;

  /** The start of the next physical line and its end without the line end; undefined when there is none. */
  function nextPhysical(): { start: number; end: number } | undefined {
    if (position >= length) return undefined;
    const start = position;
    let end = start;
    while (end < length) {
      const code = text.charCodeAt(end);
      if (code === LINE_FEED || code === CARRIAGE_RETURN) break;
      end += 1;
    }
    position = end + (text.charCodeAt(end) === CARRIAGE_RETURN && text.charCodeAt(end + 1) === LINE_FEED ? 2 : 1);
    lineNumber += 1;
    return { start, end };
  }

  function joinLines(first: { start: number; end: number }, rawStart: number): LogicalLine | undefined {
    const line = lineNumber;
    const column = rawStart - first.start + 1;
    const segments: Segment[] = [];
    let content = '';
    let physical: { start: number; end: number } | undefined = first;
    let start = rawStart;
    let rawEnd = start;
    for (;;) {
      const { end, continues, backslash } = readContent(text, start, physical.end);
      segments.push({ index: content.length, line: lineNumber, column: start - physical.start + 1 });
      const piece = text.slice(start, continues ? backslash : end);
      content = content === '' ? piece : content + piece;
      // A line that holds nothing but a comment adds nothing, and so neither to what was written.
      if (end > start || rawEnd === rawStart) rawEnd = end;
      checkLength(content, line);
      if (!continues) break;
      const place = { line: lineNumber, column: backslash - physical.start + 1 };
      if (end - backslash > 1) {
        noteDiagnostic(
          log,
          'double-backslash-at-line-end',
          'two backslashes at the end still join the next line',
          place,
        );
      }
      physical = nextPhysical();
      if (physical === undefined) {
        noteDiagnostic(log, 'joined-nothing', 'the last line is joined to a next one that is not there', place);
        break;
      }
      start = physical.start;
      if (isSectionHead(text.slice(start, physical.end))) {
        const where = { line: lineNumber, column: 1 };
        noteDiagnostic(log, 'joined-section', 'a backslash joins this section name to the line before it', where);
      }
    }
    if (content.trim() === '') return undefined;
    const placeOf = (index: number): Place => {
      let low = 0;
      for (let high = segments.length; high - low > 1; ) {
        const middle = (low + high) >> 1;
        if ((segments[middle]?.index ?? 0) <= index) low = middle;
        else high = middle;
      }
      const found = segments[low];
      return found === undefined ? { line, column } : { line: found.line, column: found.column + index - found.index };
    };
    return { kind: 'entry', content, raw: text.slice(rawStart, rawEnd), line, column, placeOf };
  }

  return () => {
    for (let physical = nextPhysical(); physical !== undefined; physical = nextPhysical()) {
      const start = skipSpaces(text, physical.start, physical.end);
      if (start === physical.end || text.charCodeAt(start) === SEMICOLON) continue;
      if (text[start] === '[') {
        const content = text.slice(start, physical.end);
        const line = lineNumber;
        const column = start - physical.start + 1;
        checkLength(content, line);
        return {
          kind: 'head',
          content,
          raw: content,
          line,
          column,
          placeOf: (index) => ({ line, column: column + index }),
        };
      }
      const line = joinLines(physical, start);
      if (line !== undefined) return line;
    }
    return undefined;
  };
}

function checkLength(content: string, line: number): void {
  if (content.length <= MOST_LINE_CHARACTERS) return;
  throw new InfError('line-too-long', `a line has more than ${MOST_LINE_CHARACTERS} characters`, line);
}

function skipSpaces(text: string, start: number, end: number): number {
  let index = start;
  while (index < end && isSpace(text.charCodeAt(index))) index += 1;
  return index;
}

/**
 * Where the content of a physical line ends: before the comment, which begins at the first `;` outside quotes and outside
 * a %token%, and before spaces; and where its last backslashes begin when they join the next line.
 */
function readContent(text: string, start: number, lineEnd: number) {
  let isQuoted = false;
  let end = start;
  for (; end < lineEnd; end += 1) {
    const code = text.charCodeAt(end);
    if (code === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (code === SEMICOLON) break;
    else if (code === PERCENT) end = endOfToken(text, end, lineEnd);
  }
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  let backslash = end;
  if (!isQuoted) while (backslash > start && text[backslash - 1] === '\\') backslash -= 1;
  return { end, continues: backslash < end, backslash };
}

/** The index of the `%` that closes the token begun at `start`; `start` itself when it is not a token. */
export function endOfToken(text: string, start: number, end: number): number {
  for (let index = start + 1; index < end; index += 1) {
    const code = text.charCodeAt(index);
    if (code === PERCENT) return index;
    if (code === QUOTE || code === EQUALS || code === COMMA) break;
  }
  return start;
}

function isSectionHead(line: string): boolean {
  return /^\s*\[[^\]=,]+\]\s*(?:;.*)?$/u.test(line);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0b || code === 0x0c || code === 0xa0;
}
