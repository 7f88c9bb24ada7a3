// The clients of examples/clients under `assay rehearse`, as they are: each ends with the signed package, which verifies. With
// them a client in Go, and one that reads neither proxy nor trust variables.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { encodePem, readPkcs12 } from '@assay/authenticode';
import { makeDriverFolder, makeSigningFiles } from './driver-folder.ts';
import { type Finished, runAssay, temporaryDirectory } from './run-assay.ts';

const run = promisify(execFile);
const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'examples', 'clients');

/** Pythons that may have the libraries: the one in the path, and Debian's own. */
const PYTHONS = ['python3', '/usr/bin/python3'];

async function works(command: string, ...parameters: readonly string[]): Promise<boolean> {
  return run(command, [...parameters]).then(
    () => true,
    () => false,
  );
}

let packages: string;

/** A folder with a cabinet, and with the certificate that signed it: one's own, which no service knows. */
before(async () => {
  packages = await mkdtemp(join(tmpdir(), 'assay-cli-'));
  await makeDriverFolder(packages, 'echo');
  const { pkcs12, password } = await makeSigningFiles(packages);
  await writeFile(join(packages, 'password'), password);
  const { certificate } = readPkcs12(await readFile(pkcs12), password);
  await writeFile(join(packages, 'signer.pem'), encodePem('CERTIFICATE', certificate.bytes));
  const key = ['--pkcs12', pkcs12, '--password-file', 'password'];
  const packed = await runAssay(packages, ['pack', 'echo', '--out', 'echo.cab', ...key]);
  assert.equal(packed.code, 0, packed.stderr);
});

after(() => rm(packages, { recursive: true, force: true }));

interface Rehearsed extends Finished {
  readonly directory: string;
}

/** Rehearses the client, with the certificate of its package registered as that of a real account would be. */
async function rehearse(t: TestContext, options: readonly string[], client: readonly string[]): Promise<Rehearsed> {
  const directory = await temporaryDirectory(t);
  const fixed = ['--certificate', join(packages, 'signer.pem'), '--ca', 'ca.pem', '--report', 'report.json'];
  const command = [...client, join(packages, 'echo.cab'), 'signed.zip'];
  const finished = await runAssay(directory, ['rehearse', ...fixed, ...options, '--', ...command], {
    POLL_SECONDS: '0.3',
  });
  return { ...finished, directory };
}

async function assertSigned({ code, stdout, stderr, directory }: Rehearsed): Promise<void> {
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^signed signed\.zip$/m);
  assert.match(stderr, /^submission \d+\/\d{19} of 'Echo from \w+': finalizeIngestion completed$/m);
  const verified = await runAssay(directory, ['verify', 'signed.zip', '--trust', 'ca.pem']);
  assert.equal(verified.code, 0, `${verified.stdout}${verified.stderr}`);
  const report = JSON.parse(await readFile(join(directory, 'report.json'), 'utf8'));
  const hosts = new Set(report.calls.map(({ host }: { host: string }) => host));
  for (const host of ['login.microsoftonline.com', 'manage.devcenter.microsoft.com']) assert.ok(hosts.has(host), host);
  assert.ok(hosts.has('assay-rehearsal.blob.core.windows.net'));
  assert.deepEqual(
    report.calls.filter(({ status }: { status: number }) => status >= 400),
    [],
  );
}

test('a client in Python, with requests and the storage library of Azure', async (t) => {
  for (const python of PYTHONS) {
    if (!(await works(python, '-c', 'import requests, azure.storage.blob'))) continue;
    return await assertSigned(await rehearse(t, [], [python, join(EXAMPLES, 'attest.py')]));
  }
  t.skip('requests or azure-storage-blob is not installed: apt-get install python3-requests python3-azure-storage');
});

test('a shell script of curl', async (t) => {
  if (!(await works('curl', '--version'))) return t.skip('curl is not installed: apt-get install curl');
  await assertSigned(await rehearse(t, [], ['sh', join(EXAMPLES, 'attest.sh')]));
});

test('a script for Node, with the identity and storage libraries of Azure', async (t) => {
  await assertSigned(await rehearse(t, [], [process.execPath, join(EXAMPLES, 'attest.mjs')]));
});

test('a client that honours neither proxy nor trust variables, by the names of the hosts', async (t) => {
  if (!(await works('curl', '--version'))) return t.skip('curl is not installed: apt-get install curl');
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !(await works('unshare', '--mount', 'true'))) {
    return t.skip('only root on Linux, with the right to mount, can have a namespace');
  }
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'];
  const trust = ['SSL_CERT_FILE', 'CURL_CA_BUNDLE'];
  const without = [...names, ...trust].flatMap((name) => ['-u', name]);
  const before = await readFile('/etc/hosts');
  const client = ['env', ...without, 'sh', join(EXAMPLES, 'attest.sh')];
  const rehearsed = await rehearse(t, ['--hosts'], client);
  if (/^assay: Port 443/.test(rehearsed.stderr)) return t.skip(rehearsed.stderr);
  await assertSigned(rehearsed);
  assert.deepEqual(await readFile('/etc/hosts'), before, "the machine's own file is as it was");
});

test('a client in Go, with its standard library', async (t) => {
  if (!(await works('go', 'version'))) return t.skip('Go is not installed: apt-get install golang-go');
  const directory = await temporaryDirectory(t);
  const program = join(directory, 'products');
  const source = join(import.meta.dirname, 'clients', 'products.go');
  await run('go', ['build', '-o', program, source], { env: { ...process.env, GO111MODULE: 'off', GOPROXY: 'off' } });
  const { code, stdout, stderr } = await runAssay(directory, ['rehearse', '--', program]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^200 \{"value":\[\]/);
});
