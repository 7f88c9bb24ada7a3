// Include and Needs go together, and lead to sections of the same kind ("INF Include and Needs Directives": InfVerif
// 1202, 1313, 1315, 1316, 1319).
import { argumentPlace, hasSection, linePlace, listDirectives } from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';

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
const OTHER_SUFFIX: Fault = {
  code: 1313,
  what: 'Needs names a section with another ending, such as a .Services section from a section without it.',
  why: 'The lines are taken over as if they stood here, where they mean something else.',
  remedy: 'Name a section with the same ending.',
};

const SUFFIX =
  /\.(services|hw|coinstallers|interfaces|wmi|events|components|software|filters|logconfigoverride|factdef)$/iu;

export const includesAreComplete = infRule({
  id: 'includes-are-complete',
  faults: [OWN_FILE, NO_SECTION, NO_INCLUDE, OTHER_SUFFIX],
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
    for (const line of listDirectives(document, 'Needs')) {
      const { section } = line;
      for (const [index, name] of line.args.entries()) {
        if (name === '') continue;
        const at = argumentPlace(line, index);
        const [from, to] = [suffixOf(section.name), suffixOf(name)];
        if (from !== to) {
          yield { fault: OTHER_SUFFIX, at, summary: `[${section.name}] needs [${name}], which has another ending.` };
        } else if (!hasSection(document, name) && !including.has(section)) {
          const fault = includes.length === 0 ? NO_SECTION : NO_INCLUDE;
          const summary = `[${section.name}] needs [${name}], which is not in the INF, and includes none.`;
          yield { fault, at, summary };
        }
      }
      if (line.args.every((name) => name === '')) {
        yield { fault: NO_SECTION, at: linePlace(line), summary: `Needs of [${section.name}] names no section.` };
      }
    }
  },
});

function suffixOf(name: string): string {
  return SUFFIX.exec(name)?.[1]?.toLowerCase() ?? '';
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase();
}
