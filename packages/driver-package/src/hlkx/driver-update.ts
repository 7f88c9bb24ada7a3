// What the drivers of a derived submission may be: newer ones in the place of those that were tested, for the same devices
// on the same systems. Microsoft says of such packages only that the driver changed and the tests need not run again; these
// rules are a convention of this project.
import type { Finding } from '../finding.ts';
import type { DriverVersion, InfDescription } from '../inf/index.ts';
import { appliesTo, type RequestedOperatingSystem } from '../operating-systems.ts';

/** A driver folder as it was described when it was validated. */
export interface UpdatableDriver {
  readonly folder: string;
  readonly infs: readonly { readonly path: string; readonly description: InfDescription }[];
  /** Codes of the systems that it is, or was, signed for. */
  readonly operatingSystems: readonly string[];
}

interface UpdatePair {
  readonly path: string;
  readonly replaced: InfDescription;
  readonly update: InfDescription;
  readonly systems: readonly RequestedOperatingSystem[];
}

/** Names that a message lists; the others are counted. */
const MOST_NAMED = 5;

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function checkCounterparts(drivers: readonly UpdatableDriver[], replaced: ReadonlyMap<string, unknown>): Finding[] {
  const paths = drivers.flatMap(({ infs }) => infs.map(({ path }) => path));
  return paths
    .filter((path) => !replaced.has(path.toLowerCase()))
    .map((path) => ({
      rule: 'update-replaces-a-driver',
      severity: 'error',
      file: path,
      summary: `${path} replaces no INF of the initial submission, which holds ${listed([...replaced.keys()])}.`,
      explanation:
        'A driver of a derived submission stands for the one with the same folder and INF in the initial one.',
      remedy: 'Give the folder and the INF the names that they have in the initial package, or make a new product.',
    }));
}

function checkClass({ path, replaced, update }: UpdatePair): Finding[] {
  const [before, now] = [replaced, update].map(({ classGuid }) => (classGuid ?? '').toLowerCase());
  if (before === now && replaced.isExtension === update.isExtension) return [];
  return [
    {
      rule: 'update-keeps-its-class',
      severity: 'error',
      file: path,
      summary: `${path} has the class ${update.classGuid ?? 'none'}; in the initial submission it is ${replaced.classGuid ?? 'none'}.`,
      explanation: 'The tests of the initial submission were those for devices of its class.',
      remedy: 'Keep Class and ClassGuid, or make a new product with tests for the new class.',
    },
  ];
}

/** The hardware ids that an INF names for a system, in lower case. */
function idsFor({ models }: InfDescription, system: RequestedOperatingSystem): Set<string> {
  return new Set(
    models
      .filter((model) => appliesTo(model, system))
      .flatMap(({ hardwareIds }) => hardwareIds.map((id) => id.toLowerCase())),
  );
}

interface Difference {
  readonly ids: Set<string>;
  readonly codes: Set<string>;
}

function checkDevices({ path, replaced, update, systems }: UpdatePair): Finding[] {
  const added: Difference = { ids: new Set(), codes: new Set() };
  const gone: Difference = { ids: new Set(), codes: new Set() };
  const note = (from: Set<string>, other: Set<string>, code: string, into: Difference): void => {
    for (const id of from) {
      if (other.has(id)) continue;
      into.ids.add(id);
      into.codes.add(code);
    }
  };
  for (const system of systems) {
    const [before, now] = [idsFor(replaced, system), idsFor(update, system)];
    note(now, before, system.code, added);
    note(before, now, system.code, gone);
  }
  const findings: Finding[] = [];
  if (added.ids.size > 0) {
    findings.push({
      rule: 'update-adds-no-devices',
      severity: 'error',
      file: path,
      summary: `${path} is for devices that the initial submission is not for: ${listed([...added.ids])} (on ${listed([...added.codes])}).`,
      explanation: 'The results of the initial submission say nothing of devices that it did not name.',
      remedy: 'Take these hardware ids out of the INF, or make a new product with tests for them.',
    });
  }
  if (gone.ids.size > 0) {
    findings.push({
      rule: 'update-keeps-its-devices',
      severity: 'error',
      file: path,
      summary: `${path} leaves out devices of the initial submission: ${listed([...gone.ids])} (on ${listed([...gone.codes])}).`,
      explanation: 'An update stands for the driver that it replaces, on all devices of that driver.',
      remedy: 'Keep the hardware ids of the initial INF, or make a new product for fewer devices.',
    });
  }
  return findings;
}

