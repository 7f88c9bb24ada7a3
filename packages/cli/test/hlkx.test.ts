// HLK packages on the command line: drivers put in, signed, submitted for what the package was tested for.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { bytesSource, rewriteBytes } from '@assay/authenticode';
import { writeHlkx } from '@assay/driver-package';
import { makeDriverFolder } from './driver-folder.ts';
import { runAssay } from './run-assay.ts';
import { startServerProcess } from './running-server.ts';

/** A package without drivers, as a kit leaves it. */
async function writeBase(path: string): Promise<void> {
  const packageInfo = {
    type: 'SubmissionPackage',
    kitVersion: '10.1.26100.1',
    packageVersion: '1.0',
    packageFormatVersion: '2.0',
    isWindowsDriverProject: true,
    creationDate: '2026-02-03T04:05:06Z',
    buildBranch: undefined,
    fullBuildName: undefined,
    projects: [
      {
        name: 'Echo',
        creationDate: undefined,
        productInstances: [
          {
            status: undefined,
            operatingSystems: [{ architecture: 'x64', codes: ['WINDOWS_v100_X64_GE_FULL'] }],
            features: [],
            productTypes: ['Unclassified'],
            targets: [],
          },
        ],
        tests: { passed: 3, failed: 0, notRun: 0 },
      },
    ],
  };
  const empty = bytesSource(new Uint8Array(0));
  await writeFile(path, await rewriteBytes(empty, writeHlkx({ packageInfo, drivers: [] })));
}

test('drivers are put into an HLK package, which is signed and comes back signed', async (t) => {
  const server = await startServerProcess(t);
  const { directory, credentials } = server;
  await makeDriverFolder(directory, 'echo');
  await writeBase(join(directory, 'base.hlkx'));
  await writeFile(join(directory, 'password'), credentials.submissionCertificatePassword);
  const key = ['--pkcs12', credentials.submissionCertificate, '--password-file', 'password'];
  const packed = await runAssay(directory, ['pack', 'echo', '--hlkx', 'base.hlkx', '--out', 'echo.hlkx', ...key]);
  assert.equal(packed.code, 0, packed.stderr);
  assert.equal((await runAssay(directory, ['verify', 'echo.hlkx'])).code, 0);
  const linted = await runAssay(directory, ['lint', 'echo.hlkx']);
  assert.equal(linted.code, 0, linted.stdout);
  const submitted = await runAssay(directory, [
    ...['submit', 'echo.hlkx', '--test-harness', 'hlk', '--out', 'signed.zip', '-o', 'json'],
  ]);
  assert.equal(submitted.code, 0, submitted.stderr);
  const verified = await runAssay(directory, ['verify', 'signed.zip', '-o', 'json']);
  assert.equal(verified.code, 0, verified.stderr);
  const { files } = JSON.parse(verified.stdout) as { files: { file: string; signatures: { usages: string[] }[] }[] };
  const image = files.find(({ file }) => file.endsWith('echo.sys'));
  assert.ok(image?.signatures[0]?.usages.includes('driver verification by Assay (tested)'));
});
