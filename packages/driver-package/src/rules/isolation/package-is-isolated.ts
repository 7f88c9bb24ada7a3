// A driver keeps to its own files and registry keys (InfVerif 1320 to 1324, 1340, "Driver Package Isolation"). The mode h
// lets some places outside pass ("InfVerif /h").
import { listFileCopies, readDestination } from '../reading/copies.ts';
import { argumentPlace, linePlace, sectionLines } from '../reading/lines.ts';
import { reachesBuild } from '../reading/platforms.ts';
import { KEY_ONLY, keyText, listRegistryLines } from '../reading/registry.ts';
import { type Fault, infRule, versionPlace } from '../rule.ts';
import { isAllowedFolder, isAllowedKey } from './whql-exceptions.ts';

const KEY_OUTSIDE: Fault = {
  code: 1320,
  what: 'A registry key outside HKR is made or deleted.',
  why: 'Other drivers and programs share it, and it stays when the driver goes.',
  remedy: 'Write under HKR, which is the key of the device or service.',
};
const VALUE_OUTSIDE: Fault = {
  code: 1321,
  what: 'A registry value outside HKR is set or deleted.',
  why: 'Other drivers and programs share it, and it stays when the driver goes.',
  remedy: 'Write under HKR, which is the key of the device or service.',
};
const FILE_OUTSIDE: Fault = {
  code: 1322,
  what: 'A file is copied out of the driver store.',
  why: 'Outside, files of one name from several drivers overwrite each other, and versions get mixed.',
  remedy: 'Run it from the driver store: DefaultDestDir = 13, and %13% in the paths that lead to it.',
};
const SERVICE_KEY: Fault = {
  code: 1323,
  what: 'A value of a service is not under its key Parameters.',
  why: 'The rest of the key of a service belongs to the system.',
  remedy: 'Write it under Parameters: HKR,Parameters,Speed,0x00010001,3',
};
const NO_LOCKDOWN: Fault = {
  code: 1324,
  what: '[Version] has no PnpLockdown = 1.',
  why: 'With it Windows keeps programs from changing the files that the driver installed.',
  remedy: 'Add a line to [Version]: PnpLockdown = 1',
};
const OLD_FOLDER: Fault = {
  code: 1340,
  what: 'A folder is used that drivers may no longer use.',
  why: 'These folders belong to the system or to users.',
  remedy: 'Use 13, the folder of the driver in the driver store.',
};

/** Folders that new drivers must not name. */
const DEPRECATED_FOLDERS = new Set([
  1, 17, 18, 20, 21, 24, 25, 30, 50, 53, 54, 16406, 16407, 16408, 16409, 16415, 16419, 16429, 16430,
]);
const DRIVER_STORE = 13;
/** First build for which a WHQL signature demands Parameters (version 24H2; its previews in Microsoft's samples). */
const PARAMETERS_BUILD = 25_952;

export const packageIsIsolated = infRule({
  id: 'package-is-isolated',
  faults: [KEY_OUTSIDE, VALUE_OUTSIDE, FILE_OUTSIDE, SERVICE_KEY, NO_LOCKDOWN, OLD_FOLDER],
  *check(inf, { mode }) {
    const { document } = inf;
    const lockdown = sectionLines(document, 'Version').find(({ key }) => key === 'pnplockdown');
    if (lockdown?.args[0] !== '1') {
      const at = versionPlace(inf, 'PnpLockdown');
      yield { fault: NO_LOCKDOWN, at, summary: 'The [Version] section has no PnpLockdown = 1.' };
    }
    if (mode !== 'w' && mode !== 'h') return;
    const isWhql = mode === 'h';
    const reported = new Set<object>();
    for (const item of listRegistryLines(document)) {
      if (reported.has(item.line.entry)) continue;
      const { root, subkey, name, flags = 0, context, line, operation } = item;
      if (root === 'HKR') {
        if (context !== 'service' || /^parameters(?:\\|$)/iu.test(subkey)) continue;
        if (isWhql && !reachesBuild(document, line.section.name, PARAMETERS_BUILD)) continue;
        reported.add(line.entry);
        const summary = `"${[subkey, name].filter((text) => text !== '').join('\\')}" of a service is not under Parameters.`;
        yield { fault: SERVICE_KEY, at: linePlace(line), summary };
        continue;
      }
      if (!/^HK/u.test(root) || (isWhql && isAllowedKey(root, subkey))) continue;
      reported.add(line.entry);
      const isKey = (flags & KEY_ONLY) !== 0 || (operation === 'DelReg' && name === '');
      const fault = isKey ? KEY_OUTSIDE : VALUE_OUTSIDE;
      yield { fault, at: linePlace(line), summary: `${operation} changes ${keyText(item)}, which is outside HKR.` };
    }
    const lists = new Set<string>();
    for (const { destination, list, target, line } of listFileCopies(document)) {
      const id = destination?.id;
      if (id === undefined || id === DRIVER_STORE || (isWhql && isAllowedFolder(id))) continue;
      const key = list?.toLowerCase() ?? `@${target}`;
      if (lists.has(key)) continue;
      lists.add(key);
      const at = linePlace(line);
      yield { fault: FILE_OUTSIDE, at, summary: `"${target}" is copied to folder ${destination?.idText}, not 13.` };
    }
    for (const line of sectionLines(document, 'DestinationDirs')) {
      const { id, idText } = readDestination(line);
      if (id === undefined || !DEPRECATED_FOLDERS.has(id)) continue;
      const summary = `The folder of ${line.entry.key?.text} is ${idText}, which drivers may no longer use.`;
      yield { fault: OLD_FOLDER, at: argumentPlace(line, 0), summary };
    }
  },
});
