import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  diagnoseDecoration,
  findSection,
  listBuildVariables,
  listInstallSections,
  listModels,
  listUndefinedTokens,
  locales,
  parseInf,
  resolve,
  stringsOf,
} from '../../src/inf/index.ts';
import { bytesOf } from '../drivers.ts';

test('strings of locales: its own, those of the language, the plain ones', () => {
  const document = parseInf(
    bytesOf(
      '[Strings]\na="plain"\nb="plain b"\n[Strings.0407]\na="deutsch"\n[STRINGS.040C]\na="français"\n[Strings.x]',
    ),
  );
  assert.deepEqual(locales(document), ['0407', '040c']);
  assert.equal(resolve(document, '%a%, %b%'), 'plain, plain b');
  assert.equal(resolve(document, '%A%, %b%', '0407'), 'deutsch, plain b');
  assert.equal(resolve(document, '%a%', '0807'), 'deutsch', 'Swiss German takes German');
  assert.equal(resolve(document, '%a%', '0409'), 'plain');
  assert.deepEqual([...stringsOf(document, '040C')], [['a', 'français']]);
  assert.deepEqual([...stringsOf(document).keys()], ['a', 'b']);
});

test('undefined tokens have their places', () => {
  const document = parseInf(
    bytesOf(
      '[Version]\r\n%k% = %13%, "%%x%%", x%One%%two%,\\\r\n  %One%, "say ""%q%"""\r\n[Strings]\r\nk="%not looked at%"',
    ),
  );
  assert.deepEqual(
    listUndefinedTokens(document).map(({ name, section, line, column }) => [name, section, line, column]),
    [
      ['One', 'Version', 2, 23],
      ['two', 'Version', 2, 28],
      ['One', 'Version', 3, 3],
      ['q', 'Version', 3, 17],
    ],
  );
});

const SOURCE_INF = `[Version]
Signature = "$WINDOWS NT$"
[Manufacturer]
m = M, NT$ARCH$.10.0...16299
[M.NT$ARCH$.10.0...16299]
d = I, id
[I.NT$ARCH$]
KmdfLibraryVersion = $KMDFVERSION$
`;

test('variables of the build are found, and signatures are none', () => {
  const document = parseInf(bytesOf(SOURCE_INF));
  assert.deepEqual(
    listBuildVariables(document).map(({ name, line, column }) => [name, line, column]),
    [
      ['ARCH', 4, 10],
      ['ARCH', 5, 6],
      ['ARCH', 7, 6],
      ['KMDFVERSION', 8, 22],
    ],
  );
  const [model] = listModels(document);
  assert.deepEqual([model?.isUnstamped, model?.hardwareIds], [true, ['id']]);
  const [install] = listInstallSections(document);
  assert.deepEqual([install?.name, install?.architectures.length], ['I.NT$ARCH$', 5]);
});

test('the source of an INF is read as StampInf would write it, with the places of the source', () => {
  const document = parseInf(bytesOf(SOURCE_INF), { architecture: 'arm64' });
  const [model] = listModels(document);
  assert.deepEqual(
    [model?.architecture, model?.isUnstamped, model?.osDecoration],
    ['arm64', undefined, 'NTarm64.10.0...16299'],
  );
  assert.equal(listInstallSections(document)[0]?.name, 'I.NTarm64');
  assert.equal(findSection(document, 'I.NTarm64')?.line, 7);
  assert.deepEqual(
    listBuildVariables(document).map(({ name }) => name),
    ['KMDFVERSION'],
  );
});

test('what is wrong with decorations', () => {
  const cases: [string, string[]][] = [
    ['NTamd64.10.0...16299', []],
    ['NT', []],
    ['NTx86.5.1.0x3.0x80', []],
    ['amd64', ['not-nt']],
    ['NT$ARCH$', ['build-variable']],
    ['NTx64', ['unknown-architecture']],
    ['NTamd64.ten', ['bad-number']],
    ['NTamd64.10.0.0.0.1.2', ['too-many-parts', 'build-too-old']],
    ['NTamd64.....16299', ['build-without-version']],
    ['NTamd64.10.0...10240', ['build-too-old']],
  ];
  for (const [text, codes] of cases) {
    assert.deepEqual(
      diagnoseDecoration(text).map(({ code }) => code),
      codes,
      text,
    );
  }
});
