// What is read of HLK packages, and what is written into them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesSource, openPackage, rewriteBytes } from '@assay/authenticode';
import fc from 'fast-check';
import {
  addHlkxDrivers,
  checkHlkResults,
  checkHlkxDrivers,
  checkKit,
  type HlkPackageInfo,
  identifyKit,
  listDriverFiles,
  readHlkx,
} from '../../src/hlkx/index.ts';
import { checkLayout } from '../../src/layout.ts';
import { isSigningError, KIT, MISSPELT_KIT, makeHlkx, makeRaw, PACKAGE_INFO, utf8 } from './packages.ts';

test('what is written is read, and what follows from it', async () => {
  const description = await readHlkx(bytesSource(await makeHlkx()));
  assert.deepEqual(description.packageInfo, PACKAGE_INFO);
  assert.equal(description.kit, 'hlk');
  assert.deepEqual(description.tests, { passed: 2, failed: 0, notRun: 22 });
  assert.deepEqual(description.operatingSystemCodes, [
    'WINDOWS_v100_X64_GE_FULL',
    'WINDOWS_v100_X64_NI_FULL',
    'WINDOWS_v100_SERVER_X64_GE_FULL',
  ]);
  assert.deepEqual(description.productTypes, {
    Windows_v100_GE: 'Graphics Adapter WDDM3.1',
    Windows_v100_NI: 'Graphics Adapter WDDM3.1',
    Windows_v100Server_GE: 'Unclassified',
  });
  assert.equal(description.deviceMetadataCategory, undefined);
  assert.deepEqual(
    description.driverFiles.map(({ name, size }) => [name, size]),
    [['gizmo/gizmo.inf', 9]],
  );
});

test('values in elements are read as those in attributes are', async () => {
  const inElements = `<p:Package xmlns:p="urn:any"><p:Type>SubmissionPackage</p:Type><p:KitVersion> 8.100.26866 </p:KitVersion>
    <p:IsWindowsDriverProject>false</p:IsWindowsDriverProject>
    <p:Projects><p:Project><p:Name>Gizmo</p:Name><p:ProductInstances><p:ProductInstance><p:Status>Done</p:Status>
      <p:OperatingSystem><p:Architecture>x64</p:Architecture><p:Codes><p:Code><p:Name>WINDOWS_v100_X64_GE_FULL</p:Name></p:Code>
      <p:Code>WINDOWS_v100_ARM64_GE_FULL</p:Code></p:Codes></p:OperatingSystem>
      <p:ProductTypes><p:ProductType>TPM20</p:ProductType></p:ProductTypes>
      <p:Target><p:Key>k</p:Key><p:Drivers><p:Driver><p:Id>1</p:Id></p:Driver></p:Drivers></p:Target>
    </p:ProductInstance></p:ProductInstances><p:TestRollup><p:Passed>3</p:Passed><p:Failed>1</p:Failed><p:NotRun>0</p:NotRun></p:TestRollup>
    </p:Project></p:Projects></p:Package>`;
  const description = await readHlkx(bytesSource(await makeRaw({ packageInfo: inElements })));
  const { packageInfo } = description;
  assert.deepEqual([packageInfo.type, packageInfo.isWindowsDriverProject], ['SubmissionPackage', false]);
  assert.deepEqual([packageInfo.kitVersion, description.kit], ['8.100.26866', 'hck']);
  assert.deepEqual(description.tests, { passed: 3, failed: 1, notRun: 0 });
  assert.deepEqual(description.operatingSystemCodes, ['WINDOWS_v100_X64_GE_FULL', 'WINDOWS_v100_ARM64_GE_FULL']);
  assert.deepEqual(description.productTypes, { Windows_v100_GE: 'TPM20' });
  const [target] = packageInfo.projects[0]?.productInstances[0]?.targets ?? [];
  assert.deepEqual([target?.key, target?.drivers[0]?.id, target?.name], ['k', '1', undefined]);
});

