// Directives are not newer than the first Windows that the INF is for (InfVerif 1199).
import { compareOsVersions, type InfDocument, type InfModel, type OsVersion } from '../../inf/index.ts';
import { findInstallSections } from '../reading/install-sections.ts';
import { firstLine, type InfTextLine, linePlace, sectionLines } from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';

const TOO_NEW: Fault = {
  code: 1199,
  what: 'A directive or section is newer than the first Windows that the models section is for.',
  why: 'Older versions pass it over, so the device is set up only in part.',
  remedy: 'Raise the version of the models section in [Manufacturer], such as NTamd64.10.0...17763.',
};

/** A directive by the ending of the section it stands in, with the build of Windows 10 or 11 that has it first. */
interface Syntax {
  readonly ending: string;
  readonly directive: string;
  readonly build: number;
  /** For what stands not there but in the sections that the directive names: its key, and its value where that counts. */
  readonly inside?: { readonly key: string; readonly value?: string };
}

const FIRST_BUILDS: readonly Syntax[] = [
  { ending: '.Components', directive: 'addcomponent', build: 15_063 },
  { ending: '.Software', directive: 'addsoftware', build: 15_063 },
  { ending: '.Software', directive: 'addsoftware', inside: { key: 'softwaretype', value: '2' }, build: 16_299 },
  { ending: '.Events', directive: 'addeventprovider', build: 17_763 },
  { ending: '.Filters', directive: 'addfilter', build: 18_362 },
  { ending: '.Services', directive: 'addservice', inside: { key: 'addtrigger' }, build: 19_041 },
  { ending: '.Events', directive: 'addautologger', build: 22_000 },
  { ending: '.Events', directive: 'updateautologger', build: 22_000 },
  { ending: '.COM', directive: 'addcomserver', build: 26_100 },
];
const WINDOWS_10 = { major: 10, minor: 0 };

export const syntaxIsOldEnough = infRule({
  id: 'syntax-is-old-enough',
  faults: [TOO_NEW],
  *check({ document, description }) {
    const reported = new Set<object>();
    const looked = new Set<string>();
    for (const model of description.models) {
      if (model.installSection === '') continue;
      for (const name of findInstallSections(document, model)) {
        const pair = `${name}\n${model.osDecoration ?? ''}`;
        if (looked.has(pair)) continue;
        looked.add(pair);
        for (const { ending, directive, inside, build } of FIRST_BUILDS) {
          const version = { ...WINDOWS_10, build };
          if (compareOsVersions(firstVersion(model), version) >= 0) continue;
          for (const line of sectionLines(document, `${name}${ending}`)) {
            if (line.key !== directive) continue;
            const found = inside === undefined ? line : findInside(document, line, inside);
            if (found === undefined || reported.has(found.entry)) continue;
            reported.add(found.entry);
            const value = inside?.value === undefined ? '' : ` = ${inside.value}`;
            const summary = `${found.entry.key?.text}${value} came with build ${build}, but [${model.section}] is for older versions too.`;
            yield { fault: TOO_NEW, at: linePlace(found), summary };
          }
        }
      }
    }
  },
});

/** The line in the section that a directive names. */
function findInside(
  document: InfDocument,
  { args }: InfTextLine,
  { key, value }: { readonly key: string; readonly value?: string },
): InfTextLine | undefined {
  const line = firstLine(document, args[2] ?? '', key);
  return value === undefined || line?.args[0] === value ? line : undefined;
}

function firstVersion({ minimumVersion }: InfModel): OsVersion {
  return minimumVersion ?? { major: 0, minor: 0 };
}
