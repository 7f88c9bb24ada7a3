// HLK packages on their whole way: signed by the account, sent over the wire, checked, signed by the service.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  ASSAY_USAGES,
  bytesSource,
  openZip,
  rewriteBytes,
  signFile,
  verifyFile,
  verifyFileInCatalog,
  writeZip,
  type ZipAddition,
  zipRewrite,
} from '@assay/authenticode';
import { parseJson } from '@assay/hardware-api';
import type { ApiCaller, Submission } from './api-caller.ts';
import { type RunningService, runService } from './running-service.ts';
import { unzip } from './signed-package.ts';
import { echoFiles, makeCabinet, signCabinet, strangersKey, submissionKey } from './submitted-cabinet.ts';
import { makeHlkx, signHlkx } from './submitted-hlkx.ts';

const HLK = { testHarness: 'hlk' };
const HCK = { testHarness: 'hck' };

/** The archive with these entries besides its own, or instead of those of the same name. */
async function withEntries(zip: Uint8Array, additions: readonly ZipAddition[]): Promise<Uint8Array> {
  const source = bytesSource(zip);
  return await rewriteBytes(source, zipRewrite(await openZip(source), { additions }));
}

describe('an HLK package', () => {
  const cleanups: (() => unknown)[] = [];
  let service: RunningService;
  let api: ApiCaller;
  before(async () => {
    service = await runService({ after: (cleanup: () => unknown) => void cleanups.push(cleanup) } as never);
    api = service.api;
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  const signed = async (contents?: Parameters<typeof makeHlkx>[0]): Promise<Uint8Array> =>
    await signHlkx(await makeHlkx(contents), submissionKey(service.credentials));

  async function refused(
    bytes: Uint8Array,
    properties: object,
    expected: RegExp,
    step = 'packageInfoValidation',
  ): Promise<Submission> {
    const finished = await api.finished(await api.submit(bytes, undefined, properties));
    const { currentStep, state, messages } = finished.workflowStatus;
    assert.deepEqual([currentStep, state], [step, 'failed'], messages.join('\n'));
    assert.match(messages.join('\n'), expected);
    assert.ok(!finished.downloads.items.some((item) => item.type === 'signedPackage'));
    return finished;
  }

  test('comes back signed as drivers with test results are, and its results stand in the audit log', async () => {
    const finished = await api.finished(await api.submit(await signed(), undefined, HLK));
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
    assert.equal(finished.commitStatus, 'commitComplete');
    assert.deepEqual(
      finished.downloads.items.map((item) => item.type),
      ['initialPackage', 'signedPackage', 'driverMetadata', 'certificationReport', 'derivedPackage'],
    );
    const files = unzip(await api.download(finished, 'signedPackage'));
    assert.deepEqual([...files.keys()].sort(), [
      'drivers/echo/echo.cat',
      'drivers/echo/echo.inf',
      'drivers/echo/echo.sys',
    ]);
    const anchors = [service.authority];
    const fileOf = (name: string): Uint8Array => files.get(`drivers/echo/${name}`) ?? new Uint8Array();
    assert.deepEqual(Buffer.from(fileOf('echo.inf')), Buffer.from(echoFiles()['echo\\echo.inf'] ?? []));
    for (const name of ['echo.cat', 'echo.sys']) {
      const { ok, problems, signatures } = await verifyFile(bytesSource(fileOf(name)), { anchors });
      assert.equal(ok, true, `${name}: ${JSON.stringify(problems)}`);
      assert.ok(signatures[0]?.signer?.extendedKeyUsages?.includes(ASSAY_USAGES.whql), name);
    }
    for (const name of ['echo.inf', 'echo.sys']) {
      const { ok } = await verifyFileInCatalog(bytesSource(fileOf(name)), fileOf('echo.cat'), { anchors });
      assert.equal(ok, true, name);
    }
    const entity = encodeURIComponent(`products/${finished.productId}/submissions/${finished.id}`);
    const { status, body } = await api.call('GET', `/assay/v1/audit?entity=${entity}`);
    assert.equal(status, 200);
    const { value } = body as { value: { action: string; details: object }[] };
    assert.deepEqual(
      value.filter(({ action }) => action === 'submission.readResults').map(({ details }) => details),
      [parseJson('{"kit":"hlk","kitVersion":"10.1.26100.1","passed":12,"failed":0,"notRun":3}')],
    );
  });

  test('that was signed by others before is taken for its registered signature', async () => {
    const source = bytesSource(await signHlkx(await makeHlkx(), strangersKey()));
    const request = { key: submissionKey(service.credentials), mode: 'append' } as const;
    const both = await rewriteBytes(source, await signFile(source, request));
    const finished = await api.finished(await api.submit(both, undefined, HLK));
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
  });

  test('of the HCK is taken for a product with that test harness', async () => {
    const bytes = await signed({ kitVersion: '8.100.26866' });
    const finished = await api.finished(await api.submit(bytes, undefined, HCK));
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
  });

  test('is refused when the test harness is another one', async () => {
    await refused(await signed(), HCK, /comes from the HLK \(kit version 10\.1\.26100\.1\), .* product is hck\./);
    await refused(await signed({ kitVersion: '8.100.26866' }), HLK, /comes from the HCK/);
    await refused(await signed(), {}, /zip or an HLK package.*taken for products whose test harness is hlk or hck/);
  });

  test('leaves cabinets as they were', async () => {
    const cabinet = await signCabinet(await makeCabinet(echoFiles()), submissionKey(service.credentials));
    const finished = await api.finished(await api.submit(cabinet, undefined, HLK));
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
  });

  test('is refused when it is not signed, or by somebody else, or changed afterwards', async () => {
    const unsigned = await makeHlkx();
    await refused(unsigned, HLK, /SignatureValidationFailed\. The HLK package is not signed\..*assay sign/);
    await refused(
      await signHlkx(unsigned, strangersKey()),
      HLK,
      /SignatureValidationFailed\..*"CN=A stranger", which is not registered/,
    );
    const more = [{ name: 'drivers/echo/more.inf', contents: new Uint8Array(10) }];
    // It gets the type that its extension has in the package.
    const type = [{ name: 'hck/data/more.xml', contents: new Uint8Array(10) }];
    await refused(await withEntries(await signed(), type), HLK, /SignatureValidationFailed\..*does not hold/);
    await refused(await withEntries(await signed(), more), HLK, /gives no type to '\/drivers\/echo\/more\.inf'/);
    const other = [{ name: 'drivers/echo/echo.sys', contents: new Uint8Array(10) }];
    await refused(await withEntries(await signed(), other), HLK, /SignatureValidationFailed\..*does not hold/);
  });

  test('is refused when a test failed, with all results', async () => {
    const finished = await refused(
      await signed({ tests: { passed: 7, failed: 2, notRun: 4 } }),
      HLK,
      /^2 of the tests in the package failed; 7 passed and 4 were not run\..*run the tests again/,
      'validation',
    );
    assert.equal(finished.commitStatus, 'commitComplete');
  });

  test('without results goes on, and the audit log says so', async () => {
    const finished = await api.finished(await api.submit(await signed({ tests: undefined }), undefined, HLK));
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
    const entity = encodeURIComponent(`products/${finished.productId}/submissions/${finished.id}`);
    const { body } = await api.call('GET', `/assay/v1/audit?entity=${entity}`);
    const { value } = body as { value: { action: string; details: { results?: string } }[] };
    assert.equal(value.find(({ action }) => action === 'submission.readResults')?.details.results, 'none');
  });

  test('is refused when it holds no drivers that can be read', async () => {
    await refused(
      await signed({ files: {} }),
      HLK,
      /no driver files that can be read\. .*is not public.*sign the package/,
    );
  });

  test('is laid out by the same rules as a cabinet, and its INFs are checked', async () => {
    const files = echoFiles();
    const sys = files['echo\\echo.sys'] ?? new Uint8Array();
    await refused(await signed({ files: { ...files, 'tools/tool.sys': sys } }), HLK, /No \.inf files found/);
    await refused(
      await signed({ files: { 'echo/echo.inf': files['echo\\echo.inf'] ?? sys } }),
      HLK,
      /echo\.sys/,
      'validation',
    );
  });

  const CONTENT_TYPES =
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" /><Default Extension="xml" ContentType="text/xml" /><Default Extension="inf" ContentType="application/octet-stream" /></Types>';
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const withPackageInfo = async (xml: string): Promise<Uint8Array> =>
    await withEntries(await makeHlkx(), [{ name: 'hck/data/PackageInfo.xml', contents: text(xml) }]);
  const withFile = async (name: string): Promise<Uint8Array> =>
    await withEntries(await makeHlkx({ files: {} }), [
      { name: '[Content_Types].xml', contents: text(CONTENT_TYPES) },
      { name, contents: text('[Version]') },
    ]);

  test('that is hostile is refused, and the service goes on', async () => {
    const plain = await rewriteBytes(
      bytesSource(new Uint8Array(0)),
      writeZip([{ name: 'echo/echo.inf', contents: text('x') }]),
    );
    await refused(plain, HLK, /a zip but no HLK package/);
    const zip64 = Buffer.from(await signed());
    // The number of entries that stands for one in a ZIP64 record.
    zip64.writeUInt16LE(0xffff, zip64.length - 14);
    zip64.writeUInt16LE(0xffff, zip64.length - 12);
    zip64.writeUInt32LE(0xffff_ffff, zip64.length - 6);
    await refused(zip64, HLK, /^File is using Zip64\(4gb\+file Size\)\./);
    await refused(
      await withPackageInfo('<!DOCTYPE P [<!ENTITY a "a"><!ENTITY b "&a;&a;">]><Package>&b;</Package>'),
      HLK,
      /document type, which is not accepted.*\[doctype\]/,
    );
    const targets = '<Target Key="k" />'.repeat(100_000);
    await refused(
      await withPackageInfo(`<Package><Project><ProductInstance>${targets}</ProductInstance></Project></Package>`),
      HLK,
      /more than 20000 targets.*\[too-many-targets\]/,
    );
    await refused(await withPackageInfo('<Other />'), HLK, /describes no package/);
    const noRelationship =
      '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>';
    await refused(
      await withEntries(await makeHlkx(), [{ name: '_rels/.rels', contents: text(noRelationship) }]),
      HLK,
      /no PackageInfo\.xml/,
    );
    const files = { ...echoFiles(), 'echo/zeros.bin': new Uint8Array(80 * 1024 ** 2) };
    await refused(await makeHlkx({ files }), HLK, /cannot be read: .*\[too-large\]/);
    const finished = await api.finished(await api.submit(await signed(), undefined, HLK));
    assert.equal(finished.workflowStatus.state, 'completed');
  });

  for (const [name, expected] of [
    ['drivers/../../evil.inf', /\[bad-name\]/],
    ['drivers/echo/..%5C..%5Cevil.inf', /\[bad-part-name\]/],
    ['drivers/echo/con.inf', /The name "echo\/con\.inf" .* device.* plain relative name/],
    ['drivers/echo/a%3Ab.inf', /The name "echo\/a:b\.inf" .* stream or a drive/],
  ] as const) {
    test(`with a driver file named ${name} is refused`, async () => {
      await refused(await withFile(name), HLK, expected);
    });
  }
});
