// An INF says what should be, and runs nothing and takes nothing away (InfVerif 1300 to 1303, 1307 to 1309, 2009, "Using a
// Universal INF File").
import { linePlace, listDirectives, listInstallLines } from '../reading/lines.ts';
import { keyText, listRegistryLines } from '../reading/registry.ts';
import { type Fault, infRule } from '../rule.ts';

const LEGACY_SECTION: Fault = {
  code: 1300,
  what: 'The INF has a section for co-installers, resources or facts of old installations.',
  why: 'Windows no longer acts on it, or only on some editions.',
  remedy: 'Take the section out.',
};
const LEGACY_OPERATION: Fault = {
  code: 1301,
  what: 'The INF has a directive of old installations, such as RegisterDlls, Ini2Reg or LogConfig.',
  why: 'It runs programs or writes files when the driver is installed, which newer editions of Windows do not do.',
  remedy: 'Set registry values with AddReg, or add a component or device software instead.',
};
const CO_INSTALLER: Fault = {
  code: 1303,
  what: 'The INF registers a co-installer or class installer.',
  why: 'They are programs that run while the driver is installed; Windows no longer supports them.',
  remedy: 'Take it out, and set with directives or device software what it did.',
};
const DELETE_SERVICE: Fault = {
  code: 1309,
  what: 'The INF deletes services, files or registry entries.',
  why: 'Windows cleans up by itself when a driver goes. What an INF deletes may belong to others.',
  remedy: 'Take the directive out.',
};
const IGNORED: Fault = {
  code: 2009,
  what: 'A directive has no effect any more.',
  why: 'Windows reads it and does nothing.',
  remedy: 'Take the directive out.',
};

const LEGACY_DIRECTIVES = new Set([
  'registerdlls',
  'unregisterdlls',
  'bitreg',
  'ini2reg',
  'updateinis',
  'updateinifields',
  'profileitems',
  'logconfig',
]);
const DELETING_DIRECTIVES = new Set(['delreg', 'delfiles', 'renfiles', 'delservice', 'delproperty']);
const IGNORED_DIRECTIVES = new Set(['driverpackagetype', 'driverpackagedisplayname']);

export const operationsAreDeclarative = infRule({
  id: 'operations-are-declarative',
  faults: [LEGACY_SECTION, LEGACY_OPERATION, CO_INSTALLER, DELETE_SERVICE, IGNORED],
  *check({ document }) {
    for (const [name, section] of document.sections) {
      const match = /\.(coinstallers|logconfigoverride|factdef)$/u.exec(name);
      if (match === null || section.entries.length === 0) continue;
      yield {
        fault: LEGACY_SECTION,
        at: { line: section.line },
        summary: `[${section.name}] is a section of old installations.`,
      };
    }
    for (const line of listInstallLines(document)) {
      // Where uninstalling is described, deleting is what the section is for.
      const isLegacyPlace = /^defaultuninstall|\.remove(?:\.|$)/iu.test(line.section.name);
      const directive = line.entry.key?.text;
      if (LEGACY_DIRECTIVES.has(line.key)) {
        const summary = `[${line.section.name}] has ${directive}.`;
        yield { fault: LEGACY_OPERATION, at: linePlace(line), summary };
      } else if (DELETING_DIRECTIVES.has(line.key) && !isLegacyPlace) {
        yield { fault: DELETE_SERVICE, at: linePlace(line), summary: `[${line.section.name}] has ${directive}.` };
      }
    }
    for (const key of IGNORED_DIRECTIVES) {
      for (const { entry } of document.sections.get('version')?.entries.map((entry) => ({ entry })) ?? []) {
        if (entry.key?.text.toLowerCase() !== key) continue;
        yield { fault: IGNORED, at: entry.key, summary: `[Version] has ${entry.key.text}.` };
      }
      for (const line of listDirectives(document, key)) {
        yield { fault: IGNORED, at: linePlace(line), summary: `[${line.section.name}] has ${line.entry.key?.text}.` };
      }
    }
    const reported = new Set<object>();
    for (const item of listRegistryLines(document)) {
      if (item.operation !== 'AddReg' || reported.has(item.line.entry)) continue;
      const isOfClass = item.context === 'class' && item.name.toLowerCase() === 'installer32';
      if (item.name.toLowerCase() !== 'coinstallers32' && !isOfClass && !/\\codeviceinstallers$/iu.test(item.subkey))
        continue;
      reported.add(item.line.entry);
      const summary = `AddReg sets ${item.name || keyText(item)}, which registers a program for installation.`;
      yield { fault: CO_INSTALLER, at: linePlace(item.line), summary };
    }
  },
});
