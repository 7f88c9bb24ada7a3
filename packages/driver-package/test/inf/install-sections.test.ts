import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DIRECTIVES,
  directiveForm,
  findDirectives,
  findSection,
  followReferences,
  type InfDocument,
  type InfSection,
  listFileOperations,
  listInstallSections,
  listRegistryEntries,
  listServices,
  namedArguments,
  parseInf,
  parseInfNumber,
} from '../../src/inf/index.ts';
import { bytesOf } from '../drivers.ts';

function parse(text: string): InfDocument {
  return parseInf(bytesOf(text));
}

function section(document: InfDocument, name: string): InfSection {
  const found = findSection(document, name);
  assert.ok(found, `[${name}] is there`);
  return found;
}

/** Kind, name and architectures of each install section. */
function summary(document: InfDocument): unknown[] {
  return listInstallSections(document).map(({ kind, name, architectures }) => [kind, name, architectures.join(' ')]);
}

const DEVICES = `[Manufacturer]
Maker = Models, NTamd64, NTarm64
[Models.NTamd64]
One = I, id1
Two = J, id2
Three = Missing, id3
[Models.NTarm64]
One = I, id1
Two = J, id2
`;

test('install sections: each architecture gets its own form, else that with NT, else the plain one', () => {
  const document = parse(`${DEVICES}[I.NTamd64]\n[I.NTx86]\n[I]\n[I.NT]\n[I.Services]\n[I.NT.Services]\n[J]\n[J.HW]\n`);
  assert.deepEqual(summary(document), [
    ['device', 'I.NTamd64', 'amd64'],
    ['device', 'J', 'amd64 arm64'],
    ['device', 'Missing', 'amd64'],
    ['device', 'I.NT', 'arm64'],
  ]);
  const [amd64, j, missing, nt] = listInstallSections(document);
  assert.deepEqual(
    [amd64?.baseName, amd64?.decoration, nt?.decoration, j?.decoration],
    ['I', 'NTamd64', 'NT', undefined],
  );
  assert.deepEqual(
    amd64?.otherForms.map(({ name }) => name),
    ['I.NTx86', 'I', 'I.NT'],
  );
  assert.deepEqual(amd64?.subsections, [], 'sub-sections of another form are not its own');
  assert.deepEqual(
    nt?.subsections.map(({ suffix, section: { name } }) => [suffix, name]),
    [['Services', 'I.NT.Services']],
  );
  assert.deepEqual(
    j?.models.map(({ line }) => line),
    [5, 9],
  );
  assert.equal(missing?.section, undefined);
});

test('install sections: forms for newer versions of Windows', () => {
  const document = parse(
    '[DefaultInstall.NTamd64]\n[DefaultInstall.NTamd64.Services]\n[DefaultInstall.NTamd64.10.0...25952]\n[DefaultInstall.NTamd64.10.0...25952.Services]\n[DefaultUninstall.NTamd64]\n',
  );
  assert.deepEqual(summary(document), [
    ['default', 'DefaultInstall.NTamd64', 'amd64'],
    ['default', 'DefaultInstall.NTamd64.10.0...25952', 'amd64'],
    ['uninstall', 'DefaultUninstall.NTamd64', 'amd64'],
  ]);
  const [old, recent] = listInstallSections(document);
  assert.equal(old?.minimumVersion, undefined);
  assert.deepEqual(recent?.minimumVersion, { major: 10, minor: 0, build: 25_952 });
  assert.deepEqual(
    recent?.subsections.map(({ section: { name } }) => name),
    ['DefaultInstall.NTamd64.10.0...25952.Services'],
  );
});

test('install sections: classes, interfaces, and sub-sections of sub-sections', () => {
  const document = parse(`[ClassInstall32]
AddReg = C
[ClassInstall32.NTamd64]
[InterfaceInstall32]
{11111111-2222-3333-4444-555555555555} = Face
[Face.NT]
${DEVICES}[I]
[I.Remove.Services]
`);
  assert.deepEqual(summary(document).slice(-3), [
    ['class', 'ClassInstall32', 'x86 arm arm64 ia64'],
    ['class', 'ClassInstall32.NTamd64', 'amd64'],
    ['interface', 'Face.NT', 'x86 amd64 arm arm64 ia64'],
  ]);
  assert.deepEqual(
    listInstallSections(document)[0]?.subsections.map(({ suffix }) => suffix),
    ['Remove.Services'],
  );
});

