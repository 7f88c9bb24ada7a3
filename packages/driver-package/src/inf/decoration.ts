// The endings that tie a section or directive to a platform: NT[architecture][.[major][.[minor][.[product type]
// [.[suite mask][.[build]]]]]] ("INF Manufacturer Section", "Specifying Platform-specific Sections").

export type Architecture = 'x86' | 'amd64' | 'arm' | 'arm64' | 'ia64';

export interface OsVersion {
  readonly major: number;
  readonly minor: number;
  readonly build?: number;
}

export interface Decoration {
  /** Undefined when the decoration names none: then it applies to all. */
  readonly architecture: Architecture | undefined;
  readonly minimumVersion: OsVersion | undefined;
}

const DECORATION =
  /^nt(x86|amd64|ia64|arm64|arm)?(?:\.(\d{0,5})(?:\.(\d{0,5})(?:\.(0x[0-9a-f]{1,8}|\d{0,5})(?:\.(0x[0-9a-f]{1,8}|\d{0,5})(?:\.(\d{0,9}))?)?)?)?)?$/iu;

/** Reads a decoration such as `NTamd64.10.0...16299`; undefined when it is not one. */
export function parseDecoration(text: string): Decoration | undefined {
  const match = DECORATION.exec(text);
  if (match === null) return undefined;
  const [, architecture, major, minor, , , build] = match;
  return {
    architecture: architecture?.toLowerCase() as Architecture | undefined,
    minimumVersion: major
      ? { major: Number(major), minor: Number(minor || 0), ...(build ? { build: Number(build) } : {}) }
      : undefined,
  };
}

/** Negative, zero or positive as `a` is before, the same as or after `b`; no build counts as build 0. */
export function compareOsVersions(a: OsVersion, b: OsVersion): number {
  return a.major - b.major || a.minor - b.minor || (a.build ?? 0) - (b.build ?? 0);
}
