// What a file is said to hold, for each format; plain values, and broken files described as far as they can be read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bytesSource,
  computeCatalogDigests,
  createCatalog,
  describeFile,
  driverCatalogAttributes,
  type FileDescription,
  rewriteBytes,
  verifyFile,
  verifyFileInCatalog,
  writeCabinet,
} from '../../src/index.ts';
import { writeZip } from '../../src/zip/index.ts';
import { collect } from '../cab/cabinets.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';
import { damagedCopies } from '../support/damage.ts';
import { makeTimestampAuthority } from '../support/timestamp-authority.ts';
import { LONG, makeSignerFamily, signed } from '../verify/signers.ts';

const family = makeSignerFamily();
const key = family.signer();
const stamping = makeTimestampAuthority({ type: 'ec', validity: LONG, now: () => new Date('2026-03-04T05:06:07Z') });
const image = makePeImage({ size: 13_000, bits: 64, sections: 3 });

/** The description, after making sure that JSON loses nothing of it. */
async function describe(bytes: Uint8Array, members = true): Promise<FileDescription> {
  const description = await describeFile(bytesSource(bytes), { members });
  assert.deepEqual(JSON.parse(JSON.stringify(description)), description);
  return description;
}

const signedImage = await signed(
  await signed(image, { key, programName: 'Contoso Echo', moreInfoUrl: 'https://contoso.example/', pageHashes: true }),
  { key, mode: 'append', digestAlgorithm: 'sha384', timestamper: stamping.timestamper },
);

test('a PE image and its signatures', async () => {
  const { authenticode, faults, format, image: headers, sha256, signatures, size } = await describe(signedImage);
  assert.deepEqual([format, size, faults], ['pe', signedImage.length, []]);
  assert.deepEqual([sha256.length, authenticode?.sha1.length, authenticode?.sha256.length], [64, 40, 64]);
  assert.deepEqual(authenticode, (await describe(image)).authenticode);
  assert.deepEqual([headers?.machine, headers?.magic, headers?.subsystem], ['amd64', 'PE32+', 1]);
  assert.match(headers?.subsystemName ?? '', /native/);
  assert.equal(headers?.checksum.stored, headers?.checksum.computed);
  assert.deepEqual(
    headers?.sections.map(({ name }) => name),
    ['.text', '.rdata', '.data'],
  );
  assert.equal(headers?.certificateTable?.offset, 13_000);
  assert.equal(headers?.hasPageHashes, true);

  assert.equal(signatures.length, 1);
  const [primary] = signatures;
  assert.deepEqual([primary?.programName, primary?.moreInfoUrl], ['Contoso Echo', 'https://contoso.example/']);
  assert.equal(primary?.fileDigest, authenticode?.sha256);
  assert.equal(primary?.contentType?.name, 'spcIndirectData');
  assert.equal(primary?.pageHashes?.algorithm, 'sha256');
  assert.ok((primary?.pageHashes?.pages ?? 0) >= 5);
  assert.ok(primary?.signedAttributes?.some(({ name }) => name === 'spcOpusInfo'));
  assert.deepEqual(
    primary?.unauthenticatedAttributes?.map(({ name }) => name),
    ['nestedSignature'],
  );
  assert.deepEqual(primary?.encodingFaults, []);
  assert.equal(primary?.signer?.subject, 'CN=Contoso Drivers,O=Contoso');
  assert.equal(primary?.signer?.issuer, family.root.subject);
  assert.equal(primary?.signer?.sha256, key.certificate.thumbprint);
  assert.deepEqual(primary?.signer?.usages, [{ oid: '1.3.6.1.5.5.7.3.3', name: 'code signing' }]);
  assert.equal(primary?.signer?.key, 'EC prime256v1');
  assert.equal(primary?.signer?.notAfter, key.certificate.notAfter.toISOString());

  const [nested] = primary?.nested ?? [];
  assert.deepEqual([nested?.digestAlgorithm, nested?.sequenceNumber, nested?.nested], ['sha384', 1, []]);
  const [stamp] = nested?.timestamps ?? [];
  assert.deepEqual([stamp?.kind, stamp?.time], ['rfc3161', '2026-03-04T05:06:07.000Z']);
  assert.equal(stamp?.authority?.subject, stamping.certificate.subject);
});

test('an image whose checksum was never set', async () => {
  const { image: headers, signatures } = await describe(image);
  assert.equal(headers?.checksum.stored, 0);
  assert.notEqual(headers?.checksum.computed, 0);
  assert.deepEqual([signatures, headers?.certificateTable, headers?.hasPageHashes], [[], undefined, false]);
});

const inf = new TextEncoder().encode('[Version]\r\n');
const catalogFacts = {
  members: [
    { fileName: 'echo.sys', osAttributes: '2:10.0', ...(await computeCatalogDigests(bytesSource(image))) },
    { fileName: 'echo.inf', osAttributes: '2:10.0', ...(await computeCatalogDigests(bytesSource(inf))) },
  ],
  attributes: driverCatalogAttributes({ operatingSystems: ['_v100_X64'], hardwareIds: ['ROOT\\Echo'] }),
  listIdentifier: new Uint8Array(16).fill(0xab),
  thisUpdate: new Date('2026-02-03T04:05:06Z'),
};
const catalog = await signed(createCatalog(catalogFacts), { key });

