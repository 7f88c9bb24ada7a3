// For each rule: the sound driver keeps it, and each way of breaking it is found at the right line.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bytesSource, readPeImage } from '@assay/authenticode';
import { describeInf, parseInf } from '../../src/inf/index.ts';
import type { CheckedDriver } from '../../src/rules/driver.ts';
import { checkDriver, DRIVER_RULES } from '../../src/rules/index.ts';
import { driverOf, infWith, SOUND_INF, WINDOWS_ARM64_1909, WINDOWS_X64 } from '../drivers.ts';

interface Violation {
  readonly what: string;
  readonly rule: string;
  readonly code?: number;
  readonly driver: CheckedDriver;
  /** Text of the line that the finding must point at. */
  readonly at?: string;
  readonly severity?: 'warning';
}

const VIOLATIONS: readonly Violation[] = [
  {
    what: 'no [Version] section',
    rule: 'version-section-present',
    code: 1001,
    driver: driverOf(infWith('[Version]', '[Versions]')),
  },
  {
    what: 'a foreign signature',
    rule: 'version-section-present',
    code: 1001,
    driver: driverOf(infWith('$WINDOWS NT$', '$WINDOWS 3.1$')),
    at: 'Signature',
  },
  ...['Class       ', 'ClassGuid', 'Provider', 'DriverVer'].map((key) => ({
    what: `no ${key.trim()}`,
    rule: 'required-keys-present',
    code: 1234,
    driver: driverOf(infWith(key, `X${key}`)),
    at: '[Version]',
  })),
  {
    what: 'a class GUID without braces',
    rule: 'class-is-well-formed',
    code: 1010,
    driver: driverOf(infWith('{4D36E97D-E325-11CE-BFC1-08002BE10318}', '4D36E97D-E325-11CE-BFC1-08002BE10318')),
    at: 'ClassGuid',
  },
  {
    what: 'a long class name',
    rule: 'class-is-well-formed',
    code: 1286,
    driver: driverOf(infWith('= System', `= ${'C'.repeat(32)}`)),
    at: 'Class ',
  },
  {
    what: 'the class of examples',
    rule: 'class-is-well-formed',
    code: 1284,
    driver: driverOf(infWith('= System', '= Sample')),
    at: 'Class ',
  },
  {
    what: 'a provider called Microsoft, through a string',
    rule: 'provider-is-not-microsoft',
    code: 1204,
    driver: driverOf(infWith('"Gizmo Works"', '"Microsoft Friends"')),
    at: 'Provider',
  },
  {
    what: 'a date of the wrong form',
    rule: 'driver-version-is-valid',
    code: 1218,
    driver: driverOf(infWith('10/14/2025', '2025-10-14')),
    at: 'DriverVer',
  },
  {
    what: 'a date that is not in the calendar',
    rule: 'driver-version-is-valid',
    code: 1218,
    driver: driverOf(infWith('10/14/2025', '02/30/2025')),
    at: 'DriverVer',
  },
  {
    what: 'a date in the future',
    rule: 'driver-version-is-valid',
    driver: driverOf(SOUND_INF, { at: new Date('2025-10-12T00:00:00Z') }),
    at: 'DriverVer',
  },
  ...['1.2.3', '1.2.3.65536', '1.2.3.x', ''].map((version) => ({
    what: `the version "${version}"`,
    rule: 'driver-version-is-valid',
    code: 1217,
    driver: driverOf(infWith('1.2.3.4', version)),
    at: 'DriverVer',
  })),
  {
    what: 'no catalog',
    rule: 'catalog-file-is-named',
    code: 1233,
    driver: driverOf(infWith('CatalogFile ', 'Catalog ')),
    at: '[Version]',
  },
  {
    what: 'a catalog for another architecture only',
    rule: 'catalog-file-is-named',
    code: 1233,
    driver: driverOf(infWith('CatalogFile ', 'CatalogFile.NTx86 ')),
    at: '[Version]',
  },
  ...['gizmo.txt', 'sub\\gizmo.cat', '..\\gizmo.cat', 'con.cat', '.cat.'].map((name) => ({
    what: `the catalog name ${name}`,
    rule: 'catalog-file-is-named',
    code: 1214,
    driver: driverOf(infWith('gizmo.cat', name)),
    at: 'CatalogFile',
  })),
  {
    what: 'a string that is not defined',
    rule: 'tokens-are-defined',
    code: 1235,
    driver: driverOf(infWith('Gizmo = "Gizmo, the device"', '')),
    at: '%Gizmo%',
  },
  {
    what: 'no devices',
    rule: 'hardware-ids-present',
    code: 1270,
    driver: driverOf(infWith('%Maker% = Gizmo', ';')),
    at: '[Manufacturer]',
  },
  {
    what: 'a device without hardware id',
    rule: 'hardware-ids-present',
    code: 1270,
    driver: driverOf(infWith(', PCI\\VEN_1234&DEV_5678, PCI\\VEN_1234', '')),
    at: '%Gizmo%',
  },
  {
    what: 'a models section that is not there',
    rule: 'hardware-ids-present',
    code: 1011,
    driver: driverOf(infWith('[Gizmo.NTarm64.10.0...22000]', '[Gizmo.NTarm64]')),
    at: '%Maker%',
  },
  {
    what: 'a platform that Windows does not know',
    rule: 'hardware-ids-present',
    code: 1287,
    driver: driverOf(infWith('NTamd64, ', 'NTamd64, NTriscv, ')),
    at: '%Maker%',
  },
  {
    what: 'a build variable',
    rule: 'hardware-ids-present',
    code: 1274,
    driver: driverOf(infWith('NTamd64, ', 'NTamd64, NT$ARCH$, ')),
    at: '%Maker%',
  },
  {
    what: 'a file that is not in the package',
    rule: 'copied-files-are-present',
    driver: driverOf(SOUND_INF, { files: [{ path: 'gizmo/gizmo.inf', kind: 'flat' }] }),
    at: 'gizmo.sys\n',
  },
  {
    what: 'a file in another folder than [SourceDisksFiles] says',
    rule: 'copied-files-are-present',
    driver: driverOf(infWith('gizmo.sys = 1', 'gizmo.sys = 1,x64')),
    at: 'gizmo.sys\n',
  },
  {
    what: 'a file that [SourceDisksFiles] does not list',
    rule: 'copied-files-are-present',
    code: 1230,
    driver: driverOf(infWith('gizmo.sys = 1', '')),
    at: 'gizmo.sys\n',
    severity: 'warning',
  },
  {
    what: 'a signature for an architecture without devices',
    rule: 'architectures-agree',
    driver: driverOf(SOUND_INF, { operatingSystems: [WINDOWS_X64, { code: 'WINDOWS_v100_X86', architecture: 'x86' }] }),
  },
  {
    what: 'a signature for a system older than the devices',
    rule: 'architectures-agree',
    driver: driverOf(SOUND_INF, { operatingSystems: [WINDOWS_X64, WINDOWS_ARM64_1909] }),
    at: '%Gizmo%@2',
  },
  {
    what: 'an image for another processor',
    rule: 'architectures-agree',
    driver: driverOf(SOUND_INF, {
      files: [
        { path: 'gizmo/gizmo.inf', kind: 'flat' },
        { path: 'gizmo/gizmo.sys', kind: 'pe', machine: 0x014c },
      ],
    }),
  },
];

