// The releases of Windows that operating-system codes name, with the version number that the kernel reports. Build numbers
// are those of the first general release, from Microsoft's public release-information pages; 26H1 is the number that
// preview builds carried when the code was first seen.

/** A Windows version as INF decorations and RtlGetVersion write it: 10.0.26100. */
export interface OperatingSystemVersion {
  readonly major: number;
  readonly minor: number;
  readonly build?: number;
}

export const RELEASES = {
  windowsMe: { major: 4, minor: 90, build: 3000 },
  windows98: { major: 4, minor: 10, build: 1998 },
  windowsNt40: { major: 4, minor: 0, build: 1381 },
  windows2000: { major: 5, minor: 0, build: 2195 },
  windowsXp: { major: 5, minor: 1, build: 2600 },
  server2003: { major: 5, minor: 2, build: 3790 },
  vista: { major: 6, minor: 0, build: 6000 },
  server2008: { major: 6, minor: 0, build: 6001 },
  homeServer: { major: 5, minor: 2, build: 3790 },
  windows7: { major: 6, minor: 1, build: 7600 },
  windows8: { major: 6, minor: 2, build: 9200 },
  windows81: { major: 6, minor: 3, build: 9600 },
  TH1: { major: 10, minor: 0, build: 10240 },
  TH2: { major: 10, minor: 0, build: 10586 },
  RS1: { major: 10, minor: 0, build: 14393 },
  RS2: { major: 10, minor: 0, build: 15063 },
  RS3: { major: 10, minor: 0, build: 16299 },
  RS4: { major: 10, minor: 0, build: 17134 },
  RS5: { major: 10, minor: 0, build: 17763 },
  '19H1': { major: 10, minor: 0, build: 18362 },
  VB: { major: 10, minor: 0, build: 19041 },
  FE: { major: 10, minor: 0, build: 20348 },
  CO: { major: 10, minor: 0, build: 22000 },
  NI: { major: 10, minor: 0, build: 22621 },
  GE: { major: 10, minor: 0, build: 26100 },
  '25H2': { major: 10, minor: 0, build: 26200 },
  '26H1': { major: 10, minor: 0, build: 28000 },
  SV3: { major: 10, minor: 0, build: 22631 },
} as const satisfies Readonly<Record<string, OperatingSystemVersion>>;

export type ReleaseName = keyof typeof RELEASES;
