import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InfError } from '../../src/errors.ts';
import {
  describeInf,
  findSection,
  findValue,
  followReferences,
  listBuildVariables,
  listInstallSections,
  listUndefinedTokens,
  parseInf,
} from '../../src/inf/index.ts';
import { bytesOf, SOUND_INF } from '../drivers.ts';

const FAULTS: readonly [what: string, text: string, expected: [code: string, line: number, column: number][]][] = [
  ['a sound INF', SOUND_INF, []],
  ['text before the first section, once', 'a\nb\n[c]', [['text-before-section', 1, 1]]],
  ['an open bracket', '[a]\n  [Version ; why\nb=c', [['unclosed-section', 2, 3]]],
  ['no section name', '[a]\n[ ]', [['empty-section-name', 2, 1]]],
  ['text behind a section name', '[a] b', [['text-after-section', 1, 5]]],
  ['a comment behind a section name', '[a] ; b', []],
  ['an open quote', '[a]\nb = c, "d ; e', [['unclosed-quote', 2, 8]]],
  ['an open quote on a joined line', '[a]\nb = c,\\\n  "d', [['unclosed-quote', 3, 3]]],
  ['no key', '[a]\n = b', [['empty-key', 2, 2]]],
  ['a quoted empty key', '[a]\n"" = b', []],
  ['two backslashes at a line end', '[a]\nb = c\\\\\n,d', [['double-backslash-at-line-end', 2, 6]]],
  ['a last line that is joined', '[a]\nb = c\\', [['joined-nothing', 2, 6]]],
  ['a section name joined to a line', '[a]\nb = c\\\n[d]', [['joined-section', 3, 1]]],
  ['a field of 4096 characters', `[a]\nb=${'x'.repeat(4096)}`, [['field-too-long', 2, 3]]],
  ['a field of 4095 characters', `[a]\nb=${'x'.repeat(4095)}`, []],
  ['a section name of 256 characters', `[${'x'.repeat(256)}]`, [['section-name-too-long', 1, 1]]],
];

for (const [what, text, expected] of FAULTS) {
  test(`diagnostics: ${what}`, () => {
    const { diagnostics } = parseInf(bytesOf(text));
    assert.deepEqual(
      diagnostics.map(({ code, line, column }) => [code, line, column]),
      expected,
    );
    for (const { message } of diagnostics) assert.match(message, /\w.*[^.]$/u);
  });
}

test('what is wrong does not stop the reading', () => {
  const document = parseInf(bytesOf('stray\n[One\na = "b\n = c\n[Two] x\nd = e'));
  assert.equal(findValue(document, 'One', 'a'), 'b');
  assert.equal(findValue(document, 'Two', 'd'), 'e');
});

test('more than a thousand faults are cut off', () => {
  const { diagnostics } = parseInf(bytesOf(`[a]\n${'=b\n'.repeat(3000)}`));
  assert.equal(diagnostics.length, 1001);
  assert.equal(diagnostics.at(-1)?.code, 'too-many-diagnostics');
});

test('heads, entries and raw text know their places', () => {
  const document = parseInf(
    bytesOf('; head\r\n  [One]\r\n a = b,\\\r\n  "c" ; why\r\n[two]\r\nx\r\n[ONE]\r\ny ; z\r\n'),
  );
  const one = findSection(document, 'one');
  assert.deepEqual([one?.name, one?.line, one?.column], ['One', 2, 3]);
  assert.deepEqual(one?.heads, [
    { name: 'One', line: 2, column: 3 },
    { name: 'ONE', line: 7, column: 1 },
  ]);
  assert.deepEqual(
    one?.entries.map(({ raw, line, column, head }) => [raw, line, column, head.line]),
    [
      ['a = b,\\\r\n  "c"', 3, 2, 2],
      ['y', 8, 1, 7],
    ],
  );
});

