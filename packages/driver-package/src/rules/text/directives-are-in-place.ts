// Directives stand in the sections that they are for, and those of Windows' own INFs in none ("Summary of INF Directives":
// InfVerif 1208, 1290).
import { linePlace, listInstallLines, sectionLines } from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';

const SYSTEM_ONLY: Fault = {
  code: 1208,
  what: 'A directive is used that only INFs of Windows may have: BasicDriverOk.',
  why: 'It says that no better driver need be looked for, which only drivers that come with Windows may claim.',
  remedy: 'Take the line out of [ControlFlags].',
};
const OTHER_PLACE: Fault = {
  code: 1290,
  what: 'A directive stands in an install section that does not take it, such as AddService outside .Services.',
  why: 'Windows looks for each directive in one kind of section and passes it over elsewhere.',
  remedy: 'Move the line to the section of its kind, such as [Install_Section.Services].',
};

/** The only ending that sections with this directive have. */
const HOMES: ReadonlyMap<string, string> = new Map([
  ['addservice', 'Services'],
  ['delservice', 'Services'],
  ['addinterface', 'Interfaces'],
  ['addcomponent', 'Components'],
  ['addsoftware', 'Software'],
  ['addfilter', 'Filters'],
  ['addeventprovider', 'Events'],
  ['addautologger', 'Events'],
  ['updateautologger', 'Events'],
  ['addcomserver', 'COM'],
  ['kmdfservice', 'Wdf'],
  ['umdfservice', 'Wdf'],
  ['umdfserviceorder', 'Wdf'],
]);
const KNOWN_ENDINGS = new Set([...HOMES.values(), 'HW', 'WMI', 'CoInstallers'].map((ending) => ending.toLowerCase()));

export const directivesAreInPlace = infRule({
  id: 'directives-are-in-place',
  faults: [SYSTEM_ONLY, OTHER_PLACE],
  *check({ document, description }) {
    for (const line of sectionLines(document, 'ControlFlags')) {
      if (line.key !== 'basicdriverok') continue;
      yield { fault: SYSTEM_ONLY, at: linePlace(line), summary: '[ControlFlags] has BasicDriverOk.' };
    }
    const installs = new Set(description.models.map(({ installSection }) => installSection.toLowerCase()));
    installs.add('defaultinstall');
    for (const line of listInstallLines(document)) {
      const home = HOMES.get(line.key);
      if (home === undefined) continue;
      const name = line.section.name.toLowerCase();
      const ending = name.slice(name.lastIndexOf('.') + 1);
      // What other sections are, only those know that name them.
      const isInstall = installs.has(name) || installs.has(name.replace(/\.nt[^.]*(?:\.[0-9.]*)?$/u, ''));
      if (ending === home.toLowerCase() || !(isInstall || (name.includes('.') && KNOWN_ENDINGS.has(ending)))) continue;
      const summary = `[${line.section.name}] has ${line.entry.key?.text}, which belongs into a .${home} section.`;
      yield { fault: OTHER_PLACE, at: linePlace(line), summary };
    }
  },
});
