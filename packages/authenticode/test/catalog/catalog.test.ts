// Catalogs: made, read, signed, and used to verify files, both ways between osslsigncode and us.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { digestOf } from '../../src/bytes.ts';
import { encodeUnsignedData } from '../../src/cms/index.ts';
import { type DerElement, decodeDer, TAG, write } from '../../src/der/index.ts';
import {
  bytesSource,
  type CatalogMember,
  catalog,
  computeCatalogDigests,
  createCatalog,
  driverCatalogAttributes,
  encodePem,
  findCatalogMember,
  OID,
  ParseError,
  parseCatalog,
  parseSignedData,
  rewriteBytes,
  SigningError,
  signFile,
  verifyFile,
  verifyFileInCatalog,
} from '../../src/index.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';
import { damagedCopies } from '../support/damage.ts';
import { hasTool, makeFolder, runTool } from '../support/external-tool.ts';

const authority = makeAuthority('rsa');
const trust = { anchors: [authority.root] };

const driver = makePeImage({ size: 5006, bits: 64 });
const inf = new TextEncoder().encode('[Version]\r\nSignature="$WINDOWS NT$"\r\n');

async function memberOf(fileName: string, bytes: Uint8Array, osAttributes = '2:10.0'): Promise<CatalogMember> {
  return { fileName, osAttributes, ...(await computeCatalogDigests(bytesSource(bytes))) };
}

const members = [await memberOf('drivers\\Echo.SYS', driver), await memberOf('echo.inf', inf)];
const attributes = driverCatalogAttributes({
  operatingSystems: ['_v100_X64', 'Server_v100_X64'],
  hardwareIds: ['ROOT\\EchoDevice', 'PCI\\VEN_1234', 'root\\echodevice'],
});
const facts = {
  members,
  attributes,
  listIdentifier: new Uint8Array(16).fill(5),
  thisUpdate: new Date('2026-02-03T04:05:06Z'),
};
const unsigned = createCatalog(facts);

async function sign(bytes: Uint8Array): Promise<Uint8Array> {
  const source = bytesSource(bytes);
  return rewriteBytes(source, await signFile(source, { key: authority.key }));
}

/** Whether every element is in its shortest form and every SET in order, down to the leaves that hold DER. */
function assertCanonical(element: DerElement): void {
  if ((element.tag & 0x20) === 0) return;
  const children = element.children();
  if (element.tag === TAG.set || element.tag === 0xa0) {
    const isCertificates = element.tag === 0xa0 && children.length > 1;
    if (element.tag === TAG.set || isCertificates) {
      const encodings = children.map(({ bytes }) => bytes);
      assert.deepEqual(encodings, write.sortedForSet(encodings), `the SET at ${element.offset} is not sorted`);
    }
  }
  assert.deepEqual(write.element(element.tag, element.value), element.bytes);
  for (const child of children) assertCanonical(child);
}

