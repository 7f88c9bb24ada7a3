import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identifyContainer } from '../src/container.ts';
import { checkLayout } from '../src/layout.ts';
import { normalizeMemberName } from '../src/member-name.ts';

test('containers are told by their first bytes', () => {
  assert.equal(identifyContainer(Buffer.from('MSCF\0\0\0\0')), 'cab');
  assert.equal(identifyContainer(Buffer.from('PK\x03\x04')), 'zip');
  assert.equal(identifyContainer(Buffer.from('PK\x05\x06')), 'zip');
  assert.equal(identifyContainer(Buffer.from('MSC')), 'unknown');
  assert.equal(identifyContainer(new Uint8Array(0)), 'unknown');
});

test('names with either separator become paths with /', () => {
  assert.deepEqual(normalizeMemberName('echo\\x64\\echo.sys'), { ok: true, path: 'echo/x64/echo.sys' });
  assert.deepEqual(normalizeMemberName('echo/x64\\Prüf ung.sys'), { ok: true, path: 'echo/x64/Prüf ung.sys' });
  for (const name of ['com10.txt', 'console', 'nullify.sys', 'a..b', '.hidden', 'lpt.sys', 'auxiliary/con1']) {
    assert.equal(normalizeMemberName(name).ok, true, name);
  }
});

const UNSAFE = [
  '',
  '/etc/passwd',
  '\\windows\\x',
  '\\\\server\\share\\x',
  '//server/share',
  'C:\\x',
  'c:x',
  'C:',
  '..\\x',
  'a/../../b',
  'a\\..',
  '.',
  'a/./b',
  'a//b',
  'a\\',
  'a/',
  'con',
  'CON.txt',
  'a/NUL',
  'Aux.inf',
  'prn',
  'COM1',
  'com9.sys',
  'lpt1',
  'com¹',
  'LPT³.txt',
  'COM0',
  'conin$',
  'NUL .txt',
  'a\0b',
  'a\nb',
  'a\u007fb',
  'a\u202eb',
  'a\ufeffb',
  'a\ud800b',
  'a<b',
  'a>b',
  'a"b',
  'a|b',
  'a?b',
  'a*b',
  'a.txt:stream',
  'a/b:$DATA',
  'a.',
  'a ',
  'a./b',
  'a /b',
  '...',
  `${'a/'.repeat(40)}b`,
  'x'.repeat(241),
];

for (const name of UNSAFE) {
  test(`the name ${JSON.stringify(name.slice(0, 30))} is refused`, () => {
    const result = normalizeMemberName(name);
    assert.ok(!result.ok);
    assert.ok(result.reason.length > 5);
  });
}

const entries = (...names: string[]) => names.map((name) => ({ name, size: 1 }));
const rulesOf = (...names: string[]) => checkLayout(entries(...names)).findings.map((finding) => finding.rule);

test('drivers in folders of their own', () => {
  const { findings, folders } = checkLayout(entries('A\\a.inf', 'b/x64/b.sys', 'B\\b.INF', 'a/a.sys'));
  assert.deepEqual(findings, []);
  assert.deepEqual(folders, [
    {
      name: 'A',
      files: [
        { path: 'A/a.inf', name: 'a.inf', size: 1, index: 0 },
        { path: 'a/a.sys', name: 'a.sys', size: 1, index: 3 },
      ],
    },
    {
      name: 'b',
      files: [
        { path: 'b/x64/b.sys', name: 'x64/b.sys', size: 1, index: 1 },
        { path: 'B/b.INF', name: 'b.INF', size: 1, index: 2 },
      ],
    },
  ]);
});

test("the service's own words for its two faults of layout", () => {
  const { findings } = checkLayout(entries('root.inf', 'b/b.sys', 'c/sub/c.inf', 'd/d.inf'));
  assert.deepEqual(
    findings.map((finding) => finding.serviceMessage),
    ['There are files at the root of the cabinet.', 'No .inf files found in driver directory/directories: b, c.'],
  );
});

test('what else is found', () => {
  assert.deepEqual(rulesOf(), ['package-is-not-empty']);
  assert.deepEqual(rulesOf('a/a.inf', '../a.sys'), ['member-names-are-safe']);
  assert.deepEqual(rulesOf('a/a.inf', 'A\\A.INF'), ['member-names-are-unique']);
  assert.deepEqual(rulesOf('a/a.inf', 'a/b', 'a/B/c.sys'), ['member-names-are-unique']);
  assert.deepEqual(rulesOf(`${'f'.repeat(39)}/a.inf`), []);
  assert.deepEqual(rulesOf(`${'f'.repeat(40)}/a.inf`), ['folder-names-are-short']);
});

test('a refused name is in no folder', () => {
  assert.deepEqual(checkLayout(entries('a/../../x.inf')).folders, []);
});
