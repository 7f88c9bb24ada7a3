// The whole way of a submission: a signed cabinet goes in over the wire, a signed package comes out.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { bytesSource, parseCatalog, verifyFile, verifyFileInCatalog } from '@assay/authenticode';
import { openDatabase } from '../../src/store/database.ts';
import { listSignatures, verifySignatureLog } from '../../src/store/signatures.ts';
import type { Submission } from './api-caller.ts';
import { type RunningService, runService, temporaryFolder } from './running-service.ts';
import { unzip } from './signed-package.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from './submitted-cabinet.ts';

const STEPS = [
  'packageInfoValidation',
  'preparation',
  'scanning',
  'validation',
  'catalogCreation',
  'signing',
  'finalizeIngestion',
];

describe('a submission', () => {
  const cleanups: (() => unknown)[] = [];
  const suite = { after: (cleanup: () => unknown) => void cleanups.push(cleanup) };
  let service: RunningService;
  before(async () => {
    service = await runService(suite as never);
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  async function signedEcho(compression: 'mszip' | 'none' = 'mszip'): Promise<Uint8Array> {
    return await signCabinet(await makeCabinet(echoFiles(), compression), submissionKey(service.credentials));
  }

  test('comes back signed, with every signature trusted by the CA', async () => {
    const { api, authority } = service;
    const finished = await api.finished(await api.submit(await signedEcho()));
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
    assert.equal(finished.commitStatus, 'commitComplete');
    assert.equal(finished.isExtensionInf, false);
    assert.deepEqual(
      finished.downloads.items.map((item) => item.type),
      ['initialPackage', 'signedPackage', 'driverMetadata', 'certificationReport'],
    );
    const files = unzip(await api.download(finished, 'signedPackage'));
    assert.deepEqual([...files.keys()].sort(), [
      'drivers/echo/echo.cat',
      'drivers/echo/echo.inf',
      'drivers/echo/echo.sys',
    ]);
    const anchors = [authority];
    const catalog = files.get('drivers/echo/echo.cat') ?? new Uint8Array();
    const image = files.get('drivers/echo/echo.sys') ?? new Uint8Array();
    const inf = files.get('drivers/echo/echo.inf') ?? new Uint8Array();
    assert.deepEqual(Buffer.from(inf), Buffer.from(echoFiles()['echo\\echo.inf'] ?? []), 'the INF is unchanged');
    for (const [name, bytes] of [
      ['echo.cat', catalog],
      ['echo.sys', image],
    ] as const) {
      const verification = await verifyFile(bytesSource(bytes), { anchors });
      assert.equal(verification.ok, true, `${name}: ${JSON.stringify(verification.problems)}`);
      assert.equal(verification.signatures.length, 1);
      assert.equal(verification.signatures[0]?.opusInfo.programName, 'Local Account');
    }
    for (const bytes of [image, inf]) {
      assert.equal((await verifyFileInCatalog(bytesSource(bytes), catalog, { anchors })).ok, true);
    }
    const attributes = parseCatalog(catalog).attributes.map(({ name, value }) => `${name}=${value}`);
    assert.deepEqual(attributes, [
      `Submission ID=${finished.id}`,
      'BundleID=echo',
      'OS=_v100_X64_24H2',
      'HWID2=root\\assayecho2',
      'HWID1=root\\assayecho',
    ]);
  });

  test('is accepted by osslsigncode: image, catalog, and image through the catalog', async (t) => {
    try {
      execFileSync('osslsigncode', ['--version']);
    } catch {
      t.skip('osslsigncode is not installed: apt-get install osslsigncode');
      return;
    }
    const { api, dataDirectory } = service;
    const finished = await api.finished(await api.submit(await signedEcho('none')));
    const files = unzip(await api.download(finished, 'signedPackage'));
    const folder = temporaryFolder(t);
    for (const name of ['echo.sys', 'echo.cat']) {
      writeFileSync(join(folder, name), files.get(`drivers/echo/${name}`) ?? '');
    }
    const run = promisify(execFile);
    const verify = async (...args: string[]): Promise<string> =>
      (await run('osslsigncode', ['verify', '-CAfile', join(dataDirectory, 'ca.pem'), ...args], { cwd: folder }))
        .stdout;
    assert.match(await verify('-in', 'echo.sys'), /Signature verification: ok/);
    assert.match(await verify('-in', 'echo.cat'), /Signature verification: ok/);
    assert.match(await verify('-catalog', 'echo.cat', '-in', 'echo.sys'), /Signature verification: ok/);
  });

  test('shows its steps in order and never completed without the signed package', async () => {
    const { api } = service;
    const seen: string[] = [];
    const watch = (current: Submission): void => {
      const { currentStep, state } = current.workflowStatus;
      if (seen.at(-1) !== currentStep) seen.push(currentStep);
      const signed = current.downloads.items.some((item) => item.type === 'signedPackage');
      assert.equal(
        state === 'completed',
        signed,
        `${currentStep} is ${state} and signedPackage is ${signed ? 'there' : 'absent'}`,
      );
      assert.notEqual(state, 'notStarted');
    };
    await api.finished(await api.submit(await signedEcho()), watch);
    assert.deepEqual(
      seen,
      STEPS.filter((step) => seen.includes(step)),
      'no step is shown out of order',
    );
    assert.equal(seen.at(-1), 'finalizeIngestion');
  });

  test('has driver metadata in the shape that shipping labels are made from', async () => {
    const { api } = service;
    const submitted = await api.submit(await signedEcho(), ['WINDOWS_v100_X64_GE_FULL', 'windows_v100_x64_ni_full']);
    const finished = await api.finished(submitted);
    const text = new TextDecoder().decode(await api.download(finished, 'driverMetadata'));
    const { BundleInfoMap } = JSON.parse(text) as {
      BundleInfoMap: Record<string, { Locales: string[]; InfInfoMap: Record<string, Record<string, unknown>> }>;
    };
    const [bundleId, bundle] = Object.entries(BundleInfoMap)[0] ?? [];
    assert.match(bundleId ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const inf = bundle?.InfInfoMap['echo.inf'];
    assert.equal(inf?.DriverVersion, '1.0.0.0');
    assert.deepEqual(inf?.OSPnPInfoMap, {
      WINDOWS_v100_X64_GE_FULL: {
        'root\\assayecho': { Manufacturer: 'Assay', DeviceDescription: 'Assay Echo', FeatureScore: null },
        'root\\assayecho2': {
          Manufacturer: 'Assay',
          DeviceDescription: 'Assay Echo, second device',
          FeatureScore: null,
        },
      },
      WINDOWS_v100_X64_NI_FULL: {
        'root\\assayecho': { Manufacturer: 'Assay', DeviceDescription: 'Assay Echo', FeatureScore: null },
        'root\\assayecho2': {
          Manufacturer: 'Assay',
          DeviceDescription: 'Assay Echo, second device',
          FeatureScore: null,
        },
      },
    });
  });

  test('is processed as it was when it was committed, whatever is uploaded afterwards', async () => {
    const { api } = service;
    const submission = await api.create();
    assert.equal(await api.upload(submission, await signedEcho()), 201);
    assert.equal(await api.commit(submission), 202);
    await api.upload(submission, new TextEncoder().encode('something else'));
    const finished = await api.finished(submission);
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
  });

  test('has each of its signatures in the log once, and the log holds', async (t) => {
    const { api, dataDirectory } = service;
    const finished = await api.finished(await api.submit(await signedEcho()));
    const database = await openDatabase({ file: join(dataDirectory, 'assay.db') });
    t.after(() => database.destroy());
    const signatures = await listSignatures(database, finished.id);
    assert.deepEqual(signatures.map(({ purpose, subject }) => `${purpose} ${subject}`).sort(), [
      'catalog echo/echo.cat',
      'image echo/echo.sys',
    ]);
    assert.equal((await verifySignatureLog(database)).ok, true);
  });
});