test('the sound driver keeps every rule', () => {
  assert.deepEqual(checkDriver(driverOf(SOUND_INF)), []);
});

test('the example driver keeps every rule', async () => {
  const folder = new URL('../../../../examples/echo/driver/', import.meta.url);
  const { machine } = await readPeImage(bytesSource(readFileSync(new URL('echo.sys', folder))));
  const document = parseInf(readFileSync(new URL('echo.inf', folder)));
  const findings = checkDriver({
    folder: 'echo',
    files: [
      { path: 'echo/echo.inf', kind: 'flat' },
      { path: 'echo/echo.sys', kind: 'pe', machine },
    ],
    infs: [{ path: 'echo/echo.inf', document, description: describeInf(document) }],
    operatingSystems: [WINDOWS_X64],
    at: new Date(),
  });
  assert.deepEqual(findings, []);
});

for (const { what, rule, code, driver, at, severity } of VIOLATIONS) {
  test(`${rule}: ${what}`, () => {
    const findings = checkDriver(driver).filter((finding) => finding.rule === rule);
    assert.equal(findings.length, 1, JSON.stringify(findings));
    const [finding] = findings;
    assert.equal(finding?.code, code);
    assert.equal(finding?.severity, severity ?? 'error');
    assert.match(finding?.summary ?? '', /\.$/u);
    assert.ok(finding?.explanation && finding.remedy);
    if (at === undefined) return;
    const lines = driver.infs[0] === undefined ? [] : linesOf(driver);
    const [text = '', nth = '1'] = at.split('@');
    const expected = lines.flatMap((line, index) => (line.startsWith(text) ? [index + 1] : []))[Number(nth) - 1];
    assert.equal(finding?.line, expected);
    assert.equal(finding?.file, 'gizmo/gizmo.inf');
  });
}

/** The lines of the INF of a driver, as far as its entries tell. */
function linesOf(driver: CheckedDriver): string[] {
  const lines: string[] = [];
  for (const section of driver.infs[0]?.document.sections.values() ?? []) {
    lines[section.line - 1] = `[${section.name}]`;
    for (const { key, fields, line } of section.entries) {
      lines[line - 1] = key === undefined ? `${fields[0]?.text}\n` : `${key.text} =`;
    }
  }
  return Array.from(lines, (line) => line ?? '');
}

test('each rule has a test that breaks it, a file of its name and a place in the table', () => {
  const files = readdirSync(new URL('../../src/rules/', import.meta.url)).map((name) => name.replace('.ts', ''));
  const ids = DRIVER_RULES.map((rule) => rule.id);
  assert.deepEqual([...ids].sort(), files.filter((name) => name !== 'index' && name !== 'driver').sort());
  assert.deepEqual([...new Set(VIOLATIONS.map(({ rule }) => rule))].sort(), [...ids].sort());
});

test('a driver of several platforms: files of each platform, an x86 program beside an amd64 driver, a primitive INF', () => {
  const inf = infWith(
    '[SourceDisksFiles]',
    '[SourceDisksFiles.amd64]\ngizmo.sys = 1,x64\n[SourceDisksFiles.arm64]\ngizmo.sys = 1,arm\n[SourceDisksFiles]',
  );
  const files = [
    { path: 'gizmo/gizmo.inf', kind: 'flat' as const },
    { path: 'gizmo/X64/GIZMO.SYS', kind: 'pe' as const, machine: 'x64' },
    { path: 'gizmo/arm/gizmo.sys', kind: 'pe' as const, machine: 0xaa64 },
    { path: 'gizmo/setup.exe', kind: 'pe' as const, machine: 'x86' },
  ];
  assert.deepEqual(checkDriver(driverOf(inf, { files })), []);
  const primitive = infWith('%Maker% = Gizmo', ';').replace('[Gizmo_Install.NT]', '[DefaultInstall.NTamd64]');
  assert.deepEqual(checkDriver(driverOf(primitive)), []);
});
