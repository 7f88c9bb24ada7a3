// What an INF says about where it may go and how it ranks, beyond its devices: the languages of its strings, the computers
// that it is limited to, and feature scores.
import {
  type Architecture,
  compareOsVersions,
  expandField,
  findDirectives,
  findSection,
  type InfDocument,
  type InfModel,
  listInstallSections,
  locales,
  type OsVersion,
} from '../inf/index.ts';
import { appliesTo, type RequestedOperatingSystem } from '../operating-systems.ts';

/** Plain data, as it is kept between the reading of an INF and the making of the metadata. */
export interface InfTargeting {
  /** Language ids of [Strings.LangId] sections, four hexadecimal digits in lower case. */
  readonly languageIds: readonly string[];
  /** GUIDs of [TargetComputers] in lower case, without braces: the computers that the INF may be installed on. */
  readonly computerHardwareIds: readonly string[];
  /** Every form of the install sections of which one has a FeatureScore. */
  readonly featureScores: readonly FeatureScore[];
}

export interface FeatureScore {
  /** Name of the install section without decoration, lower-case. */
  readonly installSection: string;
  /** Those for which Windows picks this form. */
  readonly architectures: readonly Architecture[];
  /** The first version of Windows that picks this form, when its decoration names one. */
  readonly minimumVersion?: OsVersion;
  /** Two hexadecimal digits; null when this form has none. */
  readonly score: string | null;
}

const GUID = /^\{([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}$/iu;

/** Reads what an INF says of it; what is malformed is left out. Throws InfError as listInstallSections does. */
export function readTargeting(document: InfDocument): InfTargeting {
  return {
    languageIds: locales(document),
    computerHardwareIds: listComputerHardwareIds(document),
    featureScores: listFeatureScores(document),
  };
}

/** A GUID in lower case and without its braces; undefined for another text. */
export function bareGuid(text: string): string | undefined {
  return GUID.exec(text.trim())?.[1]?.toLowerCase();
}

/** One GUID in braces on each line of [TargetComputers], which is for the whole INF ("Using an Extension INF File"). */
function listComputerHardwareIds(document: InfDocument): string[] {
  const ids = (findSection(document, 'TargetComputers')?.entries ?? []).flatMap(({ key, fields }) => {
    const field = key ?? fields[0];
    return field === undefined ? [] : (bareGuid(expandField(document, field)) ?? []);
  });
  return [...new Set(ids)];
}

/** FeatureScore counts only directly in the install section, not in what that needs ("INF FeatureScore Directive"). */
function listFeatureScores(document: InfDocument): FeatureScore[] {
  const isUsed = [...document.sections.values()].some(({ entries }) =>
    entries.some(({ key }) => key?.text.toLowerCase() === 'featurescore'),
  );
  if (!isUsed) return [];
  const forms = listInstallSections(document)
    .filter(({ kind }) => kind === 'device')
    .map(({ baseName, architectures, minimumVersion, section }) => {
      const field = findDirectives(section, 'FeatureScore')[0]?.args[0];
      return {
        installSection: baseName.toLowerCase(),
        architectures,
        ...(minimumVersion === undefined ? {} : { minimumVersion }),
        score: field === undefined ? null : parseFeatureScore(expandField(document, field)),
      };
    });
  const scored = new Set(forms.filter(({ score }) => score !== null).map(({ installSection }) => installSection));
  return forms.filter(({ installSection }) => scored.has(installSection));
}

/** A byte in hexadecimal, with or without `0x`, as two digits; null for another text. */
function parseFeatureScore(text: string): string | null {
  const digits = /^(?:0x)?([0-9a-f]{1,2})$/iu.exec(text.trim())?.[1];
  return digits === undefined ? null : digits.toUpperCase().padStart(2, '0');
}

/** Finds the scores of one INF: of a device on a system, that of the form which Windows picks there; null for none. */
export function featureScoreFinder(
  scores: readonly FeatureScore[],
): (model: InfModel, system: RequestedOperatingSystem) => string | null {
  const forms = Map.groupBy(scores, ({ installSection }) => installSection);
  return (model, system) => {
    const picked = (forms.get(model.installSection.toLowerCase()) ?? [])
      .filter(({ architectures, minimumVersion }) => {
        if (!architectures.includes(model.architecture)) return false;
        return minimumVersion === undefined || appliesTo({ ...model, minimumVersion }, system);
      })
      .sort((a, b) => compareOsVersions(b.minimumVersion ?? ANY_VERSION, a.minimumVersion ?? ANY_VERSION));
    return picked[0]?.score ?? null;
  };
}

const ANY_VERSION: OsVersion = { major: 0, minor: 0 };
