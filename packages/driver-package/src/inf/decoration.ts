// The endings that tie a section or directive to a platform: NT[architecture][.[major][.[minor][.[product type]
// [.[suite mask][.[build]]]]]] ("INF Manufacturer Section", "Specifying Platform-specific Sections").

export type Architecture = 'x86' | 'amd64' | 'arm' | 'arm64' | 'ia64';

export const ARCHITECTURES: readonly Architecture[] = ['x86', 'amd64', 'arm', 'arm64', 'ia64'];

export interface OsVersion {
  readonly major: number;
  readonly minor: number;
  readonly build?: number;
}

export interface Decoration {
  /** Undefined when the decoration names none: then it applies to all. */
  readonly architecture: Architecture | undefined;
  readonly minimumVersion: OsVersion | undefined;
  /** VER_NT_WORKSTATION 1, VER_NT_DOMAIN_CONTROLLER 2, VER_NT_SERVER 3. */
  readonly productType?: number;
  /** Bits of VER_SUITE_*. */
  readonly suiteMask?: number;
}

export interface DecorationProblem {
  readonly code:
    | 'not-nt'
    | 'unknown-architecture'
    | 'build-variable'
    | 'bad-number'
    | 'too-many-parts'
    | 'build-without-version'
    | 'build-too-old';
  readonly message: string;
}

const DECORATION =
  /^nt(x86|amd64|ia64|arm64|arm)?(?:\.(\d{0,5})(?:\.(\d{0,5})(?:\.(0x[0-9a-f]{1,8}|\d{0,5})(?:\.(0x[0-9a-f]{1,8}|\d{0,10})(?:\.(\d{0,9}))?)?)?)?)?$/iu;

/** The first build of Windows that looks at build numbers, Windows 10 version 1607. */
const FIRST_BUILD = 14_310;

/** Reads a decoration such as `NTamd64.10.0...16299`; undefined when it is not one. */
export function parseDecoration(text: string): Decoration | undefined {
  const match = DECORATION.exec(text);
  if (match === null) return undefined;
  const [, architecture, major, minor, productType, suiteMask, build] = match;
  return {
    architecture: architecture?.toLowerCase() as Architecture | undefined,
    minimumVersion: major
      ? { major: Number(major), minor: Number(minor || 0), ...(build ? { build: Number(build) } : {}) }
      : undefined,
    ...(productType ? { productType: Number(productType) } : {}),
    ...(suiteMask ? { suiteMask: Number(suiteMask) } : {}),
  };
}

/** What is wrong with a decoration: nothing for one that Windows reads and that can be meant so. */
export function diagnoseDecoration(text: string): DecorationProblem[] {
  if (/\$[^$]*\$/u.test(text)) {
    return [{ code: 'build-variable', message: `${text} holds a variable that the build of the driver replaces` }];
  }
  const [platform = '', ...parts] = text.split('.');
  if (!/^nt/iu.test(platform)) return [{ code: 'not-nt', message: `${text} does not begin with NT` }];
  const problems: DecorationProblem[] = [];
  const architecture = platform.slice(2);
  if (architecture !== '' && !ARCHITECTURES.some((known) => known === architecture.toLowerCase())) {
    const message = `"${architecture}" is none of the architectures ${ARCHITECTURES.join(', ')}`;
    problems.push({ code: 'unknown-architecture', message });
  }
  if (parts.length > 5) {
    problems.push({ code: 'too-many-parts', message: `${text} has more parts than version, product, suite and build` });
  }
  for (const [index, part] of parts.slice(0, 5).entries()) {
    const isNumber = index === 2 || index === 3 ? /^(?:0x[0-9a-f]{1,8}|\d{0,10})$/iu : /^\d{0,9}$/u;
    if (!isNumber.test(part)) problems.push({ code: 'bad-number', message: `"${part}" is no number of a version` });
  }
  const [major = '', , , , build = ''] = parts;
  if (/^\d+$/u.test(build)) {
    if (major === '') {
      problems.push({ code: 'build-without-version', message: `build ${build} stands without the version it is of` });
    }
    if (Number(build) > 0 && Number(build) < FIRST_BUILD) {
      const message = `Windows before build ${FIRST_BUILD} does not look at builds, so ${build} cannot be one`;
      problems.push({ code: 'build-too-old', message });
    }
  }
  return problems;
}

/** Negative, zero or positive as `a` is before, the same as or after `b`; no build counts as build 0. */
export function compareOsVersions(a: OsVersion, b: OsVersion): number {
  return a.major - b.major || a.minor - b.minor || (a.build ?? 0) - (b.build ?? 0);
}

/**
 * The names under which Windows looks for a section on an architecture, in its order: with NT and the architecture, with
 * NT, without ("Creating INF Files for Multiple Platforms and Operating Systems"). The first one that exists is used.
 */
export function candidateNames(base: string, architecture: string): string[] {
  return [`${base}.NT${architecture}`, `${base}.NT`, base];
}
