// Shells of HLK packages: what stays, what goes, and telling whether a package was made from one.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  type ByteSource,
  bytesSource,
  createCertificate,
  createLocalKey,
  openPackage,
  openZip,
  ParseError,
  parseXml,
  rewriteBytes,
  signFile,
  zipRewrite,
} from '@assay/authenticode';
import fc from 'fast-check';
import { addHlkxDrivers, checkMadeFromShell, makeHlkxShell, readHlkx } from '../../src/hlkx/index.ts';
import { retypedPackageInfo } from '../../src/hlkx/package-info-edits.ts';
import { readPackageInfo } from '../../src/hlkx/read-package-info.ts';
import { writePackageInfo } from '../../src/hlkx/write-package-info.ts';
import { KIT, makeHlkx, makeRaw, PACKAGE_INFO, utf8 } from './packages.ts';

const LABEL = {
  productId: '13635057453013501',
  submissionId: '1152921504628106563',
  drivers: [{ folder: 'gizmo', id: 'b-1' }],
};
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

async function bytesOf(source: ByteSource): Promise<Uint8Array> {
  return await source.read(0, source.size);
}

async function shellOf(hlkx: Uint8Array, label = LABEL): Promise<Uint8Array> {
  return await bytesOf(await makeHlkxShell(bytesSource(hlkx), label));
}

async function sign(hlkx: Uint8Array): Promise<Uint8Array> {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = createCertificate({
    subject: { commonName: 'A submitter' },
    ...pair,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extendedKeyUsages: ['1.3.6.1.5.5.7.3.3'],
  });
  const key = createLocalKey({ privateKey: pair.privateKey, certificate, chain: [] });
  const source = bytesSource(hlkx);
  return await rewriteBytes(source, await signFile(source, { key }));
}

async function withEntry(hlkx: Uint8Array, name: string, text: string): Promise<Uint8Array> {
  const source = bytesSource(hlkx);
  const additions = [{ name, contents: utf8(text) }];
  return await rewriteBytes(source, zipRewrite(await openZip(source), { additions }));
}

async function withDriver(shell: Uint8Array): Promise<Uint8Array> {
  const source = bytesSource(shell);
  const drivers = [{ path: 'gizmo/gizmo.inf', contents: utf8('[Version] ; newer') }];
  return await rewriteBytes(source, await addHlkxDrivers(source, drivers));
}

async function summaries(hlkx: Uint8Array, shell: Uint8Array): Promise<string> {
  const findings = await checkMadeFromShell(bytesSource(hlkx), bytesSource(shell));
  return findings.map(({ summary }) => summary).join('\n');
}

test('a shell is the package without its drivers and signatures, with ids for what replaces them', async () => {
  const signed = await sign(await makeHlkx());
  const shell = await shellOf(signed);
  const { packageInfo, driverFiles, parts } = await readHlkx(bytesSource(shell));
  assert.deepEqual(driverFiles, []);
  assert.ok(!parts.some(({ kind }) => kind === 'signature'));
  assert.equal(parts.find(({ name }) => name === '/assay/shell.xml')?.kind, 'shell');
  const { contentTypes } = await openPackage(bytesSource(shell));
  assert.deepEqual([...contentTypes.overrides.keys()], ['/assay/shell.xml']);
  const driver = packageInfo.projects[0]?.productInstances[0]?.targets[0]?.drivers[0];
  assert.match(driver?.id ?? '', GUID);
  assert.deepEqual(driver?.replacesId, 'a1');
  const expected = structuredClone(PACKAGE_INFO);
  Object.assign(expected, { type: 'DriverUpdatePackage' });
  Object.assign(expected.projects[0]?.productInstances[0]?.targets[0]?.drivers[0] ?? {}, {
    id: driver?.id,
    replacesId: 'a1',
  });
  assert.deepEqual(packageInfo, expected);
});

test('the same package and label give the same shell, another submission other ids', async () => {
  const hlkx = await makeHlkx();
  const shell = await shellOf(hlkx);
  assert.deepEqual(await shellOf(hlkx), shell);
  const other = await shellOf(hlkx, { ...LABEL, submissionId: '7' });
  const [first, second] = await Promise.all(
    [shell, other].map(
      async (bytes) => (await readHlkx(bytesSource(bytes))).packageInfo.projects[0]?.productInstances[0],
    ),
  );
  assert.notEqual(first?.targets[0]?.drivers[0]?.id, second?.targets[0]?.drivers[0]?.id);
});

test('parts that nothing is known of keep their bytes in a shell', async () => {
  const hlkx = await makeRaw({
    parts: { 'hck/data/core.sys': 'results', 'drivers/gizmo/gizmo.inf': '[Version]', 'drivers/gizmo/gizmo.sys': 'MZ' },
    relationships: [
      [`${KIT}/packageinfo`, '/hck/data/PackageInfo.xml'],
      [`${KIT}/coredata`, '/hck/data/core.sys'],
    ],
  });
  const archive = await openZip(bytesSource(await shellOf(hlkx)));
  const names = archive.entries.map(({ name }) => name);
  assert.deepEqual(names.sort(), [
    '[Content_Types].xml',
    '_rels/.rels',
    'assay/shell.xml',
    'hck/data/PackageInfo.xml',
    'hck/data/core.sys',
  ]);
  const core = archive.find('hck/data/core.sys');
  assert.ok(core !== undefined);
  assert.deepEqual(await archive.readEntry(core, 100), utf8('results'));
});

