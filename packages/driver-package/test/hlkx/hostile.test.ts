// Packages that lie, or ask for more than they should get: each is refused with a reason, in bounded time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesSource, ParseError } from '@assay/authenticode';
import fc from 'fast-check';
import { readHlkx } from '../../src/hlkx/index.ts';
import { writePackageInfo } from '../../src/hlkx/write-package-info.ts';
import { checkLayout } from '../../src/layout.ts';
import { KIT, MISSPELT_KIT, makeHlkx, makeRaw, PACKAGE_INFO, type RawPackage } from './packages.ts';

const MOST_MILLISECONDS = 10_000;

const ENTITIES = Array.from({ length: 9 }, (_, level) => {
  const inner = level === 0 ? 'lol' : `&l${level - 1};`.repeat(10);
  return `<!ENTITY l${level} "${inner}">`;
}).join('');

function targets(count: number): string {
  const all = '<Target Key="k" Name="n" />'.repeat(count);
  return `<Package><Project><ProductInstances><ProductInstance><Targets>${all}</Targets></ProductInstance></ProductInstances></Project></Package>`;
}

const REFUSED: readonly (readonly [what: string, code: string, make: RawPackage | (() => RawPackage)])[] = [
  ['with entities in entities', 'doctype', { packageInfo: `<!DOCTYPE P [${ENTITIES}]><Package>&l8;</Package>` }],
  [
    'with an entity from elsewhere',
    'doctype',
    { packageInfo: '<!DOCTYPE P SYSTEM "file:///etc/passwd"><Package Type="x" />' },
  ],
  ['with an entity that is not declared', 'malformed', { packageInfo: '<Package>&lol;</Package>' }],
  ['with 100,000 targets', 'too-many-targets', () => ({ packageInfo: targets(100_000) })],
  ['with a million targets', 'too-many-elements', () => ({ packageInfo: targets(1_000_000) })],
  ['that is deep', 'too-deep', () => ({ packageInfo: '<Package>'.repeat(100_000) })],
  ['of more than 50 MB', 'too-large', () => ({ packageInfo: `<Package>${' '.repeat(50 * 1024 ** 2)}</Package>` })],
  ['that describes no package', 'bad-package-info', { packageInfo: '<Project />' }],
  ['with two kinds of package', 'bad-package-info', { packageInfo: '<Package Type="A"><Type>B</Type></Package>' }],
  [
    'with a value as long as a book',
    'bad-package-info',
    () => ({ packageInfo: `<Package Type="${'x'.repeat(5000)}" />` }),
  ],
  [
    'with two results',
    'bad-package-info',
    {
      packageInfo:
        '<Package><Project><TestRollup Passed="1" Failed="0" NotRun="0" /><TestRollup Passed="1" Failed="1" NotRun="0" /></Project></Package>',
    },
  ],
  ...['-1', '1.5', '1e3', '99999999999', ''].map(
    (count) =>
      [
        `with '${count}' failed tests`,
        'bad-package-info',
        { packageInfo: `<Package><Project><TestRollup Passed="1" Failed="${count}" NotRun="0" /></Project></Package>` },
      ] as const,
  ),
  [
    'with more codes than there are systems',
    'bad-package-info',
    () => ({
      packageInfo: `<Package><Project><ProductInstance><OperatingSystem><Codes>${Array.from({ length: 1001 }, (_, index) => `<Code Name="W${index}" />`).join('')}</Codes></OperatingSystem></ProductInstance></Project></Package>`,
    }),
  ],
];

for (const [what, code, make] of REFUSED) {
  test(`a PackageInfo.xml ${what} is refused`, async () => {
    const source = bytesSource(await makeRaw(typeof make === 'function' ? make() : make));
    const began = performance.now();
    await assert.rejects(readHlkx(source), (error) => error instanceof ParseError && error.code === code);
    const took = performance.now() - began;
    assert.ok(took < MOST_MILLISECONDS, `it took ${Math.round(took)} ms`);
  });
}