test('any facts come back as they were written', async () => {
  // Objects as the reader makes them, with the prototype that every object has.
  const record = <Model extends object>(
    model: { [Key in keyof Model]: fc.Arbitrary<Model[Key]> },
  ): fc.Arbitrary<Model> => fc.record<Model>(model, { noNullPrototype: true });
  const text = fc.option(
    fc
      .string({ unit: fc.constantFrom(...'aZ0_ &<>"\'\t\n\\é漢😀') })
      .filter((value) => value !== '' && value.trim() === value),
    { nil: undefined },
  );
  const count = fc.integer({ min: 0, max: 1_000_000_000 });
  const name = fc.string({ unit: fc.constantFrom(...'aB1<&"'), minLength: 1 });
  const names = fc.array(name, { maxLength: 3 });
  const driver = record({
    id: text,
    replacesId: text,
    operatingSystems: fc.array(record({ architecture: text, code: text }), { maxLength: 2 }),
    locales: names,
  });
  const target = record({
    key: text,
    name: text,
    type: text,
    driverStatus: text,
    drivers: fc.array(driver, { maxLength: 2 }),
  });
  const instance = record({
    status: text,
    operatingSystems: fc.array(record({ architecture: text, codes: names }), { maxLength: 2 }),
    features: names,
    productTypes: names,
    targets: fc.array(target, { maxLength: 2 }),
  });
  const project = record({
    name: text,
    creationDate: text,
    productInstances: fc.array(instance, { maxLength: 2 }),
    tests: fc.option(record({ passed: count, failed: count, notRun: count }), { nil: undefined }),
  });
  const info: fc.Arbitrary<HlkPackageInfo> = record({
    type: text,
    kitVersion: text,
    packageVersion: text,
    packageFormatVersion: text,
    isWindowsDriverProject: fc.option(fc.boolean(), { nil: undefined }),
    creationDate: text,
    buildBranch: text,
    fullBuildName: text,
    projects: fc.array(project, { maxLength: 2 }),
  });
  await fc.assert(
    fc.asyncProperty(info, async (written) => {
      assert.deepEqual((await readHlkx(bytesSource(await makeHlkx({}, written)))).packageInfo, written);
    }),
    { numRuns: 100 },
  );
});

test('PackageInfo.xml is found by the relationship in either spelling, and by both at once', async () => {
  const name = '/hck/data/PackageInfo.xml';
  for (const relationships of [
    [[`${KIT}/packageinfo`, name]],
    [[`${MISSPELT_KIT}/packageinfo`, name]],
    [
      [`${KIT}/packageinfo`, name],
      [`${MISSPELT_KIT}/packageinfo`, 'hck/data/packageinfo.XML'],
    ],
  ] as const) {
    const { packageInfo } = await readHlkx(bytesSource(await makeRaw({ relationships })));
    assert.equal(packageInfo.type, 'SubmissionPackage');
  }
});

test('parts are named for what is known of them, and unknown where nothing is', async () => {
  const bytes = await makeRaw({
    relationships: [
      [`${KIT}/packageinfo`, '/hck/data/PackageInfo.xml'],
      [`${KIT}/coredata`, '/hck/data/1f'],
      [`${MISSPELT_KIT}/streamdata`, '/hck/data/2E'],
      [`${KIT}/somethingelse`, '/hck/data/3'],
    ],
    parts: {
      'hck/data/1f': 'x',
      'hck/data/2E': 'x',
      'hck/data/3': 'x',
      'hck/telemetry/t.inf': 'x',
      'Drivers/gizmo/gizmo.inf': 'x',
    },
    types: ['1f', '2E', '3']
      .map((part) => `<Override PartName="/hck/data/${part}" ContentType="application/octet" />`)
      .join(''),
  });
  const { parts, driverFiles } = await readHlkx(bytesSource(bytes));
  assert.deepEqual(
    parts.map(({ name, kind }) => [name, kind]),
    [
      ['/_rels/.rels', 'relationships'],
      ['/hck/data/PackageInfo.xml', 'packageInfo'],
      ['/hck/data/1f', 'coreData'],
      ['/hck/data/2E', 'streamData'],
      ['/hck/data/3', 'unknown'],
      ['/hck/telemetry/t.inf', 'telemetry'],
      ['/Drivers/gizmo/gizmo.inf', 'driver'],
    ],
  );
  assert.deepEqual(parts[4]?.relationshipTypes, [`${KIT}/somethingelse`]);
  assert.deepEqual(
    driverFiles.map(({ name }) => name),
    ['gizmo/gizmo.inf'],
  );
});

test('a screen gets the category of its metadata', async () => {
  const [project] = PACKAGE_INFO.projects;
  const [instance] = project?.productInstances ?? [];
  assert.ok(project && instance);
  const categoryOf = async (productTypes: readonly string[]): Promise<string | undefined> => {
    const projects = [{ ...project, productInstances: [{ ...instance, productTypes }] }];
    return (await readHlkx(bytesSource(await makeHlkx({}, { projects })))).deviceMetadataCategory;
  };
  assert.equal(await categoryOf(['Projector', 'LCD', 'Monitor']), 'Display.Monitor');
  assert.equal(await categoryOf(['Projector', 'Monitor']), undefined);
});

