// For each rule: the sound driver keeps it, and each way of breaking it is found at the right line.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bytesSource, readPeImage } from '@assay/authenticode';
import { describeInf, parseInf } from '../../src/inf/index.ts';
import {
  type CheckedDriver,
  checkDriver,
  checkDriversTogether,
  DRIVER_RULES,
  listRules,
  MODES,
} from '../../src/rules/index.ts';
import { bytesOf, driverOf, infWith, SOUND_INF, WINDOWS_X64 } from '../drivers.ts';
import type { Violation } from './cases/case.ts';
import { FILE_AND_SERVICE_CASES } from './cases/files-and-services.ts';
import { KIND_AND_COMPONENT_CASES } from './cases/kinds-and-components.ts';
import { KEPT, PLACE_AND_CLASS_CASES } from './cases/places-and-classes.ts';
import { REGISTRY_AND_LEGACY_CASES } from './cases/registry-and-legacy.ts';
import { SUBMISSION_CASES } from './cases/submission.ts';
import { TEXT_AND_VERSION_CASES } from './cases/text-and-version.ts';

const VIOLATIONS: readonly Violation[] = [
  ...SUBMISSION_CASES,
  ...TEXT_AND_VERSION_CASES,
  ...FILE_AND_SERVICE_CASES,
  ...REGISTRY_AND_LEGACY_CASES,
  ...KIND_AND_COMPONENT_CASES,
  ...PLACE_AND_CLASS_CASES,
];

/** No mode, and each that there is. */
const ALL_MODES = [undefined, ...MODES];