test('Include and Needs: sections of this INF are followed, others are foreign or missing', () => {
  const document = parse(`${DEVICES}[I]
Include = machine.inf, other.inf
Needs = Here, There.NT
[Here]
Needs = Deep
[Deep]
Needs = Here
[J]
Needs = Nowhere
`);
  const [i, j] = listInstallSections(document);
  assert.deepEqual(
    i?.includes.map(({ name }) => name),
    ['machine.inf', 'other.inf'],
  );
  assert.deepEqual(
    i?.sections.map(({ name }) => name),
    ['I', 'Here', 'Deep'],
  );
  assert.deepEqual(
    i?.needs.map(({ name, foreign, section: found }) => [name, foreign, found?.name]),
    [
      ['Here', false, 'Here'],
      ['There.NT', true, undefined],
      ['Deep', false, 'Deep'],
      ['Here', false, 'Here'],
    ],
  );
  assert.deepEqual(
    j?.needs.map(({ foreign, field }) => [foreign, field.line, field.column]),
    [[false, 18, 9]],
  );
});

test('directives: names, arguments by name, and the sections that they lead to', () => {
  const document = parse(`${DEVICES}[I]
AddReg = Reg, "Missing Reg"
copyfiles = @one.sys, Files
[I.Interfaces]
AddInterface = {guid}, , Face
[I.Filters]
AddFilter = gizmoflt, , Filter
[I.Components]
AddComponent = Part, , Part_Section
[I.Software]
AddSoftware = App,, App_Section
[Face]
AddReg = FaceReg
[Filter]
FilterLevel = Lower
[Part_Section]
[App_Section]
[Reg]
[FaceReg]
[Files]
`);
  const [install] = listInstallSections(document);
  assert.ok(install);
  assert.deepEqual(
    followReferences(document, install).map(({ name, section: found, directive, field }) => [
      directive.name,
      name,
      found !== undefined,
      field.line,
      field.column,
    ]),
    [
      ['AddReg', 'Reg', true, 11, 10],
      ['AddReg', 'Missing Reg', false, 11, 15],
      ['copyfiles', 'Files', true, 12, 23],
      ['AddInterface', 'Face', true, 14, 26],
      ['AddFilter', 'Filter', true, 16, 25],
      ['AddComponent', 'Part_Section', true, 18, 24],
      ['AddSoftware', 'App_Section', true, 20, 21],
      ['AddReg', 'FaceReg', true, 22, 10],
    ],
  );
  const [filter] = findDirectives(section(document, 'I.Filters'), 'ADDFILTER');
  assert.ok(filter);
  assert.deepEqual(
    [...namedArguments(document, filter)],
    [
      ['name', 'gizmoflt'],
      ['section', 'Filter'],
    ],
  );
  assert.equal(directiveForm('ADDREG')?.name, 'AddReg');
  assert.equal(new Set(DIRECTIVES.map(({ name }) => name.toLowerCase())).size, DIRECTIVES.length);
});

test('services: flags, the settings of the service, its event log', () => {
  const document = parse(`[X.Services]
AddService = gizmo, %ASSOC%, Gizmo_Service, Gizmo_Log
AddService = ,2
AddService = other,, Missing
AddService = odd, two
[Gizmo_Service]
DisplayName = %Name%
ServiceType = 0x1
StartType = %DEMAND%
ErrorControl = 1
ServiceBinary = %13%\\sub\\gizmo.sys
LoadOrderGroup = Extended Base
Dependencies = one, two
DisplayName = second
[Gizmo_Log]
[Strings]
ASSOC = 0x00000002
DEMAND = 3
Name = "The Gizmo"
`);
  const [gizmo, none, other, odd] = listServices(document, section(document, 'X.Services'));
  assert.deepEqual([gizmo?.name, gizmo?.flags, gizmo?.isAssociated], ['gizmo', 2, true]);
  assert.equal(gizmo?.eventLogSection?.name, 'Gizmo_Log');
  const { serviceBinary, serviceBinaryField, ...settings } = gizmo?.settings ?? assert.fail('no settings');
  assert.deepEqual(settings, {
    displayName: 'The Gizmo',
    description: undefined,
    serviceType: 1,
    startType: 3,
    errorControl: 1,
    startName: undefined,
    loadOrderGroup: 'Extended Base',
    dependencies: ['one', 'two'],
    security: undefined,
  });
  assert.deepEqual(
    [serviceBinary?.dirid, serviceBinary?.relativePath, serviceBinary?.fileName, serviceBinaryField?.line],
    [13, 'sub\\gizmo.sys', 'gizmo.sys', 11],
  );
  assert.deepEqual([none?.name, none?.isAssociated, none?.settings], ['', true, undefined]);
  assert.deepEqual([other?.sectionName, other?.section, other?.flags], ['Missing', undefined, 0]);
  assert.equal(odd?.flags, undefined);
});