test('PackageInfo.xml changes in the values only, whether they are attributes or elements', () => {
  const edited = (text: string): string => retypedPackageInfo(parseXml(utf8(text)), 'T', (id) => `new-${id}`);
  assert.equal(
    edited(
      `<?xml version="1.0"?>\n<Package\n  KitVersion = '10.1>'  Type='S' ><!-- <Driver Id="no"/> --><Project><ProductInstance><Targets><Target><Driver ReplacesId="old" Id="a&amp;1" X="&lt;"/><Driver><Id> b </Id><ReplacesId>c</ReplacesId><Locales/></Driver><Drivers><Driver Id=""/></Drivers></Target></Targets></ProductInstance></Project><Driver Id="elsewhere"/></Package>`,
    ),
    `<?xml version="1.0"?>\n<Package Type="T"\n  KitVersion = '10.1>' ><!-- <Driver Id="no"/> --><Project><ProductInstance><Targets><Target><Driver Id="new-a&amp;1" ReplacesId="a&amp;1" X="&lt;"/><Driver Id="new-b" ReplacesId="b"><Locales/></Driver><Drivers><Driver Id=""/></Drivers></Target></Targets></ProductInstance></Project><Driver Id="elsewhere"/></Package>`,
  );
  assert.equal(edited('<Package><Type>S</Type></Package>'), '<Package Type="T"></Package>');
});

test('PackageInfo.xml in UTF-16 stays so', async () => {
  const text = '\ufeff<Package Type="S" KitVersion="10.1"/>';
  const shell = await shellOf(await makeRaw({ packageInfo: new Uint8Array(Buffer.from(text, 'utf16le')) }));
  const archive = await openZip(bytesSource(shell));
  const info = archive.find('hck/data/PackageInfo.xml');
  assert.ok(info !== undefined);
  const bytes = Buffer.from(await archive.readEntry(info, 1000));
  assert.equal(bytes.toString('utf16le'), '\ufeff<Package Type="DriverUpdatePackage" KitVersion="10.1"/>');
});

test('whatever PackageInfo.xml says, nothing but the type and the ids changes', () => {
  const word = fc
    .string({ minLength: 1, maxLength: 20, unit: 'binary-ascii' })
    .filter((text) => /^[\x21-\x7e]+$/.test(text));
  const driver = fc.record({
    id: word,
    replacesId: fc.option(word, { nil: undefined }),
    operatingSystems: fc.constant([]),
    locales: fc.array(word, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(word, word, fc.array(driver, { maxLength: 4 }), (type, name, drivers) => {
      const target = { key: name, name, type: undefined, driverStatus: undefined, drivers };
      const instance = { status: name, operatingSystems: [], features: [], productTypes: [name], targets: [target] };
      const project = { name, creationDate: undefined, productInstances: [instance], tests: undefined };
      const info = { ...PACKAGE_INFO, type: name, projects: [project] };
      const text = retypedPackageInfo(parseXml(writePackageInfo(info)), type, (id) => `n${id}`);
      const changed = drivers.map((each) => ({ ...each, id: `n${each.id}`, replacesId: each.id }));
      assert.deepEqual(readPackageInfo(utf8(text)), {
        ...info,
        type,
        projects: [{ ...project, productInstances: [{ ...instance, targets: [{ ...target, drivers: changed }] }] }],
      });
    }),
  );
});

test('a shell with drivers, signed or not, is known as made from it', async () => {
  const shell = await shellOf(await sign(await makeHlkx()));
  const filled = await withDriver(shell);
  assert.equal(await summaries(filled, shell), '');
  const signed = await sign(filled);
  assert.equal(await summaries(signed, shell), '');
  assert.equal(await summaries(await sign(signed), shell), '');
});

test('what was changed, left out or put in besides drivers is named', async () => {
  const hlkx = await makeHlkx();
  const shell = await shellOf(hlkx);
  assert.match(await summaries(hlkx, shell), /not made from a shell/);
  const other = await shellOf(hlkx, { ...LABEL, productId: '1', submissionId: '2' });
  assert.match(await summaries(other, shell), /names product 1, submission 2, and this is product 13635057453013501/);
  const label = await withEntry(shell, 'assay/shell.xml', '<Shell ProductId="x"/>');
  assert.match(await summaries(label, shell), /not made from a shell/);
  const results = await withEntry(shell, 'hck/data/PackageInfo.xml', '<Package />');
  assert.match(await summaries(results, shell), /PackageInfo\.xml is another one/);
  assert.match(
    await summaries(await withEntry(shell, 'hck/more.xml', '<a/>'), shell),
    /\/hck\/more\.xml is not in the shell/,
  );
  const archive = await openZip(bytesSource(shell));
  const removals = new Set(archive.entries.filter(({ name }) => name.endsWith('PackageInfo.xml')));
  const less = await rewriteBytes(bytesSource(shell), zipRewrite(archive, { additions: [], removals }));
  assert.match(await summaries(less, shell), /PackageInfo\.xml is missing/);
  const relationships = await withEntry(
    shell,
    '_rels/.rels',
    `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Type="${KIT}/packageinfo" Target="/assay/shell.xml" Id="P" /></Relationships>`,
  );
  assert.match(await summaries(relationships, shell), /relationships of the package are other ones/);
});

test('what is no package, or no shell to compare with, is refused', async () => {
  const hlkx = await makeHlkx();
  await assert.rejects(makeHlkxShell(bytesSource(utf8('PK no zip')), LABEL), ParseError);
  const isNoShell = (error: unknown): boolean => error instanceof ParseError && error.code === 'no-shell';
  await assert.rejects(checkMadeFromShell(bytesSource(hlkx), bytesSource(hlkx)), isNoShell);
});
