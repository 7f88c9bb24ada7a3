// Catalogs of every variety that other tools make, and malformed ones. They are put together here part by part.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeUnsignedData } from '../../src/cms/index.ts';
import { write } from '../../src/der/index.ts';
import {
  bytesSource,
  type Catalog,
  type CatalogLimits,
  checkPackage,
  createCatalog,
  encodeIndirectData,
  findCatalogMember,
  findCatalogMembers,
  OID,
  ParseError,
  parseCatalog,
  pe,
} from '../../src/index.ts';
import { makePeImage } from '../pe-image.ts';

const SHA1 = new Uint8Array(20).fill(0xab);
const SHA256 = new Uint8Array(32).fill(0xcd);
const PE_GUID = '{C689AAB8-8E78-11D0-8C47-00C04FC295EE}';

const text = (value: string) => Uint8Array.from(Buffer.from(value, 'utf16le'));
const attribute = (type: string, ...values: Uint8Array[]) =>
  write.sequence([write.oid(type), write.element(0x31, Buffer.concat(values))]);
const nameValue = (name: Uint8Array, flags: Uint8Array, value: Uint8Array) =>
  write.sequence([name, flags, write.octetString(value)]);
const named = (name: string, flags: number, value: Uint8Array) =>
  nameValue(write.bmpString(name), write.integer(flags), value);
const memberInfo = (guid: string) =>
  attribute(OID.catalogMemberInfo, write.sequence([write.bmpString(guid), write.integer(0x200)]));

/** A member whose attributes stand in the order given. */
const member = (tag: Uint8Array, ...attributes: Uint8Array[]) =>
  write.sequence([write.octetString(tag), write.element(0x31, Buffer.concat(attributes))]);

interface Parts {
  readonly version?: 1 | 2;
  readonly beforeTime?: readonly Uint8Array[];
  readonly afterTime?: readonly Uint8Array[];
  readonly members?: readonly Uint8Array[] | undefined;
  readonly extensions?: readonly Uint8Array[];
}

function encode({ version = 1, beforeTime, afterTime = [], members, extensions }: Parts): Uint8Array {
  const list = write.sequence([
    write.sequence([write.oid(OID.catalogList)]),
    ...(beforeTime ?? [write.octetString(new Uint8Array(16))]),
    write.utcTime(new Date('2014-01-01')),
    ...afterTime,
    write.algorithmIdentifier(version === 1 ? OID.catalogListMember : OID.catalogListMember2),
    ...(members === undefined ? [] : [write.sequence(members)]),
    ...(extensions === undefined ? [] : [write.contextExplicit(0, write.sequence(extensions))]),
  ]);
  return encodeUnsignedData({ contentType: OID.certificateTrustList, content: list });
}

function parse(parts: Parts, limits?: Partial<CatalogLimits>): Catalog {
  return parseCatalog(encode(parts), limits);
}

const upperTag = text(`${'AB'.repeat(20)}\0`);
const data = (digest: Uint8Array) => attribute(OID.spcIndirectData, digest);