/** As Windows ranks drivers: the later date, and with the same date the higher version. */
function isNewer(update: DriverVersion, replaced: DriverVersion): boolean {
  if (update.date !== replaced.date) return update.date > replaced.date;
  const [now, before] = [update, replaced].map(({ version }) => version.split('.').map(Number));
  for (const [index, part] of (now ?? []).entries()) {
    const other = before?.[index] ?? 0;
    if (part !== other) return part > other;
  }
  return false;
}

function checkVersion({ path, replaced, update }: UpdatePair): Finding[] {
  const [before, now] = [replaced.driverVersion, update.driverVersion];
  // A DriverVer that is missing or malformed is reported by the rules for every driver.
  if (before === undefined || now === undefined || isNewer(now, before)) return [];
  return [
    {
      rule: 'update-is-newer',
      severity: 'error',
      file: path,
      summary: `${path} has the DriverVer ${now.date}, ${now.version}; that of the initial submission is ${before.date}, ${before.version}.`,
      explanation:
        'Windows prefers the driver with the later date, and with the same date the higher version: this one would replace nothing.',
      remedy: 'Give DriverVer a later date, or the same date and a higher version.',
    },
  ];
}

function checkSystems(driver: UpdatableDriver, replaced: UpdatableDriver): Finding[] {
  const before = new Set(replaced.operatingSystems);
  const added = driver.operatingSystems.filter((code) => !before.has(code));
  if (added.length === 0) return [];
  return [
    {
      rule: 'update-keeps-its-systems',
      severity: 'error',
      file: driver.folder,
      summary: `${driver.folder} is to be signed for systems that the initial submission was not signed for: ${listed(added)}.`,
      explanation: 'The tests of the initial submission were run for the systems that it was signed for.',
      remedy: 'Ask for the signatures of the initial submission only, or make a new product.',
    },
  ];
}

/**
 * The rules for the drivers of a derived submission, held against those of the initial one. Each INF has the path of the
 * one that it replaces, upper and lower case being the same; drivers that are not there stay as they are. `findSystem` gives
 * the facts of a code; systems that it does not know are passed over.
 */
export function checkDriverUpdate(
  drivers: readonly UpdatableDriver[],
  initial: readonly UpdatableDriver[],
  findSystem: (code: string) => RequestedOperatingSystem | undefined,
): Finding[] {
  const replacedInfs = new Map(
    initial.flatMap(({ infs }) => infs.map(({ path, description }) => [path.toLowerCase(), description] as const)),
  );
  const replacedFolders = new Map(initial.map((driver) => [driver.folder.toLowerCase(), driver]));
  const findings = checkCounterparts(drivers, replacedInfs);
  for (const driver of drivers) {
    const replacedDriver = replacedFolders.get(driver.folder.toLowerCase());
    if (replacedDriver !== undefined) findings.push(...checkSystems(driver, replacedDriver));
    const systems = driver.operatingSystems.flatMap((code) => findSystem(code) ?? []);
    for (const { path, description } of driver.infs) {
      const replaced = replacedInfs.get(path.toLowerCase());
      if (replaced === undefined) continue;
      const pair = { path, replaced, update: description, systems };
      findings.push(...checkClass(pair), ...checkDevices(pair), ...checkVersion(pair));
    }
  }
  return findings;
}
