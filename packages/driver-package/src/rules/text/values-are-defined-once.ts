// No name stands twice where only one can count (InfVerif 1086, 1088, 1294).
import type { InfDocument } from '../../inf/index.ts';
import { linePlace, listDirectives, sectionLines } from '../reading/lines.ts';
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
const DUPLICATE_ADDITION: Fault = {
  code: 1086,
  what: 'A section adds the same service, device interface or provider of events twice.',
  why: 'The second one may be passed over.',
  remedy: 'Keep one of the lines.',
};

const TABLES = /^(?:strings|sourcedisksnames|sourcedisksfiles|destinationdirs)(?:\.|$)/u;
/** Keys of a service-install section, each at most once. */
const SERVICE_KEYS = ['displayname', 'description', 'servicetype', 'starttype', 'errorcontrol', 'servicebinary'];
/** Directives that add something, with how many of their first arguments say what it is. */
const ADDITIONS = [
  ['AddService', 1],
  ['AddInterface', 2],
  ['AddEventProvider', 1],
  ['AddComServer', 1],
] as const;

export const valuesAreDefinedOnce = infRule({
  id: 'values-are-defined-once',
  faults: [DUPLICATE_VALUE, DUPLICATE_DIRECTIVE, DUPLICATE_ADDITION],
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
    for (const [directive, count] of ADDITIONS) {
      const seen = new Set<string>();
      for (const line of listDirectives(document, directive)) {
        const [name = ''] = line.args;
        const identity = line.args.slice(0, count);
        // AddService without a name stands for no driver at all.
        if (name === '') continue;
        const key = [line.section.name, ...identity, ...Array(count - identity.length).fill('')]
          .join('\n')
          .toLowerCase();
        if (seen.has(key)) {
          const summary = `[${line.section.name}] has ${directive} of "${name}" more than once.`;
          yield { fault: DUPLICATE_ADDITION, at: linePlace(line), summary };
        }
        seen.add(key);
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
