// User-mode drivers: each is in the order in which the framework loads them, and of version 2 (InfVerif 1400, 1402,
// "Specifying WDF Directives in INF Files").
import { argumentPlace, linePlace, listDirectives } from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';

const NOT_IN_ORDER: Fault = {
  code: 1400,
  what: 'UmdfService describes a driver that UmdfServiceOrder does not list.',
  why: 'The framework loads only the drivers of that list.',
  remedy: 'Add the name to UmdfServiceOrder in the same section.',
};
const VERSION_1: Fault = {
  code: 1402,
  what: 'A user-mode driver is built for version 1 of the framework.',
  why: 'Version 1 is no longer developed, and new editions of Windows come without it.',
  remedy: 'Port the driver to version 2 of the framework.',
};

export const userModeServicesAreListed = infRule({
  id: 'user-mode-services-are-listed',
  faults: [NOT_IN_ORDER, VERSION_1],
  *check({ document }) {
    const orders = listDirectives(document, 'UmdfServiceOrder');
    for (const line of listDirectives(document, 'UmdfService')) {
      const [name = ''] = line.args;
      const order = orders.filter(({ section }) => section === line.section).flatMap(({ args }) => args);
      if (order.some((text) => text.toLowerCase() === name.toLowerCase())) continue;
      const summary = `[${line.section.name}] does not list "${name}" in UmdfServiceOrder.`;
      yield { fault: NOT_IN_ORDER, at: linePlace(line), summary };
    }
    for (const line of listDirectives(document, 'UmdfLibraryVersion')) {
      const [version = ''] = line.args;
      if (!version.startsWith('1.')) continue;
      yield { fault: VERSION_1, at: argumentPlace(line, 0), summary: `The UmdfLibraryVersion is ${version}.` };
    }
  },
});
