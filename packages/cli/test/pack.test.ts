// `assay pack`: what it writes, what it refuses, and that a refused pack leaves nothing behind.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { bytesSource, extractCabinet, readCabinet } from '@assay/authenticode';
import { makeDriverFolder, makeSigningFiles } from './driver-folder.ts';
import { runAssay, temporaryDirectory } from './run-assay.ts';

async function unpack(cabinetPath: string): Promise<Map<string, Buffer>> {
  const source = bytesSource(await readFile(cabinetPath));
  const cabinet = await readCabinet(source);
  const files = new Map<string, Buffer>();
  await extractCabinet(source, cabinet, (file) => {
    const chunks: Uint8Array[] = [];
    return {
      write: (chunk) => void chunks.push(Uint8Array.from(chunk)),
      close: () => void files.set(file.name, Buffer.concat(chunks)),
    };
  });
  return files;
}

for (const compression of ['mszip', 'none']) {
  test(`two folders are packed whole, sorted by name (${compression})`, async (t) => {
    const directory = await temporaryDirectory(t);
    const zeta = await makeDriverFolder(directory, 'zeta');
    await makeDriverFolder(directory, 'Alpha');
    await mkdir(join(zeta, 'sub'));
    await writeFile(join(zeta, 'sub', 'big.bin'), Buffer.alloc(200_000, 'assay'));
    await writeFile(join(zeta, 'empty.txt'), '');
    const args = ['pack', 'zeta', './Alpha/', '--out', 'x.cab', '--compression', compression, '-o', 'json'];
    const { code, stdout, stderr } = await runAssay(directory, args);
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout);
    assert.equal(report.files, 6);
    const files = await unpack(join(directory, 'x.cab'));
    assert.deepEqual(
      [...files.keys()],
      [
        'Alpha\\echo.inf',
        'Alpha\\echo.sys',
        'zeta\\echo.inf',
        'zeta\\echo.sys',
        'zeta\\empty.txt',
        'zeta\\sub\\big.bin',
      ],
    );
    assert.deepEqual(files.get('zeta\\sub\\big.bin'), Buffer.alloc(200_000, 'assay'));
    assert.deepEqual(files.get('zeta\\echo.sys'), await readFile(join(zeta, 'echo.sys')));
  });
}

test('cabextract unpacks the cabinet to the same bytes', async (t) => {
  if (spawnSync('cabextract', ['--version']).error) {
    t.skip('cabextract is not installed: apt-get install cabextract');
    return;
  }
  const directory = await temporaryDirectory(t);
  const folder = await makeDriverFolder(directory, 'echo');
  assert.equal((await runAssay(directory, ['pack', 'echo', '--out', 'x.cab'])).code, 0);
  execFileSync('cabextract', ['-q', '-d', 'unpacked', 'x.cab'], { cwd: directory });
  for (const name of await readdir(folder)) {
    assert.deepEqual(await readFile(join(directory, 'unpacked', 'echo', name)), await readFile(join(folder, name)));
  }
});

test('with SOURCE_DATE_EPOCH the same input gives the same cabinet', async (t) => {
  const directory = await temporaryDirectory(t);
  const variables = { SOURCE_DATE_EPOCH: '1700000000' };
  await makeDriverFolder(directory, 'echo');
  assert.equal((await runAssay(directory, ['pack', 'echo', '--out', 'a.cab'], variables)).code, 0);
  await rm(join(directory, 'echo'), { recursive: true });
  await new Promise((resolve) => setTimeout(resolve, 2100));
  await makeDriverFolder(directory, 'echo');
  assert.equal((await runAssay(directory, ['pack', 'echo', '--out', 'b.cab'], variables)).code, 0);
  assert.deepEqual(await readFile(join(directory, 'a.cab')), await readFile(join(directory, 'b.cab')));
  assert.equal((await runAssay(directory, ['pack', 'echo', '--out', 'c.cab'], { SOURCE_DATE_EPOCH: 'x' })).code, 2);
});

test('a cabinet that exists is replaced only with --force', async (t) => {
  const directory = await temporaryDirectory(t);
  await makeDriverFolder(directory, 'echo');
  await writeFile(join(directory, 'x.cab'), 'precious');
  const refused = await runAssay(directory, ['pack', 'echo', '--out', 'x.cab']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /--force/);
  assert.equal(await readFile(join(directory, 'x.cab'), 'utf8'), 'precious');
  assert.equal((await runAssay(directory, ['pack', 'echo', '--out', 'x.cab', '--force'])).code, 0);
  assert.equal((await unpack(join(directory, 'x.cab'))).size, 2);
  assert.deepEqual((await readdir(directory)).sort(), ['echo', 'x.cab']);
});

