// `assay sign` and `assay signature`: real files signed with keys of every kind, and what goes wrong said so that it can be mended.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createCertificate, encodePem } from '@assay/authenticode';
import { makeDriverFolder, makeSigningFiles } from './driver-folder.ts';
import { runAssay, temporaryDirectory } from './run-assay.ts';

interface Workplace {
  readonly directory: string;
  readonly trust: string;
  /** Options that sign with the key. */
  readonly key: readonly string[];
}

async function makeWorkplace(t: TestContext): Promise<Workplace> {
  const directory = await temporaryDirectory(t);
  await makeDriverFolder(directory, 'echo');
  const { pkcs12, password, trust } = await makeSigningFiles(directory);
  await writeFile(join(directory, 'password'), `${password}\n`);
  return { directory, trust, key: ['--pkcs12', pkcs12, '--password-file', 'password'] };
}

/** Runs a command that must succeed and gives what it printed as JSON. */
async function run(directory: string, ...args: string[]) {
  const { code, stdout, stderr } = await runAssay(directory, [...args, '-o', 'json']);
  assert.equal(code, 0, `${args.join(' ')}\n${stderr}`);
  return JSON.parse(stdout);
}

test('files are signed in place or beside, and keep their permissions', async (t) => {
  const { directory, trust, key } = await makeWorkplace(t);
  const image = join(directory, 'echo', 'echo.sys');
  const original = await readFile(image);
  await chmod(image, 0o751);
  const beside = await run(
    directory,
    'sign',
    'echo/echo.sys',
    '--out',
    'signed.sys',
    '--program-name',
    'Contoso',
    ...key,
  );
  assert.deepEqual(
    beside.files.map(({ file, format, signatures, signer }: Record<string, unknown>) => [
      file,
      format,
      signatures,
      signer,
    ]),
    [['signed.sys', 'pe', 1, 'Test Signer']],
  );
  assert.deepEqual(await readFile(image), original);
  assert.equal((await stat(join(directory, 'signed.sys'))).mode & 0o777, 0o751);
  assert.equal((await runAssay(directory, ['sign', 'echo/echo.sys', '--out', 'signed.sys', ...key])).code, 2);

  await run(directory, 'sign', 'echo/echo.sys', '--digest', 'sha384', '--page-hashes', ...key);
  assert.equal((await stat(image)).mode & 0o777, 0o751);
  const verified = await run(directory, 'verify', 'signed.sys', 'echo/echo.sys', '--trust', trust);
  assert.deepEqual(
    verified.files.map((item: { signatures: { digestAlgorithm: string; programName?: string }[] }) =>
      item.signatures.map(({ digestAlgorithm, programName }) => [digestAlgorithm, programName]),
    ),
    [[['sha256', 'Contoso']], [['sha384', undefined]]],
  );
  const [inspected] = (await run(directory, 'inspect', 'echo/echo.sys')).files;
  assert.equal(inspected.signatures[0].pageHashes.pages > 0, true);
});

test('signatures are added, taken out, put in and removed', async (t) => {
  const { directory, trust, key } = await makeWorkplace(t);
  await run(directory, 'sign', 'echo/echo.sys', ...key);
  await copyFile(join(directory, 'echo', 'echo.sys'), join(directory, 'once.sys'));
  const [added] = (await run(directory, 'sign', 'echo/echo.sys', '--append', ...key)).files;
  assert.equal(added.signatures, 2);
  const [twice] = (await run(directory, 'verify', 'echo/echo.sys', '--trust', trust)).files;
  assert.deepEqual(
    twice.signatures.map(({ index, nestedIn, sequenceNumber }: Record<string, unknown>) => [
      index,
      nestedIn,
      sequenceNumber,
    ]),
    [
      [0, undefined, undefined],
      [1, 0, 1],
    ],
  );

  await run(directory, 'signature', 'extract', 'once.sys', '--out', 'once.p7b');
  const { removed } = await run(directory, 'signature', 'remove', 'once.sys', '--out', 'never.sys');
  assert.equal(removed, 1);
  assert.equal((await runAssay(directory, ['verify', 'never.sys', '--trust', trust])).code, 8);
  await run(directory, 'signature', 'attach', 'never.sys', 'once.p7b');
  assert.deepEqual(await readFile(join(directory, 'never.sys')), await readFile(join(directory, 'once.sys')));

  await writeFile(
    join(directory, 'other.sys'),
    Buffer.concat([await readFile(join(directory, 'once.sys'))]).fill(7, 0x400, 0x410),
  );
  const refused = await runAssay(directory, ['signature', 'attach', 'other.sys', 'once.p7b']);
  assert.equal(refused.code, 10);
  assert.equal(
    (await runAssay(directory, ['signature', 'extract', 'never.sys', '--out', 'x', '--index', '3'])).code,
    3,
  );
});

