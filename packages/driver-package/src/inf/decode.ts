// The text of an INF from its bytes: UTF-16 or UTF-8 when a byte order mark says so, UTF-8 when the bytes can hardly be
// anything else, else ANSI, which is read as Windows-1252 ("General Syntax Rules for INF Files").
import { InfError } from '../errors.ts';

/** Largest INF that is read, in bytes. The largest ones that Windows brings along have about 2 MB. */
export const MOST_INF_BYTES = 16 * 1024 * 1024;

const ENCODINGS = [
  { mark: [0xff, 0xfe], name: 'utf-16le' },
  { mark: [0xfe, 0xff], name: 'utf-16be' },
  { mark: [0xef, 0xbb, 0xbf], name: 'utf-8' },
] as const;

/** `ansi` is also the encoding of a text of plain ASCII. */
export type InfEncoding = (typeof ENCODINGS)[number]['name'] | 'ansi';

export interface DecodedInf {
  readonly text: string;
  readonly encoding: InfEncoding;
  /** Windows takes UTF-8 without a byte order mark for ANSI. */
  readonly hasByteOrderMark: boolean;
}

/** Throws InfError when the file is too large, holds NUL characters, or is not in the encoding that it announces. */
export function decodeInf(bytes: Uint8Array): DecodedInf {
  if (bytes.length > MOST_INF_BYTES) {
    throw new InfError('too-large', `the INF has ${bytes.length} bytes; at most ${MOST_INF_BYTES} are read`);
  }
  const marked = ENCODINGS.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte));
  const content = bytes.subarray(marked?.mark.length ?? 0);
  const decoded = marked === undefined ? decodeUnmarked(content) : decodeMarked(content, marked.name);
  const nul = decoded.text.indexOf('\0');
  if (nul >= 0) {
    const line = decoded.text.slice(0, nul).split(/\r\n|\n|\r/u).length;
    throw new InfError(
      'bad-encoding',
      'the INF holds NUL characters: save it as UTF-16LE with a byte order mark',
      line,
    );
  }
  return decoded;
}

function decodeMarked(content: Uint8Array, encoding: Exclude<InfEncoding, 'ansi'>): DecodedInf {
  try {
    // The mark is gone already; a second one is text.
    const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(content);
    return { text, encoding, hasByteOrderMark: true };
  } catch {
    throw new InfError('bad-encoding', `the INF begins with the mark of ${encoding} but is not valid ${encoding}`);
  }
}

/** ANSI text with a letter beyond ASCII is practically never valid UTF-8. */
function decodeUnmarked(content: Uint8Array): DecodedInf {
  const ansi = { encoding: 'ansi', hasByteOrderMark: false } as const;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
    if (text.length === content.length) return { text, ...ansi };
    return { text, encoding: 'utf-8', hasByteOrderMark: false };
  } catch {
    return { text: new TextDecoder('windows-1252').decode(content), ...ansi };
  }
}
