// The file is text that Windows reads as an INF (InfVerif 1002, 1003, 1209, "General Syntax Rules for INF Files").
import type { InfDiagnosticCode } from '../../inf/index.ts';
import { type Fault, infRule } from '../rule.ts';

const BROKEN: Fault = {
  code: 1002,
  submission: true,
  what: 'The text breaks a rule of INFs so that what follows cannot be told.',
  why: 'Windows stops reading there, or reads something else than was meant.',
  remedy: 'Correct the line.',
};
const DOUBTFUL: Fault = {
  code: 1002,
  what: 'The text breaks a rule of INFs, such as a quote that is not closed.',
  why: 'Windows guesses how the line goes on, and may guess otherwise in another version.',
  remedy: 'Correct the line.',
};
const BAD_ENCODING: Fault = {
  code: 1003,
  what: 'The file is UTF-8, or UTF-16 with the bytes the other way round.',
  why: 'Windows reads INFs as UTF-16LE with a byte order mark, or in the code page of the system.',
  remedy: 'Save the file as UTF-16LE with a byte order mark.',
};
const REPEATED: Fault = {
  code: 1209,
  what: 'Two sections have the same name.',
  why: 'Windows takes them for one; readers of the file see only one of them.',
  remedy: 'Put the lines of both into one section.',
};

/** What leaves no doubt that the file is broken. */
const SEVERE: readonly InfDiagnosticCode[] = [
  'unclosed-section',
  'text-after-section',
  'section-name-too-long',
  'field-too-long',
];

export const textIsReadable = infRule({
  id: 'text-is-readable',
  faults: [BROKEN, DOUBTFUL, BAD_ENCODING, REPEATED],
  *check({ document }) {
    for (const { code, message, line, column } of document.diagnostics) {
      const fault = SEVERE.includes(code) ? BROKEN : DOUBTFUL;
      const summary = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
      // Text before the first section is passed over; many INFs have a comment of another language there.
      const severity = code === 'text-before-section' ? { severity: 'information' as const } : {};
      yield { fault, ...severity, at: { line, column }, summary };
    }
    if (document.encoding === 'utf-8' || document.encoding === 'utf-16be') {
      yield { fault: BAD_ENCODING, at: { line: 1 }, summary: `The file is ${document.encoding.toUpperCase()}.` };
    }
    for (const section of document.sections.values()) {
      const second = section.heads[1];
      if (second === undefined) continue;
      const summary = `[${second.name}] stands here again, first in line ${section.line}.`;
      yield { fault: REPEATED, at: { line: second.line, column: second.column }, summary };
    }
  },
});
