// Files that run from the driver store (folder 13) are where the package has them: not renamed, not moved, with no
// security of their own and no flags that move them later (InfVerif 1100 to 1103); CopyINF names INFs (1110).
import { listCopiedFiles } from '../../inf/index.ts';
import { DRIVER_STORE_DIRECTORY, type FileCopy, findDestination, listFileCopies } from '../reading/copies.ts';
import { argumentPlace, linePlace, listDirectives, namedSections, sectionLines } from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';

const MOVED: Fault = {
  code: 1100,
  what: 'A file for folder 13 gets another name or folder than it has in the package.',
  why: 'The driver store keeps packages as they are; the file would be looked for where it is not.',
  remedy: 'Give [DestinationDirs] the folder that [SourceDisksFiles] has, and leave the name as it is.',
};
const SECURED: Fault = {
  code: 1101,
  what: 'A file for folder 13 has a security descriptor.',
  why: 'Windows alone sets the security of the driver store.',
  remedy: 'Take the security descriptor out.',
};
const CHANGED: Fault = {
  code: 1102,
  what: 'Files of folder 13 are deleted or renamed.',
  why: 'Windows takes the package out of the driver store as a whole.',
  remedy: 'Take the directive out.',
};
const FLAGGED: Fault = {
  code: 1103,
  what: 'A file for folder 13 has a flag that cannot be kept there.',
  why: 'Whether a file is copied cannot depend on what is there: in the driver store nothing is.',
  remedy: 'Leave the flags out.',
};
const NOT_AN_INF: Fault = {
  code: 1110,
  what: 'CopyINF names a file that is no INF.',
  why: 'It installs further INFs of the package, nothing else.',
  remedy: 'Name the .inf file, and copy other files with CopyFiles.',
};
/** Flags that make copying depend on a file that is there: no overwriting, replacing only, and renaming of files in use. */
const CONDITIONAL_FLAGS = 0x10 | 0x400 | 0x1000 | 0x4000;

export const driverStoreFilesStay = infRule({
  id: 'driver-store-files-stay',
  faults: [MOVED, SECURED, CHANGED, FLAGGED, NOT_AN_INF],
  *check({ document }) {
    const sources = Map.groupBy(
      listCopiedFiles(document).map(({ path }) => path.toLowerCase()),
      (path) => path.slice(path.lastIndexOf('/') + 1),
    );
    for (const copy of listFileCopies(document)) {
      if (copy.destination?.id !== DRIVER_STORE_DIRECTORY) continue;
      const at = linePlace(copy.line);
      if (isMoved(copy, sources)) {
        const place = joinPath(copy.destination.folder, copy.target);
        yield { fault: MOVED, at, summary: `"${copy.source}" would become "${place}" in the driver store.` };
      }
      if (copy.security !== '') {
        yield {
          fault: SECURED,
          at,
          summary: `"${copy.target}" has a security descriptor but stays in the driver store.`,
        };
      }
      if (copy.flags === undefined || (copy.flags & CONDITIONAL_FLAGS) !== 0) {
        yield { fault: FLAGGED, at, summary: `"${copy.target}" has the flags ${copy.line.args[3]}.` };
      }
    }
    for (const directive of ['DelFiles', 'RenFiles']) {
      for (const line of listDirectives(document, directive)) {
        for (const list of namedSections(line)) {
          if (sectionLines(document, list).length === 0) continue;
          if (findDestination(document, list)?.id !== DRIVER_STORE_DIRECTORY) continue;
          yield { fault: CHANGED, at: linePlace(line), summary: `${directive} names [${list}], whose folder is 13.` };
        }
      }
    }
    for (const line of listDirectives(document, 'CopyINF')) {
      for (const [index, name] of line.args.entries()) {
        if (name === '' || /\.inf$/iu.test(name)) continue;
        yield { fault: NOT_AN_INF, at: argumentPlace(line, index), summary: `CopyINF names "${name}".` };
      }
    }
  },
});

/** Whether the file would stand elsewhere than in the package, on each architecture. */
function isMoved({ source, target, destination }: FileCopy, sources: ReadonlyMap<string, readonly string[]>): boolean {
  if (source.toLowerCase() !== target.toLowerCase()) return true;
  const wanted = joinPath(destination?.folder ?? '', target).toLowerCase();
  const places = sources.get(source.toLowerCase()) ?? [];
  return places.length > 0 && !places.includes(wanted);
}

function joinPath(folder: string, name: string): string {
  return [...folder.split(/[\\/]/u), name].filter((part) => part !== '' && part !== '.').join('/');
}
