// Each section that a directive names is there (InfVerif 1203, 1220, 2006), and is named by one kind of directive
// (1205, 1206).
import {
  argumentPlace,
  firstLine,
  hasSection,
  type InfTextLine,
  listInstallLines,
  namedSections,
  SECTION_ARGUMENTS,
} from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';

const NOT_FOUND: Fault = {
  code: 1203,
  what: 'A directive names a section that is not in the INF.',
  why: 'What should be done is written nowhere, so Windows does nothing or refuses the INF.',
  remedy: 'Add the section or correct the name. To name a file itself in CopyFiles, put @ before it.',
};
const IN_INCLUDED_INF: Fault = {
  code: 1220,
  what: 'A directive names a section that only an included INF could have.',
  why: 'Sections of an included INF are reached through Needs only.',
  remedy: 'Name the install section of the included INF in Needs, and take this directive out.',
};
const NO_SERVICE_SECTION: Fault = {
  code: 2006,
  what: 'AddService names a service-install section that is not in the INF, or none.',
  why: 'The service would have no program and no type.',
  remedy: 'Add the section with ServiceType, StartType, ErrorControl and ServiceBinary, or correct the name.',
};
const SHARED: Fault = {
  code: 1205,
  what: 'Two kinds of directives name the same section.',
  why: 'The lines of a section mean something else to each kind of directive; mostly one of the names is a slip.',
  remedy: 'Give each kind of directive a section of its own.',
};
const MISUSED: Fault = {
  code: 1206,
  what: 'A section of files is also named as a section of registry lines, or the like.',
  why: 'Its lines cannot be right for both.',
  remedy: 'Correct the name in one of the directives.',
};

/** Kinds of content: directives of one kind may share a section, if with a warning. */
const FILE_DIRECTIVES = ['copyfiles', 'delfiles', 'renfiles'];
const REGISTRY_DIRECTIVES = ['addreg', 'delreg'];

export const sectionsAreFound = infRule({
  id: 'sections-are-found',
  faults: [NOT_FOUND, IN_INCLUDED_INF, NO_SERVICE_SECTION, SHARED, MISUSED],
  *check({ document }) {
    const usedBy = new Map<string, InfTextLine>();
    const reported = new Set<string>();
    for (const line of listInstallLines(document)) {
      if (!SECTION_ARGUMENTS.has(line.key)) continue;
      for (const name of namedSections(line)) {
        const key = name.toLowerCase();
        const at = argumentPlace(line, line.args.indexOf(name));
        const directive = line.entry.key?.text ?? line.key;
        if (!hasSection(document, name)) {
          if (reported.has(key)) continue;
          reported.add(key);
          const includes = firstLine(document, line.section.name, 'include') !== undefined;
          const fault = includes ? IN_INCLUDED_INF : line.key === 'addservice' ? NO_SERVICE_SECTION : NOT_FOUND;
          yield { fault, at, summary: `${directive} names the section [${name}], which is not in the INF.` };
          continue;
        }
        const earlier = usedBy.get(key);
        usedBy.set(key, earlier ?? line);
        if (earlier === undefined || earlier.key === line.key || reported.has(key)) continue;
        reported.add(key);
        const fault = kindOf(earlier.key) === kindOf(line.key) ? SHARED : MISUSED;
        const other = earlier.entry.key?.text ?? earlier.key;
        yield { fault, at, summary: `[${name}] is named by ${other} and by ${directive}.` };
      }
    }
  },
});

function kindOf(directive: string): string {
  if (FILE_DIRECTIVES.includes(directive)) return 'files';
  return REGISTRY_DIRECTIVES.includes(directive) ? 'registry' : directive;
}
