// Include and Needs go together, and lead to sections of the same kind ("INF Include and Needs Directives": InfVerif
// 1202, 1310 to 1316, 1319).
import type { InfDocument, InfSection } from '../../inf/index.ts';
import { argumentPlace, hasSection, type InfTextLine, linePlace, listDirectives } from '../reading/lines.ts';
import { type Fault, type FoundFault, infRule } from '../rule.ts';

const OWN_FILE: Fault = {
  code: 1202,
  what: 'Include names an INF of the package, or something that is no INF.',
  why: 'Only INFs that Windows brings along can be included.',
  remedy: 'Copy the sections into this INF, or include the INF of Windows.',
};
const NO_SECTION: Fault = {
  code: 1315,
  what: 'Needs names a section that is not in the INF, and no INF is included.',
  why: 'Windows does not find what should be installed.',
  remedy: 'Correct the name, or add Include with the INF that has the section.',
};
const NO_INCLUDE: Fault = {
  code: 1319,
  what: 'Needs names a section of another INF, which only another section includes.',
  why: 'Windows looks into the INFs that the same section includes.',
  remedy: 'Add the same Include line to this section.',
};
const NO_DECORATED_SECTION: Fault = {
  code: 1316,
  what: 'Needs names a section for a platform that is not in the INF, and no INF is included.',
  why: 'Windows does not find what should be installed; it takes the name as it is, with the platform.',
  remedy: 'Correct the name, or add Include with the INF that has the section.',
};
const INCLUDED_ELSEWHERE: Fault = {
  code: 1314,
  what: 'Needs names a section of an INF of Windows that another section includes, but not this one.',
  why: 'Windows looks into the INFs that the same section includes.',
  remedy: 'Add the INF to Include of this section.',
};
const LACKS_SUFFIX: Fault = {
  code: 1313,
  what: 'A section with an ending, such as .Services, needs a section that has none.',
  why: 'The lines are taken over as if they stood here, where they mean something else.',
  remedy: 'Name a section with the same ending.',
};
const LACKS_FIRST_SUFFIX: Fault = {
  code: 1311,
  what: 'A needed section has no ending, though the section that begins the chain of Needs has one.',
  why: 'The lines are taken over into the first section, where they mean something else.',
  remedy: 'Give all sections of the chain the ending of the first.',
};
const OTHER_FIRST_SUFFIX: Fault = {
  code: 1310,
  what: 'A needed section has another ending than the section that begins the chain of Needs.',
  why: 'The lines are taken over into the first section, where they mean something else.',
  remedy: 'Give all sections of the chain the ending of the first.',
};
const OTHER_SUFFIX: Fault = {
  code: 1312,
  what: 'Needs names a section with another ending, such as a .Services section from a section without it.',
  why: 'The lines are taken over as if they stood here, where they mean something else.',
  remedy: 'Name a section with the same ending.',
};

/** Well-known sections, with the INF of Windows that has them. */
const SECTIONS_OF_WINDOWS: readonly (readonly [RegExp, string])[] = [
  [/^ks\.registration$/iu, 'ks.inf'],
  [/^kscaptur\.registration/iu, 'kscaptur.inf'],
  [/^mspclock\.installation$/iu, 'ksfilter.inf'],
  [/^(?:wdmaudio\.registration|mssysfx\.|msapofxproxy\.)/iu, 'wdmaudio.inf'],
  [/^wudfrd\.nt(?:\.|$)/iu, 'wudfrd.inf'],
  [/^winusb\.nt(?:\.|$)/iu, 'winusb.inf'],
];
const DECORATED = /\.nt(?:x86|ia64|amd64|arm|arm64)?(?:\.|$)/iu;
const SUFFIX =
  /\.(services|hw|coinstallers|interfaces|wmi|events|components|software|filters|logconfigoverride|factdef)$/iu;