const REFUSED: readonly {
  readonly what: string;
  readonly make: (directory: string) => Promise<unknown>;
  readonly args?: readonly string[];
  readonly code: number;
  readonly says: RegExp;
}[] = [
  {
    what: 'a folder without an INF',
    make: (directory) => rm(join(directory, 'echo', 'echo.inf')),
    code: 10,
    says: /INF/,
  },
  {
    what: 'a link',
    make: (directory) => symlink('/etc/hostname', join(directory, 'echo', 'link.txt')),
    code: 10,
    says: /neither a file nor a folder/,
  },
  {
    what: 'a name that Windows does not allow',
    make: (directory) => writeFile(join(directory, 'echo', 'what?.txt'), ''),
    code: 10,
    says: /does not allow/,
  },
  {
    what: 'a folder name that is too long',
    make: (directory) => makeDriverFolder(directory, 'x'.repeat(41)),
    args: ['x'.repeat(41)],
    code: 10,
    says: /41 characters/,
  },
  {
    what: 'two folders of one name',
    make: async (directory) => {
      await mkdir(join(directory, 'other'));
      await makeDriverFolder(join(directory, 'other'), 'echo');
    },
    args: ['echo', 'other/echo'],
    code: 10,
    says: /more than once/,
  },
  { what: 'a folder that is not there', make: async () => undefined, args: ['missing'], code: 8, says: /ENOENT/ },
  {
    what: 'a file',
    make: (directory) => writeFile(join(directory, 'f'), ''),
    args: ['f'],
    code: 2,
    says: /not a folder/,
  },
  {
    what: 'an empty folder',
    make: (directory) => mkdir(join(directory, 'empty')),
    args: ['empty'],
    code: 10,
    says: /is empty/,
  },
];

for (const { what, make, args, code, says } of REFUSED) {
  test(`${what} is refused, and nothing is written`, async (t) => {
    const directory = await temporaryDirectory(t);
    await makeDriverFolder(directory, 'echo');
    await make(directory);
    const before = (await readdir(directory)).sort();
    const result = await runAssay(directory, ['pack', ...(args ?? ['echo']), '--out', 'x.cab']);
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, says);
    assert.deepEqual((await readdir(directory)).sort(), before);
  });
}

test('a signed cabinet verifies with its root as trust, by us and by osslsigncode', async (t) => {
  const directory = await temporaryDirectory(t);
  await makeDriverFolder(directory, 'echo');
  const { pkcs12, password, trust } = await makeSigningFiles(directory);
  await writeFile(join(directory, 'pw'), `${password}\n`);
  const packed = await runAssay(directory, [
    'pack',
    'echo',
    '--out',
    'x.cab',
    '--sign',
    pkcs12,
    '--password-file',
    'pw',
  ]);
  assert.equal(packed.code, 0, packed.stderr);
  assert.match(packed.stdout, /signedBy\s+Test Signer/);
  assert.equal((await unpack(join(directory, 'x.cab'))).size, 2);
  const verified = await runAssay(directory, ['verify', 'x.cab', '--trust', trust, '-o', 'json']);
  assert.equal(verified.code, 0, verified.stderr);
  assert.equal(JSON.parse(verified.stdout).files[0].signer, 'Test Signer');
  if (spawnSync('osslsigncode', ['--version']).error) {
    t.skip('osslsigncode is not installed: apt-get install osslsigncode');
    return;
  }
  execFileSync('osslsigncode', ['verify', '-in', 'x.cab', '-CAfile', trust], { cwd: directory });
});

test('a wrong or missing password ends without a cabinet', async (t) => {
  const directory = await temporaryDirectory(t);
  await makeDriverFolder(directory, 'echo');
  const { pkcs12 } = await makeSigningFiles(directory);
  const base = ['pack', 'echo', '--out', 'x.cab', '--sign', pkcs12];
  assert.equal((await runAssay(directory, [...base, '--password', 'wrong'])).code, 4);
  assert.equal((await runAssay(directory, base)).code, 2);
  assert.ok(!(await readdir(directory)).includes('x.cab'));
});
