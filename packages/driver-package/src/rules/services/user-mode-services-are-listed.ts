// User-mode drivers: each is in the order in which the framework loads them, and of version 2 (InfVerif 1400 to 1402,
// "Specifying WDF Directives in INF Files").
import { argumentPlace, firstLine, linePlace, listDirectives } from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';

const NOT_IN_ORDER: Fault = {
  code: 1400,
  what: 'UmdfService describes a driver that UmdfServiceOrder does not list.',
  why: 'The framework loads only the drivers of that list.',
  remedy: 'Add the name to UmdfServiceOrder in the same section.',
};
const GONE: Fault = {
  code: 1401,
  what: 'A directive of version 1 of the user-mode framework stands beside a later UmdfLibraryVersion.',
  why: 'The framework does not know the directive any more.',
  remedy: 'Take DriverCLSID out; a driver for version 2 has no class of its own.',
};
const VERSION_1: Fault = {
  code: 1402,
  what: 'A user-mode driver is built for version 1 of the framework.',
  why: 'Version 1 is no longer developed, and new editions of Windows come without it.',
  remedy: 'Port the driver to version 2 of the framework.',
};

export const userModeServicesAreListed = infRule({
  id: 'user-mode-services-are-listed',
  faults: [NOT_IN_ORDER, GONE, VERSION_1],
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
      const old = firstLine(document, line.section.name, 'DriverCLSID');
      if (old !== undefined && /^(?:[2-9]|\d{2,})\./u.test(version)) {
        const summary = `[${line.section.name}] has DriverCLSID for UmdfLibraryVersion ${version}.`;
        yield { fault: GONE, at: linePlace(old), summary };
      }
      if (!version.startsWith('1.')) continue;
      yield { fault: VERSION_1, at: argumentPlace(line, 0), summary: `The UmdfLibraryVersion is ${version}.` };
    }
  },
});