describe('making and reading', () => {
  test('everything comes back', () => {
    const parsed = parseCatalog(unsigned);
    assert.equal(parsed.version, 2);
    assert.deepEqual(parsed.listIdentifier, facts.listIdentifier);
    assert.deepEqual(parsed.thisUpdate, facts.thisUpdate);
    assert.deepEqual(parsed.attributes, [
      { name: 'OS', flags: 0x10010001, value: '_v100_X64,Server_v100_X64' },
      { name: 'HWID2', flags: 0x10010001, value: 'pci\\ven_1234' },
      { name: 'HWID1', flags: 0x10010001, value: 'root\\echodevice' },
    ]);
    assert.equal(parsed.members.length, 4);
    for (const { fileName, kind, sha1, sha256 } of members) {
      const entry = findCatalogMember(parsed, { sha1, sha256 });
      assert.equal(entry?.fileName, fileName.toLowerCase().replace(/^.*\\/, ''));
      assert.equal(entry?.kind, kind);
      assert.equal(entry?.algorithm, 'sha256');
      assert.deepEqual(entry?.digest, sha256);
      assert.equal(entry?.attributes.get('OSAttr'), '2:10.0');
      const stub = findCatalogMember(parsed, { sha1 });
      assert.deepEqual([stub?.kind, stub?.fileName, stub?.digest], [kind, undefined, undefined]);
    }
    assert.equal(findCatalogMember(parsed, { sha1: new Uint8Array(20), sha256: new Uint8Array(32) }), undefined);
  });

  test('entries are sorted by tag, SETs by encoding, lengths are minimal', () => {
    const tags = parseCatalog(unsigned).members.map(({ tag }) => tag);
    assert.deepEqual(tags, [...tags].sort());
    assertCanonical(decodeDer(unsigned));
  });

  test('an unsigned catalog has no algorithms, no certificates and no signers', () => {
    const { certificateBytes, signerInfos, contentType } = parseSignedData(unsigned);
    assert.deepEqual([certificateBytes, signerInfos, contentType], [[], [], OID.certificateTrustList]);
    assert.ok(
      Buffer.from(unsigned)
        .toString('hex')
        .startsWith(`30820${(unsigned.length - 4).toString(16)}06092a864886f70d010702a082`),
    );
    assert.ok(Buffer.from(unsigned).toString('hex').endsWith('3100'));
  });

  test('the bytes of an entry are those that Windows tools write', () => {
    // A flat file: SHA-1 stub, then the SHA-256 entry with CAT_MEMBERINFO2 82 00, File, SpcLink and the digest.
    const sha1 = new Uint8Array(20).fill(0x11);
    const sha256 = new Uint8Array(32).fill(0x22);
    const bytes = createCatalog({
      ...facts,
      attributes: [],
      members: [{ fileName: 'A.inf', kind: 'flat', sha1, sha256 }],
    });
    const stub = `302a0414${'11'.repeat(20)}31123010060a2b0601040182370c020331028200`;
    const file =
      '302e060a2b0601040182370c0201' + '3120301e1e0800460069006c0065020410010001' + '040c61002e0069006e0066000000';
    const spc =
      '3055060a2b060104018237020104' +
      '314730453010060a2b060104018237020119a2028000' +
      `3031300d060960864801650304020105000420${'22'.repeat(32)}`;
    const entry = `3081be0420${'22'.repeat(32)}318199` + `3010060a2b0601040182370c020331028200${file}${spc}`;
    assert.ok(
      Buffer.from(bytes)
        .toString('hex')
        .includes(stub + entry),
    );
  });

  test('the same file under two names has two entries and one stub', () => {
    const [first] = members;
    assert.ok(first);
    const twice = createCatalog({ ...facts, members: [first, { ...first, fileName: 'copy.sys' }, first] });
    const names = parseCatalog(twice).members.map(({ fileName }) => fileName);
    assert.deepEqual(names.sort(), ['copy.sys', 'echo.sys', undefined].sort());
  });

  test('members and identifiers that cannot be written', () => {
    const [first] = members;
    assert.ok(first);
    const isError = (code: string) => (error: unknown) => error instanceof SigningError && error.code === code;
    assert.throws(
      () => createCatalog({ ...facts, members: [{ ...first, sha256: first.sha1 }] }),
      isError('bad-member'),
    );
    assert.throws(
      () => createCatalog({ ...facts, members: [{ ...first, fileName: 'folder/' }] }),
      isError('bad-member'),
    );
    assert.throws(() => createCatalog({ ...facts, listIdentifier: new Uint8Array(8) }), isError('bad-list-identifier'));
  });

  test('identified by its first bytes, unlike other SignedData', async () => {
    const signed = await sign(unsigned);
    assert.ok(catalog.identify(unsigned.subarray(0, 512)));
    assert.ok(catalog.identify(signed.subarray(0, 512)));
    assert.equal(catalog.identify(driver), false);
    assert.equal(catalog.identify(new Uint8Array(0)), false);
    const other = encodeUnsignedData({ contentType: OID.spcIndirectData, content: write.sequence([]) });
    assert.equal(catalog.identify(other), false);
    assert.throws(
      () => parseCatalog(other),
      (error) => error instanceof ParseError && error.code === 'not-a-catalog',
    );
  });

  test('ten thousand members', () => {
    const many = Array.from({ length: 10_000 }, (_, index): CatalogMember => {
      const name = new TextEncoder().encode(`file${index}`);
      return { fileName: `file${index}`, kind: 'flat', sha1: digestOf('sha1', name), sha256: digestOf('sha256', name) };
    });
    assert.equal(parseCatalog(createCatalog({ members: many, attributes: [] })).members.length, 20_000);
  });
});

test('version 1: tags are text, kinds are GUIDs', () => {
  const sha1 = digestOf('sha1', inf);
  const tag = Buffer.from(`${Buffer.from(sha1).toString('hex').toUpperCase()}\0`, 'utf16le');
  const guid = write.sequence([write.bmpString('{DE351A42-8E59-11D0-8C47-00C04FC295EE}'), write.integer(0x200)]);
  const memberInfo = write.sequence([write.oid(OID.catalogMemberInfo), write.setOf([guid])]);
  const list = write.sequence([
    write.sequence([write.oid(OID.catalogList)]),
    write.octetString(new Uint8Array(16)),
    write.utcTime(new Date('2014-01-01')),
    write.algorithmIdentifier(OID.catalogListMember),
    write.sequence([write.sequence([write.octetString(tag), write.setOf([memberInfo])])]),
  ]);
  const parsed = parseCatalog(encodeUnsignedData({ contentType: OID.certificateTrustList, content: list }));
  assert.equal(parsed.version, 1);
  assert.equal(findCatalogMember(parsed, { sha1 })?.kind, 'flat');
});

