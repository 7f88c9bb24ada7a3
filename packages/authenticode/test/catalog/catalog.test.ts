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
import { makeCabinet } from '../cab/cabinets.ts';
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
    const read = parsed.attributes.map(({ name, flags, value }) => ({ name, flags, value }));
    assert.deepEqual(read, [
      { name: 'OS', flags: 0x10010001, value: '_v100_X64,Server_v100_X64' },
      { name: 'HWID2', flags: 0x10010001, value: 'pci\\ven_1234' },
      { name: 'HWID1', flags: 0x10010001, value: 'root\\echodevice' },
    ]);
    assert.equal(parsed.members.length, 4);
    assert.deepEqual(parsed.notes, []);
    for (const { fileName, kind, sha1, sha256 = new Uint8Array() } of members) {
      const entry = findCatalogMember(parsed, { sha1, sha256 });
      assert.equal(entry?.fileName, fileName.toLowerCase().replace(/^.*\\/, ''));
      assert.equal(entry?.kind, kind);
      assert.equal(entry?.algorithm, 'sha256');
      assert.deepEqual(entry?.digest, sha256);
      assert.equal(entry?.attributes.get('OSAttr'), '2:10.0');
      assert.deepEqual([entry?.osAttributes, entry?.linkForm, entry?.isStub], ['2:10.0', 'empty', false]);
      const stub = findCatalogMember(parsed, { sha1 });
      assert.deepEqual([stub?.kind, stub?.digest, stub?.isStub], [kind, undefined, true]);
      assert.deepEqual([stub?.fileName, stub?.osAttributes], [entry?.fileName, '2:10.0']);
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

  test('the same file under two names has two entries, and stubs that say the names or one that does not', () => {
    const [first] = members;
    assert.ok(first);
    const twice = createCatalog({ ...facts, members: [first, { ...first, fileName: 'copy.sys' }, first] });
    const names = parseCatalog(twice).members.map(({ fileName, isStub }) => `${fileName} ${isStub}`);
    assert.deepEqual(names.sort(), ['copy.sys false', 'copy.sys true', 'echo.sys false', 'echo.sys true']);
    const bare = createCatalog({ ...facts, stubForm: 'bare', members: [first, { ...first, fileName: 'copy.sys' }] });
    const bareNames = parseCatalog(bare).members.map(({ fileName, isStub }) => `${fileName} ${isStub}`);
    assert.deepEqual(bareNames.sort(), ['copy.sys false', 'echo.sys false', 'undefined true']);
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

  test('a second signature is not added, with or without asking first', async () => {
    const signed = bytesSource(await sign(unsigned));
    const isRefused = (error: unknown) => error instanceof SigningError && error.code === 'cannot-append';
    await assert.rejects(signFile(signed, { key: authority.key, mode: 'append' }), isRefused);
    const [signature = new Uint8Array(0)] = await catalog.readSignatures(signed);
    await assert.rejects(catalog.embedSignature(signed, signature, 'append'), isRefused);
    const bare = bytesSource(unsigned);
    assert.deepEqual(await rewriteBytes(bare, await catalog.embedSignature(bare, signature, 'append')), signature);
  });

  test('without its signature it is the unsigned catalog again', async () => {
    const remove = async (bytes: Uint8Array) => {
      const source = bytesSource(bytes);
      return rewriteBytes(source, await catalog.removeSignatures(source));
    };
    assert.deepEqual(await remove(await sign(unsigned)), unsigned);
    assert.deepEqual(await remove(unsigned), unsigned);
    assert.deepEqual(await catalog.readSignatures(bytesSource(unsigned)), []);
  });

  test('the certificates stand in DER order, once each, however the chain is given', async () => {
    const source = bytesSource(unsigned);
    const { chain, ...key } = authority.key;
    const cross = makeAuthority('rsa').intermediate;
    const many = [cross, ...chain, ...chain, cross];
    for (const order of [many, many.toReversed()]) {
      const signed = await rewriteBytes(source, await signFile(source, { key: { ...key, chain: order } }));
      const { certificateBytes } = parseSignedData(signed);
      assert.equal(certificateBytes.length, 3);
      assert.deepEqual(certificateBytes, write.sortedForSet(certificateBytes));
      assert.equal((await verifyFile(bytesSource(signed), trust)).ok, true);
    }
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

  for (const version of [1, 2] as const) {
    test(`osslsigncode finds images and cabinets in version ${version} and accepts the signature`, async (t) => {
      if (!hasTool(t, 'osslsigncode')) return;
      const wide = makePeImage({ size: 3001, bits: 32 });
      const archive = await makeCabinet({ 'a\\a.inf': inf });
      const all = [...members, await memberOf('wide.dll', wide), await memberOf('data.cab', archive)];
      const files = {
        'echo.cat': await sign(createCatalog({ ...facts, version, members: all })),
        'echo.sys': driver,
        'wide.dll': wide,
        'data.cab': archive,
        'signed.sys': await sign(driver),
        'other.sys': makePeImage({ size: 2048, bits: 64 }),
        'root.pem': encodePem('CERTIFICATE', authority.root.bytes),
      };
      const folder = makeFolder(t, files);
      const verify = (file: string) =>
        runTool('osslsigncode', ['verify', '-CAfile', 'root.pem', '-catalog', 'echo.cat', '-in', file], folder);
      for (const file of ['echo.sys', 'wide.dll', 'data.cab', 'signed.sys']) {
        const found = verify(file);
        assert.equal(found.status, 0, found.output);
        assert.match(found.output, /Signature verification: ok/);
      }
      assert.notEqual(verify('other.sys').status, 0);
      const alone = runTool('osslsigncode', ['verify', '-CAfile', 'root.pem', '-in', 'echo.cat'], folder);
      assert.equal(alone.status, 0, alone.output);
    });
  }

  test('openssl reads every element of it', (t) => {
    if (!hasTool(t, 'openssl')) return;
    for (const version of [1, 2] as const) {
      const folder = makeFolder(t, { 'a.cat': createCatalog({ ...facts, version }) });
      const { status, output } = runTool('openssl', ['asn1parse', '-inform', 'DER', '-in', 'a.cat'], folder);
      assert.equal(status, 0, output);
      assert.doesNotMatch(output, /error/i);
      assert.equal(output.match(/1\.3\.6\.1\.4\.1\.311\.2\.1\.4$/gm)?.length, members.length);
      assert.equal(output.match(/UTCTIME +:260203040506Z/g)?.length, 1);
    }
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
