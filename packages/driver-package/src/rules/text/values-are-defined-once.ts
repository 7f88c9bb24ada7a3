// No name stands twice where only one can count (InfVerif 1294 and 1088).
import type { InfDocument } from '../../inf/index.ts';
import { sectionLines } from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';

const DUPLICATE_VALUE: Fault = {
  code: 1294,
  what: 'A string, source file, disk or destination is defined twice in one section.',
  why: 'Only one of the two counts, and which one is not documented.',
  remedy: 'Keep one of the lines.',
};
const DUPLICATE_DIRECTIVE: Fault = {
  code: 1088,
  what: 'A directive that can stand only once is repeated.',
  why: 'Only one of the two counts, and which one is not documented.',
  remedy: 'Keep one of the lines.',
};

const TABLES = /^(?:strings|sourcedisksnames|sourcedisksfiles|destinationdirs)(?:\.|$)/u;
/** Keys of a service-install section, each at most once. */
const SERVICE_KEYS = ['displayname', 'description', 'servicetype', 'starttype', 'errorcontrol', 'servicebinary'];

export const valuesAreDefinedOnce = infRule({
  id: 'values-are-defined-once',
  faults: [DUPLICATE_VALUE, DUPLICATE_DIRECTIVE],
  *check({ document }) {
    for (const [name, section] of document.sections) {
      if (!TABLES.test(name)) continue;
      for (const { key, line } of repeatedKeys(document, name, () => true)) {
        yield { fault: DUPLICATE_VALUE, at: line, summary: `[${section.name}] defines "${key}" more than once.` };
      }
    }
    for (const [name, section] of document.sections) {
      const isVersion = name === 'version';
      if (TABLES.test(name) || (!isVersion && !section.entries.some(({ key }) => isServiceKey(key?.text)))) continue;
      const repeated = repeatedKeys(document, name, (key) => isVersion || SERVICE_KEYS.includes(key));
      for (const { key, line } of repeated) {
        yield { fault: DUPLICATE_DIRECTIVE, at: line, summary: `[${section.name}] has ${key} more than once.` };
      }
    }
  },
});

function isServiceKey(text: string | undefined): boolean {
  return text !== undefined && text.toLowerCase() === 'servicebinary';
}

function* repeatedKeys(document: InfDocument, section: string, counts: (key: string) => boolean) {
  const seen = new Set<string>();
  const reported = new Set<string>();
  for (const { key, entry } of sectionLines(document, section)) {
    if (key === '' || !counts(key)) continue;
    if (seen.has(key) && !reported.has(key)) {
      reported.add(key);
      yield { key: entry.key?.text ?? key, line: entry.key ?? entry };
    }
    seen.add(key);
  }
}