describe('members', () => {
  test('of Microsoft components: without names', async () => {
    const { members, notes } = parse({ members: [member(upperTag, memberInfo(PE_GUID))] });
    assert.deepEqual(notes, []);
    const [entry] = members;
    assert.deepEqual([entry?.tag, entry?.kind, entry?.fileName], ['ab'.repeat(20), 'pe', undefined]);
    assert.deepEqual([entry?.subject, entry?.isStub, entry?.values], [PE_GUID, false, []]);
  });

  test('with tags in lower case and without NUL', () => {
    const entry = member(text('ab'.repeat(20)), memberInfo(PE_GUID));
    assert.equal(findCatalogMember(parse({ members: [entry] }), { sha1: SHA1 })?.kind, 'pe');
  });

  test('with words as tags, found by the digest that they state', () => {
    const entry = member(text('Echo driver\0'), data(encodeIndirectData('catalog-flat', 'sha1', SHA1)));
    const catalog = parse({ members: [entry] });
    assert.equal(findCatalogMember(catalog, { sha1: SHA1 })?.tag, 'Echo driver');
    assert.equal(findCatalogMember(catalog, { sha1: new Uint8Array(20) }), undefined);
  });

  test('of a kind that is not known', () => {
    const guid = '{9BA61D3F-E73A-11D0-8CD2-00C04FC295EE}';
    const [entry] = parse({ members: [member(upperTag, memberInfo(guid))] }).members;
    assert.deepEqual([entry?.kind, entry?.subject], [undefined, guid]);
    const [second] = parse({
      version: 2,
      members: [member(SHA256, attribute(OID.catalogMemberInfo2, write.contextImplicit(7, new Uint8Array(0))))],
    }).members;
    assert.deepEqual([second?.kind, second?.isStub], [undefined, false]);
  });

  test('with page hashes', async () => {
    const image = bytesSource(makePeImage({ size: 9000, bits: 64 }));
    const { content } = await pe.content(image, 'sha256', { pageHashes: true });
    const digest = await pe.digest(image, 'sha256');
    const catalog = parse({ version: 2, members: [member(digest, data(content))] });
    const [entry] = catalog.members;
    assert.deepEqual([entry?.hasPageHashes, entry?.digest, entry?.linkForm], [true, digest, undefined]);
    assert.equal((await checkPackage(catalog, [{ path: 'a.sys', source: image }])).ok, true);
  });

  test('with a digest of another time, or an attribute of another maker', () => {
    const md5 = write.sequence([
      write.sequence([write.oid(OID.spcLink), write.contextExplicit(2, write.contextImplicit(0, new Uint8Array(0)))]),
      write.sequence([write.algorithmIdentifier('1.2.840.113549.2.5'), write.octetString(new Uint8Array(16))]),
    ]);
    const foreign = attribute('1.2.3.4', write.octetString(SHA1), write.nullValue());
    const [entry] = parse({ members: [member(upperTag, foreign, data(md5))] }).members;
    assert.deepEqual([entry?.digest, entry?.algorithm, entry?.kind], [undefined, undefined, undefined]);
  });

  test('several for one digest', () => {
    const systems = ['2:6.1', '2:10.0'].map((os) =>
      member(upperTag, attribute(OID.catalogNameValue, named('OSAttr', 0x10010001, text(`${os}\0`)))),
    );
    const found = findCatalogMembers(parse({ members: systems }), SHA1);
    assert.deepEqual(
      found.map(({ osAttributes }) => osAttributes),
      ['2:6.1', '2:10.0'],
    );
  });

  test('in another order than DER demands: noted, not refused', () => {
    const short = attribute(OID.catalogMemberInfo2, write.contextImplicit(0, new Uint8Array(0)));
    const long = attribute(OID.catalogNameValue, named('File', 0x10010001, text('echo.sys\0')));
    const unsorted = parse({ version: 2, members: [member(SHA256, long, short), member(SHA1, short)] });
    assert.equal(unsorted.members[0]?.fileName, 'echo.sys');
    assert.equal(unsorted.notes.length, 2);
    assert.match(unsorted.notes.join(), /not sorted by tag.*1 of 2 members are not in the order that DER demands/);
    assert.deepEqual(parse({ version: 2, members: [member(SHA1, short), member(SHA256, short, long)] }).notes, []);
  });

  test('whose bytes are those of the file', () => {
    const entry = member(upperTag, memberInfo(PE_GUID));
    assert.deepEqual(Buffer.from(parse({ members: [entry] }).members[0]?.bytes ?? []), Buffer.from(entry));
  });
});

describe('the list around them', () => {
  test('no members: an empty list, or none at all', () => {
    for (const members of [[], undefined]) {
      const catalog = parse({ members });
      assert.deepEqual([catalog.members, catalog.attributes, catalog.notes], [[], [], []]);
      assert.equal(findCatalogMember(catalog, { sha1: SHA1, sha256: SHA256 }), undefined);
    }
  });

  test('the optional parts of a certificate trust list', () => {
    const catalog = parse({
      beforeTime: [write.integer(77)],
      afterTime: [write.generalizedTime(new Date('2051-01-01'))],
      members: [],
    });
    assert.deepEqual([catalog.listIdentifier.length, catalog.thisUpdate], [0, new Date('2014-01-01')]);
    const utc = parse({ afterTime: [write.utcTime(new Date('2015-01-01'))], members: [] });
    assert.equal(utc.listIdentifier.length, 16);
  });

  test('attributes with all flags', () => {
    const extension = (value: Uint8Array) =>
      write.sequence([write.oid(OID.catalogNameValue), write.octetString(value)]);
    const { attributes } = parse({
      members: [],
      extensions: [
        extension(named('OSAttr', 0x00010001, text('2:6.0\0'))),
        extension(named('Picture', 0x10020001, Uint8Array.of(0x89, 0x50))),
        extension(named('1.3.6.1.4.1.311.12.2.1', 0x10010002, text('by number\0'))),
        extension(named('Open', 0x20010001, text('without NUL'))),
        extension(named('', 0, new Uint8Array(0))),
        extension(nameValue(write.utf8String('Überall'), write.integer(-1), text('x\0'))),
        extension(nameValue(write.bmpString('High'), write.integer(0x8001_0001), text('y\0'))),
        write.sequence([write.oid('1.2.3'), write.boolean(true), write.octetString(SHA1)]),
      ],
    });
    assert.deepEqual(
      attributes.map(({ name, flags, value }) => [name, flags, value]),
      [
        ['OSAttr', 0x00010001, '2:6.0'],
        ['Picture', 0x10020001, '8950'],
        ['1.3.6.1.4.1.311.12.2.1', 0x10010002, 'by number'],
        ['Open', 0x20010001, 'without NUL'],
        ['', 0, ''],
        ['Überall', 0xffff_ffff, 'x'],
        ['High', 0x8001_0001, 'y'],
      ],
    );
    assert.deepEqual(attributes[1]?.bytes, Uint8Array.of(0x89, 0x50));
  });

  test('a name in octets is no name of a file', () => {
    const octets = attribute(OID.catalogNameValue, named('File', 0x10020001, Buffer.from('echo.sys')));
    const [entry] = parse({ members: [member(upperTag, octets)] }).members;
    assert.deepEqual([entry?.fileName, entry?.attributes.get('File')], [undefined, '6563686f2e737973']);
  });
});