describe('signing', () => {
  test('leaves the content as it was, and the result is canonical', async () => {
    const signed = await sign(unsigned);
    assert.deepEqual(parseSignedData(signed).contentBytes, parseSignedData(unsigned).contentBytes);
    assertCanonical(decodeDer(signed));
    assert.deepEqual(await sign(signed), signed);
    const { ok, format } = await verifyFile(bytesSource(signed), trust);
    assert.deepEqual([ok, format], [true, 'cat']);
  });

  test('an unsigned catalog, and a changed one', async () => {
    const codes = async (bytes: Uint8Array) => {
      const { ok, problems, signatures } = await verifyFile(bytesSource(bytes), trust);
      assert.equal(ok, false);
      return [...problems, ...signatures.flatMap((signature) => signature.problems)].map(({ code }) => code);
    };
    assert.deepEqual(await codes(unsigned), ['unsigned']);
    const changed = Buffer.from(await sign(unsigned));
    const at = changed.indexOf(Buffer.from('echo.inf', 'utf16le'));
    changed[at] = 0x41;
    assert.deepEqual(await codes(changed), ['badSignature']);
  });

  test("another catalog's signature cannot be embedded", async () => {
    const other = await sign(createCatalog({ ...facts, members: [] }));
    const isWrong = (error: unknown) => error instanceof SigningError && error.code === 'wrong-content';
    await assert.rejects(catalog.embedSignature(bytesSource(unsigned), other), isWrong);
  });

  test('files are verified through it', async () => {
    const signed = await sign(unsigned);
    const check = (bytes: Uint8Array) => verifyFileInCatalog(bytesSource(bytes), signed, trust);
    assert.equal((await check(driver)).ok, true);
    assert.equal((await check(inf)).ok, true);
    const embedded = await sign(driver);
    assert.equal((await check(embedded)).ok, true, 'an embedded signature does not change the digest');
    const stranger = await check(Uint8Array.from([...inf, 10]));
    assert.equal(stranger.ok, false);
    assert.deepEqual(
      stranger.problems.map(({ code }) => code),
      ['notInCatalog'],
    );
    const untrusted = await verifyFileInCatalog(bytesSource(inf), signed, { anchors: [] });
    assert.deepEqual(
      untrusted.signatures[0]?.problems.map(({ code }) => code),
      ['untrustedRoot'],
    );
    const nonsense = await verifyFileInCatalog(bytesSource(inf), driver, trust);
    assert.deepEqual([nonsense.ok, nonsense.problems[0]?.code], [false, 'malformed']);
  });

  test('osslsigncode finds a driver in it and accepts the signature', async (t) => {
    if (!hasTool(t, 'osslsigncode')) return;
    const files = {
      'echo.cat': await sign(unsigned),
      'echo.sys': driver,
      'other.sys': makePeImage({ size: 2048, bits: 64 }),
      'root.pem': encodePem('CERTIFICATE', authority.root.bytes),
    };
    const folder = makeFolder(t, files);
    const verify = (file: string) =>
      runTool('osslsigncode', ['verify', '-CAfile', 'root.pem', '-catalog', 'echo.cat', '-in', file], folder);
    const found = verify('echo.sys');
    assert.equal(found.status, 0, found.output);
    assert.match(found.output, /Signature verification: ok/);
    assert.notEqual(verify('other.sys').status, 0);
    const alone = runTool('osslsigncode', ['verify', '-CAfile', 'root.pem', '-in', 'echo.cat'], folder);
    assert.equal(alone.status, 0, alone.output);
  });

  test("osslsigncode's signature on our catalog is accepted", async (t) => {
    if (!hasTool(t, 'osslsigncode')) return;
    const folder = makeFolder(t, {
      'a.cat': unsigned,
      'chain.pem':
        encodePem('CERTIFICATE', authority.leaf.bytes) + encodePem('CERTIFICATE', authority.intermediate.bytes),
      'key.pem': authority.leafKeys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
    });
    const files = ['-certs', 'chain.pem', '-key', 'key.pem', '-in', 'a.cat', '-out', 'b.cat'];
    const made = runTool('osslsigncode', ['sign', '-h', 'sha256', ...files], folder);
    assert.equal(made.status, 0, made.output);
    const result = await verifyFile(bytesSource(readFileSync(join(folder, 'b.cat'))), trust);
    assert.deepEqual(
      result.signatures.flatMap(({ problems }) => problems),
      [],
    );
    assert.equal(result.ok, true);
  });
});

test('damaged catalogs are refused, never a crash and never accepted with other content', async () => {
  const signed = await sign(unsigned);
  const content = Buffer.from(parseSignedData(signed).contentBytes);
  for (const damaged of damagedCopies(signed, 2000)) {
    const { ok } = await verifyFile(bytesSource(damaged), trust);
    if (ok) assert.deepEqual(Buffer.from(parseSignedData(damaged).contentBytes), content);
    try {
      parseCatalog(damaged);
    } catch (error) {
      assert.ok(error instanceof ParseError, String(error));
    }
  }
});
