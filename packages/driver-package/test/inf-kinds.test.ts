import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combineInfKinds, describeInf, type InfKinds, judgeInfKinds, parseInf } from '../src/index.ts';
import { checkDriver, INFVERIF_CODES, severityOf } from '../src/rules/index.ts';
import { driverOf, infWith, SOUND_INF } from './drivers.ts';

const SOUND: InfKinds = { isExtensionInf: false, isUniversal: true, isDeclarativeInf: true };

const EXTENSION_INF = `
[Version]
Signature   = "$WINDOWS NT$"
Class       = Extension
ClassGuid   = {e2f84ce7-8efa-411c-aa69-97454ca4cb57}
Provider    = %Maker%
ExtensionId = {11111111-2222-3333-4444-555555555555}
CatalogFile = gizmo.cat
DriverVer   = 10/14/2025,1.2.3.4
PnpLockdown = 1

[Manufacturer]
%Maker% = Gizmo, NTamd64

[Gizmo.NTamd64]
%Gizmo% = Gizmo_Install, PCI\\VEN_1234&DEV_5678&SUBSYS_00011234

[Gizmo_Install.NT.HW]
AddReg = Gizmo_Registry

[Gizmo_Registry]
HKR,,GizmoSetting,0x00010001,1

[Strings]
Maker = "Gizmo Works"
Gizmo = "Gizmo, the device"
`;

/** The sound INF with a registry section that its device sets, or deletes. */
function infWithRegistry(directive: string): string {
  return `${infWith('CopyFiles = Gizmo_Files', `CopyFiles = Gizmo_Files\n${directive} = Gizmo_Registry`)}
[Gizmo_Registry]
HKR,,GizmoSetting
`;
}

const CO_INSTALLER_INF = `${SOUND_INF}
[Gizmo_Install.NT.CoInstallers]
AddReg = Gizmo_CoInstaller

[Gizmo_CoInstaller]
HKR,,CoInstallers32,0x00010000,"gizmoco.dll,GizmoCoInstaller"
`;

test('a sound INF is universal and declarative', () => {
  assert.deepEqual(judgeInfKinds(driverOf(SOUND_INF)), SOUND);
});

test('a co-installer makes it neither', () => {
  const kinds = { isExtensionInf: false, isUniversal: false, isDeclarativeInf: false };
  assert.deepEqual(judgeInfKinds(driverOf(CO_INSTALLER_INF)), kinds);
});

test('what only universal validation forbids leaves it declarative', () => {
  const kinds = { isExtensionInf: false, isUniversal: false, isDeclarativeInf: true };
  assert.deepEqual(judgeInfKinds(driverOf(infWithRegistry('DelReg'))), kinds);
});

test('every INF of a driver must pass', () => {
  const [sound, other] = [driverOf(SOUND_INF), driverOf(CO_INSTALLER_INF)];
  const kinds = judgeInfKinds({ ...sound, infs: [...sound.infs, ...other.infs] });
  assert.deepEqual(kinds, { ...SOUND, isUniversal: false, isDeclarativeInf: false });
});

test('an extension INF is one', () => {
  assert.deepEqual(judgeInfKinds(driverOf(EXTENSION_INF)), { ...SOUND, isExtensionInf: true });
});

test('every driver of a package must pass, and one extension makes it one', () => {
  const declarative = { ...SOUND, isUniversal: false };
  assert.deepEqual(combineInfKinds([SOUND, SOUND]), SOUND);
  assert.deepEqual(combineInfKinds([SOUND, declarative]), declarative);
  assert.deepEqual(combineInfKinds([{ ...SOUND, isExtensionInf: true }, declarative]), {
    ...declarative,
    isExtensionInf: true,
  });
});

test('what the INF itself is not to blame for counts for nothing here', () => {
  const driver = driverOf(SOUND_INF, { files: [{ path: 'gizmo/gizmo.inf', kind: 'flat' }] });
  assert.ok(checkDriver(driver, { mode: 'k' }).some(({ severity }) => severity === 'error'));
  assert.deepEqual(judgeInfKinds(driver), SOUND);
});

test('no INF is of no kind', () => {
  const none = { isExtensionInf: false, isUniversal: false, isDeclarativeInf: false };
  assert.deepEqual(combineInfKinds([]), none);
  assert.deepEqual(judgeInfKinds(driverOf(SOUND_INF, { infs: [] })), none);
});

test('an INF that cannot be followed to its end has not passed', () => {
  const document = parseInf(new TextEncoder().encode(SOUND_INF));
  const description = describeInf(document);
  const infs = [{ path: 'gizmo/gizmo.inf', document: { ...document, expansion: { remaining: 0 } }, description }];
  assert.deepEqual(judgeInfKinds(driverOf(SOUND_INF, { infs })), {
    isExtensionInf: false,
    isUniversal: false,
    isDeclarativeInf: false,
  });
});

test('what is universal is declarative: each error of k is one of u', () => {
  for (const code of INFVERIF_CODES) {
    if (severityOf(code, 'k') === 'error') assert.equal(severityOf(code, 'u'), 'error', String(code));
  }
});