test('encodings: UTF-8 is found without its mark, and Windows-1252 is not taken for it', () => {
  const cases = [
    [Buffer.from('[Version]\nProvider=Prüfstand', 'utf8'), 'utf-8', false],
    [Buffer.from('[Version]\nProvider=Prüfstand', 'latin1'), 'ansi', false],
    [Buffer.from('\ufeff[Version]\nProvider=Prüfstand', 'utf8'), 'utf-8', true],
    [Buffer.from('\ufeff[Version]\nProvider=Prüfstand', 'utf16le'), 'utf-16le', true],
  ] as const;
  for (const [bytes, encoding, hasByteOrderMark] of cases) {
    const document = parseInf(bytes);
    assert.deepEqual([document.encoding, document.hasByteOrderMark], [encoding, hasByteOrderMark]);
    assert.equal(findValue(document, 'Version', 'Provider'), 'Prüfstand');
    assert.deepEqual([findSection(document, 'Version')?.column, document.diagnostics], [1, []]);
  }
  assert.equal(findValue(parseInf(Buffer.from([...bytesOf('[a]\nb='), 0x80])), 'a', 'b'), '€');
});

/** Everything that can be asked of an INF; only InfError may come out. */
function askEverything(bytes: Uint8Array): void {
  try {
    const document = parseInf(bytes);
    describeInf(document);
    for (const install of listInstallSections(document)) followReferences(document, install);
    listUndefinedTokens(document);
    listBuildVariables(document);
  } catch (error) {
    if (!(error instanceof InfError)) throw error;
  }
}

test('no text makes the reader fail in another way', () => {
  const pieces = [
    '[',
    ']',
    '"',
    '%',
    ';',
    '\\',
    '\n',
    '\r\n',
    ',',
    '=',
    '.NT',
    'amd64',
    '$ARCH$',
    ' ',
    '\0',
    'Needs',
    'ä',
  ];
  const words = [
    '[Manufacturer]\n',
    '[M.NTamd64]\n',
    'm=M,NTamd64\n',
    'd=I,id\n',
    '[I]\n',
    'AddReg=I\n',
    'CopyFiles=I,@x\n',
  ];
  const text = fc.array(fc.constantFrom(...pieces, ...words), { maxLength: 60 }).map((parts) => parts.join(''));
  fc.assert(fc.property(text, (value) => askEverything(bytesOf(value))));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), askEverything));
});

const HOSTILE: readonly [what: string, text: string][] = [
  ['a line joined from many', `[a]\nb=${'x,\\\n'.repeat(340_000)}`],
  ['many undefined tokens', `[a]\nb=${'%q%,'.repeat(250_000)}`],
  ['tokens across quotes', `[a]\nb=${'"%a""b%",'.repeat(110_000)}`],
  ['a name of many platforms', `[${'.nt'.repeat(340_000)}]\nx=y`],
  ['open tokens', `[a]\nb=${'%;'.repeat(500_000)}`],
  [
    'install sections that all need the same long one',
    `[Manufacturer]\nm=M,NTamd64\n[M.NTamd64]\n${Array.from({ length: 3000 }, (_, index) => `d=I${index},id\n[I${index}]\nNeeds=N\n[M.NTamd64]\n`).join('')}[N]\n${'AddReg=A\n'.repeat(100_000)}`,
  ],
];

for (const [what, text] of HOSTILE) {
  test(`hostile, but done in time: ${what}`, { timeout: 20_000 }, () => askEverything(bytesOf(text)));
}

test('an INF of 1 MB is read in well under 100 ms', () => {
  const block =
    '[S#.AddReg]\nHKR,Drivers\\#,"Name",0x00010001,%Value.#% ; a comment\nHKR,,Other,,"a ""text"" in quotes"\n\n';
  const bytes = bytesOf(Array.from({ length: 12_000 }, (_, index) => block.replaceAll('#', String(index))).join(''));
  assert.ok(bytes.length > 1_000_000);
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    parseInf(bytes);
    return performance.now() - start;
  });
  // The best of five, as the machine has other work too.
  assert.ok(Math.min(...times) < 100, `${times.join(', ')} ms`);
});
