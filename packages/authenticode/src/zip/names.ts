// Names of entries: which can be trusted to be a path below some folder, and which are the same name.
import { ParseError } from '../errors.ts';

const UTF8_NAMES = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The form in which names are compared: without regard to case, as OPC asks and Windows does. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function refuse(message: string, offset: number): never {
  throw new ParseError('zip', 'bad-name', message, offset);
}

/** Whether any character is a control character. */
function hasControls(name: string): boolean {
  for (let index = 0; index < name.length; index += 1) {
    const code = name.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/**
 * The name in these bytes. Throws ParseError `bad-name` for what is no relative path with `/` between its segments: such
 * names lead out of a folder, or are read in different ways by different programs. `offset` is that of the bytes.
 */
export function readName(bytes: Uint8Array, isUtf8: boolean, offset: number): string {
  if (bytes.length === 0) refuse('an entry has no name', offset);
  if (!isUtf8 && bytes.some((byte) => byte > 0x7f)) {
    refuse('the name of an entry is neither ASCII nor marked as UTF-8: write the archive with UTF-8 names', offset);
  }
  let name: string;
  try {
    name = UTF8_NAMES.decode(bytes);
  } catch {
    return refuse('the name of an entry is not UTF-8', offset);
  }
  if (hasControls(name)) refuse('the name of an entry has control characters', offset);
  if (name.includes('\\')) refuse(`the name '${name}' has a backslash; names in archives have slashes`, offset);
  if (/^[A-Za-z]:/.test(name)) refuse(`the name '${name}' begins with a drive`, offset);
  const segments = name.split('/');
  if (segments.at(-1) === '') segments.pop();
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    refuse(`the name '${name}' is not a path below the archive: it has an empty segment, '.' or '..'`, offset);
  }
  return name;
}
