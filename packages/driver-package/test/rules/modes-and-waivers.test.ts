// How severe each number is in each mode, and what waivers do to findings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDriver, INFVERIF_CODES, listRules, severityOf } from '../../src/rules/index.ts';
import { driverOf, infWith } from '../drivers.ts';

test('of the 202 numbers 162 are errors in k, u and w', () => {
  assert.equal(new Set(INFVERIF_CODES).size, 202);
  const always = INFVERIF_CODES.filter((code) =>
    (['k', 'u', 'w'] as const).every((mode) => severityOf(code, mode) === 'error'),
  );
  assert.equal(always.length, 162);
});

for (const [code, basic, k, u, w] of [
  [1001, 'error', 'error', 'error', 'error'],
  [1144, 'warning', 'warning', 'error', 'warning'],
  [1300, 'warning', 'error', 'error', 'error'],
  [1304, 'warning', 'warning', 'error', undefined],
  [1322, undefined, undefined, undefined, 'error'],
  [1324, 'warning', 'warning', 'warning', 'error'],
  [1331, 'warning', 'warning', 'error', 'error'],
  [2083, 'warning', 'warning', 'warning', 'warning'],
] as const) {
  test(`the levels of ${code}`, () => {
    assert.deepEqual([severityOf(code), severityOf(code, 'k'), severityOf(code, 'u')], [basic, k, u]);
    assert.deepEqual([severityOf(code, 'w'), severityOf(code, 'h')], [w, w]);
  });
}

test('every number in the table of rules is one of InfVerif', () => {
  const codes = listRules().flatMap(({ faults }) => faults.flatMap(({ code }) => (code === undefined ? [] : [code])));
  assert.deepEqual(
    codes.filter((code) => !INFVERIF_CODES.includes(code)),
    [],
  );
  assert.ok(new Set(codes).size >= 90, `${new Set(codes).size} numbers`);
});

const driver = driverOf(infWith('[Gizmo_Files]', '[Forgotten]\na = b\n[Gizmo_Files]'), {
  at: new Date('2025-12-01T12:00:00Z'),
});

test('a waived finding stays, as information with the reason', () => {
  for (const match of [
    { code: 2083 },
    { rule: 'sections-are-used' },
    { code: 2083, file: '*/gizmo.inf' },
    { code: 2083, until: '2025-12-01' },
  ]) {
    const [finding, ...rest] = checkDriver(driver, { waivers: [{ ...match, reason: 'kept for a tool' }] });
    assert.equal(finding?.severity, 'information');
    assert.equal(finding?.waived, 'kept for a tool');
    assert.deepEqual(rest, []);
  }
});

test('a waiver that is for something else, or has ended, changes nothing', () => {
  for (const match of [
    { code: 2084 },
    { rule: 'sections-are-found' },
    { code: 2083, rule: 'sections-are-found' },
    { code: 2083, file: '*.inf' },
    { code: 2083, until: '2025-11-30' },
  ]) {
    const [finding] = checkDriver(driver, { waivers: [{ ...match, reason: 'kept for a tool' }] });
    assert.equal(finding?.severity, 'warning');
    assert.equal(finding?.waived, undefined);
  }
});

test('a malformed waiver is refused', () => {
  for (const waiver of [{ reason: 'x' }, { code: 2083, reason: ' ' }, { code: 2083, reason: 'x', until: 'soon' }]) {
    assert.throws(() => checkDriver(driver, { waivers: [waiver] }), TypeError);
  }
});
