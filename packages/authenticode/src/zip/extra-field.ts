// Extra fields of headers (APPNOTE 4.5): a list of two-byte ids and two-byte lengths. None is needed here; two would
// change what the header says, and are refused.
import { viewOf } from '../bytes.ts';
import { ParseError } from '../errors.ts';
import { refuseZip64 } from './zip64.ts';

const ZIP64 = 0x0001;
/** Gives the entry another name, which some readers prefer (APPNOTE 4.6.9). */
const UNICODE_PATH = 0x7075;

/** Throws ParseError when the field is malformed or takes the place of what the header says. */
export function checkExtraField(bytes: Uint8Array, offset: number): void {
  const view = viewOf(bytes);
  let at = 0;
  while (at < bytes.length) {
    const length = at + 4 <= bytes.length ? view.getUint16(at + 2, true) : bytes.length;
    if (at + 4 + length > bytes.length) {
      throw new ParseError('zip', 'bad-extra-field', 'an extra field is longer than the room it has', offset + at);
    }
    const id = view.getUint16(at, true);
    if (id === ZIP64 && length > 0) refuseZip64(offset + at);
    if (id === UNICODE_PATH) {
      throw new ParseError('zip', 'second-name', 'an entry has a second name in its extra field', offset + at);
    }
    at += 4 + length;
  }
}