test('a catalog', async () => {
  const { catalog: list, format, signatures } = await describe(catalog);
  assert.deepEqual([format, list?.version, list?.thisUpdate], ['cat', 2, '2026-02-03T04:05:06.000Z']);
  assert.equal(list?.listIdentifier, 'ab'.repeat(16));
  assert.deepEqual(list?.attributes, [
    { name: 'OS', flags: 0x1001_0001, value: '_v100_X64' },
    { name: 'HWID1', flags: 0x1001_0001, value: 'root\\echo' },
  ]);
  assert.deepEqual([list?.memberCount, list?.stubCount, list?.members?.length, list?.notes], [4, 2, 4, []]);
  const member = list?.members?.find(({ fileName, isStub }) => fileName === 'echo.sys' && !isStub);
  assert.deepEqual([member?.kind, member?.osAttributes, member?.digestAlgorithm], ['pe', '2:10.0', 'sha256']);
  assert.equal(member?.digest, member?.tag);
  assert.equal(signatures[0]?.contentType?.name, 'certificateTrustList');
  assert.equal((await describe(catalog, false)).catalog?.members, undefined);
});

test('a cabinet', async () => {
  const modified = new Date('2026-02-03T04:05:06Z');
  const files = [{ name: 'echo/echo.inf', size: inf.length, source: bytesSource(inf), modified }];
  const file = await signed(await collect(writeCabinet({ compression: 'mszip', files })), { key });
  const { cabinet, faults, format, signatures } = await describe(file);
  assert.deepEqual([format, faults, signatures.length], ['cab', [], 1]);
  assert.deepEqual([cabinet?.fileCount, cabinet?.totalBytes, cabinet?.setId], [1, inf.length, 0]);
  assert.deepEqual(cabinet?.files, [
    { name: 'echo\\echo.inf', size: inf.length, folder: 0, modified: '2026-02-03T04:05:06' },
  ]);
  assert.equal(cabinet?.folders.length, 1);
  assert.ok((cabinet?.reserve?.header ?? 0) > 0);
});

test('an HLKX package', async () => {
  const text = (contents: string) => new TextEncoder().encode(contents);
  const source = bytesSource(new Uint8Array(0));
  const archive = writeZip([
    {
      name: '[Content_Types].xml',
      contents: text(
        '<?xml version="1.0" encoding="utf-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">' +
          '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
          '<Default Extension="xml" ContentType="text/xml"/></Types>',
      ),
    },
    {
      name: '_rels/.rels',
      contents: text(
        '<?xml version="1.0" encoding="utf-8"?><Relationships ' +
          'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="R1" ' +
          'Type="http://microsoft.com/schemas/windows/kits/hardware/2010/packageinfo" Target="/PackageInfo.xml"/></Relationships>',
      ),
    },
    { name: 'PackageInfo.xml', contents: text('<Package/>') },
  ]);
  const file = await rewriteBytes(source, archive);
  const rsa = makeAuthority('rsa').key;
  const {
    authenticode,
    faults,
    format,
    package: contents,
    signatures,
  } = await describe(await signed(file, { key: rsa }));
  assert.deepEqual([format, faults, signatures.length], ['hlkx', [], 1]);
  const info = contents?.parts?.find(({ name }) => name === '/PackageInfo.xml');
  assert.deepEqual([info?.contentType, info?.size], ['text/xml', 10]);
  assert.equal(signatures[0]?.signer?.subject, rsa.certificate.subject);
  assert.equal(signatures[0]?.contentType, undefined);
  assert.equal(signatures[0]?.signatureAlgorithm.name, 'rsa-sha256');
  assert.deepEqual(authenticode, (await describe(file)).authenticode);
});

test('a file of a format that cannot be signed', async () => {
  const { faults, format, sha256, signatures, size } = await describe(inf);
  assert.deepEqual([format, size, sha256.length, signatures, faults], ['unknown', inf.length, 64, [], []]);
});

test('what cannot be read is a fault, and the rest is told', async () => {
  const broken = Uint8Array.from(signedImage);
  broken[13_000 + 8 + 5] = 0x13;
  const { authenticode, faults, image: headers, signatures } = await describe(broken);
  assert.deepEqual([signatures, faults.map(({ where }) => where)], [[], ['signature 1']]);
  assert.ok(authenticode !== undefined && headers !== undefined);
});

test('damaged files are described and verified without an exception', async () => {
  const anchors = [family.root];
  for (const whole of [signedImage, catalog]) {
    for (const damaged of damagedCopies(whole, 300)) {
      await describe(damaged);
      await verifyFile(bytesSource(damaged), { anchors });
      await verifyFileInCatalog(bytesSource(inf), damaged, { anchors, fileName: 'echo.inf' });
    }
  }
});
