// What the drivers of a derived submission may be, against those of the initial one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDriverUpdate, describeInf, parseInf, type UpdatableDriver } from '../../src/index.ts';
import { utf8 } from './packages.ts';

const X64 = { code: 'X64', architecture: 'x64', version: { major: 10, minor: 0, build: 26100 } };
const ARM64 = { code: 'ARM64', architecture: 'arm64', version: { major: 10, minor: 0, build: 26100 } };
const SYSTEMS = new Map([X64, ARM64].map((system) => [system.code, system]));

interface Choices {
  readonly path?: string;
  readonly driverVer?: string;
  readonly classGuid?: string;
  readonly ids?: string;
  readonly armIds?: string;
  readonly operatingSystems?: readonly string[];
}

function driver({
  path = 'gizmo/gizmo.inf',
  driverVer = '02/01/2026,1.2.0.0',
  classGuid = '{4d36e97d-e325-11ce-bfc1-08002be10318}',
  ids = 'PCI\\VEN_1234&DEV_5678',
  armIds,
  operatingSystems = ['X64'],
}: Choices = {}): UpdatableDriver {
  const arm = armIds === undefined ? '' : `[M.NTarm64]\n"Gizmo" = I, ${armIds}\n`;
  const text = `[Version]\nSignature="$Windows NT$"\nClass=System\nClassGuid=${classGuid}\nDriverVer=${driverVer}\n[Manufacturer]\n"Us" = M, NTamd64${armIds === undefined ? '' : ', NTarm64'}\n[M.NTamd64]\n"Gizmo" = I, ${ids}\n${arm}`;
  const described = { path, description: describeInf(parseInf(utf8(text))) };
  return { folder: path.slice(0, path.indexOf('/')), infs: [described], operatingSystems };
}

function rulesOf(update: UpdatableDriver, initial: UpdatableDriver = driver()): string[] {
  return checkDriverUpdate([update], [initial], (code) => SYSTEMS.get(code)).map(({ rule }) => rule);
}

const NEWER = { driverVer: '02/01/2026,1.2.0.1' };

test('a newer driver for the same devices is taken, however its names are spelled', () => {
  assert.deepEqual(rulesOf(driver(NEWER)), []);
  assert.deepEqual(rulesOf(driver({ ...NEWER, path: 'Gizmo/GIZMO.INF', ids: 'pci\\ven_1234&dev_5678' })), []);
});

test('newer is the later date, then the higher version, number by number', () => {
  for (const [driverVer, isNewer] of [
    ['02/01/2026,1.2.0.0', false],
    ['02/01/2026,1.1.9.9', false],
    ['02/01/2026,1.10.0.0', true],
    ['02/02/2026,1.0.0.0', true],
    ['01/31/2026,9.9.9.9', false],
    ['12/31/2025,1.2.0.0', false],
  ] as const) {
    assert.deepEqual(rulesOf(driver({ driverVer })), isNewer ? [] : ['update-is-newer'], driverVer);
  }
});

test('devices may be neither added nor left out', () => {
  const more = 'PCI\\VEN_1234&DEV_5678, PCI\\VEN_1234';
  assert.deepEqual(rulesOf(driver({ ...NEWER, ids: more })), ['update-adds-no-devices']);
  assert.deepEqual(rulesOf(driver(NEWER), driver({ ids: more })), ['update-keeps-its-devices']);
  assert.deepEqual(rulesOf(driver({ ...NEWER, ids: 'PCI\\VEN_9999' })), [
    'update-adds-no-devices',
    'update-keeps-its-devices',
  ]);
});

test('devices count by the systems that are signed for', () => {
  const wider = { ...NEWER, armIds: 'PCI\\VEN_1234&DEV_5678' };
  assert.deepEqual(rulesOf(driver(wider)), []);
  const both = ['X64', 'ARM64'];
  assert.deepEqual(rulesOf(driver({ ...wider, operatingSystems: both })), [
    'update-keeps-its-systems',
    'update-adds-no-devices',
  ]);
  const initial = driver({ armIds: 'PCI\\VEN_1234&DEV_5678', operatingSystems: both });
  assert.deepEqual(rulesOf(driver({ ...wider, operatingSystems: both }), initial), []);
  assert.deepEqual(rulesOf(driver(NEWER), initial), []);
});

test('the class stays, and each INF replaces one', () => {
  const classGuid = '{e2f84ce7-8efa-411c-aa69-97454ca4cb57}';
  assert.deepEqual(rulesOf(driver({ ...NEWER, classGuid })), ['update-keeps-its-class']);
  assert.deepEqual(rulesOf(driver({ ...NEWER, path: 'gizmo/other.inf' })), ['update-replaces-a-driver']);
  assert.deepEqual(rulesOf(driver({ ...NEWER, path: 'other/gizmo.inf' })), ['update-replaces-a-driver']);
});

test('long lists are cut in messages', () => {
  const ids = Array.from({ length: 9 }, (_, index) => `PCI\\VEN_000${index}`).join(', ');
  const [finding] = checkDriverUpdate([driver({ ...NEWER, ids })], [driver()], (code) => SYSTEMS.get(code));
  assert.match(finding?.summary ?? '', /pci\\ven_0004 and 4 more \(on X64\)/);
});