test('lists of files: copied, renamed, deleted', () => {
  const document = parse(`[I]
CopyFiles = @direct.dll, Copied, Missing
DelFiles = Deleted
RenFiles = Renamed
[Copied]
new.sys, old.sys, , 0x2
plain.sys
flags.sys,,,many
secure.sys,,,,"D:P(A;;GA;;;SY)"
[Deleted]
gone.sys,,,1
[Renamed]
b.sys, a.sys
`);
  assert.deepEqual(
    listFileOperations(document, section(document, 'I')).map(({ kind, destination, source, flags, listSection }) => [
      kind,
      destination,
      source,
      flags,
      listSection?.name,
    ]),
    [
      ['CopyFiles', 'direct.dll', 'direct.dll', 0, undefined],
      ['CopyFiles', 'new.sys', 'old.sys', 2, 'Copied'],
      ['CopyFiles', 'plain.sys', 'plain.sys', 0, 'Copied'],
      ['CopyFiles', 'flags.sys', 'flags.sys', undefined, 'Copied'],
      ['CopyFiles', 'secure.sys', 'secure.sys', 0, 'Copied'],
      ['DelFiles', 'gone.sys', 'gone.sys', 1, 'Deleted'],
      ['RenFiles', 'b.sys', 'a.sys', 0, 'Renamed'],
    ],
  );
  assert.equal(listFileOperations(document, section(document, 'I'))[4]?.security, 'D:P(A;;GA;;;SY)');
});

test('lists of registry values: root, key, name, type and values', () => {
  const document = parse(`[R]
HKR,,Text,,"a, b"
hklm,"\\Software\\Gizmo\\",Number,0x00010001,1
HKR,Key,Many,0x00010008,one,two
HKR,,Wide,%REG_QWORD%,1,2
HKR,OnlyKey,,0x10
HKR,,Bad,REG_SZ,x
HKR,,Odd,0x00030000,x
[Strings]
REG_QWORD = 0x000b0001
`);
  assert.deepEqual(
    listRegistryEntries(document, section(document, 'R')).map(({ root, subkey, valueName, type, flags, values }) => [
      root,
      subkey,
      valueName,
      type,
      flags,
      values,
    ]),
    [
      ['HKR', '', 'Text', 'REG_SZ', 0, ['a, b']],
      ['HKLM', 'Software\\Gizmo', 'Number', 'REG_DWORD', 0x1_0001, ['1']],
      ['HKR', 'Key', 'Many', 'REG_MULTI_SZ', 0x1_0008, ['one', 'two']],
      ['HKR', '', 'Wide', 'REG_QWORD', 0xb_0001, ['1', '2']],
      ['HKR', 'OnlyKey', '', undefined, 0x10, []],
      ['HKR', '', 'Bad', undefined, undefined, ['x']],
      ['HKR', '', 'Odd', undefined, 0x3_0000, ['x']],
    ],
  );
});

test('numbers of INFs', () => {
  const cases = { '12': 12, '-1': -1, '0x10': 16, '0X1f': 31, '0x': undefined, '1.5': undefined, x: undefined };
  for (const [text, expected] of Object.entries(cases)) assert.equal(parseInfNumber(text), expected, text);
  assert.deepEqual([parseInfNumber(''), parseInfNumber('', 0)], [undefined, 0]);
});
