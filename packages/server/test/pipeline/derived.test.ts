// Derived submissions on their whole way: the shell of the initial one, a newer driver in it, and what is refused.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  ASSAY_USAGES,
  bytesSource,
  openZip,
  rewriteBytes,
  verifyFile,
  verifyFileInCatalog,
  zipRewrite,
} from '@assay/authenticode';
import { addHlkxDrivers, readHlkx } from '@assay/driver-package';
import type { ApiCaller, Submission } from './api-caller.ts';
import { type RunningService, runService } from './running-service.ts';
import { unzip } from './signed-package.ts';
import { echoFiles, makeCabinet, signCabinet, strangersKey, submissionKey } from './submitted-cabinet.ts';
import { makeHlkx, signHlkx } from './submitted-hlkx.ts';

const HLK = { testHarness: 'hlk' };
const DRIVER_VER = '10/14/2025,1.0.0.0';
const NEWER = '11/20/2025,1.1.0.0';

type Files = Readonly<Record<string, Uint8Array>>;

/** The example driver with this text of its INF changed, in a folder of this name. */
function changedEcho(from: string, to: string, folder = 'echo'): Record<string, Uint8Array> {
  return Object.fromEntries(
    Object.entries(echoFiles()).map(([path, bytes]) => {
      const name = path.replace(/^echo/, folder);
      if (!path.endsWith('.inf')) return [name, bytes];
      const text = Buffer.from(bytes).toString('utf8');
      assert.ok(text.includes(from));
      return [name, Buffer.from(text.replace(from, to))];
    }),
  );
}

const newerEcho = (change: (text: string) => string = (text) => text): Record<string, Uint8Array> =>
  Object.fromEntries(
    Object.entries(changedEcho(DRIVER_VER, NEWER)).map(([path, bytes]) => [
      path,
      path.endsWith('.inf') ? Buffer.from(change(Buffer.from(bytes).toString('utf8'))) : bytes,
    ]),
  );

async function withDrivers(shell: Uint8Array, files: Files): Promise<Uint8Array> {
  const source = bytesSource(shell);
  const drivers = Object.entries(files).map(([path, contents]) => ({ path, contents }));
  return await rewriteBytes(source, await addHlkxDrivers(source, drivers));
}

function fileNameOf({ downloads }: Submission, type: string): string {
  const url = downloads.items.find((item) => item.type === type)?.url ?? '';
  return new URL(url).searchParams.get('rscd') ?? '';
}