test('the sound driver keeps every rule in every mode', () => {
  for (const mode of ALL_MODES) assert.deepEqual(checkDriver(driverOf(SOUND_INF), { mode }), []);
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

for (const { what, rule, code, driver, at, mode, severity } of VIOLATIONS) {
  test(`${rule} ${code ?? ''}: ${what}`, () => {
    const findings = checkDriver(driver, { mode }).filter((finding) => finding.rule === rule && finding.code === code);
    const [finding] = findings;
    assert.ok(finding, 'nothing is found');
    assert.equal(finding.severity, severity ?? 'error');
    for (const text of [finding.summary, finding.explanation, finding.remedy]) assert.ok(text.length > 10, text);
    assert.match(finding.summary, /\.$/u);
    if (at === undefined) return;
    const [text = '', nth = '1'] = at.split('@');
    const expected = linesOf(driver).flatMap((line, index) => (line.startsWith(text) ? [index + 1] : []))[
      Number(nth) - 1
    ];
    assert.equal(finding.line, expected);
    assert.equal(finding.file, 'gizmo/gizmo.inf');
  });
}

for (const { what, rule, driver } of KEPT) {
  test(`${rule} is kept: ${what}`, () => {
    const found = ALL_MODES.flatMap((mode) => checkDriver(driver, { mode })).filter((finding) => finding.rule === rule);
    assert.deepEqual(found, []);
  });
}

/** The lines of the INF of a driver, as far as its entries tell. */
function linesOf(driver: CheckedDriver): string[] {
  const lines: string[] = [];
  for (const section of driver.infs[0]?.document.sections.values() ?? []) {
    for (const { line } of section.heads) lines[line - 1] = `[${section.name}]`;
    for (const { key, fields, line } of section.entries) {
      lines[line - 1] = key === undefined ? `${fields[0]?.text}\n` : `${key.text} =`;
    }
  }
  return Array.from(lines, (line) => line ?? '');
}

test('each rule has a file of its name and a place in the table', () => {
  const files = readdirSync(new URL('../../src/rules/', import.meta.url), { recursive: true, encoding: 'utf8' });
  const ruleFiles = files.filter((name) => /[\\/].*\.ts$/u.test(name) && !name.startsWith('reading'));
  const names = new Set(ruleFiles.map((name) => name.replace(/^.*[\\/]|\.ts$/gu, '')));
  const ids = DRIVER_RULES.map((rule) => rule.id);
  assert.deepEqual(
    ids.filter((id) => !names.has(id)),
    [],
  );
  assert.equal(new Set(ids).size, ids.length);
  const tables = ['directory-ids', 'sample-services', 'setup-classes', 'whql-exceptions'];
  assert.deepEqual([...names].filter((name) => !ids.includes(name)).sort(), tables);
});

test('each fault that a rule can find has a case that shows it', () => {
  const shown = new Set(VIOLATIONS.map(({ rule, code }) => `${rule} ${code}`));
  const missing = listRules().flatMap(({ id, faults }) =>
    faults.map(({ code }) => `${id} ${code}`).filter((fault) => !shown.has(fault)),
  );
  assert.deepEqual(missing, []);
  const unnumbered = DRIVER_RULES.flatMap(({ id, faults }) =>
    faults.filter(({ code }) => code === undefined).map(({ why }) => `${id}: ${why}`),
  );
  const found = new Set(
    VIOLATIONS.flatMap(({ driver, mode }) => checkDriver(driver, { mode })).map(
      ({ rule, explanation }) => `${rule}: ${explanation}`,
    ),
  );
  const special = ['architectures-agree: Nothing would be installed on that version.'];
  assert.deepEqual(
    unnumbered.filter((text) => !found.has(text)),
    special,
  );
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
  assert.deepEqual(checkDriver(driverOf(inf, { files }), { for: 'submission' }), []);
  const primitive = infWith('[Manufacturer]\n%Maker% = Gizmo', ';')
    .replaceAll('Gizmo_Install.NT', 'DefaultInstall.NTamd64')
    .replaceAll(/\[Gizmo\.NT.*\]\n.*\n/gu, '');
  assert.deepEqual(checkDriver(driverOf(primitive)), []);
});

test('for a submission only what the service refuses is found, as an error', () => {
  const driver = driverOf(infWith('DefaultDestDir = 13', 'DefaultDestDir = 99\n[Forgotten]\na = b'));
  assert.notDeepEqual(checkDriver(driver), []);
  assert.deepEqual(checkDriver(driver, { for: 'submission' }), []);
  for (const { driver: refused, rule, code, severity } of SUBMISSION_CASES) {
    const found = checkDriver(refused, { for: 'submission' }).filter((finding) => finding.rule === rule);
    assert.equal(found.length, 1, `${rule} ${code}`);
    assert.equal(found[0]?.severity, severity ?? 'error');
  }
});

test('a source INF has faults that the build mends', () => {
  const source = infWith('NTamd64, ', 'NT$ARCH$, ').replace('[Gizmo.NTamd64]', '[Gizmo.NT$ARCH$]');
  const stamped = parseInf(bytesOf(source), { architecture: 'amd64' });
  const inf = { path: 'gizmo/gizmo.inf', document: stamped, description: describeInf(stamped) };
  assert.deepEqual(checkDriver(driverOf(source, { infs: [inf] })), []);
});

test('what the mode h lets pass', () => {
  for (const folder of ['12', '16425']) {
    const inf = infWith('DefaultDestDir = 13', `DefaultDestDir = ${folder}`).replace('%13%', `%${folder}%`);
    const codes = (mode: 'w' | 'h') => checkDriver(driverOf(inf), { mode }).map(({ code }) => code);
    assert.deepEqual(codes('w'), [1322]);
    assert.deepEqual(codes('h'), []);
  }
});

test('sections for different versions of Windows may differ', () => {
  const inf = infWith('%Maker% = Gizmo, NTamd64', '%Maker% = Gizmo, NTamd64, NTamd64.10.0...16299')
    .replace(
      '[Gizmo_Install.NT]',
      '[Gizmo.NTamd64.10.0...16299]\n%Gizmo% = New_Install, PCI\\VEN_1234\n[Gizmo_Install.NT]',
    )
    .concat(
      '[New_Install.NT]\nCopyFiles = Gizmo_Files\n[New_Install.NT.Services]\nAddService = gizmo, 2, New_Service\n',
    )
    .concat('[New_Service]\nServiceType = 1\nStartType = 0\nErrorControl = 1\nServiceBinary = %13%\\gizmo.sys\n');
  assert.deepEqual(checkDriver(driverOf(inf), { mode: 'w' }), []);
});

/** INFs that are small but make naive rules do much: each list as long as the other. */
const HOSTILE: Readonly<Record<string, (count: number) => string>> = {
  'a long chain of Needs': (count) =>
    repeat(count, (index) => `[C${index}.HW]\nNeeds = C${index + 1}.HW, C${index + 2}.HW, C0.HW`),
  'sections named very often': (count) =>
    `[Gizmo_Install.NT.HW]\n${repeat(count, (index) => `AddReg = S${index % 50}, S${index % 49}`)}\n${repeat(50, (index) => `[S${index}]\nHKLM,A,B,,%Maker%`)}`,
  'one long section for many names': (count) =>
    `${repeat(count, (index) => `[I${index}.NT]\nAddReg = Long`)}\n[Long]\n${repeat(count, (index) => `HKLM,A,V${index},,x`)}`,
  'names that are not there': (count) =>
    `[Gizmo_Install.NT.HW]\n${repeat(count, (index) => `AddReg = Missing${index}`)}\n${repeat(count, (index) => `[Here${index}.NT]`)}`,
  'many lists and many destinations': (count) =>
    `[Gizmo_Install.NT.HW]\n${repeat(count, (index) => `CopyFiles = L${index}`)}\n${repeat(count, (index) => `[L${index}]\nf${index}.dll`)}\n[DestinationDirs]\n${repeat(count, (index) => `D${index} = 13`)}`,
  'many services of one section': (count) =>
    `[Gizmo_Install.NT.Services]\n${repeat(count, (index) => `AddService = s${index % 9},2,${index % 2 === 0 ? 'Long' : 'Gizmo_Service'}`)}\n[Long]\n${repeat(count, (index) => `K${index} = 1`)}`,
  'many devices of one section': (count) =>
    `[Gizmo.NTamd64]\n${repeat(count, (index) => `%Gizmo% = Gizmo_Install, PCI\\VEN_${index}`)}\n[Gizmo_Install.NT.Filters]\n${repeat(count, (index) => `AddFilter = f${index},,F${index}`)}`,
  'many files to look up': (count) =>
    `[Gizmo_Files]\n${repeat(count, (index) => `f${index}.dll`)}\n[SourceDisksFiles]\n${repeat(count, (index) => `f${index}.dll = 1`)}`,
};

function repeat(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('\n');
}

for (const [what, write] of Object.entries(HOSTILE)) {
  test(`judged in bounded time: ${what}`, () => {
    const driver = driverOf(`${SOUND_INF}\n${write(20_000)}\n`);
    const start = performance.now();
    checkDriver(driver, { mode: 'w' });
    const elapsed = performance.now() - start;
    assert.ok(elapsed < 3000, `${elapsed} ms`);
  });
}

test('the drivers of a package are for the same architectures', () => {
  const both = driverOf(SOUND_INF);
  const one = driverOf(infWith(', NTarm64.10.0...22000', ''), { folder: 'gadget' });
  assert.deepEqual(checkDriversTogether([both, both]), []);
  const [finding, ...rest] = checkDriversTogether([both, one]);
  assert.equal(finding?.file, 'gadget');
  assert.match(finding?.summary ?? '', /"gadget" is for amd64, but "gizmo" is for amd64, arm64/u);
  assert.deepEqual(rest, []);
});
