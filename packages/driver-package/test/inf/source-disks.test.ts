import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  findDestination,
  findDirectory,
  listCopiedFiles,
  locateSource,
  parseInf,
  parseInstalledPath,
  readDestinationDirs,
  readSourceDisks,
} from '../../src/inf/index.ts';
import { bytesOf } from '../drivers.ts';

const DISKS = `[SourceDisksNames]
1 = "Plain",,,\\common
02 = "Second"
[SourceDisksNames.amd64]
1 = "Special",gizmo.cab,,x64
[SourceDisksFiles]
gizmo.sys = 1
tool.exe = 2, "bin\\deep", 1024
lost.dll = 7
[SourceDisksFiles.arm64]
gizmo.sys = 2, a64
`;

test('where files lie: the form for the architecture goes before the plain one', () => {
  const disks = readSourceDisks(parseInf(bytesOf(DISKS)));
  const place = (name: string, architecture: 'amd64' | 'arm64' | 'x86' | undefined) =>
    locateSource(disks, name, architecture).path;
  assert.equal(place('GIZMO.sys', 'x86'), 'common/GIZMO.sys');
  assert.equal(place('gizmo.sys', 'amd64'), 'x64/gizmo.sys');
  assert.equal(place('gizmo.sys', 'arm64'), 'a64/gizmo.sys');
  assert.equal(place('tool.exe', undefined), 'bin/deep/tool.exe');
  assert.equal(disks.findFile('tool.exe', 'amd64')?.size, 1024);
  assert.equal(disks.findDisk('1', 'amd64')?.tagFile, 'gizmo.cab');
  const lost = locateSource(disks, 'lost.dll', 'x86');
  assert.deepEqual([lost.path, lost.file?.diskId, lost.disk], ['lost.dll', '7', undefined]);
  assert.equal(locateSource(disks, 'unknown.sys', 'x86').file, undefined);
  assert.deepEqual(
    disks.files.map(({ name, architecture }) => [name, architecture]),
    [
      ['gizmo.sys', undefined],
      ['tool.exe', undefined],
      ['lost.dll', undefined],
      ['gizmo.sys', 'arm64'],
    ],
  );
});

test('copied files: for each architecture those that its install sections copy', () => {
  const files = listCopiedFiles(
    parseInf(
      bytesOf(`[Manufacturer]
m = M, NTamd64, NTarm64
[M.NTamd64]
d = I, id
[M.NTarm64]
d = I, id
[I.NTamd64]
CopyFiles = List, @tool.exe
[I.NTarm64]
CopyFiles = List
[I.NTx86]
CopyFiles = @old.sys
[Elsewhere]
CopyINF = other.inf
CopyFiles = @unlisted.dll
[List]
renamed.sys, gizmo.sys
[DestinationDirs]
List = 12
${DISKS}`),
    ),
  );
  assert.deepEqual(
    files.map((file) => [file.path, file.architectures.join(' '), file.listed, file.destination?.directory?.dirid]),
    [
      ['x64/gizmo.sys', 'amd64', true, 12],
      ['bin/deep/tool.exe', 'amd64', true, undefined],
      ['a64/gizmo.sys', 'arm64', true, 12],
      ['other.inf', 'amd64 arm64', true, undefined],
      ['unlisted.dll', 'amd64 arm64', false, undefined],
    ],
  );
  assert.deepEqual(
    [files[0]?.name, files[0]?.destinationName, files[0]?.directive],
    ['gizmo.sys', 'renamed.sys', 'CopyFiles'],
  );
});

test('destinations: of a list, the default, and numbers that stand for nothing', () => {
  const destinations = readDestinationDirs(
    parseInf(bytesOf('[DestinationDirs]\nDefaultDestDir = 13\nList = 12, sub\nWord = drivers\nOwn = 32769\nHex = 0xb')),
  );
  const of = (name?: string) => findDestination(destinations, name);
  assert.deepEqual([of('LIST')?.directory?.path, of('list')?.subdirectory], ['%SystemRoot%\\System32\\drivers', 'sub']);
  assert.equal(of('other')?.dirid, 13);
  assert.equal(of()?.dirid, 13);
  assert.deepEqual([of('Word')?.dirid, of('Word')?.field.line, of('Word')?.field.column], [undefined, 4, 8]);
  assert.deepEqual([of('Own')?.dirid, of('Own')?.directory], [32_769, undefined]);
  assert.equal(of('Hex')?.directory?.dirid, 11);
  assert.equal(findDestination(new Map(), 'list'), undefined);
});

test('directories and paths that begin with one', () => {
  assert.equal(findDirectory(65_535)?.dirid, -1);
  assert.equal(findDirectory(16_422)?.path, '%ProgramFiles%');
  assert.equal(findDirectory(16_384 + 0x28)?.dirid, 16_424);
  for (const dirid of [0, 2, 14, 16_384 + 0x100, 66_005]) assert.equal(findDirectory(dirid), undefined, `${dirid}`);
  assert.deepEqual(parseInstalledPath('%12%\\a\\b.sys'), {
    text: '%12%\\a\\b.sys',
    dirid: 12,
    directory: { dirid: 12, path: '%SystemRoot%\\System32\\drivers' },
    relativePath: 'a\\b.sys',
    fileName: 'b.sys',
  });
  const plain = parseInstalledPath('system32\\x.sys');
  assert.deepEqual([plain.dirid, plain.relativePath, plain.fileName], [undefined, 'system32\\x.sys', 'x.sys']);
});
