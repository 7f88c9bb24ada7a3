// Each device has one function driver, or says that it needs none (InfVerif 1211, 1296, "INF AddService Directive").
import { findInstallSections } from '../reading/install-sections.ts';
import { linePlace, readNumber, sectionLines } from '../reading/lines.ts';
import { ASSOCIATED_SERVICE } from '../reading/services.ts';
import { type Fault, infRule } from '../rule.ts';

const NO_SERVICE: Fault = {
  code: 1296,
  what: 'A device has no function driver: no .Services section of its install section names one.',
  why: 'Windows does not know what should drive the device.',
  remedy:
    'Add [Install_Section.Services] with AddService and the flag 2, with Include and Needs, or with AddService = ,2 for a device that needs no driver.',
};
const SEVERAL: Fault = {
  code: 1211,
  what: 'An install section names two function drivers.',
  why: 'A device has one; filters are services without the flag 2.',
  remedy: 'Leave the flag 2 with the function driver alone.',
};

/** Classes of network components, which are no devices: their services need no such flag. */
const NETWORK_COMPONENTS = ['netservice', 'nettrans', 'netclient'];

export const devicesHaveAService = infRule({
  id: 'devices-have-a-service',
  faults: [SEVERAL, NO_SERVICE],
  *check({ document, description }) {
    if (NETWORK_COMPONENTS.includes(description.className?.toLowerCase() ?? '')) return;
    const reported = new Set<string>();
    for (const model of description.models) {
      if (model.installSection === '') continue;
      for (const name of findInstallSections(document, model)) {
        if (reported.has(name.toLowerCase())) continue;
        reported.add(name.toLowerCase());
        const lines = sectionLines(document, `${name}.Services`);
        const associated = lines.filter(
          ({ key, args }) => key === 'addservice' && ((readNumber(args[1]) ?? 0) & ASSOCIATED_SERVICE) !== 0,
        );
        const names = new Set(
          associated.map(({ args }) => (args[0] ?? '').toLowerCase()).filter((text) => text !== ''),
        );
        const second = associated[1];
        if (names.size > 1 && second !== undefined) {
          const list = [...names].join(', ');
          yield {
            fault: SEVERAL,
            at: linePlace(second),
            summary: `[${name}.Services] has the function drivers ${list}.`,
          };
        }
        if (description.isExtension || associated.length > 0 || lines.some(({ key }) => key === 'needs')) continue;
        if (sectionLines(document, name).some(({ key }) => key === 'needs' || key === 'include')) continue;
        yield {
          fault: NO_SERVICE,
          at: { line: model.line },
          summary: `"${model.description}" is installed by [${name}], which leads to no function driver.`,
        };
      }
    }
  },
});
