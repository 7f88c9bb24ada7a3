// Packages signed, read, signed again, verified, and freed of signatures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesSource } from '../../src/byte-source.ts';
import {
  createCertificate,
  createLocalKey,
  hlkx,
  identifySource,
  ParseError,
  SigningError,
  signFile,
  verifyFile,
} from '../../src/index.ts';
import { makeAuthority, makeKeyPair, VALID_NOW } from '../support/authority.ts';
import { makeZip, unzip, utf8 } from '../zip/archives.ts';
import {
  CONTENT_TYPES,
  makePackage,
  openAll,
  problemsOf,
  relationshipsText,
  rewrite,
  sign,
  testAuthority,
} from './packages.ts';

const FOLDER = 'package/services/digital-signature';

function textOf(files: ReadonlyMap<string, Uint8Array>, part: string): string {
  const name = [...files.keys()].find((each) => each.includes(part));
  assert.ok(name, part);
  return Buffer.from(files.get(name) ?? []).toString();
}

for (const digestAlgorithm of ['sha256', 'sha384', 'sha512'] as const) {
  for (const wholeRelationships of [true, false]) {
    test(`a package signed with ${digestAlgorithm}, relationships ${wholeRelationships ? 'also as a whole' : 'one by one'}`, async () => {
      const signed = await sign(makePackage(), { digestAlgorithm, wholeRelationships });
      assert.deepEqual(await problemsOf(signed), []);
      const [signature, ...others] = await openAll(signed);
      assert.ok(signature);
      assert.equal(others.length, 0);
      assert.equal(signature.digestAlgorithm, digestAlgorithm);
      assert.equal(signature.fileDigestAlgorithm, digestAlgorithm);
      assert.equal(signature.signatureAlgorithm, `http://www.w3.org/2001/04/xmldsig-more#rsa-${digestAlgorithm}`);
      assert.equal(signature.signer?.thumbprint, testAuthority().leaf.thumbprint);
      assert.equal(signature.certificates.length, 2);
      assert.ok(Math.abs((signature.claimedTime?.getTime() ?? 0) - Date.now()) < 60_000);
      assert.deepEqual(signature.stamps, []);
    });
  }
}

test('verifyFile and signFile know the format by themselves', async () => {
  const bytes = makePackage();
  const source = bytesSource(bytes);
  assert.equal((await identifySource(source))?.name, 'hlkx');
  const signed = await rewrite(bytes, await signFile(source, { key: testAuthority().key }));
  const { ok, format } = await verifyFile(bytesSource(signed), { anchors: [testAuthority().root] });
  assert.deepEqual([ok, format], [true, 'hlkx']);
  assert.deepEqual(
    (await problemsOf(bytes)).map(({ code }) => code),
    ['unsigned'],
  );
});

test('the parts are where and what .NET makes them, and what was there keeps its bytes', async () => {
  const bytes = makePackage();
  const signed = await sign(bytes);
  const before = await unzip(bytes);
  const after = await unzip(signed);
  for (const [name, contents] of before) {
    if (name !== '_rels/.rels' && name !== '[Content_Types].xml') assert.deepEqual(after.get(name), contents);
  }
  const added = [...after.keys()].filter((name) => !before.has(name));
  const { leaf, intermediate } = testAuthority();
  const [signatureName = ''] = added.filter((name) => /\/xml-signature\/[0-9a-f]{32}\.psdsxs$/.test(name));
  assert.deepEqual(
    added.sort(),
    [
      `${FOLDER}/_rels/origin.psdsor.rels`,
      `${FOLDER}/certificate/${intermediate.serialNumber}.cer`,
      `${FOLDER}/certificate/${leaf.serialNumber}.cer`,
      `${FOLDER}/origin.psdsor`,
      signatureName,
      signatureName.replace(/([^/]+)$/, '_rels/$1.rels'),
    ].sort(),
  );
  assert.equal(after.get(`${FOLDER}/origin.psdsor`)?.length, 0);
  assert.deepEqual(after.get(`${FOLDER}/certificate/${leaf.serialNumber}.cer`), leaf.bytes);
  const toCertificates = textOf(after, '.psdsxs.rels').match(/certificate\/[0-9A-F]+\.cer/g);
  assert.equal(toCertificates?.[0], `certificate/${leaf.serialNumber}.cer`, "the signer's comes first");
  const types = textOf(after, '[Content_Types]');
  for (const extension of ['psdsor', 'psdsxs', 'cer'])
    assert.match(types, new RegExp(`Default Extension="${extension}"`));
});

