// JSON without loss of integers. The API's ids are 64-bit integers written as bare JSON numbers; a double holds only 53 bits,
// so the plain JSON functions would silently change them. RFC 8259 §6 leaves the range to the reader.

interface ReviverContext {
  /** The text of a number as it stands in the document. */
  readonly source?: string;
}

interface RawJson {
  /** Makes a value that JSON.stringify writes as this very text. */
  rawJSON(text: string): unknown;
}

type LosslessParse = (
  text: string,
  reviver: (key: string, value: unknown, context: ReviverContext) => unknown,
) => unknown;

const parseWithSource = JSON.parse as LosslessParse;
const { rawJSON } = JSON as unknown as RawJson;

const INTEGER = /^-?(?:0|[1-9][0-9]*)$/;

/** Longest integer, in digits, that is kept exactly. Anything longer is no id, and BigInt parsing is not linear. */
const MAXIMUM_DIGITS = 40;

/**
 * Parses JSON. Integers that a double cannot hold exactly become bigint; every other number stays a number.
 * Throws SyntaxError for malformed text.
 */
export function parseJson(text: string): unknown {
  return parseWithSource(text, (_key, value, { source }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value;
    return INTEGER.test(source) && source.length <= MAXIMUM_DIGITS ? BigInt(source) : value;
  });
}

/** Writes JSON. A bigint becomes a bare number with all its digits. `indent` is the number of spaces a level, 0 for none. */
export function stringifyJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? rawJSON(item.toString()) : item), indent);
}
