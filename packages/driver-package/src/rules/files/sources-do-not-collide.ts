// No two files of the package are copied to one place (InfVerif 1330, part of what every submission must keep since
// Windows 11 21H2).
import { type FileCopy, listFileCopies } from '../reading/copies.ts';
import { linePlace } from '../reading/lines.ts';
import { meet } from '../reading/platforms.ts';
import { type Fault, infRule } from '../rule.ts';

const COLLISION: Fault = {
  code: 1330,
  submission: true,
  what: 'Two different files of the package are copied to the same file of the system.',
  why: 'When Windows copies all files before any device is there, it is chance which one stays.',
  remedy: 'Give the files different names or folders, or run them from the driver store (folder 13).',
};

export const sourcesDoNotCollide = infRule({
  id: 'sources-do-not-collide',
  faults: [COLLISION],
  *check({ document }) {
    const written = new Map<string, FileCopy>();
    for (const copy of listFileCopies(document)) {
      const { source, target, destination, from, line } = copy;
      if (destination?.id === undefined) continue;
      const place = `${destination.id}\\${destination.folder}\\${target}`.toLowerCase().replace(/\\+/gu, '\\');
      const earlier = written.get(place);
      written.set(place, earlier ?? copy);
      if (earlier === undefined || earlier.source.toLowerCase() === source.toLowerCase()) continue;
      if (!meet(document, earlier.list ?? earlier.from.section.name, copy.list ?? from.section.name)) continue;
      const summary = `"${earlier.source}" and "${source}" are both copied to "${target}".`;
      yield { fault: COLLISION, at: linePlace(line), summary };
    }
  },
});
