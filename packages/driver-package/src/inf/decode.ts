// The text of an INF from its bytes: UTF-16 or UTF-8 when a byte order mark says so, else ANSI, which is read as
// Windows-1252 ("General Syntax Rules for INF Files").
import { InfError } from '../errors.ts';

/** Largest INF that is read, in bytes. The largest ones that Windows brings along have about 2 MB. */
export const MOST_INF_BYTES = 16 * 1024 * 1024;

const ENCODINGS = [
  { mark: [0xff, 0xfe], name: 'utf-16le' },
  { mark: [0xfe, 0xff], name: 'utf-16be' },
  { mark: [0xef, 0xbb, 0xbf], name: 'utf-8' },
] as const;

export type InfEncoding = (typeof ENCODINGS)[number]['name'] | 'ansi';

/** Throws InfError when the file is too large, holds NUL characters, or is not in the encoding that it announces. */
export function decodeInf(bytes: Uint8Array): { readonly text: string; readonly encoding: InfEncoding } {
  if (bytes.length > MOST_INF_BYTES) {
    throw new InfError('too-large', `the INF has ${bytes.length} bytes; at most ${MOST_INF_BYTES} are read`);
  }
  const found = ENCODINGS.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte));
  const encoding = found?.name ?? 'ansi';
  const content = bytes.subarray(found?.mark.length ?? 0);
  let text: string;
  try {
    text = new TextDecoder(encoding === 'ansi' ? 'windows-1252' : encoding, { fatal: true }).decode(content);
  } catch {
    throw new InfError('bad-encoding', `the INF begins with the mark of ${encoding} but is not valid ${encoding}`);
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    const line = text.slice(0, nul).split('\n').length;
    throw new InfError(
      'bad-encoding',
      'the INF holds NUL characters: save it as UTF-16LE with a byte order mark',
      line,
    );
  }
  return { text, encoding };
}
