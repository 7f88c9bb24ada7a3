// A driver that is for no device is a primitive driver: [DefaultInstall] with an architecture and no [Manufacturer]
// (InfVerif 1212, 1420 to 1423, "Creating a primitive driver").
import { findSection, parseDecoration } from '../../inf/index.ts';
import { sectionLines } from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';

const BOTH: Fault = {
  code: 1212,
  what: 'The INF has both [DefaultInstall] and [Manufacturer].',
  why: 'It is either for devices or for none; Windows does not do both from one INF.',
  remedy: 'Make two INFs of it.',
};
const NOT_PRIMITIVE: Fault = {
  code: 1420,
  what: 'An INF with [DefaultInstall] uses what a primitive driver cannot: sections for devices.',
  why: 'Primitive drivers are put into the driver store, not onto a device.',
  remedy: 'Take the section out, or make it a driver for a device.',
};
const UNDECORATED: Fault = {
  code: 1421,
  what: 'A [DefaultInstall] section names no architecture.',
  why: 'Windows 10 and later take only sections with one for a primitive driver.',
  remedy: 'Name the section [DefaultInstall.NTamd64], once for each architecture.',
};
const UNINSTALL: Fault = {
  code: 1422,
  what: 'A [DefaultUninstall] section has no LegacyUninstall = 1.',
  why: 'Windows takes primitive drivers out by itself and would otherwise refuse the INF as one.',
  remedy: 'Take the section out, or add LegacyUninstall = 1 for older versions of Windows.',
};
const NONE_DECORATED: Fault = {
  code: 1423,
  what: 'No [DefaultInstall] section has an architecture.',
  why: 'The INF is not taken for a primitive driver anywhere.',
  remedy: 'Name the section [DefaultInstall.NTamd64], once for each architecture.',
};

export const primitiveIsComplete = infRule({
  id: 'primitive-is-complete',
  faults: [BOTH, NOT_PRIMITIVE, UNDECORATED, UNINSTALL, NONE_DECORATED],
  *check({ document }) {
    const installs = [...document.sections].filter(([name]) => /^defaultinstall(?:\.nt[^.]*)?$/u.test(name));
    const [first] = installs;
    if (first === undefined) return;
    const manufacturer = findSection(document, 'Manufacturer');
    if (manufacturer !== undefined) {
      const summary = `The INF has [${first[1].name}] and [Manufacturer].`;
      yield { fault: BOTH, at: { line: first[1].line }, summary };
      return;
    }
    const bare = installs.filter(([name]) => architectureOf(name) === undefined);
    if (bare.length === installs.length) {
      const summary = `[${first[1].name}] has no architecture, and there is no other.`;
      yield { fault: NONE_DECORATED, at: { line: first[1].line }, summary };
    } else {
      for (const [, section] of bare) {
        yield { fault: UNDECORATED, at: { line: section.line }, summary: `[${section.name}] has no architecture.` };
      }
    }
    for (const [name, section] of document.sections) {
      const at = { line: section.line };
      if (/^defaultinstall(?:\.nt[^.]*)?\.(?:hw|interfaces|coinstallers|logconfigoverride|factdef)$/u.test(name)) {
        yield { fault: NOT_PRIMITIVE, at, summary: `[${section.name}] is for devices.` };
      }
      if (!/^defaultuninstall(?:\.nt[^.]*)?$/u.test(name)) continue;
      const legacy = [name, `${name}.services`]
        .flatMap((section) => sectionLines(document, section))
        .find(({ key }) => key === 'legacyuninstall');
      if (legacy?.args[0] === '1') continue;
      yield { fault: UNINSTALL, at, summary: `[${section.name}] has no LegacyUninstall = 1.` };
    }
  },
});

function architectureOf(name: string): string | undefined {
  return parseDecoration(name.split('.')[1] ?? '')?.architecture ?? (name.includes('$arch$') ? 'any' : undefined);
}
