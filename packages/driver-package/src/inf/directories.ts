// The directories of an installed system that numbers stand for, and where files go ("Using Dirids",
// "INF DestinationDirs Section").
import { expandField, findSection, type InfDocument } from './document.ts';
import { parseInfNumber } from './numbers.ts';
import type { InfField } from './tokenizer.ts';

export interface Directory {
  readonly dirid: number;
  /** Such as `%SystemRoot%\System32\drivers`, or words where no such path says it. */
  readonly path: string;
}

const DIRECTORIES: ReadonlyMap<number, string> = new Map([
  [-1, 'an absolute path'],
  [1, 'the directory of the INF'],
  [10, '%SystemRoot%'],
  [11, '%SystemRoot%\\System32'],
  [12, '%SystemRoot%\\System32\\drivers'],
  [13, 'the driver package in the driver store'],
  [17, '%SystemRoot%\\INF'],
  [18, '%SystemRoot%\\Help'],
  [20, '%SystemRoot%\\Fonts'],
  [21, '%SystemRoot%\\System32\\viewers'],
  [23, '%SystemRoot%\\System32\\spool\\drivers\\color'],
  [24, '%SystemDrive%\\'],
  [25, '%SystemRoot%'],
  [30, 'the root of the boot disk'],
  [50, '%SystemRoot%\\System'],
  [51, '%SystemRoot%\\System32\\spool'],
  [52, '%SystemRoot%\\System32\\spool\\drivers'],
  [53, '%USERPROFILE%'],
  [54, 'the directory of the boot loader'],
  [55, '%SystemRoot%\\System32\\spool\\prtprocs'],
  [16406, '%ProgramData%\\Microsoft\\Windows\\Start Menu'],
  [16407, '%ProgramData%\\Microsoft\\Windows\\Start Menu\\Programs'],
  [16408, '%ProgramData%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup'],
  [16409, '%PUBLIC%\\Desktop'],
  [16415, 'the favorites of all users'],
  [16419, '%ProgramData%'],
  [16420, '%SystemRoot%'],
  [16421, '%SystemRoot%\\System32'],
  [16422, '%ProgramFiles%'],
  [16425, '%SystemRoot%\\SysWOW64'],
  [16426, '%ProgramFiles(x86)%'],
  [16427, '%CommonProgramFiles%'],
  [16428, '%CommonProgramFiles(x86)%'],
  [16429, 'the templates of all users'],
  [16430, '%PUBLIC%\\Documents'],
  [66000, 'the directory of printer drivers'],
  [66001, 'the directory of print processors'],
  [66002, 'the directory of print monitors'],
  [66003, 'the directory of color profiles'],
  [66004, 'the directory of print provider files'],
]);

/** Shell folders have the numbers 16384 + CSIDL, and CSIDL is a byte. */
const FIRST_SHELL_FOLDER = 16_384;
const LAST_CSIDL = 0x3f;
/** The other spelling of -1. */
const ABSOLUTE = 65_535;

/** The directory of a number; undefined for one that Windows knows nothing of without help of a program. */
export function findDirectory(dirid: number): Directory | undefined {
  const number = dirid === ABSOLUTE ? -1 : dirid;
  const path = DIRECTORIES.get(number);
  if (path !== undefined) return { dirid: number, path };
  if (number < FIRST_SHELL_FOLDER || number > FIRST_SHELL_FOLDER + LAST_CSIDL) return undefined;
  return { dirid: number, path: `the shell folder ${number - FIRST_SHELL_FOLDER} (CSIDL)` };
}

export interface DestinationDirectory {
  /** The file list section, or `DefaultDestDir`. */
  readonly name: string;
  /** Undefined when what stands there is no number. */
  readonly dirid: number | undefined;
  /** Undefined when the number stands for no known directory. */
  readonly directory: Directory | undefined;
  /** Below the directory, as written with tokens replaced; empty for the directory itself. */
  readonly subdirectory: string;
  /** The field of the number; that of the name when it is missing. */
  readonly field: InfField;
}

/** [DestinationDirs] by lower-case name of the file list section; the default is `defaultdestdir`. The first one counts. */
export function readDestinationDirs(document: InfDocument): ReadonlyMap<string, DestinationDirectory> {
  const found = new Map<string, DestinationDirectory>();
  for (const { key, fields } of findSection(document, 'DestinationDirs')?.entries ?? []) {
    if (key === undefined) continue;
    const name = expandField(document, key);
    if (found.has(name.toLowerCase())) continue;
    const [number, subdirectory] = fields;
    const dirid = number === undefined ? undefined : parseInfNumber(expandField(document, number));
    found.set(name.toLowerCase(), {
      name,
      dirid,
      directory: dirid === undefined ? undefined : findDirectory(dirid),
      subdirectory: subdirectory === undefined ? '' : expandField(document, subdirectory),
      field: number ?? key,
    });
  }
  return found;
}

/** Where the files of a list section go; `undefined` as the name stands for files named by `@`. */
export function findDestination(
  destinations: ReadonlyMap<string, DestinationDirectory>,
  listSection: string | undefined,
): DestinationDirectory | undefined {
  const own = listSection === undefined ? undefined : destinations.get(listSection.toLowerCase());
  return own ?? destinations.get('defaultdestdir');
}

export interface InstalledPath {
  /** Tokens replaced, as the INF writes it. */
  readonly text: string;
  /** Of a path that begins with `%number%`. */
  readonly dirid: number | undefined;
  readonly directory: Directory | undefined;
  /** Below the directory, with `\`; the whole text when it begins with none. */
  readonly relativePath: string;
  /** The last part of the path. */
  readonly fileName: string;
}

/** Splits a path such as `%13%\gizmo.sys`, tokens already replaced. */
export function parseInstalledPath(text: string): InstalledPath {
  const match = /^%(-?\d{1,9})%[\\/]*(.*)$/su.exec(text);
  const relativePath = match?.[2] ?? text;
  const dirid = match === null ? undefined : Number(match[1]);
  return {
    text,
    dirid,
    directory: dirid === undefined ? undefined : findDirectory(dirid),
    relativePath,
    fileName: relativePath.split(/[\\/]/u).at(-1) ?? '',
  };
}
