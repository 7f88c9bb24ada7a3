// An extension INF says which one it is and adds to a driver without being one (InfVerif 1380 to 1383, "Using an
// Extension INF File").
import { findEntries, findValue } from '../../inf/index.ts';
import { linePlace, listInstallLines } from '../reading/lines.ts';
import { listServices } from '../reading/services.ts';
import { type Fault, infRule, versionPlace } from '../rule.ts';

const GUID = /^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/iu;

const BAD_ID: Fault = {
  code: 1380,
  what: 'ExtensionId is not a GUID in braces.',
  why: 'Windows tells extensions apart by it, and takes the newest of those that have the same.',
  remedy: 'Make a GUID once and keep it in all later versions of this extension.',
};
const NO_ID: Fault = {
  code: 1381,
  what: 'An extension INF has no ExtensionId.',
  why: 'Windows tells extensions apart by it, and takes the newest of those that have the same.',
  remedy: 'Add ExtensionId with a GUID that you make once and keep.',
};
const DIRECTIVE: Fault = {
  code: 1382,
  what: 'An extension INF has a directive that only the driver itself may have.',
  why: 'Extensions are put on top of a driver in any order; what only the driver decides cannot come from them.',
  remedy: 'Move the directive into the INF of the driver.',
};
const FUNCTION_DRIVER: Fault = {
  code: 1383,
  what: 'An extension INF installs the function driver of the device.',
  why: 'The function driver comes from the INF of the driver.',
  remedy: 'Leave the flag 2 out of AddService.',
};
/** What only the INF of the driver decides. */
const FORBIDDEN = ['featurescore', 'characteristics', 'deviceinstall32', 'coinstallers32', 'logconfig'];

export const extensionIsComplete = infRule({
  id: 'extension-is-complete',
  faults: [BAD_ID, NO_ID, DIRECTIVE, FUNCTION_DRIVER],
  *check(inf) {
    const { document, description } = inf;
    if (!description.isExtension) return;
    const id = findValue(document, 'Version', 'ExtensionId');
    const at = versionPlace(inf, 'ExtensionId');
    if (findEntries(document, 'Version', 'ExtensionId').length === 0) {
      yield { fault: NO_ID, at, summary: 'The extension INF has no ExtensionId.' };
    } else if (id === undefined || !GUID.test(id)) {
      yield { fault: BAD_ID, at, summary: `The ExtensionId "${id ?? ''}" is not a GUID in braces.` };
    }
    for (const line of listInstallLines(document)) {
      if (!FORBIDDEN.includes(line.key)) continue;
      const summary = `[${line.section.name}] of the extension INF has ${line.entry.key?.text}.`;
      yield { fault: DIRECTIVE, at: linePlace(line), summary };
    }
    for (const { line, name, isAssociated } of listServices(document)) {
      if (!isAssociated) continue;
      const summary = `The extension INF makes "${name}" the function driver.`;
      yield { fault: FUNCTION_DRIVER, at: linePlace(line), summary };
    }
  },
});
