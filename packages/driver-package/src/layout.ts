// How a submission cabinet must be laid out: each driver in a folder of its own, with its INF, and nothing at the root
// (Microsoft: "Attestation sign Windows drivers"). Names are judged by member-name.ts.
import type { Finding } from './finding.ts';
import { normalizeMemberName } from './member-name.ts';

export interface LayoutEntry {
  /** The name as it stands in the container. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
}

export interface DriverFile {
  /** Path inside the container, with `/`. */
  readonly path: string;
  /** Path inside its driver folder, with `/`. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Position in the entries given. */
  readonly index: number;
}

export interface DriverFolder {
  readonly name: string;
  readonly files: readonly DriverFile[];
}

export interface Layout {
  readonly findings: Finding[];
  readonly folders: DriverFolder[];
}

/** Folder names have fewer characters than this. */
const FOLDER_NAME_LIMIT = 40;
/** Files that are named in one message; the rest is counted. */
const NAMES_SHOWN = 5;

/** Checks where the files of a container lie and groups them by driver. Nothing is laid out that was refused by name. */
export function checkLayout(entries: readonly LayoutEntry[]): Layout {
  const findings: Finding[] = [];
  const folders = new Map<string, { name: string; files: DriverFile[] }>();
  const seen = new Map<string, string>();
  const atRoot: string[] = [];

  for (const [index, { name, size }] of entries.entries()) {
    const member = normalizeMemberName(name);
    if (!member.ok) {
      findings.push(unsafeName(name, member.reason));
      continue;
    }
    const { path } = member;
    const key = foldCase(path);
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      findings.push(duplicateName(path, earlier));
      continue;
    }
    seen.set(key, path);
    const separator = path.indexOf('/');
    if (separator < 0) {
      atRoot.push(path);
      continue;
    }
    const folderName = path.slice(0, separator);
    const folder = folders.get(foldCase(folderName)) ?? { name: folderName, files: [] };
    folder.files.push({ path, name: path.slice(separator + 1), size, index });
    folders.set(foldCase(folderName), folder);
  }
  for (const [key, path] of seen) {
    const parent = parentsOf(key).find((candidate) => seen.has(candidate));
    if (parent !== undefined) findings.push(fileIsFolder(path, seen.get(parent) ?? parent));
  }

  if (atRoot.length > 0) findings.push(filesAtRoot(atRoot));
  const result = [...folders.values()];
  if (entries.length === 0) findings.push(nothingInside());
  const withoutInf = result.filter(({ files }) => !files.some((file) => isDriverInf(file.name)));
  if (withoutInf.length > 0) findings.push(foldersWithoutInf(withoutInf.map(({ name }) => name)));
  for (const { name } of result) if (name.length >= FOLDER_NAME_LIMIT) findings.push(longFolderName(name));
  return { findings, folders: result };
}

/** Case as Windows compares names: by upper case, one character for one. */
function foldCase(path: string): string {
  return path.toUpperCase();
}

/** Every folder on the way to this path. */
function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, count) => parts.slice(0, count + 1).join('/'));
}

function isDriverInf(name: string): boolean {
  return /^[^/]+\.inf$/iu.test(name);
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} more` : shown;
}

function unsafeName(name: string, reason: string): Finding {
  return {
    rule: 'member-names-are-safe',
    severity: 'error',
    summary: `The name ${JSON.stringify(name)} ${reason}.`,
    explanation: 'Such a file could be written outside the package, or would get another name on Windows.',
    remedy: 'Give the file a plain relative name, such as "driver\\driver.sys", and make the package again.',
  };
}

function duplicateName(path: string, earlier: string): Finding {
  return {
    rule: 'member-names-are-unique',
    severity: 'error',
    file: path,
    summary: `"${path}" is in the package more than once${path === earlier ? '' : ` (also as "${earlier}")`}.`,
    explanation: 'Windows does not tell upper from lower case in names, so one of the files would replace the other.',
    remedy: 'Keep one of them and make the package again.',
  };
}

function fileIsFolder(path: string, file: string): Finding {
  return {
    rule: 'member-names-are-unique',
    severity: 'error',
    file: path,
    summary: `"${file}" is a file, and also the folder of "${path}".`,
    explanation: 'A name cannot be both on any file system, so the package could not be unpacked.',
    remedy: 'Rename one of them and make the package again.',
  };
}

function filesAtRoot(names: readonly string[]): Finding {
  return {
    rule: 'no-files-at-root',
    severity: 'error',
    summary: `There are files outside any folder: ${listNames(names)}.`,
    explanation:
      'A cabinet may hold several drivers, so each driver has a folder of its own, also when it is the only one.',
    remedy:
      'Move the files into a folder, so that they are named like "driver\\driver.inf". In a DDF: .Set DestinationDir=driver.',
    serviceMessage: 'There are files at the root of the cabinet.',
  };
}

function foldersWithoutInf(names: readonly string[]): Finding {
  return {
    rule: 'each-folder-has-an-inf',
    severity: 'error',
    summary: `There is no INF in ${names.length === 1 ? 'the folder' : 'the folders'} ${listNames(names)}.`,
    explanation: 'Each folder at the first level is taken for one driver, and the INF is what makes it one.',
    remedy:
      'Put the .inf directly into that folder, not into a folder inside it, and leave out folders that hold no driver.',
    serviceMessage: `No .inf files found in driver directory/directories: ${names.join(', ')}.`,
  };
}

function longFolderName(name: string): Finding {
  return {
    rule: 'folder-names-are-short',
    severity: 'error',
    file: name,
    summary: `The folder name "${name}" has ${name.length} characters.`,
    explanation: `The service takes folder names of fewer than ${FOLDER_NAME_LIMIT} characters.`,
    remedy: 'Shorten the name and make the package again.',
  };
}

function nothingInside(): Finding {
  return {
    rule: 'package-is-not-empty',
    severity: 'error',
    summary: 'There are no files in the package.',
    explanation: 'Without a driver there is nothing to check or to sign.',
    remedy: 'Make the package of a folder that holds an INF and the files it names.',
  };
}