test('the XML has the shape that Microsoft writes and reads', async () => {
  const xml = textOf(await unzip(await sign(makePackage())), 'xml-signature/');
  assert.ok(
    xml.startsWith('\ufeff<?xml version="1.0" encoding="utf-8" standalone="yes"?><Signature Id="SignatureIdValue" '),
  );
  assert.doesNotMatch(xml, />\s+</, 'no white space between elements');
  assert.doesNotMatch(xml, /KeyInfo/, 'the certificates are in parts');
  assert.doesNotMatch(
    xml,
    /[^/]><\/(?:Transform|DigestMethod|opc:RelationshipsGroupReference)>/,
    'empty elements are closed at once',
  );
  assert.match(
    xml,
    /<Reference URI="#idPackageObject" Type="http:\/\/www\.w3\.org\/2000\/09\/xmldsig#Object"><DigestMethod/,
  );
  const uris = [...xml.matchAll(/<Reference URI="(\/[^"]*)"/g)].map(([, uri]) => uri);
  const rels = '?ContentType=application/vnd.openxmlformats-package.relationships+xml';
  assert.deepEqual(uris, [
    `/_rels/.rels${rels}`,
    `/_rels/.rels${rels}`,
    '/hck/data/1f0c6c4e?ContentType=application/octet',
    '/hck/data/9A7B?ContentType=application/octet',
    `/hck/data/_rels/9A7B.rels${rels}`,
    `/hck/data/_rels/9A7B.rels${rels}`,
    '/hck/data/PackageInfo.xml?ContentType=text/xml',
    '/hck/telemetry/a%20b.txt?ContentType=text/plain',
    '/hck/telemetry/empty.txt?ContentType=text/plain',
  ]);
  assert.match(
    xml,
    /<Manifest xmlns:opc="http:\/\/schemas\.openxmlformats\.org\/package\/2006\/digital-signature"><Reference/,
  );
  assert.match(
    xml,
    /<opc:RelationshipsGroupReference SourceType="http:\/\/microsoft\.com\/shcemas\/[^"]*\/packageinfo" \/>/,
  );
  assert.match(
    xml,
    /<Format>YYYY-MM-DDThh:mm:ss\.sTZD<\/Format><Value>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\+00:00<\/Value>/,
  );
});

test('signing again replaces the signature; the digest of the package stays the same', async () => {
  const bytes = makePackage();
  const once = await sign(bytes);
  const other = makeAuthority('rsa');
  const twice = await sign(once, { key: other.key });
  assert.deepEqual(
    (await openAll(twice)).map(({ signer }) => signer?.thumbprint),
    [other.leaf.thumbprint],
  );
  const names = (files: ReadonlyMap<string, Uint8Array>) => [...files.keys()].filter((name) => name.includes('.cer'));
  assert.equal(names(await unzip(twice)).length, 2, 'the old certificates are gone');
  assert.deepEqual((await unzip(twice)).get('_rels/.rels'), (await unzip(once)).get('_rels/.rels'));
  const { ok } = await verifyFile(bytesSource(twice), { anchors: [other.root] });
  assert.equal(ok, true);
  const digest = await hlkx.digest(bytesSource(bytes), 'sha256');
  assert.deepEqual(await hlkx.digest(bytesSource(once), 'sha256'), digest);
  assert.deepEqual(await hlkx.digest(bytesSource(twice), 'sha256'), digest);
  const another = makePackage([{ name: 'hck/more.txt', contents: '' }]);
  assert.notDeepEqual(await hlkx.digest(bytesSource(another), 'sha256'), digest);
});