describe('a derived submission', () => {
  const cleanups: (() => unknown)[] = [];
  let service: RunningService;
  let api: ApiCaller;
  let initial: Submission;
  let shell: Uint8Array;
  before(async () => {
    service = await runService({ after: (cleanup: () => unknown) => void cleanups.push(cleanup) } as never);
    api = service.api;
    initial = await complete(await signed(await makeHlkx()));
    shell = await api.download(initial, 'derivedPackage');
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  const signed = async (bytes: Uint8Array): Promise<Uint8Array> =>
    await signHlkx(bytes, submissionKey(service.credentials));

  async function complete(bytes: Uint8Array): Promise<Submission> {
    const finished = await api.finished(await api.submit(bytes, undefined, HLK));
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
    return finished;
  }

  async function createDerived(of: Submission = initial): Promise<Submission> {
    const body = { name: 'Echo update', type: 'derived' };
    const answer = await api.call('POST', `/v2.0/my/hardware/products/${of.productId}/submissions`, body);
    assert.equal(answer.status, 201);
    return answer.body as Submission;
  }

  async function submit(bytes: Uint8Array, of?: Submission): Promise<Submission> {
    const derived = await createDerived(of);
    assert.equal(await api.upload(derived, bytes), 201);
    assert.equal(await api.commit(derived), 202);
    return await api.finished(derived);
  }

  async function refused(bytes: Uint8Array, step: string, expected: RegExp, of?: Submission): Promise<void> {
    const finished = await submit(bytes, of);
    const { currentStep, state, messages } = finished.workflowStatus;
    assert.deepEqual([currentStep, state], [step, 'failed'], messages.join('\n'));
    assert.match(messages.join('\n'), expected);
    assert.ok(!finished.downloads.items.some(({ type }) => type === 'signedPackage'));
  }

  test('finds the shell at the initial submission: its package without drivers and signatures', async () => {
    assert.match(fileNameOf(initial, 'derivedPackage'), new RegExp(`filename=Shell_${initial.id}\\.hlkx`));
    const { driverFiles, packageInfo, tests, kit, parts } = await readHlkx(bytesSource(shell));
    assert.deepEqual(driverFiles, []);
    assert.deepEqual([packageInfo.type, packageInfo.projects[0]?.name, kit], ['DriverUpdatePackage', 'Echo', 'hlk']);
    assert.deepEqual(tests, { passed: 12, failed: 0, notRun: 3 });
    assert.ok(!parts.some(({ kind }) => kind === 'signature'));
    const metadata = JSON.parse(Buffer.from(await api.download(initial, 'driverMetadata')).toString('utf8')) as {
      BundleInfoMap: object;
    };
    const archive = await openZip(bytesSource(shell));
    const label = archive.find('assay/shell.xml');
    assert.ok(label !== undefined);
    const text = Buffer.from(await archive.readEntry(label, 4096)).toString('utf8');
    assert.ok(text.includes(`ProductId="${initial.productId}" SubmissionId="${initial.id}"`));
    assert.ok(text.includes(`Folder="echo" ReplacesId="${Object.keys(metadata.BundleInfoMap)[0]}"`));
  });

  test('is offered the same shell, and its newer driver comes back signed', async () => {
    const derived = await createDerived();
    assert.deepEqual(
      derived.downloads.items.map(({ type }) => type),
      ['initialPackage', 'derivedPackage'],
    );
    assert.deepEqual(await api.download(derived, 'derivedPackage'), shell);
    assert.equal(fileNameOf(derived, 'derivedPackage'), fileNameOf(initial, 'derivedPackage'));
    const files = newerEcho();
    assert.equal(await api.upload(derived, await signed(await withDrivers(shell, files))), 201);
    assert.equal(await api.commit(derived), 202);
    const finished = await api.finished(derived);
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
    assert.equal(finished.commitStatus, 'commitComplete');
    assert.deepEqual(
      finished.downloads.items.map(({ type }) => type).filter((type) => type === 'derivedPackage'),
      ['derivedPackage'],
    );
    const results = unzip(await api.download(finished, 'signedPackage'));
    const fileOf = (name: string): Uint8Array => results.get(`drivers/echo/${name}`) ?? new Uint8Array();
    assert.deepEqual(Buffer.from(fileOf('echo.inf')), files['echo\\echo.inf']);
    const anchors = [service.authority];
    const image = await verifyFile(bytesSource(fileOf('echo.sys')), { anchors });
    assert.equal(image.ok, true, JSON.stringify(image.problems));
    assert.ok(image.signatures[0]?.signer?.extendedKeyUsages?.includes(ASSAY_USAGES.whql));
    const inf = await verifyFileInCatalog(bytesSource(fileOf('echo.inf')), fileOf('echo.cat'), { anchors });
    assert.equal(inf.ok, true);
  });

  test('can follow another one', async () => {
    const finished = await submit(
      await signed(await withDrivers(shell, changedEcho(DRIVER_VER, '11/21/2025,1.2.0.0'))),
    );
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
  });

  test('waits for the initial one to complete', async () => {
    const pending = await api.create(undefined, HLK);
    const path = `/v2.0/my/hardware/products/${pending.productId}/submissions`;
    const { status, body } = await api.call('POST', path, { name: 'x', type: 'derived' });
    assert.equal(status, 400);
    const { error } = body as { error: { code: string; message: string } };
    assert.deepEqual(error.code, 'requestInvalidForCurrentState');
    assert.match(error.message, /initial submission has not completed/);
  });

  test('is refused when its package is not the shell with drivers in it', async () => {
    const step = 'packageInfoValidation';
    const files = newerEcho();
    await refused(await signed(await makeHlkx({ files })), step, /not made from a shell.*Download the derivedPackage/);
    const cabinet = await signCabinet(await makeCabinet(files), submissionKey(service.credentials));
    await refused(cabinet, step, /made from the shell of the initial one, and this is a cabinet/);
    const other = await complete(await signed(await makeHlkx({ kitVersion: '10.1.22621.1' })));
    await refused(
      await signed(await withDrivers(shell, files)),
      step,
      /made from another shell: it names product/,
      other,
    );
    const source = bytesSource(await withDrivers(shell, files));
    const info = (await openZip(source)).find('hck/data/PackageInfo.xml');
    assert.ok(info !== undefined);
    const text = Buffer.from(await (await openZip(source)).readEntry(info, 65_536)).toString('utf8');
    const additions = [{ name: info.name, contents: Buffer.from(text.replace('Passed="12"', 'Passed="13"')) }];
    const forged = await rewriteBytes(source, zipRewrite(await openZip(source), { additions }));
    await refused(await signed(forged), step, /PackageInfo\.xml is another one/);
  });

  test('is refused without a signature, with a stranger’s, and without drivers', async () => {
    const step = 'packageInfoValidation';
    const filled = await withDrivers(shell, newerEcho());
    await refused(filled, step, /SignatureValidationFailed.*not signed/);
    await refused(await signHlkx(filled, strangersKey()), step, /SignatureValidationFailed.*not registered/);
    await refused(await signed(shell), step, /no driver files/);
  });

  test('is refused when the driver is for other devices, or not newer, or replaces none', async () => {
    const refusedInf = async (files: Files, expected: RegExp): Promise<void> =>
      await refused(await signed(await withDrivers(shell, files)), 'validation', expected);
    await refusedInf(echoFiles(), /echo\/echo\.inf.* DriverVer 2025-10-14, 1\.0\.0\.0; .*later date/);
    await refusedInf(
      newerEcho((text) => text.replace('ROOT\\AssayEcho2', 'ROOT\\AssayEcho2, ROOT\\AssayEcho3')),
      /not for: root\\assayecho3 \(on WINDOWS_v100_X64_GE_FULL\).*Take these hardware ids out/,
    );
    await refusedInf(
      newerEcho((text) => text.replace('ROOT\\AssayEcho2', 'ROOT\\AssayEcho')),
      /leaves out devices of the initial submission: root\\assayecho2/,
    );
    await refusedInf(
      newerEcho((text) => text.replace('{6B2B0F4E-', '{7B2B0F4E-')),
      /has the class \{7B2B0F4E-/,
    );
    await refusedInf(changedEcho(DRIVER_VER, NEWER, 'other'), /other\/echo\.inf replaces no INF .*echo\/echo\.inf/);
  });

  test('is what a package made from a shell is for: as an initial one it is refused', async () => {
    const bytes = await signed(await withDrivers(shell, newerEcho()));
    const { workflowStatus, commitStatus } = await api.finished(await api.submit(bytes, undefined, HLK));
    assert.equal(commitStatus, 'commitFailed');
    assert.match(workflowStatus.messages.join('\n'), /made from the shell of another one.*as a derived submission/);
  });

  test('has no shell when the initial package was a cabinet', async () => {
    const cabinet = await signCabinet(await makeCabinet(echoFiles()), submissionKey(service.credentials));
    const finished = await complete(cabinet);
    assert.ok(!finished.downloads.items.some(({ type }) => type === 'derivedPackage'));
    const bytes = await signed(await withDrivers(shell, newerEcho()));
    await refused(bytes, 'packageInfoValidation', /initial submission has no shell/, finished);
  });
});