const INFO = '/hck/data/PackageInfo.xml';
const LINKS: readonly (readonly [string, string, RawPackage])[] = [
  ['no relationship to a PackageInfo.xml', 'no-package-info', { relationships: [[`${KIT}/coredata`, INFO]] }],
  ['one to a part that is not there', 'no-package-info', { relationships: [[`${KIT}/packageinfo`, '/hck/other.xml']] }],
  ['one that leads out', 'no-package-info', { relationships: [[`${KIT}/packageinfo`, 'http://example.org/a.xml']] }],
  ['one to the relationships', 'no-package-info', { relationships: [[`${KIT}/packageinfo`, '/_rels/.rels']] }],
  [
    'two to different parts',
    'several-package-infos',
    {
      relationships: [
        [`${KIT}/packageinfo`, INFO],
        [`${KIT}/packageinfo`, '/hck/data/Other.xml'],
      ],
      parts: { 'hck/data/Other.xml': '<Package />' },
    },
  ],
  [
    'two to different parts in different spellings',
    'several-package-infos',
    {
      relationships: [
        [`${KIT}/packageinfo`, INFO],
        [`${MISSPELT_KIT}/packageinfo`, '/hck/data/Other.xml'],
      ],
      parts: { 'hck/data/Other.xml': '<Package />' },
    },
  ],
];

for (const [what, code, raw] of LINKS) {
  test(`a package with ${what} is refused`, async () => {
    const source = bytesSource(await makeRaw(raw));
    await assert.rejects(readHlkx(source), (error) => error instanceof ParseError && error.code === code);
  });
}

for (const name of [
  'drivers/../../evil.inf',
  'drivers/gizmo/..%2F..%2Fevil.inf',
  'drivers/gizmo/%2E%2E/evil.inf',
  'drivers/gizmo/..%5Cevil.inf',
  'drivers/gizmo\\..\\evil.inf',
  'drivers/C:/evil.inf',
  'drivers//evil.inf',
  'drivers/gizmo/con.inf',
  'drivers/gizmo/COM1.sys',
  'drivers/gizmo/a%3Ab.sys',
  'drivers/gizmo/a%00.sys',
  'drivers/gizmo/a%E2%80%AEsys.inf',
  'drivers/gizmo/a%FF.sys',
  'drivers/gizmo%20/a.sys',
]) {
  test(`a driver file named ${name} is refused`, async () => {
    const bytes = await makeRaw({ parts: { [name]: 'x' } });
    try {
      const { driverFiles } = await readHlkx(bytesSource(bytes));
      const { findings, folders } = checkLayout(driverFiles);
      assert.ok(findings.some(({ rule }) => rule === 'member-names-are-safe'));
      assert.deepEqual(folders, []);
    } catch (error) {
      assert.ok(error instanceof ParseError, String(error));
    }
  });
}

test('two driver files whose names are the same once decoded are refused', async () => {
  const bytes = await makeRaw({ parts: { 'drivers/gizmo/a%24.inf': 'x', 'drivers/gizmo/a$.inf': 'y' } });
  const { driverFiles } = await readHlkx(bytesSource(bytes));
  assert.deepEqual(
    checkLayout(driverFiles).findings.map(({ rule }) => rule),
    ['member-names-are-unique'],
  );
});

for (const kind of ['relationships+xml', 'digital-signature-certificate', 'digital-signature-xmlsignature+xml']) {
  test(`a driver file that is of the type ${kind} is refused: no signature would cover its bytes`, async () => {
    const isRelationships = kind.startsWith('relationships');
    const name = isRelationships ? 'drivers/gizmo/_rels/a.inf.rels' : 'drivers/gizmo/a.cer';
    const types = isRelationships
      ? ''
      : `<Override PartName="/${name}" ContentType="application/VND.openxmlformats-package.${kind}" />`;
    const bytes = await makeRaw({ parts: { [name]: '<x />' }, types });
    await assert.rejects(
      readHlkx(bytesSource(bytes)),
      (error) => error instanceof ParseError && error.code === 'bad-driver-part',
    );
  });
}

test('a package with any byte changed is read or refused, nothing else', async () => {
  const whole = await makeHlkx();
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (offset, change) => {
      const bytes = whole.slice();
      bytes[offset] = (bytes[offset] ?? 0) ^ change;
      try {
        await readHlkx(bytesSource(bytes));
      } catch (error) {
        assert.ok(error instanceof ParseError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test('a PackageInfo.xml with any text in the place of any other is read or refused, nothing else', async () => {
  const text = new TextDecoder().decode(writePackageInfo(PACKAGE_INFO));
  const pieces = fc.constantFrom(
    '<',
    '>',
    '"',
    '&',
    '/>',
    '</Package>',
    '<Project>',
    '<!--',
    ' Type="B"',
    '&#x0;',
    '\u0000',
    'x',
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length), fc.nat(40), pieces, async (start, length, piece) => {
      const packageInfo = `${text.slice(0, start)}${piece}${text.slice(start + length)}`;
      try {
        await readHlkx(bytesSource(await makeRaw({ packageInfo })));
      } catch (error) {
        assert.ok(error instanceof ParseError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