test('a signature is added to one that is there, and both are good', async () => {
  const other = makeAuthority('rsa');
  const once = await sign(makePackage());
  const twice = await sign(once, { key: other.key, mode: 'append' });
  const thrice = await sign(twice, { mode: 'append' });
  const signers = (await openAll(thrice)).map(({ signer }) => signer?.thumbprint);
  const { leaf, root } = testAuthority();
  assert.deepEqual(signers, [leaf.thumbprint, other.leaf.thumbprint, leaf.thumbprint]);
  const { ok } = await verifyFile(bytesSource(thrice), { anchors: [root, other.root] });
  assert.equal(ok, true);
  const certificates = [...(await unzip(thrice)).keys()].filter((name) => name.endsWith('.cer'));
  assert.equal(certificates.length, 4, 'the same certificate is kept once');
});

test('signatures are removed with all that belongs to them', async () => {
  const bytes = makePackage();
  const signed = await sign(await sign(bytes), { mode: 'append' });
  const removed = await rewrite(signed, await hlkx.removeSignatures(bytesSource(signed)));
  const before = await unzip(bytes);
  const after = await unzip(removed);
  assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
  assert.doesNotMatch(textOf(after, '[Content_Types]'), /psdsor|psdsxs|"cer"/);
  assert.doesNotMatch(textOf(after, '_rels/.rels'), /digital-signature/);
  assert.deepEqual(await openAll(removed), []);
  assert.deepEqual(await hlkx.digest(bytesSource(removed), 'sha256'), await hlkx.digest(bytesSource(bytes), 'sha256'));
  assert.deepEqual(await rewrite(bytes, await hlkx.removeSignatures(bytesSource(bytes))), bytes);
  assert.deepEqual(await problemsOf(await sign(removed)), []);
});

test('extensions that mean something else here get their types by name', async () => {
  const types = CONTENT_TYPES.replace(
    '<Override',
    '<Default Extension="CER" ContentType="application/x-mine" /><Override',
  );
  const bytes = makePackage([{ name: 'hck/mine.cer', contents: 'mine' }], types);
  const signed = await sign(bytes);
  assert.deepEqual(await problemsOf(signed), []);
  assert.match(
    textOf(await unzip(signed), '[Content_Types]'),
    /<Override PartName="[^"]*\.cer" ContentType="[^"]*certificate"/,
  );
  const removed = await rewrite(signed, await hlkx.removeSignatures(bytesSource(signed)));
  assert.equal(textOf(await unzip(removed), '[Content_Types]').match(/certificate/), null);
  assert.match(textOf(await unzip(removed), '[Content_Types]'), /Extension="CER"/);
});

test('a detached signature carries its certificates, and fits only its own package', async () => {
  const source = bytesSource(makePackage());
  const content = await hlkx.content(source, 'sha256');
  const signature = await hlkx.sign(content, { key: testAuthority().key, digestAlgorithm: 'sha256' });
  const opened = hlkx.openSignature(signature);
  assert.equal(opened.checkGenuine(), undefined);
  assert.equal(opened.certificates.length, 2);
  const isWrong = (error: unknown) => error instanceof SigningError && error.code === 'wrong-content';
  const other = bytesSource(makePackage([{ name: 'hck/more.txt', contents: '' }]));
  await assert.rejects(hlkx.embedSignature(other, signature), isWrong);
  const withoutKeyInfo = utf8(
    Buffer.from(signature)
      .toString()
      .replace(/<KeyInfo.*<\/KeyInfo>/, ''),
  );
  assert.equal(
    hlkx.openSignature(withoutKeyInfo).checkGenuine(),
    "the signature does not carry its signer's certificate",
  );
  const isUnsigned = (error: unknown) => error instanceof SigningError && error.code === 'no-certificate';
  await assert.rejects(hlkx.embedSignature(source, withoutKeyInfo), isUnsigned);
});

