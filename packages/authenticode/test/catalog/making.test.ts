// Entries of both versions to the byte, what else can be asked of a catalog, and what is refused.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../src/bytes.ts';
import {
  type CatalogMember,
  type CatalogRequest,
  catalogFileName,
  createCatalog,
  driverCatalogAttributes,
  parseCatalog,
  SigningError,
} from '../../src/index.ts';

const SHA1 = new Uint8Array(20).fill(0x1f);
const SHA256 = new Uint8Array(32).fill(0x22);
const flat: CatalogMember = { fileName: 'A.inf', kind: 'flat', sha1: SHA1, sha256: SHA256 };

function entriesOf(request: Partial<CatalogRequest>): string[] {
  const der = createCatalog({ members: [flat], attributes: [], ...request });
  return parseCatalog(der).members.map(({ bytes }) => toHex(bytes));
}

// The parts of which entries consist, as Windows' own tools write them.
const FILE =
  '302e060a2b0601040182370c0201' + '3120301e1e0800460069006c0065020410010001' + '040c61002e0069006e0066000000';
const OS_ATTR =
  '3034060a2b0601040182370c0201' +
  '312630241e0c004f00530041007400740072020410010001' +
  '040e32003a00310030002e0030000000';
const guid = (first: string) => Buffer.from(`{${first}-00C04FC295EE}`, 'utf16le').swap16().toString('hex');
const memberInfo = (first: string) => `3062060a2b0601040182370c02023154${`30521e4c${guid(first)}`}02020200`;
const OBSOLETE = '003c003c003c004f00620073006f006c006500740065003e003e003e';
const TAG_1 = `0452${Buffer.from(`${'1F'.repeat(20)}\0`, 'utf16le').toString('hex')}`;
const SHA1_INFO = `3021300906052b0e03021a05000414${'1f'.repeat(20)}`;
const SHA256_INFO = `3031300d060960864801650304020105000420${'22'.repeat(32)}`;

/** SEQUENCE or SET (by its tag) of these parts. */
function der(tag: '30' | '31', ...parts: string[]): string {
  const size = parts.join('').length / 2;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return tag + Buffer.from(length).toString('hex') + parts.join('');
}

const indirectData = (subject: string, digestInfo: string) =>
  der('30', '060a2b060104018237020104', der('31', der('30', subject, digestInfo)));
const LINK = {
  empty: '3010060a2b060104018237020119a2028000',
  obsolete: `302c060a2b060104018237020119a21e801c${OBSOLETE}`,
};
const IMAGE = {
  empty: '3018060a2b06010401823702010f300a030205a0a004a2028000',
  obsolete: `3034060a2b06010401823702010f3026030205a0a020a21e801c${OBSOLETE}`,
};

describe('entries to the byte', () => {
  for (const linkForm of ['empty', 'obsolete'] as const) {
    test(`version 1, link ${linkForm}: a flat file, an image, a cabinet`, () => {
      const info = { flat: 'DE351A42-8E59-11D0-8C47', pe: 'C689AAB8-8E78-11D0-8C47', cab: 'C689AABA-8E78-11D0-8C47' };
      for (const kind of ['flat', 'pe', 'cab'] as const) {
        const data = indirectData((kind === 'pe' ? IMAGE : LINK)[linkForm], SHA1_INFO);
        const entry = der('30', TAG_1, der('31', ...[FILE, memberInfo(info[kind]), data].sort()));
        assert.deepEqual(entriesOf({ version: 1, linkForm, members: [{ ...flat, kind }] }), [entry]);
      }
    });

    test(`version 2, link ${linkForm}: the stub has the name too, as Inf2Cat and the dashboard write it`, () => {
      const tags = { pe: '80', cab: '81', flat: '82' };
      for (const kind of ['flat', 'pe', 'cab'] as const) {
        const info = `3010060a2b0601040182370c02033102${tags[kind]}00`;
        const data = indirectData((kind === 'pe' ? IMAGE : LINK)[linkForm], SHA256_INFO);
        const members = [{ ...flat, kind, osAttributes: '2:10.0' }];
        const stub = (...parts: string[]) => der('30', `0414${'1f'.repeat(20)}`, der('31', ...parts));
        const full = der('30', `0420${'22'.repeat(32)}`, der('31', info, FILE, OS_ATTR, data));
        assert.deepEqual(entriesOf({ linkForm, members }), [stub(info, FILE, OS_ATTR), full]);
        assert.deepEqual(entriesOf({ linkForm, members, stubForm: 'bare' }), [stub(info), full]);
      }
    });
  }
});

