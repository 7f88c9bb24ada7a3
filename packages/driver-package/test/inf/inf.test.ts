import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { InfError } from '../../src/errors.ts';
import { parseDecoration } from '../../src/inf/decoration.ts';
import { describeInf, parseDriverDate, parseDriverVersionNumber } from '../../src/inf/description.ts';
import { findSection, findValue, parseInf } from '../../src/inf/document.ts';
import { listCopiedFiles } from '../../src/inf/source-files.ts';
import { tokenizeInf } from '../../src/inf/tokenizer.ts';
import { expandTokens } from '../../src/inf/tokens.ts';
import { bytesOf, SOUND_INF } from '../drivers.ts';

/** Key and fields of each entry, as plain text. */
function entriesOf(text: string): (string | undefined)[][] {
  return [...tokenizeInf(text)].flatMap((line) =>
    line.kind === 'entry' ? [[line.key?.text, ...line.fields.map((field) => field.text)]] : [],
  );
}

const SYNTAX: readonly [what: string, text: string, expected: (string | undefined)[][]][] = [
  ['a key and a value', 'a = b', [['a', 'b']]],
  ['fields', 'a=b , c,,d', [['a', 'b', 'c', '', 'd']]],
  ['a line without key', 'one.sys,,,2', [[undefined, 'one.sys', '', '', '2']]],
  ['an empty value', 'a=', [['a']]],
  ['a comment', 'a = b ; c = d\n; all of it\n  ;x', [['a', 'b']]],
  ['a semicolon in quotes', 'a = "b;c" ; d', [['a', 'b;c']]],
  ['a semicolon in a token', 'a = %b;c%', [['a', '%b;c%']]],
  ['a percent sign that begins no token', 'a = 100% ; half', [['a', '100%']]],
  ['commas and equals signs in quotes', '"a=b" = "c,d=e"', [['a=b', 'c,d=e']]],
  ['a later equals sign', 'a = b=c', [['a', 'b=c']]],
  ['doubled quotes', 'a = "say ""hello"" now"', [['a', 'say "hello" now']]],
  ['spaces inside quotes', 'a = "  b  "', [['a', '  b  ']]],
  ['an empty text in quotes', 'a = ""', [['a', '']]],
  ['quotes inside a field', 'a = x"y z"w', [['a', 'xy zw']]],
  [
    'a quote left open',
    'a = "b\nc = d',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['a line joined to the next', 'a = b,\\\n  c,\\ ; why\n d', [['a', 'b', 'c', 'd']]],
  [
    'two backslashes at the end of a line, which join it too',
    'a = SomeDirectory\\\\\n,SomeFile\nb = d',
    [
      ['a', 'SomeDirectory', 'SomeFile'],
      ['b', 'd'],
    ],
  ],
  [
    'a path in quotes that ends in a backslash',
    'a = "c:\\"\nb = d',
    [
      ['a', 'c:\\'],
      ['b', 'd'],
    ],
  ],
  ['a backslash on the last line', 'a = b\\', [['a', 'b']]],
  [
    'all kinds of line ends',
    'a=1\r\nb=2\nc=3\rd=4',
    [
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
      ['d', '4'],
    ],
  ],
];

for (const [what, text, expected] of SYNTAX) {
  test(`syntax: ${what}`, () => {
    assert.deepEqual(entriesOf(text), expected);
  });
}

test('lines and columns are those of the file, also behind a joined line', () => {
  const [entry] = [...tokenizeInf('\n key = one,\\\n   "two"')];
  assert.ok(entry?.kind === 'entry');
  assert.deepEqual(
    [entry.key, ...entry.fields].map((field) => [field?.text, field?.line, field?.column]),
    [
      ['key', 2, 2],
      ['one', 2, 8],
      ['two', 3, 4],
    ],
  );
});

test('sections: case does not count, and those of one name are one', () => {
  const document = parseInf(bytesOf('[ Version ]\nA=1\n["other"]\n[VERSION]\na=2\nB=%X% %13% 100%%\n[strings]\nx="y"'));
  assert.deepEqual([...document.sections.keys()], ['version', 'other', 'strings']);
  assert.equal(findSection(document, 'vErSiOn')?.entries.length, 3);
  assert.equal(findValue(document, 'Version', 'b'), 'y %13% 100%');
  assert.equal(findValue(document, 'Version', 'c'), undefined);
});

test('strings: the neutral ones first, then those of a language; no string is looked at twice', () => {
  const document = parseInf(bytesOf('[Strings.0407]\na="deutsch"\nb="nur"\n[Strings]\nA="neutral"\nc="%a%"'));
  assert.equal(expandTokens('%a%/%b%/%c%/%d%/%%', document.strings), 'neutral/nur/%a%/%d%/%');
});

test('encodings: ANSI, UTF-8 and UTF-16 with a mark of byte order say the same', () => {
  const text = '[Version]\r\nProvider="Prüfstand"\r\n';
  const little = Buffer.from(`\ufeff${text}`, 'utf16le');
  const encoded = [
    [Buffer.from(text, 'latin1'), 'ansi'],
    [Buffer.from(`\ufeff${text}`, 'utf8'), 'utf-8'],
    [little, 'utf-16le'],
    [Buffer.from(little).swap16(), 'utf-16be'],
  ] as const;
  for (const [bytes, encoding] of encoded) {
    const document = parseInf(bytes);
    assert.equal(document.encoding, encoding);
    assert.equal(findValue(document, 'Version', 'Provider'), 'Prüfstand');
  }
});

const UNREADABLE: readonly [what: string, bytes: Uint8Array, code: string][] = [
  ['text without any section', bytesOf('hello'), 'entry-outside-section'],
  ['UTF-16 without a mark', Buffer.from('[Version]', 'utf16le'), 'bad-encoding'],
  ['half a UTF-16 character', new Uint8Array([0xff, 0xfe, 0x5b]), 'bad-encoding'],
  ['broken UTF-8 behind its mark', new Uint8Array([0xef, 0xbb, 0xbf, 0xff]), 'bad-encoding'],
  ['more than 16 MiB', new Uint8Array(16 * 1024 * 1024 + 1).fill(0x20), 'too-large'],
  ['a section name of a million characters', bytesOf(`[${'x'.repeat(1_100_000)}]`), 'line-too-long'],
  ['three million fields', bytesOf(`[a]\n${`b=${','.repeat(1_000_000)}\n`.repeat(3)}`), 'too-many-fields'],
  ['a line joined without end', bytesOf(`[a]\nb=${'x,\\\n'.repeat(600_000)}`), 'line-too-long'],
];

for (const [what, bytes, code] of UNREADABLE) {
  test(`unreadable: ${what}`, () => {
    assert.throws(
      () => parseInf(bytes),
      (error) => error instanceof InfError && error.code === code,
    );
  });
}

test('a small INF cannot become a large one', () => {
  const manyModels = `[Manufacturer]\n${'M=Models\n'.repeat(1_000)}[Models]\n${'d=i,id\n'.repeat(1_000)}`;
  assert.throws(() => describeInf(parseInf(bytesOf(manyModels))), { code: 'too-many-models' });
  const ids = `${'%a%x,'.repeat(100_000)}y`;
  const manyCharacters = `[Manufacturer]\nM=Models\n[Models]\nd=i,${ids}\n[Strings]\na="${'a'.repeat(4_000)}"`;
  assert.throws(() => describeInf(parseInf(bytesOf(manyCharacters))), { code: 'too-much-expansion' });
  const document = parseInf(bytesOf(`[a]\nb=${'%s%'.repeat(1_000)}\n[Strings]\ns=${'"x",'.repeat(100_000)}`));
  assert.equal(findValue(document, 'a', 'b')?.length, 4_095);
});

test('decorations', () => {
  assert.deepEqual(parseDecoration('NTamd64'), { architecture: 'amd64', minimumVersion: undefined });
  assert.deepEqual(parseDecoration('ntARM64.10.0...22000'), {
    architecture: 'arm64',
    minimumVersion: { major: 10, minor: 0, build: 22_000 },
  });
  assert.deepEqual(parseDecoration('NT.6.1'), { architecture: undefined, minimumVersion: { major: 6, minor: 1 } });
  assert.deepEqual(parseDecoration('NTx86.5.1.0x3.0x80'), {
    architecture: 'x86',
    minimumVersion: { major: 5, minor: 1 },
    productType: 3,
    suiteMask: 128,
  });
  assert.deepEqual(parseDecoration('NTamd64...0x0000001'), {
    architecture: 'amd64',
    minimumVersion: undefined,
    productType: 1,
  });
  for (const text of ['', 'amd64', 'NTamd65', 'NT$ARCH$', 'NTamd64.10.0.0.0.1.2']) {
    assert.equal(parseDecoration(text), undefined, text);
  }
});

test('dates and versions', () => {
  assert.equal(parseDriverDate('2/29/2024'), '2024-02-29');
  assert.equal(parseDriverDate('10-01-2025'), '2025-10-01');
  for (const text of ['2/29/2023', '13/01/2024', '00/10/2024', '1/1/24', '2024/1/1', '']) {
    assert.equal(parseDriverDate(text), undefined, text);
  }
  assert.equal(parseDriverVersionNumber('10.00.65535.1'), '10.0.65535.1');
  assert.equal(parseDriverVersionNumber('1.2'), '1.2.0.0');
  for (const text of ['', '1..2', '1.2.3.4.5', '1.65536', '-1.0'])
    assert.equal(parseDriverVersionNumber(text), undefined);
});

test('what an INF says of its driver', () => {
  const description = describeInf(parseInf(bytesOf(SOUND_INF)));
  assert.equal(description.provider, 'Gizmo Works');
  assert.equal(description.className, 'System');
  assert.equal(description.classGuid, '{4D36E97D-E325-11CE-BFC1-08002BE10318}');
  assert.deepEqual(description.driverVersion, { date: '2025-10-14', version: '1.2.3.4' });
  assert.deepEqual(description.catalogFiles, [{ decoration: undefined, name: 'gizmo.cat' }]);
  assert.deepEqual(description.copiedFiles, ['gizmo.sys']);
  assert.equal(description.isExtension, false);
  assert.deepEqual(
    description.models.map(({ line: _line, column: _column, ...model }) => model),
    [
      {
        manufacturer: 'Gizmo Works',
        description: 'Gizmo, the device',
        section: 'Gizmo.NTamd64',
        installSection: 'Gizmo_Install',
        architecture: 'amd64',
        osDecoration: 'NTamd64',
        hardwareIds: ['PCI\\VEN_1234&DEV_5678', 'PCI\\VEN_1234'],
      },
      {
        manufacturer: 'Gizmo Works',
        description: 'Gizmo, the device',
        section: 'Gizmo.NTarm64.10.0...22000',
        installSection: 'Gizmo_Install',
        architecture: 'arm64',
        osDecoration: 'NTarm64.10.0...22000',
        minimumVersion: { major: 10, minor: 0, build: 22_000 },
        hardwareIds: ['PCI\\VEN_1234&DEV_5678'],
      },
    ],
  );
});

test('extension INFs, decorated catalogs, models without decoration', () => {
  const description = describeInf(
    parseInf(
      bytesOf(`[Version]
Class=Extension
ClassGuid={E2F84CE7-8EFA-411C-AA69-97454CA4CB57}
ExtensionId={11111111-2222-3333-4444-555555555555}
CatalogFile.NTamd64=a64.cat
CatalogFile.NTx86=a32.cat
[Manufacturer]
Acme
[Acme]
Thing=Thing_Install,USB\\VID_1
`),
    ),
  );
  assert.equal(description.isExtension, true);
  assert.equal(description.extensionId, '{11111111-2222-3333-4444-555555555555}');
  assert.deepEqual(description.catalogFiles, [
    { decoration: 'NTamd64', name: 'a64.cat' },
    { decoration: 'NTx86', name: 'a32.cat' },
  ]);
  assert.equal(description.models[0]?.architecture, 'x86');
  assert.equal(description.models[0]?.manufacturer, 'Acme');
});

test('copied files: direct, renamed, in folders of disks and platforms', () => {
  const files = listCopiedFiles(
    parseInf(
      bytesOf(`[Install]
CopyFiles=@direct.dll,List,Missing
CopyINF=other.inf
[List]
new.sys,old.sys
[SourceDisksNames]
1="disk",,,"\\bin"
[SourceDisksNames.amd64]
2="disk",,,x64
[SourceDisksFiles]
direct.dll=1,sub\\deep
old.sys=1
other.inf=1
[SourceDisksFiles.amd64]
old.sys=2
[Manufacturer]
M=Models,NTamd64
[Models.NTamd64]
d=Install,id
`),
    ),
  );
  assert.deepEqual(
    files.map(({ path }) => path),
    ['bin/sub/deep/direct.dll', 'x64/old.sys', 'bin/other.inf'],
  );
});

test('the INF of the example driver', () => {
  const bytes = readFileSync(new URL('../../../../examples/echo/driver/echo.inf', import.meta.url));
  assert.ok(!/[^\r]\n/u.test(bytes.toString('latin1')), 'line ends are CRLF');
  const description = describeInf(parseInf(bytes));
  assert.equal(description.provider, 'Assay');
  assert.deepEqual(description.copiedFiles, ['echo.sys']);
  assert.deepEqual(
    description.models.flatMap((model) => model.hardwareIds),
    ['ROOT\\AssayEcho', 'ROOT\\AssayEcho2'],
  );
});
