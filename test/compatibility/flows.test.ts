// Whole flows through libraries and tools that real clients are made of, each in a process of its own.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { bytesSource, verifyFile } from '@assay/authenticode';
import { BlockBlobClient } from '@azure/storage-blob';
import { temporaryFolder } from '../../packages/server/test/pipeline/running-service.ts';
import { unzip } from '../../packages/server/test/pipeline/signed-package.ts';
import { held } from './held.ts';
import { CLIENTS_FOLDER, isInstalled, runProgram } from './programs.ts';
import { startForFile } from './service.ts';
import type { Answer } from './wire.ts';

const KIBIBYTE = 1024;
const service = startForFile();

/** Pythons that may have the libraries: the one in the path, and Debian's own. */
const PYTHONS = ['python3', '/usr/bin/python3'];

function environment(): Record<string, string> {
  const { url, tenantId, clientId, clientSecret } = service.credentials;
  return { ASSAY_URL: url, ASSAY_TENANT: tenantId, ASSAY_CLIENT_ID: clientId, ASSAY_CLIENT_SECRET: clientSecret };
}

/** Gives the program a cabinet, and checks the signed package that it brings back. */
async function attests(folder: string, command: string, script: string): Promise<void> {
  const [cabinet, signedZip] = [join(folder, 'echo.cab'), join(folder, 'signed.zip')];
  writeFileSync(cabinet, await service.signedCabinet('none'));
  await runProgram(command, [join(CLIENTS_FOLDER, script), cabinet, signedZip], environment());
  const image = unzip(readFileSync(signedZip)).get('drivers/echo/echo.sys');
  assert.ok(image, 'the signed package has the driver');
  const verification = await verifyFile(bytesSource(image), { anchors: [service.running.authority] });
  assert.equal(verification.ok, true, JSON.stringify(verification.problems));
}

held('C-601', async (t) => {
  for (const python of PYTHONS) {
    if (!(await isInstalled(python, '-c', 'import requests, azure.storage.blob'))) continue;
    await attests(temporaryFolder(t), python, 'attest.py');
    return;
  }
  t.skip('requests or azure-storage-blob is not installed: apt-get install python3-requests python3-azure-storage');
});

held('C-602', async (t) => {
  if (await isInstalled('curl', '--version')) return await attests(temporaryFolder(t), 'sh', 'attest.sh');
  t.skip('curl is not installed: apt-get install curl');
});

held('C-603', async () => {
  const { path, uploadUrl } = await service.submission();
  const upload = new BlockBlobClient(uploadUrl);
  const cabinet = Buffer.from(await service.signedCabinet('none'));
  await upload.uploadStream(Readable.from([cabinet]), 2 * KIBIBYTE, 4);
  assert.deepEqual(await upload.downloadToBuffer(), cabinet);
  assert.equal((await service.call('POST', `${path}/commit`)).status, 202);
  const items: { type: string; url: string }[] = (await service.watch(path)).at(-1)?.json.downloads.items ?? [];
  const download = new BlockBlobClient(items.find(({ type }) => type === 'signedPackage')?.url ?? '');
  const signed = await download.downloadToBuffer(undefined, undefined, { blockSize: KIBIBYTE, concurrency: 4 });
  assert.ok(unzip(signed).has('drivers/echo/echo.sys'));
  const large = await service.submission();
  const bytes = randomBytes(3 * KIBIBYTE * KIBIBYTE);
  const other = new BlockBlobClient(large.uploadUrl);
  await other.uploadData(bytes, { maxSingleShotSize: 1000, blockSize: KIBIBYTE * KIBIBYTE });
  await other.upload('again', 5);
  assert.equal((await other.downloadToBuffer()).toString(), 'again');
});

interface Submission {
  readonly commitStatus: string;
  readonly workflowStatus: { readonly currentStep: string; readonly state: string };
  readonly downloads: { readonly items: readonly { readonly type: string }[] };
}

const signed = ({ downloads }: Submission): boolean => downloads.items.some(({ type }) => type === 'signedPackage');
const metadata = ({ downloads }: Submission): boolean => downloads.items.some(({ type }) => type === 'driverMetadata');

/** When clients stop waiting for a submission, with success or with failure. */
const WAITS: Readonly<Record<string, { success(s: Submission): boolean; failure(s: Submission): boolean }>> = {
  'signed package': { success: signed, failure: ({ workflowStatus }) => workflowStatus.state === 'failed' },
  'signed package and driver metadata': {
    success: (submission) => signed(submission) && metadata(submission),
    failure: ({ workflowStatus }) => /^failed$/i.test(workflowStatus.state),
  },
  'completed and signed package': {
    success: (submission) => /^completed$/i.test(submission.workflowStatus.state) && signed(submission),
    failure: ({ workflowStatus, commitStatus }) =>
      /^(?:failed|canceled)$/i.test(workflowStatus.state) || /^commitFailed$/i.test(commitStatus),
  },
  'finalizeIngestion and completed': {
    success: ({ workflowStatus }) =>
      workflowStatus.currentStep === 'finalizeIngestion' && workflowStatus.state === 'completed',
    failure: ({ workflowStatus }) => workflowStatus.state === 'failed',
  },
  'the first completed of any step': {
    success: ({ workflowStatus }) => workflowStatus.state === 'completed',
    failure: ({ workflowStatus, commitStatus }) => workflowStatus.state === 'failed' || commitStatus === 'commitFailed',
  },
};

held('C-608', async () => {
  const seen = (await service.watch(await service.committed())).map(({ json }: Answer) => json as Submission);
  for (const [wait, { success, failure }] of Object.entries(WAITS)) {
    const end = seen.find((submission) => success(submission) || failure(submission));
    assert.ok(end !== undefined && !failure(end), wait);
    assert.ok(signed(end), `${wait}: the signed package is there at that moment`);
  }
});
