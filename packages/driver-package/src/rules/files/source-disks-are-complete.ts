// Where files lie in the package: each is on a disk that is described, under the name it has there (InfVerif 1008, 1015,
// 1016, 1231, 1273, "INF SourceDisksFiles Section").
import { argumentPlace, linePlace, sectionLines } from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';

const NO_DISK: Fault = {
  code: 1008,
  what: 'A file or disk has no number of a disk, or one that is no number.',
  why: 'The number leads to the disk, and from there to the place of the file.',
  remedy: 'Write the number that [SourceDisksNames] gives the disk: gizmo.sys = 1',
};
const UNKNOWN_DISK: Fault = {
  code: 1273,
  what: 'A file is on a disk that [SourceDisksNames] does not describe.',
  why: 'Windows cannot work out where the file lies.',
  remedy: 'Add the disk to [SourceDisksNames], also in the forms for a platform where you use them.',
};
const BAD_PATH: Fault = {
  code: 1015,
  what: 'The folder of a file or disk leads out of the package or names a drive.',
  why: 'Files of a driver lie in the folder of its INF or below.',
  remedy: 'Write a folder below that of the INF.',
};
const NO_PATH: Fault = {
  code: 1016,
  what: 'The path of a file cannot be put together: its name or folder has characters that paths cannot have.',
  why: 'Windows joins the folder of the disk, the folder of the file and its name.',
  remedy: 'Write names without < > : " | ? and *.',
};
const COMPRESSED: Fault = {
  code: 1231,
  what: 'A file is listed under its compressed name, which ends with an underscore.',
  why: 'Files are named as they are once unpacked; the catalog has them under these names.',
  remedy: 'Write the whole name: gizmo.sys, not gizmo.sy_.',
};

/** A colon after one letter names a drive, which is another fault. */
const NOT_IN_PATHS = /[<>"|?*]|(?<!^[a-z]):/iu;
const BUILD_VARIABLE = /\$[A-Z_]+\$/iu;

export const sourceDisksAreComplete = infRule({
  id: 'source-disks-are-complete',
  faults: [NO_DISK, BAD_PATH, NO_PATH, COMPRESSED, UNKNOWN_DISK],
  *check({ document }) {
    const disks = new Map<string, Set<string>>();
    for (const [name, section] of document.sections) {
      if (!isTable(name, 'sourcedisksnames')) continue;
      const numbers = new Set<string>();
      disks.set(name, numbers);
      for (const line of sectionLines(document, name)) {
        if (line.key === '') continue;
        numbers.add(diskNumber(line.key) ?? line.key);
        if (diskNumber(line.key) === undefined && !BUILD_VARIABLE.test(line.key)) {
          const summary = `[${section.name}] describes the disk "${line.entry.key?.text}", which is no number.`;
          yield { fault: NO_DISK, at: linePlace(line), summary };
        }
        if (NOT_IN_PATHS.test(line.args[3] ?? '')) {
          const summary = `The folder "${line.args[3]}" of disk ${line.key} cannot exist.`;
          yield { fault: NO_PATH, at: argumentPlace(line, 3), summary };
        }
        if (isOutside(line.args[3] ?? '')) {
          const at = argumentPlace(line, 3);
          yield { fault: BAD_PATH, at, summary: `"${line.args[3]}" is no folder inside the package.` };
        }
      }
    }
    const known = new Set([...disks.values()].flatMap((numbers) => [...numbers]));
    for (const [name, section] of document.sections) {
      if (!isTable(name, 'sourcedisksfiles')) continue;
      const platform = name.slice('sourcedisksfiles'.length);
      const here =
        platform === ''
          ? known
          : new Set([...(disks.get('sourcedisksnames') ?? []), ...(disks.get(`sourcedisksnames${platform}`) ?? [])]);
      for (const line of sectionLines(document, name)) {
        if (line.key === '') continue;
        const file = line.entry.key?.text ?? line.key;
        const disk = diskNumber(line.args[0] ?? '');
        if (/\.[^.]{0,2}_$/u.test(line.key)) {
          yield { fault: COMPRESSED, at: linePlace(line), summary: `[${section.name}] lists "${file}".` };
        }
        if (NOT_IN_PATHS.test(file) || NOT_IN_PATHS.test(line.args[1] ?? '')) {
          const summary = `"${[line.args[1] ?? '', file].filter((text) => text !== '').join('\\')}" is no path that can exist.`;
          yield { fault: NO_PATH, at: linePlace(line), summary };
        }
        if (isOutside(line.args[1] ?? '')) {
          const at = argumentPlace(line, 1);
          yield { fault: BAD_PATH, at, summary: `"${line.args[1]}" is no folder inside the package.` };
        }
        if (disk === undefined && !BUILD_VARIABLE.test(line.args[0] ?? '')) {
          const summary = `[${section.name}] gives "${file}" no number of a disk.`;
          yield { fault: NO_DISK, at: argumentPlace(line, 0), summary };
        } else if (disk !== undefined && !here.has(disk)) {
          const summary = `"${file}" is on disk ${disk}, which [SourceDisksNames${platform}] does not describe.`;
          yield { fault: UNKNOWN_DISK, at: argumentPlace(line, 0), summary };
        }
      }
    }
  },
});

function isTable(name: string, table: string): boolean {
  return name === table || name.startsWith(`${table}.`);
}

/** The number of a disk without leading zeros, decimal or 0x; undefined when it is none. */
function diskNumber(text: string): string | undefined {
  return /^(?:\d{1,10}|0x[0-9a-f]{1,8})$/iu.test(text.trim()) ? String(Number(text)) : undefined;
}

function isOutside(folder: string): boolean {
  return /^[a-z]:/iu.test(folder) || folder.startsWith('\\\\') || folder.split(/[\\/]/u).includes('..');
}
