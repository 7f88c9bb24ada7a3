// The %tokens% in a text and what stands for them ("INF Strings Section"). A number between percent signs is a directory.

/** Most characters that one text may grow to when its tokens are replaced, as documented. */
export const MOST_EXPANDED_CHARACTERS = 4095;

/**
 * Replaces `%name%` by the string of that name and `%%` by a percent sign, and ends the text at 4095 characters. A name
 * that is not in the strings, such as a directory id, stays as it is. Strings are not looked at again.
 */
export function expandTokens(text: string, strings: { get(name: string): string | undefined }): string {
  let expanded = '';
  let position = 0;
  for (const match of text.matchAll(/%([^%]*)%/gu)) {
    const [token, name = ''] = match;
    expanded += text.slice(position, match.index) + (name === '' ? '%' : (strings.get(name.toLowerCase()) ?? token));
    position = match.index + token.length;
    if (expanded.length > MOST_EXPANDED_CHARACTERS) return expanded.slice(0, MOST_EXPANDED_CHARACTERS);
  }
  return expanded + text.slice(position);
}

/** The names of tokens in a text that no string defines and that are not directory ids. */
export function undefinedTokens(text: string, strings: ReadonlyMap<string, string>): string[] {
  const names: string[] = [];
  for (const [, name = ''] of text.matchAll(/%([^%]*)%/gu)) {
    if (name !== '' && !/^-?\d+$/u.test(name) && !strings.has(name.toLowerCase())) names.push(name);
  }
  return names;
}
