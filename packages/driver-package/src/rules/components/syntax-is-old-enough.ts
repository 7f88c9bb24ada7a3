// Directives are not newer than the first Windows that the INF is for (InfVerif 1199).
import { compareOsVersions, type InfModel, type OsVersion } from '../../inf/index.ts';
import { findInstallSections } from '../reading/install-sections.ts';
import { linePlace, sectionLines } from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';

const TOO_NEW: Fault = {
  code: 1199,
  what: 'A directive or section is newer than the first Windows that the models section is for.',
  why: 'Older versions pass it over, so the device is set up only in part.',
  remedy: 'Raise the version of the models section in [Manufacturer], such as NTamd64.10.0...17763.',
};

/** Directives by the ending of the section they stand in, with the build of Windows 10 that has them first. */
const FIRST_BUILDS: readonly { readonly ending: string; readonly directive?: string; readonly build: number }[] = [
  { ending: '.Filters', directive: 'addfilter', build: 17_763 },
  { ending: '.Events', directive: 'addeventprovider', build: 17_763 },
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
        for (const { ending, directive, build } of FIRST_BUILDS) {
          const version = { ...WINDOWS_10, build };
          if (compareOsVersions(firstVersion(model), version) >= 0) continue;
          for (const line of sectionLines(document, `${name}${ending}`)) {
            if (reported.has(line.entry) || line.key !== directive) continue;
            reported.add(line.entry);
            const summary = `${line.entry.key?.text} came with build ${build}, but [${model.section}] is for older versions too.`;
            yield { fault: TOO_NEW, at: linePlace(line), summary };
          }
        }
      }
    }
  },
});

function firstVersion({ minimumVersion }: InfModel): OsVersion {
  return minimumVersion ?? { major: 0, minor: 0 };
}
