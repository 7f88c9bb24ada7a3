// Makes INFs and drivers for the tests of this folder: one that keeps every rule, and changes to it.
import { describeInf, parseInf } from '../src/inf/index.ts';
import type { CheckedDriver, CheckedFile } from '../src/rules/driver.ts';

export const SOUND_INF = `
[Version]
Signature   = "$WINDOWS NT$"
Class       = System
ClassGuid   = {4D36E97D-E325-11CE-BFC1-08002BE10318}
Provider    = %Maker%
CatalogFile = gizmo.cat
DriverVer   = 10/14/2025,1.2.3.4
PnpLockdown = 1

[Manufacturer]
%Maker% = Gizmo, NTamd64, NTarm64.10.0...22000

[Gizmo.NTamd64]
%Gizmo% = Gizmo_Install, PCI\\VEN_1234&DEV_5678, PCI\\VEN_1234

[Gizmo.NTarm64.10.0...22000]
%Gizmo% = Gizmo_Install, PCI\\VEN_1234&DEV_5678

[Gizmo_Install.NT]
CopyFiles = Gizmo_Files

[Gizmo_Install.NT.Services]
AddService = gizmo, 2, Gizmo_Service

[Gizmo_Service]
ServiceType   = 1
StartType     = 3
ErrorControl  = 1
ServiceBinary = %13%\\gizmo.sys

[Gizmo_Files]
gizmo.sys

[SourceDisksNames]
1 = "Gizmo disk"

[SourceDisksFiles]
gizmo.sys = 1

[DestinationDirs]
DefaultDestDir = 13

[Strings]
Maker = "Gizmo Works"
Gizmo = "Gizmo, the device"
`;

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The sound INF with one text replaced; it must occur. */
export function infWith(text: string, replacement: string): string {
  if (!SOUND_INF.includes(text)) throw new Error(`the sound INF does not contain ${text}`);
  return SOUND_INF.replace(text, () => replacement);
}

export const WINDOWS_X64 = {
  code: 'WINDOWS_v100_X64_GE_FULL',
  architecture: 'x64',
  version: { major: 10, minor: 0, build: 26_100 },
};
export const WINDOWS_ARM64_1909 = {
  code: 'WINDOWS_v100_ARM64_19H1_FULL',
  architecture: 'arm64',
  version: { major: 10, minor: 0, build: 18_362 },
};

/** A driver folder "gizmo" of this INF and gizmo.sys. */
export function driverOf(inf: string, changes: Partial<CheckedDriver> = {}): CheckedDriver {
  const document = parseInf(bytesOf(inf));
  const files: CheckedFile[] = [
    { path: 'gizmo/gizmo.inf', kind: 'flat' },
    { path: 'gizmo/gizmo.sys', kind: 'pe', machine: 'amd64' },
  ];
  return {
    folder: 'gizmo',
    files,
    infs: [{ path: 'gizmo/gizmo.inf', document, description: describeInf(document) }],
    operatingSystems: [WINDOWS_X64],
    at: new Date('2025-12-01T00:00:00Z'),
    ...changes,
  };
}
