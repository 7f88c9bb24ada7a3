// `assay catalog`: made, listed, signed and held against the package, as people do it before they submit.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeDriverFolder, makeSigningFiles } from './driver-folder.ts';
import { runAssay, temporaryDirectory } from './run-assay.ts';

async function makePackage(t: TestContext): Promise<string> {
  const directory = await temporaryDirectory(t);
  await makeDriverFolder(directory, 'echo');
  return directory;
}

for (const version of ['1', '2']) {
  test(`a catalog of version ${version} covers its package and is signed`, async (t) => {
    const directory = await makePackage(t);
    const { pkcs12, password, trust } = await makeSigningFiles(directory);
    await writeFile(join(directory, 'password'), password);
    const created = await runAssay(directory, [
      ...['catalog', 'create', 'echo', '--out', 'echo/echo.cat', '--catalog-version', version, '-o', 'json'],
    ]);
    assert.equal(created.code, 0, created.stderr);
    assert.deepEqual(JSON.parse(created.stdout).files, 2);

    const listed = JSON.parse((await runAssay(directory, ['catalog', 'list', 'echo/echo.cat', '-o', 'json'])).stdout);
    assert.equal(listed.version, Number(version));
    assert.deepEqual(
      listed.members.map(({ file, kind, osAttributes }: Record<string, string>) => [file, kind, osAttributes]).sort(),
      [
        ['echo.inf', 'flat', '2:10.0'],
        ['echo.sys', 'pe', '2:10.0'],
      ],
    );
    assert.deepEqual(
      listed.attributes.map(({ name }: { name: string }) => name),
      ['OS', 'HWID2', 'HWID1'],
    );

    const signing = ['catalog', 'sign', 'echo/echo.cat', '--pkcs12', pkcs12, '--password-file', 'password'];
    assert.equal((await runAssay(directory, signing)).code, 0);
    assert.equal((await runAssay(directory, ['catalog', 'verify', 'echo/echo.cat', 'echo'])).code, 0);
    const through = ['verify', 'echo/echo.inf', 'echo/echo.sys', '--catalog', 'echo/echo.cat', '--trust', trust];
    const verified = await runAssay(directory, through);
    // Version 1 relies on SHA-1, which verify refuses by itself.
    assert.equal(verified.code, version === '2' ? 0 : 8, verified.stderr);
    // Signing an image afterwards does not change the digest by which the catalog knows it.
    const image = ['sign', 'echo/echo.sys', '--pkcs12', pkcs12, '--password-file', 'password'];
    assert.equal((await runAssay(directory, image)).code, 0);
    assert.equal((await runAssay(directory, ['catalog', 'verify', 'echo/echo.cat', 'echo'])).code, 0);
  });
}

test('what a catalog does not cover is told file by file, with the way to mend it', async (t) => {
  const directory = await makePackage(t);
  const inf = join(directory, 'echo', 'echo.inf');
  const text = await readFile(inf, 'utf8');
  await writeFile(inf, text.replace(/\r?\n/g, '\r\n'));
  assert.equal((await runAssay(directory, ['catalog', 'create', 'echo', '--out', 'echo.cat', '-q'])).code, 0);
  await writeFile(inf, text.replace(/\r\n/g, '\n'));
  await writeFile(join(directory, 'echo', 'new.bin'), 'new');
  const { code, stdout, stderr } = await runAssay(directory, ['catalog', 'verify', 'echo.cat', 'echo', '-o', 'json']);
  assert.equal(code, 10);
  const check = JSON.parse(stdout);
  assert.deepEqual(
    check.files.map(({ path, status }: Record<string, string>) => [path, status]),
    [
      ['echo.inf', 'lineEndings'],
      ['echo.sys', 'listed'],
      ['new.bin', 'missing'],
    ],
  );
  assert.match(stderr, /gitattributes/);
  const table = await runAssay(directory, ['catalog', 'verify', 'echo.cat', 'echo']);
  assert.match(table.stdout, /^FAILED\s+echo\.inf/m);
  assert.match(table.stdout, /^ok\s+echo\.sys/m);
});

test('the same package gives the same catalog when SOURCE_DATE_EPOCH is set, but for its list identifier', async (t) => {
  const directory = await makePackage(t);
  const make = (out: string) =>
    runAssay(directory, ['catalog', 'create', 'echo', '--out', out], { SOURCE_DATE_EPOCH: '1700000000' });
  assert.equal((await make('a.cat')).code, 0);
  assert.match((await make('b.cat')).stderr, /the INF names echo\.cat/);
  const [a, b] = await Promise.all([readFile(join(directory, 'a.cat')), readFile(join(directory, 'b.cat'))]);
  assert.equal(a.length, b.length);
  const differing = a.filter((octet, index) => octet !== b[index]).length;
  assert.ok(differing <= 16, `${differing} bytes differ`);
});

test('wrong input is refused', async (t) => {
  const directory = await makePackage(t);
  await writeFile(join(directory, 'text'), 'hello');
  assert.equal((await runAssay(directory, ['catalog', 'list', 'text'])).code, 10);
  assert.equal((await runAssay(directory, ['catalog', 'verify', 'text', 'echo'])).code, 10);
  assert.equal((await runAssay(directory, ['catalog', 'create', 'text', '--out', 'x.cat'])).code, 2);
  assert.equal(
    (await runAssay(directory, ['catalog', 'create', 'echo', '--out', 'x.cat', '--os', 'WINDOWS_11'])).code,
    10,
  );
  assert.equal((await runAssay(directory, ['catalog', 'create', 'no-such', '--out', 'x.cat'])).code, 8);
});
