// `assay demo`: one command, everything verified, nothing left but the files it names.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findEchoDriver } from '../src/demo/echo-driver.ts';
import { runAssay, temporaryDirectory } from './run-assay.ts';

test('the demo ends with a signed package that verifies', async (t) => {
  const directory = await temporaryDirectory(t);
  const temporary = await temporaryDirectory(t);
  const { code, stdout, stderr } = await runAssay(directory, ['demo', '--out', 'made/here'], { TMPDIR: temporary });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /POST 201 .* \/v2\.0\/my\/hardware\/products\n/);
  assert.match(stdout, /ok +drivers\/driver\/echo\.sys by its own signature/);
  assert.match(stdout, /Everything verified: made\/here\/signed\.zip\n$/);
  assert.deepEqual((await readdir(join(directory, 'made', 'here'))).sort(), ['ca.pem', 'echo.cab', 'signed.zip']);
  assert.deepEqual(await readdir(temporary), []);

  const again = await runAssay(directory, ['verify', 'made/here/signed.zip', '--trust', 'made/here/ca.pem']);
  assert.equal(again.code, 0, again.stderr);
});

test('a folder that cannot be made ends the demo with 8', async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'file'), '');
  const { code, stderr } = await runAssay(directory, ['demo', '--out', 'file/folder']);
  assert.equal(code, 8, stderr);
});

test('a copy of Assay without the driver says so', async (t) => {
  const directory = await temporaryDirectory(t);
  assert.throws(() => findEchoDriver(directory), /is not in this copy of Assay/);
});
