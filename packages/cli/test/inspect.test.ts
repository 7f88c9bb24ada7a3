// `assay inspect` shows what is in a file; `assay verify` explains what of that holds.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDriverFolder, makeSigningFiles } from './driver-folder.ts';
import { runAssay, temporaryDirectory } from './run-assay.ts';

test('a person and a program see what is in images, cabinets and catalogs', async (t) => {
  const directory = await temporaryDirectory(t);
  await makeDriverFolder(directory, 'echo');
  const { pkcs12, password, trust } = await makeSigningFiles(directory);
  await writeFile(join(directory, 'password'), password);
  const key = ['--pkcs12', pkcs12, '--password-file', 'password'];
  assert.equal((await runAssay(directory, ['catalog', 'create', 'echo', '--out', 'echo/echo.cat'])).code, 0);
  assert.equal((await runAssay(directory, ['sign', 'echo/echo.sys', 'echo/echo.cat', ...key])).code, 0);
  assert.equal((await runAssay(directory, ['pack', 'echo', '--out', 'echo.cab'])).code, 0);

  const files = ['echo/echo.sys', 'echo/echo.cat', 'echo.cab', 'echo/echo.inf'];
  const described = await runAssay(directory, ['inspect', ...files, '-o', 'json']);
  assert.equal(described.code, 0, described.stderr);
  const [image, catalog, cabinet, inf] = JSON.parse(described.stdout).files;
  assert.equal(image.image.machine, 'amd64');
  assert.equal(image.signatures[0].signer.subject, 'CN=Test Signer');
  assert.equal(image.image.checksum.stored, image.image.checksum.computed);
  assert.equal(catalog.catalog.memberCount - catalog.catalog.stubCount, 2);
  assert.deepEqual(cabinet.cabinet.files.map(({ name }: { name: string }) => name).length, 3);
  assert.deepEqual([inf.format, inf.signatures], ['unknown', []]);

  const shown = await runAssay(directory, ['inspect', ...files]);
  assert.equal(shown.code, 0);
  for (const pattern of [/machine\s+amd64/, /echo\.inf\s+for 2:10\.0/, /subject\s+CN=Test Signer/, /not signed/]) {
    assert.match(shown.stdout, pattern);
  }
  const counted = await runAssay(directory, ['inspect', 'echo.cab', '--no-members']);
  assert.doesNotMatch(counted.stdout, /echo\.sys/);

  const explained = await runAssay(directory, ['verify', 'echo/echo.sys', '--trust', trust, '--explain']);
  assert.equal(explained.code, 0, explained.stderr);
  assert.match(explained.stdout, /yes\s+the certificate leads to a trusted root/);
  assert.match(explained.stdout, /NO\s+the kernel of a stock machine loads it/);
  const bytes = await readFile(join(directory, 'echo', 'echo.sys'));
  await writeFile(join(directory, 'changed.sys'), bytes.fill(1, 0x410, 0x418));
  const changed = await runAssay(directory, ['verify', 'changed.sys', '--trust', trust, '-o', 'json']);
  assert.equal(changed.code, 8);
  const [{ policies }] = JSON.parse(changed.stdout).files;
  const verdicts = Object.fromEntries(policies.map(({ policy, verdict }: Record<string, string>) => [policy, verdict]));
  assert.deepEqual([verdicts.digest, verdicts.signature, verdicts.chain], ['notMet', 'met', 'met']);
});

test('a file that cannot be read in part is shown as far as it can be', async (t) => {
  const directory = await temporaryDirectory(t);
  await makeDriverFolder(directory, 'echo');
  const image = await readFile(join(directory, 'echo', 'echo.sys'));
  await writeFile(join(directory, 'cut.sys'), image.subarray(0, 200));
  const { code, stdout } = await runAssay(directory, ['inspect', 'cut.sys']);
  assert.equal(code, 10);
  assert.match(stdout, /FAULT/);
});