test('a time stamp is made over the signature value, kept, and read back', async () => {
  const token = Uint8Array.from([0x30, 0x03, 0x02, 0x01, 0x05]);
  let stamped: Uint8Array | undefined;
  const signed = await sign(makePackage(), {
    timestamper: async (message) => {
      stamped = message;
      return token;
    },
  });
  const [signature] = await openAll(signed);
  assert.deepEqual(signature?.stamps, [{ kind: 'rfc3161', bytes: token }]);
  assert.deepEqual(signature.signatureValue, stamped);
  assert.equal(signature.checkGenuine(), undefined);
  assert.equal(await signature.checkContent(bytesSource(signed)), undefined);
});

test('EC keys and SHA-1 are refused, and content that is none', async () => {
  const ec = makeAuthority('ec');
  const source = bytesSource(makePackage());
  const hasCode = (code: string) => (error: unknown) => error instanceof SigningError && error.code === code;
  await assert.rejects(signFile(source, { key: ec.key }), hasCode('unsupported-key'));
  const content = await hlkx.content(source, 'sha256');
  await assert.rejects(hlkx.sign(content, { key: ec.key, digestAlgorithm: 'sha256' }), hasCode('unsupported-key'));
  const { key } = testAuthority();
  await assert.rejects(signFile(source, { key, digestAlgorithm: 'sha1' }), hasCode('unsupported-digest'));
  const wrong = [
    { ...content, contentType: 'text/plain' },
    { ...content, content: utf8('<Object />') },
  ];
  for (const each of wrong)
    await assert.rejects(hlkx.sign(each, { key, digestAlgorithm: 'sha256' }), hasCode('bad-content'));
});

test('SHA-1 is read, so that it can be called weak', async () => {
  const bytes = makePackage();
  const source = bytesSource(bytes);
  const signature = await hlkx.sign(await hlkx.content(source, 'sha1'), {
    key: testAuthority().key,
    digestAlgorithm: 'sha256',
  });
  assert.equal(hlkx.openSignature(signature).fileDigestAlgorithm, 'sha1');
  const signed = await rewrite(bytes, await hlkx.embedSignature(source, signature));
  assert.deepEqual(
    (await problemsOf(signed)).map(({ code }) => code),
    ['weakDigest'],
  );
  assert.deepEqual(
    await problemsOf(await sign(bytes, { digestAlgorithm: 'sha1' })).then((all) => all.map(({ code }) => code)),
    ['weakDigest'],
  );
});

test('certificates of the same serial number do not overwrite one another', async () => {
  const { publicKey, privateKey } = makeKeyPair('rsa');
  const certificate = createCertificate({ subject: { commonName: 'Alone' }, publicKey, privateKey, ...VALID_NOW });
  const twin = { ...testAuthority().intermediate, serialNumber: certificate.serialNumber };
  const key = createLocalKey({ privateKey, certificate, chain: [twin] });
  const signed = await sign(makePackage(), { key });
  const [signature] = await openAll(signed);
  assert.equal(signature?.signer?.thumbprint, certificate.thumbprint);
  assert.equal(signature.checkGenuine(), undefined);
});

test('what is a ZIP archive but no package is not taken for one; what was meant to be one is', async () => {
  const name = async (bytes: Uint8Array) => (await identifySource(bytesSource(bytes)))?.name;
  assert.equal(await name(makeZip([{ name: 'driver.inf', contents: '[Version]' }])), undefined);
  assert.equal(await name(makeZip([{ name: '[Content_Types].xml', contents: CONTENT_TYPES }])), undefined);
  assert.equal(await name(utf8('PK\x03\x04 and nothing more')), undefined);
  const cut = makePackage().subarray(0, -30);
  assert.equal(await name(cut), 'hlkx');
  await assert.rejects(hlkx.readSignatures(bytesSource(cut)), ParseError);
  assert.deepEqual(
    (await problemsOf(cut)).map(({ code }) => code),
    ['malformed'],
  );
});

test('a package whose only relationships part is empty', async () => {
  const bytes = makeZip([
    { name: '[Content_Types].xml', contents: CONTENT_TYPES },
    { name: '_rels/.rels', contents: relationshipsText() },
  ]);
  for (const wholeRelationships of [true, false]) {
    assert.deepEqual(await problemsOf(await sign(bytes, { wholeRelationships })), []);
  }
});
