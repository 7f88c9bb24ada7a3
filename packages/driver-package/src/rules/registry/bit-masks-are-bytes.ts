// Each line of BitReg changes bits of one byte ("INF BitReg Directive": InfVerif 1262).
import { argumentPlace, readNumber, referencedLines } from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';

const NO_BYTE: Fault = {
  code: 1262,
  what: 'The mask of a BitReg line does not fit into a byte.',
  why: 'BitReg changes one byte of a binary value; the line says which bits of it, and which byte.',
  remedy: 'Write a mask from 0x00 to 0xFF, and one line for each byte.',
};

const MASK = 4;
const HIGHEST_BYTE = 0xff;

export const bitMasksAreBytes = infRule({
  id: 'bit-masks-are-bytes',
  faults: [NO_BYTE],
  *check({ document }) {
    const seen = new Set<object>();
    for (const { line } of referencedLines(document, 'BitReg')) {
      if (line.key !== '' || seen.has(line.entry)) continue;
      seen.add(line.entry);
      const mask = readMask(line.args[MASK]);
      if (mask !== undefined && mask <= HIGHEST_BYTE) continue;
      const summary = `The mask for "${line.args[2] ?? ''}" is "${line.args[MASK] ?? ''}".`;
      yield { fault: NO_BYTE, at: argumentPlace(line, MASK), summary };
    }
  },
});

/** Masks are hexadecimal, with or without 0x. */
function readMask(text = ''): number | undefined {
  const trimmed = text.trim();
  return /^[0-9a-f]{1,8}$/iu.test(trimmed) ? Number.parseInt(trimmed, 16) : readNumber(trimmed);
}