describe('malformed', () => {
  const sequence = (...parts: Uint8Array[]) => write.sequence(parts);
  const cases: readonly [what: string, format: string, code: string, parts: Parts][] = [
    ['a member that is no SEQUENCE', 'der', 'unexpected-tag', { members: [write.integer(1)] }],
    ['a member without a tag', 'der', 'missing-part', { members: [sequence()] }],
    ['a member without attributes', 'der', 'missing-part', { members: [sequence(write.octetString(upperTag))] }],
    [
      'a third part in a member',
      'der',
      'unexpected-part',
      {
        members: [sequence(write.octetString(upperTag), write.setOf([]), write.nullValue())],
      },
    ],
    ['a tag of odd length', 'catalog', 'bad-tag', { members: [member(upperTag.subarray(1))] }],
    ['an empty tag', 'catalog', 'bad-tag', { members: [member(new Uint8Array(0))] }],
    ['an attribute that is no SEQUENCE', 'der', 'unexpected-tag', { members: [member(upperTag, write.nullValue())] }],
    [
      'an attribute without values',
      'der',
      'missing-part',
      {
        members: [member(upperTag, sequence(write.oid(OID.catalogNameValue)))],
      },
    ],
    [
      'a named value without a value',
      'der',
      'missing-part',
      {
        members: [
          member(upperTag, attribute(OID.catalogNameValue, sequence(write.bmpString('File'), write.integer(1)))),
        ],
      },
    ],
    [
      'a name of odd length',
      'der',
      'bad-string',
      {
        members: [
          member(
            upperTag,
            attribute(OID.catalogNameValue, nameValue(write.element(0x1e, SHA1.subarray(1)), write.integer(1), SHA1)),
          ),
        ],
      },
    ],
    [
      'flags of 64 bits',
      'der',
      'integer-out-of-range',
      {
        members: [
          member(
            upperTag,
            attribute(OID.catalogNameValue, nameValue(write.bmpString('A'), write.integer(2n ** 40n), SHA1)),
          ),
        ],
      },
    ],
    [
      'a digest that is too short',
      'spc',
      'digest-size',
      {
        members: [
          member(
            upperTag,
            data(
              sequence(
                sequence(write.oid(OID.spcLink)),
                sequence(write.algorithmIdentifier('1.3.14.3.2.26'), write.octetString(SHA1.subarray(1))),
              ),
            ),
          ),
        ],
      },
    ],
    [
      'an element in a member that claims more than there is',
      'der',
      'truncated',
      {
        members: [member(upperTag, Uint8Array.of(0x30, 0x7f, 0x06, 0x00))],
      },
    ],
    [
      'an element of indefinite length',
      'der',
      'indefinite-length',
      {
        members: [member(upperTag, Uint8Array.of(0x30, 0x80, 0x00, 0x00))],
      },
    ],
    [
      'an attribute of the catalog with something behind it',
      'der',
      'unexpected-part',
      {
        members: [],
        extensions: [
          sequence(
            write.oid(OID.catalogNameValue),
            write.octetString(Buffer.concat([named('A', 0x10001, SHA1), write.nullValue()])),
          ),
        ],
      },
    ],
  ];
  for (const [what, format, code, parts] of cases) {
    test(what, () => {
      const bytes = encode(parts);
      assert.throws(
        () => parseCatalog(bytes),
        (error) => {
          assert.ok(error instanceof ParseError, String(error));
          assert.deepEqual([error.format, error.code], [format, code]);
          assert.ok(error.offset !== undefined && error.offset > 60 && error.offset <= bytes.length);
          return true;
        },
      );
    });
  }

  test('more members or attributes than are allowed', () => {
    const sha1 = (index: number) => new Uint8Array(20).fill(index);
    const members = [1, 2, 3].map((index) => ({ fileName: 'a', kind: 'flat' as const, sha1: sha1(index) }));
    const attributes = [1, 2, 3].map((index) => ({ name: `HWID${index}`, value: 'x' }));
    const made = createCatalog({ version: 1, members, attributes });
    assert.equal(parseCatalog(made, { members: 3, attributes: 3 }).members.length, 3);
    for (const limits of [{ members: 2 }, { attributes: 2 }]) {
      assert.throws(
        () => parseCatalog(made, limits),
        (error) => error instanceof ParseError && error.code === 'limit-exceeded',
      );
    }
  });

  test('a million members that are empty', () => {
    const bytes = encode({ members: [new Uint8Array(2_000_000).fill(0).map((_, at) => (at % 2 === 0 ? 0x30 : 0))] });
    assert.throws(() => parseCatalog(bytes), ParseError);
  });
});