test('a signature is made in two steps where the key is', async (t) => {
  const { directory } = await makeWorkplace(t);
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = createCertificate({
    subject: { commonName: 'Far Away' },
    publicKey,
    privateKey,
    extendedKeyUsages: ['1.3.6.1.5.5.7.3.3'],
    notBefore: new Date(Date.now() - 1000),
    notAfter: new Date(Date.now() + 86_400_000),
  });
  await writeFile(join(directory, 'far.pem'), encodePem('CERTIFICATE', certificate.bytes));
  await writeFile(join(directory, 'far.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const same = ['--certificate', 'far.pem', '--page-hashes', '--program-name', 'Far'];
  await run(directory, 'signature', 'prepare', 'echo/echo.sys', '--out', 'echo.tbs', ...same);
  execFileSync('openssl', ['dgst', '-sha256', '-sign', 'far.key', '-out', 'echo.sig', 'echo.tbs'], { cwd: directory });
  await run(directory, 'signature', 'finish', 'echo/echo.sys', 'echo.sig', ...same);
  await run(directory, 'verify', 'echo/echo.sys', '--trust', 'far.pem');
  await writeFile(join(directory, 'bad.sig'), Buffer.alloc(256, 1));
  const { code, stderr } = await runAssay(directory, ['signature', 'finish', 'echo/echo.sys', 'bad.sig', ...same]);
  assert.equal(code, 10);
  assert.match(stderr, /not by this key over these bytes/);

  await run(directory, 'sign', 'echo/echo.sys', '--key', 'far.key', '--certificate', 'far.pem');
});

test('what goes wrong is said, and nothing is touched', async (t) => {
  const { directory, key } = await makeWorkplace(t);
  const image = await readFile(join(directory, 'echo', 'echo.sys'));
  await writeFile(join(directory, 'wrong'), 'wrong');
  const cases: [expected: number, pattern: RegExp, ...args: string[]][] = [
    [2, /--pkcs12 FILE/, 'sign', 'echo/echo.sys'],
    [2, /one file/, 'sign', 'echo/echo.sys', 'echo/echo.inf', '--out', 'x', ...key],
    [2, /cannot be used with/, 'sign', 'echo/echo.sys', ...key, '--key-vault', 'https://v.vault.azure.net/keys/k'],
    [4, /password/, 'sign', 'echo/echo.sys', key[0] ?? '', key[1] ?? '', '--password-file', 'wrong'],
    [8, /no-such/, 'sign', 'echo/echo.sys', '--pkcs12', 'no-such.p12', '--password-file', 'wrong'],
    [8, /no-such/, 'sign', 'no-such.sys', ...key],
    [10, /cannot be signed/, 'sign', 'echo/echo.inf', ...key],
    [8, /127\.0\.0\.1:9/, 'sign', 'echo/echo.sys', '--timestamp', 'http://127.0.0.1:9/', ...key],
    [2, /not a catalog/, 'catalog', 'sign', 'echo/echo.sys', ...key],
    [8, /module/, 'sign', 'echo/echo.sys', '--pkcs11', './no-such-module.so', '--token', 'x', '--key-label', 'x'],
  ];
  for (const [expected, pattern, ...args] of cases) {
    const { code, stderr } = await runAssay(directory, args);
    assert.equal(code, expected, `${args.join(' ')}\n${stderr}`);
    assert.match(stderr, pattern, args.join(' '));
  }
  assert.deepEqual(await readFile(join(directory, 'echo', 'echo.sys')), image);
});
