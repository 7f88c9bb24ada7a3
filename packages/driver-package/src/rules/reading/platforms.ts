// On which platforms a section of an INF counts: what its name says, or else the sections and devices that lead to it.
import { compareOsVersions, type InfDocument, listModels, parseDecoration } from '../../inf/index.ts';
import { listInstallLines, namedSections } from './lines.ts';

/** Decorations in lower case, such as `ntamd64.10.0...17763`; undefined is every platform. */
type Platforms = ReadonlySet<string> | undefined;

const CACHE = new WeakMap<InfDocument, (section: string) => Platforms>();
/** Sections that lead to each other are followed this far. */
const MOST_STEPS = 4;

/**
 * Whether both sections can count on the same machine. Of sections for several versions of Windows one is taken, so that
 * different versions never meet.
 */
export function meet(document: InfDocument, a: string, b: string): boolean {
  const platformsOf = lookupOf(document);
  const [here, there] = [platformsOf(a), platformsOf(b)];
  if (here === undefined || there === undefined) return true;
  return [...here].some((platform) => there.has(platform));
}

function lookupOf(document: InfDocument): (section: string) => Platforms {
  const platformsOf = CACHE.get(document) ?? createLookup(document);
  CACHE.set(document, platformsOf);
  return platformsOf;
}

/** Every decoration that sections for devices, and installations without a device, have in this INF. */
function listDecorations(document: InfDocument): string[] {
  const defaults = [...document.sections.keys()].flatMap(
    (name) => /^defaultinstall\.(nt[^.]*(?:\.\d*)*)$/u.exec(name)?.[1] ?? [],
  );
  const models = listModels(document).flatMap(({ osDecoration }) => osDecoration?.toLowerCase() ?? []);
  return [...new Set([...defaults, ...models])];
}

/**
 * Whether a build of Windows 10 or later from `build` on may use the section. It does not where another section, decorated
 * for a build up to that one, stands beside those that lead to it: Windows takes the newest that it has reached.
 */
export function reachesBuild(document: InfDocument, section: string, build: number): boolean {
  const platforms = lookupOf(document)(section);
  if (platforms === undefined) return true;
  const decorations = listDecorations(document).map((text) => parseDecoration(text));
  const wanted = { major: 10, minor: 0, build };
  return [...platforms].some((platform) => {
    const own = parseDecoration(platform);
    const from = own?.minimumVersion ?? { major: 0, minor: 0 };
    return !decorations.some((other) => {
      const { architecture, minimumVersion } = other ?? {};
      return (
        minimumVersion !== undefined &&
        architecture === own?.architecture &&
        compareOsVersions(minimumVersion, from) > 0 &&
        compareOsVersions(minimumVersion, wanted) <= 0
      );
    });
  });
}

function createLookup(document: InfDocument): (section: string) => Platforms {
  const parents = new Map<string, Set<string>>();
  for (const line of listInstallLines(document)) {
    for (const name of namedSections(line)) {
      const key = name.toLowerCase();
      parents.set(key, (parents.get(key) ?? new Set<string>()).add(line.section.name.toLowerCase()));
    }
  }
  const devices = new Map<string, Set<string>>();
  for (const { installSection, osDecoration = 'ntx86' } of listModels(document)) {
    const key = installSection.toLowerCase();
    devices.set(key, (devices.get(key) ?? new Set<string>()).add(osDecoration.toLowerCase()));
  }
  const found = new Map<string, Platforms>();

  const lookUp = (name: string, steps: number): Platforms => {
    if (found.has(name)) return found.get(name);
    const [base = ''] = name.split('.');
    const decoration = /\.(nt[a-z0-9]*(?:\.[0-9x]*)*)(?:\.[a-z]|$)/u.exec(name)?.[1];
    const own = parseDecoration(decoration ?? '')?.architecture;
    const direct = devices.get(name) ?? devices.get(base);
    let result: Platforms;
    if (direct !== undefined) {
      result = new Set(
        [...direct].filter((platform) => own === undefined || parseDecoration(platform)?.architecture === own),
      );
    } else if (own !== undefined && decoration !== undefined) {
      result = new Set([decoration]);
    } else if (steps > 0) {
      const above = [...(parents.get(name) ?? [])].map((parent) => lookUp(parent, steps - 1));
      const isOpen = above.length === 0 || above.some((platforms) => platforms === undefined);
      result = isOpen ? undefined : new Set(above.flatMap((platforms) => [...(platforms ?? [])]));
    }
    if (steps === MOST_STEPS) found.set(name, result);
    return result;
  };
  return (section) => lookUp(section.toLowerCase(), MOST_STEPS);
}