describe('what can be asked for', () => {
  test('further named values on members, of text and of octets', () => {
    const attributes = [
      { name: 'PETrusted', value: '1' },
      { name: 'Blob', value: Uint8Array.of(1, 0, 255) },
      { name: '1.2.3.4', value: 'by number', flags: 0x1001_0002 },
    ];
    for (const version of [1, 2] as const) {
      const { members, notes } = parseCatalog(
        createCatalog({ version, members: [{ ...flat, attributes }], attributes: [] }),
      );
      assert.deepEqual(notes, []);
      for (const member of members) {
        const values = new Map(member.values.map(({ name, flags, value }) => [name, [flags, value]]));
        assert.deepEqual(values.get('PETrusted'), [0x1001_0001, '1']);
        assert.deepEqual(values.get('Blob'), [0x1002_0001, '0100ff']);
        assert.deepEqual(values.get('1.2.3.4'), [0x1001_0002, 'by number']);
        assert.equal(member.fileName, 'a.inf');
      }
    }
  });

  test('the same file for several versions of Windows is kept, the same twice stands once', () => {
    const members = ['2:6.1', '2:10.0', '2:6.1'].map((osAttributes) => ({ ...flat, osAttributes }));
    for (const version of [1, 2] as const) {
      const parsed = parseCatalog(createCatalog({ version, members, attributes: [] }));
      const found = parsed.members.filter(({ isStub }) => !isStub).map(({ osAttributes }) => osAttributes);
      assert.deepEqual(found.sort(), ['2:10.0', '2:6.1']);
    }
  });

  test('the order in which members are given does not matter', () => {
    const arbitrary = fc.array(
      fc.record({
        sha1: fc.uint8Array({ minLength: 20, maxLength: 20 }),
        sha256: fc.uint8Array({ minLength: 32, maxLength: 32 }),
        kind: fc.constantFrom('pe' as const, 'cab' as const, 'flat' as const),
        fileName: fc.constantFrom('a.sys', 'b.sys', 'C.SYS'),
      }),
      { maxLength: 8 },
    );
    const facts = { attributes: [], listIdentifier: new Uint8Array(16), thisUpdate: new Date(0) };
    fc.assert(
      fc.property(arbitrary, fc.constantFrom(1 as const, 2 as const), (members, version) => {
        const made = createCatalog({ ...facts, version, members });
        assert.deepEqual(createCatalog({ ...facts, version, members: members.toReversed() }), made);
        const { members: read, notes } = parseCatalog(made);
        assert.deepEqual(notes, []);
        for (const { sha1, sha256, kind, fileName } of members) {
          const tag = toHex(version === 1 ? sha1 : sha256);
          const entry = read.find((one) => one.tag === tag && one.kind === kind);
          assert.equal(entry?.kind, kind);
          assert.ok(read.some((one) => one.tag === tag && one.fileName === fileName.toLowerCase()));
        }
      }),
      { verbose: 1 },
    );
  });

  test('names in lower case, character by character, of any script', () => {
    for (const [path, name] of [
      ['Drivers\\X64\\ECHO.Sys', 'echo.sys'],
      ['ТРАНСПОРТ/ДРАЙВЕР.INF', 'драйвер.inf'],
      ['Größe.DLL', 'größe.dll'],
      ['ΟΔΗΓΟΣ.sys', 'οδηγοσ.sys'],
      ['İ.inf', 'İ.inf'],
      ['ドライバ.INF', 'ドライバ.inf'],
    ] as const) {
      assert.equal(catalogFileName(path), name);
      const [entry] = parseCatalog(
        createCatalog({ version: 1, members: [{ ...flat, fileName: path }], attributes: [] }),
      ).members;
      assert.equal(entry?.fileName, name);
    }
  });

  test('the attributes of the dashboard stand before those of Inf2Cat', () => {
    const made = driverCatalogAttributes({
      operatingSystems: ['_v100_X64', '_v100_X64', '_v100_ARM64'],
      hardwareIds: ['ROOT\\A', 'root\\b', 'root\\a'],
      declarative: true,
      universal: false,
      bundleId: 'echo',
      submissionId: '9223372036854775807',
      dtc: '1',
      qualificationLevel: '5000',
    });
    assert.deepEqual(
      made.map(({ name, value }) => `${name}=${value}`),
      [
        'Qualification Level=5000',
        'DTC=1',
        'Submission ID=9223372036854775807',
        'BundleID=echo',
        'Universal=False',
        'Declarative=True',
        'OS=_v100_X64,_v100_ARM64',
        'HWID2=root\\b',
        'HWID1=root\\a',
      ],
    );
    assert.deepEqual(driverCatalogAttributes({ operatingSystems: [], hardwareIds: [] }), []);
  });
});

