// Models sections name their architecture (InfVerif 2010): without one they are for x86.
import { listModelsReferences, parseDecoration } from '../../inf/index.ts';
import { type Fault, infRule } from '../rule.ts';

const UNDECORATED: Fault = {
  code: 2010,
  what: 'A models section names no architecture.',
  why: 'It counts for x86 only, which is seldom what was meant.',
  remedy: 'Name the architecture in [Manufacturer] and in the name of the section: NTamd64',
};

export const platformsAreNamed = infRule({
  id: 'platforms-are-named',
  faults: [UNDECORATED],
  *check({ document }) {
    for (const { section, decoration, line } of listModelsReferences(document)) {
      if (!document.sections.has(section.toLowerCase()) || decoration?.toUpperCase().includes('$ARCH$')) continue;
      if (decoration !== undefined && parseDecoration(decoration)?.architecture !== undefined) continue;
      yield { fault: UNDECORATED, at: { line }, summary: `[${section}] names no architecture.` };
    }
  },
});
