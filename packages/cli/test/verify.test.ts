// `assay verify` says no whenever anything is not right.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeDriverFolder, makeSigningFiles } from './driver-folder.ts';
import { runAssay, temporaryDirectory } from './run-assay.ts';

async function signedCabinet(context: TestContext): Promise<{ directory: string; trust: string }> {
  const directory = await temporaryDirectory(context);
  await makeDriverFolder(directory, 'echo');
  const { pkcs12, password, trust } = await makeSigningFiles(directory);
  const args = ['pack', 'echo', '--out', 'x.cab', '--sign', pkcs12, '--password', password, '--compression', 'none'];
  assert.equal((await runAssay(directory, args)).code, 0);
  return { directory, trust };
}

test('a changed byte is found', async (t) => {
  const { directory, trust } = await signedCabinet(t);
  const bytes = await readFile(join(directory, 'x.cab'));
  const offset = bytes.indexOf('Provider');
  assert.ok(offset > 0);
  bytes.write('p', offset);
  await writeFile(join(directory, 'bad.cab'), bytes);
  const { code, stdout, stderr } = await runAssay(directory, ['verify', 'x.cab', 'bad.cab', '--trust', trust]);
  assert.equal(code, 8);
  assert.match(stdout, /^ok\s+x\.cab/m);
  assert.match(stdout, /^FAILED\s+bad\.cab/m);
  assert.match(stderr, /digestMismatch/);
});

test('an unknown root is not trusted, with a hint', async (t) => {
  const { directory } = await signedCabinet(t);
  const { code, stderr } = await runAssay(directory, ['verify', 'x.cab']);
  assert.equal(code, 8);
  assert.match(stderr, /untrustedRoot/);
  assert.match(stderr, /--trust/);
});

test('unsigned, foreign and broken files do not verify', async (t) => {
  const { directory, trust } = await signedCabinet(t);
  await writeFile(join(directory, 'text.txt'), 'hello');
  await writeFile(join(directory, 'empty'), '');
  await writeFile(join(directory, 'broken.zip'), Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(100)]));
  const files = ['echo/echo.sys', 'text.txt', 'empty', 'broken.zip'];
  for (const file of files) {
    const { code, stdout } = await runAssay(directory, ['verify', file, '--trust', trust, '-o', 'json']);
    assert.equal(code, 8, file);
    assert.equal(JSON.parse(stdout).ok, false, file);
  }
  assert.equal((await runAssay(directory, ['verify', 'missing', '--trust', trust])).code, 8);
  assert.equal((await runAssay(directory, ['verify', 'x.cab', '--catalog', 'text.txt', '--trust', trust])).code, 8);
  assert.equal((await runAssay(directory, ['verify', 'x.cab', '--trust', 'text.txt'])).code, 2);
});
