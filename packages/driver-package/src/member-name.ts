// Names of files in a container, made safe: a relative path of plain parts that means the same on every system, or a
// reason why there is none. The rules are those of Windows ("Naming Files, Paths, and Namespaces").

export type MemberName = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly reason: string };

/** Names that Windows gives to devices, in any folder and with any extension. */
const DEVICE_NAME = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(?:\..*)?$/iu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/u;
/** Characters that change how a name is shown or that stand for nothing: direction marks, zero widths, lone surrogates. */
const INVISIBLE_CHARACTER = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/u;
const RESERVED_CHARACTER = /[<>"|?*]/u;

const MOST_PATH_CHARACTERS = 240;
const MOST_PARTS = 32;

/** What a part of a path must not be. The first that applies is reported. */
const PART_FAULTS: readonly { readonly applies: (part: string) => boolean; readonly reason: string }[] = [
  { applies: (part) => part === '', reason: 'has an empty part' },
  {
    applies: (part) => part === '.' || part === '..',
    reason: 'contains "." or ".." and could lead out of the package',
  },
  { applies: (part) => part.includes(':'), reason: 'contains ":", which names a stream or a drive' },
  {
    applies: (part) => RESERVED_CHARACTER.test(part),
    reason: 'contains one of < > " | ? *, which Windows does not allow',
  },
  { applies: (part) => /[. ]$/u.test(part), reason: 'has a part that ends in a dot or a space, which Windows drops' },
  {
    applies: (part) => DEVICE_NAME.test(part),
    reason: 'has a part that Windows takes for a device, such as CON or COM1',
  },
];

/**
 * A path with `/` between its parts from the name of a member, in which both `\` and `/` separate. Refused are absolute
 * names, drives, network paths, `..`, streams, devices and characters that Windows does not allow.
 */
export function normalizeMemberName(name: string): MemberName {
  if (name === '') return refused('is empty');
  if (name.length > MOST_PATH_CHARACTERS) return refused(`is longer than ${MOST_PATH_CHARACTERS} characters`);
  if (CONTROL_CHARACTER.test(name)) return refused('contains a control character');
  if (INVISIBLE_CHARACTER.test(name)) return refused('contains a character that cannot be seen');
  if (/^[\\/]{2}/u.test(name)) return refused('is a network path');
  if (/^[\\/]/u.test(name)) return refused('is absolute');
  if (/^[a-z]:/iu.test(name)) return refused('begins with a drive letter');
  const parts = name.split(/[\\/]/u);
  if (parts.length > MOST_PARTS) return refused(`has more than ${MOST_PARTS} parts`);
  for (const part of parts) {
    const fault = PART_FAULTS.find(({ applies }) => applies(part));
    if (fault !== undefined) return refused(fault.reason);
  }
  return { ok: true, path: parts.join('/') };
}

function refused(reason: string): MemberName {
  return { ok: false, reason };
}