describe('what is refused', () => {
  const cases: readonly [what: string, code: string, request: Partial<CatalogRequest>][] = [
    ['a SHA-256 of 20 bytes', 'bad-member', { members: [{ ...flat, sha256: SHA1 }] }],
    ['a SHA-1 of 32 bytes', 'bad-member', { version: 1, members: [{ ...flat, sha1: SHA256 }] }],
    ['version 2 without SHA-256', 'bad-member', { members: [{ fileName: 'a', kind: 'flat', sha1: SHA1 }] }],
    ['a folder', 'bad-member', { members: [{ ...flat, fileName: 'folder/' }] }],
    ['a name with NUL', 'bad-member', { members: [{ ...flat, fileName: 'a\0b' }] }],
    ['an empty OSAttr', 'bad-member', { members: [{ ...flat, osAttributes: '' }] }],
    ['an OSAttr with NUL', 'bad-attribute', { members: [{ ...flat, osAttributes: '2:10.0\0' }] }],
    ['a second File', 'bad-member', { members: [{ ...flat, attributes: [{ name: 'File', value: 'x' }] }] }],
    [
      'an attribute given twice',
      'bad-member',
      { members: [{ ...flat, attributes: [1, 2].map((n) => ({ name: 'A', value: `${n}` })) }] },
    ],
    ['an attribute without a name', 'bad-attribute', { attributes: [{ name: '', value: 'x' }] }],
    ['a text with NUL', 'bad-attribute', { attributes: [{ name: 'A', value: 'x\0' }] }],
    ['octets that the flags call text', 'bad-attribute', { attributes: [{ name: 'A', value: SHA1, flags: 0x10001 }] }],
    ['text that the flags call octets', 'bad-attribute', { attributes: [{ name: 'A', value: 'x', flags: 0x20001 }] }],
    ['flags of 33 bits', 'bad-attribute', { attributes: [{ name: 'A', value: 'x', flags: 2 ** 32 + 0x10001 }] }],
    ['a word as object identifier', 'bad-attribute', { attributes: [{ name: 'A', value: 'x', flags: 0x10002 }] }],
    ['a list identifier of 8 bytes', 'bad-list-identifier', { listIdentifier: new Uint8Array(8) }],
    ['no time', 'bad-time', { thisUpdate: new Date(Number.NaN) }],
    ['the year 1900', 'bad-time', { thisUpdate: new Date('1900-01-01') }],
    ['version 3', 'bad-version', { version: 3 as 2 }],
  ];
  for (const [what, code, request] of cases) {
    test(what, () => {
      assert.throws(
        () => createCatalog({ members: [flat], attributes: [], ...request }),
        (error) => error instanceof SigningError && error.code === code,
      );
    });
  }
  test('version 1 needs no SHA-256', () => {
    const { members } = parseCatalog(
      createCatalog({ version: 1, members: [{ fileName: 'a', kind: 'flat', sha1: SHA1 }], attributes: [] }),
    );
    assert.deepEqual(
      members.map(({ tag }) => tag),
      [toHex(SHA1)],
    );
  });
});