test('the kit is told by its version, and by the name of the file where there is none', () => {
  assert.equal(identifyKit('10.1.26100.1', 'a.hckx'), 'hlk');
  assert.equal(identifyKit('8.100.26866', 'a.hlkx'), 'hck');
  assert.equal(identifyKit(undefined, 'a.HCKX'), 'hck');
  assert.equal(identifyKit('?', 'a.hlkx'), 'hlk');
  assert.equal(identifyKit(undefined, 'a.zip'), 'unknown');
});

test('files of drivers keep their names, whatever they are', async () => {
  const drivers = {
    'gizmo/gizmo.inf': '[Version]',
    'gizmo/über größe 100% [x] #1+.sys': 'bytes',
    'gizmo\\amd64\\漢字.dll': 'bytes',
    'gizmo/readme': '',
  };
  const { driverFiles } = await readHlkx(bytesSource(await makeHlkx(drivers)));
  assert.deepEqual(
    driverFiles.map(({ name }) => name),
    Object.keys(drivers).map((name) => name.replaceAll('\\', '/')),
  );
  assert.deepEqual(checkLayout(driverFiles).findings, []);
});

test('drivers are added to a package whose other parts keep their bytes', async () => {
  const parts = { 'hck/data/1f': 'x'.repeat(5000), 'drivers/gizmo/gizmo.sys': 'old' };
  const types = '<Override PartName="/hck/data/1f" ContentType="application/octet" />';
  const source = bytesSource(await makeRaw({ parts, types }));
  const rewrite = await addHlkxDrivers(source, [
    { path: 'gizmo/gizmo.inf', contents: utf8('[Version]') },
    { path: 'gizmo/GIZMO.SYS', contents: utf8('new') },
  ]);
  const opened = await openPackage(bytesSource(await rewriteBytes(source, rewrite)));
  const texts: [string, string][] = [];
  for (const { name, part } of listDriverFiles(opened)) {
    texts.push([name, new TextDecoder().decode(await opened.read(part, 100))]);
    assert.equal(part.contentType, 'application/octet-stream');
  }
  assert.deepEqual(texts.toSorted(), [
    ['gizmo/GIZMO.SYS', 'new'],
    ['gizmo/gizmo.inf', '[Version]'],
  ]);
  const kept = opened.find('/hck/data/1f');
  assert.ok(kept);
  assert.equal(kept.contentType, 'application/octet');
  assert.equal((await opened.read(kept, 10_000)).length, 5000);
});

for (const path of ['../up.inf', 'gizmo/con.inf', 'root.inf', 'gizmo/a?.inf', 'gizmo/_rels/a.rels', 'gizmo/end.']) {
  test(`a driver file is not written as ${path}`, async () => {
    await assert.rejects(makeHlkx({ [path]: 'x' }), isSigningError('bad-driver-name'));
  });
}

test('a driver file is not written twice', async () => {
  await assert.rejects(makeHlkx({ 'gizmo/a.inf': 'x', 'Gizmo/A.INF': 'x' }), isSigningError('bad-driver-name'));
});

test('results, drivers and kits are judged', () => {
  const rules = (findings: readonly { rule: string; severity: string }[]) =>
    findings.map(({ rule, severity }) => `${rule} ${severity}`);
  assert.deepEqual(checkHlkResults({ passed: 5, failed: 0, notRun: 0 }), []);
  assert.deepEqual(rules(checkHlkResults({ passed: 5, failed: 1, notRun: 2 })), [
    'hlk-tests-passed error',
    'hlk-tests-were-run warning',
  ]);
  assert.deepEqual(rules(checkHlkResults(undefined)), ['hlk-results-are-there warning']);
  assert.deepEqual(rules(checkHlkxDrivers([])), ['hlk-package-holds-drivers error']);
  assert.deepEqual(checkHlkxDrivers(['a']), []);
  assert.deepEqual(checkKit('unknown', 'hlk', undefined), []);
  assert.deepEqual(checkKit('hck', 'hck', '8.0'), []);
  assert.match(checkKit('hck', 'hlk', '8.0')[0]?.summary ?? '', /from the HCK \(kit version 8\.0\).*is hlk/);
});
