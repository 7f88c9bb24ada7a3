// Each section is named somewhere, or is one that Windows looks for by itself (InfVerif 2083).
import type { InfDocument } from '../../inf/index.ts';
import { sectionLines } from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';

const UNUSED: Fault = {
  code: 2083,
  what: 'Nothing leads to a section.',
  why: 'Its lines have no effect; often another name is misspelt.',
  remedy: 'Take the section out, or correct the name where it should be used.',
};

/** Sections that Windows and its installers look for by name, with whatever follows a dot. */
const KNOWN = new Set([
  'version',
  'manufacturer',
  'strings',
  'sourcedisksnames',
  'sourcedisksfiles',
  'destinationdirs',
  'controlflags',
  'classinstall32',
  'interfaceinstall32',
  'defaultinstall',
  'defaultuninstall',
  'deviceinstall32',
  'signatureattributes',
  'wdfcoinstaller_wdfsect',
]);

export const sectionsAreUsed = infRule({
  id: 'sections-are-used',
  faults: [UNUSED],
  *check({ document }) {
    const named = namesInUse(document);
    for (const [name, section] of document.sections) {
      if (name === '' || prefixesOf(name).some((prefix) => KNOWN.has(prefix) || named.has(prefix))) continue;
      yield { fault: UNUSED, at: { line: section.line }, summary: `Nothing leads to the section [${section.name}].` };
    }
  },
});

/** Everything that stands in a field, as it may be the name of a section; and models sections with their platforms. */
function namesInUse(document: InfDocument): Set<string> {
  const names = new Set<string>();
  for (const [section] of document.sections) {
    if (section.startsWith('strings')) continue;
    for (const { args } of sectionLines(document, section)) for (const arg of args) names.add(arg.toLowerCase());
  }
  return names;
}

/** The name and what is left of it when endings after dots go. */
function prefixesOf(name: string): string[] {
  const parts = name.split('.');
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
}
