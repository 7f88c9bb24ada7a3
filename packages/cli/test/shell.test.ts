// Derived submissions from the command line: a newer driver put into the shell of an HLK package, signed and submitted.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { bytesSource, rewriteBytes } from '@assay/authenticode';
import { checkMadeFromShell, readHlkx, writeHlkx } from '@assay/driver-package';
import { clientSecretCredential, createHardwareClient, findDownload } from '@assay/hardware-api';
import { makeDriverFolder } from './driver-folder.ts';
import { runAssay } from './run-assay.ts';
import { startServerProcess } from './running-server.ts';

const PACKAGE_INFO = {
  type: 'SubmissionPackage',
  kitVersion: '10.1.26100.1',
  packageVersion: '1.0',
  packageFormatVersion: '2.0',
  isWindowsDriverProject: true,
  creationDate: undefined,
  buildBranch: undefined,
  fullBuildName: undefined,
  projects: [],
};

test('a newer driver goes into the shell and comes back signed', async (t) => {
  const { directory, credentials, url } = await startServerProcess(t);
  const folder = await makeDriverFolder(directory, 'echo');
  await writeFile(join(directory, 'password'), credentials.submissionCertificatePassword);
  const empty = bytesSource(new Uint8Array(0));
  const base = await rewriteBytes(empty, writeHlkx({ packageInfo: PACKAGE_INFO, drivers: [] }));
  await writeFile(join(directory, 'base.hlkx'), base);
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runAssay(directory, args);
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const key = ['--pkcs12', credentials.submissionCertificate, '--password-file', 'password'];
  await run('pack', 'echo', '--hlkx', 'base.hlkx', '--out', 'initial.hlkx', ...key);
  const harness = ['--test-harness', 'hlk', '-o', 'json'];
  const systems = ['--signatures', 'WINDOWS_v100_X64_GE_FULL'];
  const { productId, submissionId } = JSON.parse(
    await run('submit', 'initial.hlkx', '--out', 'initial.zip', ...systems, ...harness),
  ) as { productId: string; submissionId: string };

  const credential = clientSecretCredential({ authority: url, ...credentials });
  const client = createHardwareClient({ url, credential });
  const derived = await client.createSubmission(productId, { name: 'update', type: 'derived' });
  const shellName = `Shell_${submissionId}.hlkx`;
  const shell = new Uint8Array(await (await fetch(findDownload(derived, 'derivedPackage') ?? '')).arrayBuffer());
  await writeFile(join(directory, shellName), shell);

  const inf = join(folder, 'echo.inf');
  await writeFile(inf, (await readFile(inf, 'utf8')).replace('10/14/2025,1.0.0.0', '11/20/2025,1.1.0.0'));
  await run('pack', 'echo', '--hlkx', shellName, '--out', 'update.hlkx', ...key);
  await run('verify', 'update.hlkx');
  const update = bytesSource(await readFile(join(directory, 'update.hlkx')));
  assert.deepEqual(await checkMadeFromShell(update, bytesSource(shell)), []);
  const { driverFiles } = await readHlkx(update);
  assert.deepEqual(driverFiles.map(({ name }) => name).sort(), ['echo/echo.inf', 'echo/echo.sys']);
  await run('submit', 'update.hlkx', '--resume', `${productId}/${derived.id}`, '--out', 'signed.zip', ...harness);
  await run('verify', 'signed.zip');
});
