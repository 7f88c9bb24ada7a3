// The encoding of a document (XML 1.0 §4.3.3): UTF-8 with or without a byte order mark, or UTF-16 with one.
import { ParseError } from '../errors.ts';
import type { XmlEncoding } from './tree.ts';

export interface DecodedText {
  readonly text: string;
  readonly encoding: XmlEncoding;
}

const MARKS = [
  { mark: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
] as const;

const UNMARKED = { mark: [], encoding: 'utf-8' } as const;

/** The text of a document, without its byte order mark. Throws ParseError `bad-encoding`. */
export function decodeXml(bytes: Uint8Array): DecodedText {
  const { mark, encoding } =
    MARKS.find((candidate) => candidate.mark.every((byte, index) => bytes[index] === byte)) ?? UNMARKED;
  try {
    const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes.subarray(mark.length));
    if (text.startsWith('\ufeff')) {
      throw new ParseError('xml', 'bad-encoding', 'the document has two byte order marks', mark.length);
    }
    return { text, encoding };
  } catch (error) {
    if (error instanceof ParseError) throw error;
    throw new ParseError('xml', 'bad-encoding', `the document is not ${encoding.toUpperCase()} throughout`);
  }
}
