// Where files go: each list of files has a folder, given by a number that Windows can resolve ("INF DestinationDirs
// Section", "Using Dirids": InfVerif 1081, 1241 to 1243, 1275), inside the system (1306).
import { type FileCopy, findDestination, listFileCopies, readDestination } from '../reading/copies.ts';
import { argumentPlace, linePlace, listDirectives, namedSections, sectionLines } from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';
import { inSystem, isShellFolder, isSystemFolder, isUserDefined } from './directory-ids.ts';

const NO_DESTINATION: Fault = {
  code: 1275,
  what: 'A list of files has no line in [DestinationDirs], and there is no DefaultDestDir.',
  why: 'Windows does not know where the files go.',
  remedy: 'Add a line to [DestinationDirs], such as: DefaultDestDir = 13',
};
const USER_DEFINED: Fault = {
  code: 1241,
  what: 'The folder of files is a number that only a co-installer could define.',
  why: 'Numbers from 32768 to 65534 and from 65536 mean nothing until a program sets them, and none runs any more.',
  remedy: 'Use 13, the folder of the driver in the driver store.',
};
const UNRESOLVABLE: Fault = {
  code: 1242,
  what: 'The folder of files is a number that Windows does not define.',
  why: 'The files cannot be put anywhere.',
  remedy: 'Use 13, the folder of the driver in the driver store, or another number of the documented ones.',
};
const NO_NUMBER: Fault = {
  code: 1243,
  what: 'The folder of files is not written as a number.',
  why: '[DestinationDirs] takes numbers without percent signs.',
  remedy: 'Write the number alone: DefaultDestDir = 13',
};
const OUTSIDE_SYSTEM: Fault = {
  code: 1306,
  what: 'A file is copied to a folder outside the system folders.',
  why: 'On other editions of Windows than the desktop this folder may not exist or not be writable.',
  remedy: 'Use 13, the folder of the driver in the driver store.',
};

export const destinationsAreKnown = infRule({
  id: 'destinations-are-known',
  faults: [USER_DEFINED, UNRESOLVABLE, NO_NUMBER, NO_DESTINATION, OUTSIDE_SYSTEM],
  *check({ document }) {
    const reported = new Set<string>();
    for (const directive of ['CopyFiles', 'DelFiles', 'RenFiles']) {
      for (const line of listDirectives(document, directive)) {
        const lists: (string | undefined)[] = namedSections(line);
        if (line.args.some((name) => name.startsWith('@'))) lists.push(undefined);
        for (const list of lists) {
          const key = list?.toLowerCase() ?? '@';
          if (reported.has(key) || findDestination(document, list) !== undefined) continue;
          if (list !== undefined && sectionLines(document, list).length === 0) continue;
          reported.add(key);
          const what = list === undefined ? 'Files named by @ have' : `The files of [${list}] have`;
          yield { fault: NO_DESTINATION, at: linePlace(line), summary: `${what} no line in [DestinationDirs].` };
        }
      }
    }
    for (const line of sectionLines(document, 'DestinationDirs')) {
      if (line.key === '') continue;
      const { id, idText } = readDestination(line);
      const at = argumentPlace(line, 0);
      const section = line.entry.key?.text;
      if (id === undefined) {
        yield { fault: NO_NUMBER, at, summary: `The folder of ${section} is "${idText}", which is no number.` };
      } else if (isUserDefined(id)) {
        yield {
          fault: USER_DEFINED,
          at,
          summary: `The folder of ${section} is ${idText}, which Windows does not set.`,
        };
      } else if (!isSystemFolder(id) && !isShellFolder(id)) {
        yield { fault: UNRESOLVABLE, at, summary: `The folder of ${section} is ${idText}, which is not defined.` };
      }
    }
    const lists = new Set<string>();
    for (const copy of listFileCopies(document)) {
      if (lists.has(copy.list ?? '@') || !isOutsideSystem(copy)) continue;
      lists.add(copy.list ?? '@');
      const { idText = '', folder = '' } = copy.destination ?? {};
      const place = folder === '' ? idText : `${idText},${folder}`;
      const at = copy.destination === undefined ? undefined : argumentPlace(copy.destination.line, 0);
      yield { fault: OUTSIDE_SYSTEM, at, summary: `"${copy.target}" is copied to ${place}.` };
    }
  },
});

function isOutsideSystem({ destination }: FileCopy): boolean {
  return destination?.id !== undefined && !inSystem(destination.id);
}
