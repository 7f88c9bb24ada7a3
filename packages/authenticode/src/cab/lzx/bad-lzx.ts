// The one error of the LZX decoder.
import { ParseError } from '../../errors.ts';

/** `what` completes "a block compressed with LZX …"; `offset` is that of its CFDATA. */
export function badLzx(what: string, offset: number): ParseError {
  return new ParseError('cab', 'bad-lzx', `a block compressed with LZX ${what}`, offset);
}
