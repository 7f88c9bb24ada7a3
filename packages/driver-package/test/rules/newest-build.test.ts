// In mode h an installation is held against the rules of the newest Windows that takes it: what only older ones take may be as
// it was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDriver, type Mode } from '../../src/index.ts';
import { driverOf, SOUND_INF } from '../drivers.ts';

/** An INF whose first devices are for builds before `next`, with this service for them. */
function infUntil(next: number, service: string): string {
  const [head = ''] = SOUND_INF.split('[Manufacturer]');
  return `${head}[Manufacturer]
%Maker% = Gizmo, NTamd64.10.0...17763, NTamd64.10.0...${next}
[Gizmo.NTamd64.10.0...17763]
%Gizmo% = Old_Install, PCI\\VEN_1234&DEV_5678
[Gizmo.NTamd64.10.0...${next}]
%Gizmo% = New_Install, PCI\\VEN_1234&DEV_5678
[Old_Install.NT]
CopyFiles = Gizmo_Files
[Old_Install.NT.Services]
AddService = gizmo, 2, Old_Service
[Old_Service]
ServiceType   = 1
StartType     = 3
ErrorControl  = 1
${service}
[Values]
HKR,,Speed,0x00010001,3
[New_Install.NT]
CopyFiles = Gizmo_Files
[New_Install.NT.Services]
AddService = gizmo, 2, New_Service
[New_Service]
ServiceType   = 1
StartType     = 3
ErrorControl  = 1
ServiceBinary = %13%\\gizmo.sys
${SOUND_INF.slice(SOUND_INF.indexOf('[Gizmo_Files]'))}`;
}

function codesOf(inf: string, mode: Mode): (number | undefined)[] {
  return checkDriver(driverOf(inf), { mode }).map(({ code }) => code);
}

test('a value beside Parameters may stay where 24H2 takes another installation', () => {
  const service = 'ServiceBinary = %13%\\gizmo.sys\nAddReg = Values';
  assert.ok(!codesOf(infUntil(25_952, service), 'h').includes(1323));
  assert.ok(codesOf(infUntil(26_100, service), 'h').includes(1323));
  assert.ok(codesOf(infUntil(25_952, service), 'w').includes(1323));
});

test('the reflector may be named where Windows 11 takes another installation, and nothing else may', () => {
  const service = 'ServiceBinary = %12%\\WUDFRd.sys';
  assert.ok(!codesOf(infUntil(22_000, service), 'h').includes(2084));
  assert.ok(codesOf(infUntil(22_621, service), 'h').includes(2084));
  assert.ok(codesOf(infUntil(22_000, 'ServiceBinary = %12%\\other.sys'), 'h').includes(2084));
});

test('the folder of 32-bit programs is part of the system', () => {
  const inf = SOUND_INF.replace('DefaultDestDir = 13', 'DefaultDestDir = 13\nGizmo_Files = 16425');
  assert.ok(!codesOf(inf, 'u').includes(1306));
  assert.ok(codesOf(inf.replace('16425', '16422'), 'u').includes(1306));
});