export const includesAreComplete = infRule({
  id: 'includes-are-complete',
  faults: [
    OWN_FILE,
    OTHER_FIRST_SUFFIX,
    LACKS_FIRST_SUFFIX,
    OTHER_SUFFIX,
    LACKS_SUFFIX,
    INCLUDED_ELSEWHERE,
    NO_SECTION,
    NO_DECORATED_SECTION,
    NO_INCLUDE,
  ],
  *check({ path, document }, { driver }) {
    const includes = listDirectives(document, 'Include');
    const own = new Set(driver.infs.map((inf) => baseName(inf.path)));
    own.add(baseName(path));
    for (const line of includes) {
      for (const [index, name] of line.args.entries()) {
        if (name === '' || (/\.inf$/iu.test(name) && !own.has(name.toLowerCase()))) continue;
        const summary = `Include names "${name}", which is no INF of Windows.`;
        yield { fault: OWN_FILE, at: argumentPlace(line, index), summary };
      }
    }
    const including = new Set(includes.map(({ section }) => section));
    const includedBy = new Map<InfSection, Set<string>>();
    for (const { section, args } of includes) {
      const files = includedBy.get(section) ?? new Set<string>();
      includedBy.set(section, files);
      for (const name of args) files.add(name.toLowerCase());
    }
    const everywhere = new Set([...includedBy.values()].flatMap((files) => [...files]));
    const needs = listDirectives(document, 'Needs');
    for (const line of needs) {
      const { section } = line;
      for (const [index, name] of line.args.entries()) {
        if (name === '') continue;
        const at = argumentPlace(line, index);
        const [from, to] = [suffixOf(section.name), suffixOf(name)];
        if (from !== to) {
          yield {
            fault: to === '' ? LACKS_SUFFIX : OTHER_SUFFIX,
            at,
            summary: `[${section.name}] needs [${name}], which has another ending.`,
          };
        } else if (!hasSection(document, name) && !including.has(section)) {
          const lost = DECORATED.test(name) ? NO_DECORATED_SECTION : NO_SECTION;
          const fault = includes.length === 0 ? lost : NO_INCLUDE;
          const summary = `[${section.name}] needs [${name}], which is not in the INF, and includes none.`;
          yield { fault, at, summary };
        } else if (!hasSection(document, name)) {
          const file = SECTIONS_OF_WINDOWS.find(([pattern]) => pattern.test(name))?.[1];
          if (file === undefined || !everywhere.has(file) || includedBy.get(section)?.has(file)) continue;
          const summary = `[${section.name}] needs [${name}] of ${file}, which it does not include.`;
          yield { fault: INCLUDED_ELSEWHERE, at, summary };
        }
      }
      if (line.args.every((name) => name === '')) {
        yield { fault: NO_SECTION, at: linePlace(line), summary: `Needs of [${section.name}] names no section.` };
      }
    }
    yield* checkChains(document, needs);
  },
});

/** Needs of sections that are needed themselves: their lines end up in the section that begins the chain. */
function* checkChains(document: InfDocument, needs: readonly InfTextLine[]): Iterable<FoundFault> {
  const linesOf = new Map<string, InfTextLine[]>();
  const needed = new Set<string>();
  for (const line of needs) {
    const name = line.section.name.toLowerCase();
    const lines = linesOf.get(name);
    if (lines) lines.push(line);
    else linesOf.set(name, [line]);
    for (const target of line.args) if (target.toLowerCase() !== name) needed.add(target.toLowerCase());
  }
  const reported = new Set<object>();
  // A section counts for the first chain that leads to it, as the texts of InfVerif have it.
  const reached = new Set<string>();
  for (const first of linesOf.keys()) {
    const wanted = suffixOf(first);
    if (needed.has(first) || wanted === '') continue;
    const followed = new Set([first]);
    // A set gives what is added to it while it is walked.
    for (const name of followed) {
      for (const line of linesOf.get(name) ?? []) {
        for (const [index, target] of line.args.entries()) {
          const key = target.toLowerCase();
          if (!document.sections.has(key) || reached.has(key)) continue;
          reached.add(key);
          followed.add(key);
          const suffix = suffixOf(target);
          // What differs from the section that needs it is found above.
          if (suffix === wanted || suffix !== suffixOf(name) || reported.has(line.entry)) continue;
          reported.add(line.entry);
          const fault = suffix === '' ? LACKS_FIRST_SUFFIX : OTHER_FIRST_SUFFIX;
          const from = document.sections.get(first)?.name ?? first;
          const summary = `[${target}] is taken over into [${from}], which has another ending.`;
          yield { fault, at: argumentPlace(line, index), summary };
        }
      }
    }
  }
}

function suffixOf(name: string): string {
  return SUFFIX.exec(name)?.[1]?.toLowerCase() ?? '';
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase();
}
