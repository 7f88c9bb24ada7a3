// Numbers in fields of an INF: decimal or with 0x.

/** The number that a field says, `defaultValue` for an empty one; undefined when it is none. Negative ones are allowed. */
export function parseInfNumber(text: string, defaultValue?: number): number | undefined {
  if (text === '') return defaultValue;
  if (/^[+-]?\d{1,15}$/u.test(text)) return Number(text);
  return /^0x[0-9a-f]{1,13}$/iu.test(text) ? Number(text) : undefined;
}
