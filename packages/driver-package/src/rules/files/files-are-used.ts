// Each file of the folder is named by an INF, or is one that packages may carry beside (HLK's check of unused files).
import type { CheckedDriver } from '../driver.ts';
import { sectionLines } from '../reading/lines.ts';
import type { DriverRule, Fault } from '../rule.ts';

const UNUSED: Fault = {
  severity: 'warning',
  what: 'No INF names a file of the folder.',
  why: 'It is signed and shipped with the driver but never installed.',
  remedy: 'Take it out of the package, or install it with CopyFiles.',
};
/** What belongs to a package without being installed: INFs, catalogs, symbols, and what people and tools read. */
const BESIDE = /\.(?:inf|cat|pdb|map|txt|md|rtf|pdf|htm|html|xml|man|mof|cer|ddf|log)$/iu;

export const filesAreUsed: DriverRule = {
  id: 'files-are-used',
  faults: [UNUSED],
  *check(driver) {
    if (driver.infs.length === 0) return;
    const named = namesIn(driver);
    for (const { path } of driver.files) {
      const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
      if (BESIDE.test(name) || named.has(name)) continue;
      yield { fault: UNUSED, file: path, summary: `No INF names "${path}".` };
    }
  },
};

/** The names of files that stand anywhere in an INF, without their folders. */
function namesIn({ infs }: CheckedDriver): Set<string> {
  const names = new Set<string>();
  for (const { document } of infs) {
    for (const [section] of document.sections) {
      if (section.startsWith('strings')) continue;
      for (const { key, args } of sectionLines(document, section)) {
        for (const text of [key, ...args]) names.add(text.slice(text.search(/[^\\/@]*$/u)).toLowerCase());
      }
    }
  }
  return names;
}
