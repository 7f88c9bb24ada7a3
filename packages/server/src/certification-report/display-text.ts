// Texts of strangers made fit for display: short enough, without characters that are invisible or turn the direction of what
// stands around them, and, for PDF, without those that its built-in fonts lack.

/** Characters of one text that are shown; what identifies a thing is shorter. */
const MOST_CHARACTERS = 300;
/** The same once characters are escaped: the narrowest column of a page of PDF must hold it. */
const MOST_SHOWN = 900;

/**
 * Controls, unassigned code points, halves of surrogate pairs, separators of lines, characters that change the direction of
 * text, and those that show nothing and so let two different names look alike.
 */
const NOT_SHOWN =
  /[\p{Cc}\p{Cn}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u{e0000}-\u{e007f}]/u;

/** What the encoding WinAnsi of PDF has beyond Latin-1 (ISO 32000-1 annex D.2). */
const WIN_ANSI_EXTRAS: ReadonlySet<string> = new Set('€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ');

/** A code point as `\uXXXX`, or `\u{XXXXX}` beyond the first 65,536. */
function escaped(character: string): string {
  const codePoint = character.codePointAt(0) ?? 0;
  const hex = codePoint.toString(16).toUpperCase();
  return codePoint > 0xffff ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}

function isInFont(character: string): boolean {
  const codePoint = character.codePointAt(0) ?? 0;
  return (
    (codePoint >= 0x20 && codePoint <= 0x7e) ||
    (codePoint >= 0xa0 && codePoint <= 0xff) ||
    WIN_ANSI_EXTRAS.has(character)
  );
}

/** What most texts are: shown as they stand, in both forms. */
const PLAIN = /^[\x20-\x7e]{0,300}$/;

function display(text: string, isShown: (character: string) => boolean): string {
  if (PLAIN.test(text)) return text;
  let shown = '';
  let count = 0;
  // By code points, and no further than is shown: the text may be megabytes long.
  for (const character of text) {
    if (count === MOST_CHARACTERS || shown.length >= MOST_SHOWN) return `${shown}…`;
    shown += isShown(character) ? character : escaped(character);
    count += 1;
  }
  return shown;
}

/** The text for a medium that has every script: what must not be shown is escaped. */
export function displayText(text: string): string {
  return display(text, (character) => !NOT_SHOWN.test(character));
}

/** The text for the built-in fonts of PDF, which have Latin letters only: every other character is escaped too. */
export function displayLatinText(text: string): string {
  return display(text, (character) => isInFont(character) && !NOT_SHOWN.test(character));
}
