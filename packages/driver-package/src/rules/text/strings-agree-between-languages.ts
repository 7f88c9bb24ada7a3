// Each language has the same strings (InfVerif 1295, "INF Strings Section").
import { type Fault, infRule } from '../rule.ts';

const DIFFERENT_COUNT: Fault = {
  code: 1295,
  what: 'A [Strings] section for a language has not as many strings as [Strings].',
  why: 'A string that the language of the system lacks is shown in another language, or not found at all.',
  remedy: 'Give each language the same names.',
};
/** More languages than Windows has. */
const MOST_LANGUAGES = 500;
/** Names that one message lists. */
const NAMES_SHOWN = 5;

export const stringsAgreeBetweenLanguages = infRule({
  id: 'strings-agree-between-languages',
  faults: [DIFFERENT_COUNT],
  *check({ document }) {
    const languages = [...document.sections].filter(([name]) => name.startsWith('strings.'));
    const [reference] = [document.sections.get('strings') ?? languages[0]?.[1]];
    if (reference === undefined) return;
    const namesOf = (section: typeof reference) =>
      new Set(section.entries.flatMap(({ key }) => (key === undefined ? [] : [key.text.toLowerCase()])));
    const wanted = namesOf(reference);
    for (const [, section] of languages.slice(0, MOST_LANGUAGES)) {
      const names = namesOf(section);
      if (names.size === wanted.size) continue;
      const missing = [...wanted].filter((name) => !names.has(name));
      const extra = [...names].filter((name) => !wanted.has(name));
      const list = (missing.length > 0 ? missing : extra).slice(0, NAMES_SHOWN).join(', ');
      yield {
        fault: DIFFERENT_COUNT,
        at: { line: section.line },
        summary: `[${section.name}] has ${names.size} strings, [${reference.name}] has ${wanted.size}; ${missing.length > 0 ? 'missing' : 'only there'}: ${list}.`,
      };
    }
  },
});
