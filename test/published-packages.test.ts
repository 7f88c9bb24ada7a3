// What is published works without the repository: the command line installed from its tarball in an empty folder, and the
// client for programs in Node 22, in this Node, in a browser, and under the type checker.
import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, globSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Finished, finish } from '../packages/cli/test/run-assay.ts';
import { findBrowser, openPage } from './published/browser.ts';
import {
  emptyPackage,
  installPackage,
  packPackages,
  ROOT,
  run,
  start,
  type Tarballs,
  temporaryFolder,
} from './published/published-packages.ts';

const SIGNATURE = 'WINDOWS_v100_X64_GE_FULL';
const NO_REGISTRY = 'npm cannot reach its registry';
const START_LIMIT_MS = 60_000;

let work = '';
let tarballs: Tarballs;

before(async () => {
  work = realpathSync(await temporaryFolder());
  tarballs = await packPackages(work);
});

after(() => rm(work, { recursive: true, force: true }));

function succeeded({ code, stdout, stderr }: Finished): string {
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  return stdout;
}

describe('assay, installed from its tarball', () => {
  let folder = '';
  let isInstalled = false;
  let program = '';

  before(async () => {
    // With another version of something that Assay's own packages need, npm puts theirs where nothing else would be.
    folder = await emptyPackage(work, 'cli', { saxes: '^5.0.1' });
    isInstalled = (await installPackage(folder, tarballs.assay)) !== undefined;
    program = join(folder, 'node_modules', '.bin', 'assay');
  });

  const assay = async (...args: string[]) => succeeded(await run(program, args, { cwd: folder }));

  function installed(name: string, body: (t: TestContext) => Promise<void>): void {
    test(name, (t) => (isInstalled ? body(t) : t.skip(NO_REGISTRY)));
  }

  installed('is a command', async () => {
    const version = succeeded(await run('npx', ['--no-install', 'assay', '--version'], { cwd: folder }));
    const { version: expected } = JSON.parse(readFileSync(join(ROOT, 'packages', 'cli', 'package.json'), 'utf8'));
    assert.equal(version.trim(), expected);
  });

  installed('has nothing of the repository in it and no sources to compile', async () => {
    const own = join(folder, 'node_modules', 'assay');
    const files = globSync('{package.json,bin/**,src/**,examples/**}', { cwd: own }).map((name) => join(own, name));
    assert.ok(files.length > 400, `${files.length} files`);
    for (const file of files) {
      const status = lstatSync(file);
      assert.ok(!status.isSymbolicLink(), `${file} is a link`);
      if (!status.isFile()) continue;
      assert.doesNotMatch(file, /\.ts$/);
      assert.ok(!readFileSync(file).includes(ROOT), `${file} names the repository`);
    }
  });

  installed('does the demo', async () => {
    const loaded = join(folder, 'loaded');
    const options = { cwd: folder, variables: { NODE_V8_COVERAGE: loaded } };
    const output = succeeded(await run(program, ['demo'], options));
    assert.match(output, /^Everything verified: out\/signed\.zip$/m);
    assert.deepEqual((await readdir(join(folder, 'out'))).sort(), ['ca.pem', 'echo.cab', 'signed.zip']);
    // The coverage names every script that was run. The confined processes have none, but can read only what is beside them.
    const scripts = (await readdir(loaded)).flatMap((name) => {
      const { result } = JSON.parse(readFileSync(join(loaded, name), 'utf8')) as { result: { url: string }[] };
      return result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
    });
    assert.ok(scripts.some((url) => url.endsWith('/assay/src/main.js')));
    for (const url of scripts) assert.ok(url.startsWith(`${pathToFileURL(folder)}/`), `${url} is not in the folder`);
  });

  installed('packs, lints, signs, serves, submits and verifies', async (t) => {
    await cp(join(folder, 'node_modules', 'assay', 'examples', 'echo', 'driver'), join(folder, 'driver'), {
      recursive: true,
    });
    const { credentials } = await serve(t, program, folder);
    await writeFile(join(folder, 'password.txt'), credentials.submissionCertificatePassword ?? '');
    const key = '.assay/submission.p12';
    await assay('lint', 'driver', '--mode', 'w');
    await assay('pack', 'driver', '--out', 'echo.cab', '--sign', key, '--password-file', 'password.txt');
    await assay('sign', 'driver/echo.sys', '--out', 'own.sys', '--pkcs12', key, '--password-file', 'password.txt');
    assert.ok(statSync(join(folder, 'own.sys')).size > statSync(join(folder, 'driver', 'echo.sys')).size);
    await assay('submit', 'echo.cab', '--name', 'Echo 1.0', '--signatures', SIGNATURE, '--out', 'signed.zip');
    assert.match(await assay('verify', 'signed.zip', '--trust', '.assay/ca.pem'), /echo\.sys/);
  });
});

interface Served {
  readonly url: string;
  readonly credentials: Readonly<Record<string, string>>;
}

/** `assay serve` on a free port, stopped with the test; its data are in `.assay` of the folder. */
async function serve(t: TestContext, program: string, cwd: string): Promise<Served> {
  const child = start(program, ['serve', '--port', '0'], { cwd });
  const ended = finish(child);
  t.after(async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
  });
  const url = await listening(child, ended);
  return { url, credentials: JSON.parse(await readFile(join(cwd, '.assay', 'credentials.json'), 'utf8')) };
}

function listening(child: ChildProcessWithoutNullStreams, ended: Promise<Finished>): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the server did not start')), START_LIMIT_MS);
    let output = '';
    child.stdout.on('data', (text: string) => {
      output += text;
      const [, url] = /^Listening on (http:\S+)$/m.exec(output) ?? [];
      if (url !== undefined) resolve(url);
    });
    void ended
      .then(({ code, stderr }) => reject(new Error(`the server ended with ${code}:\n${stderr}`)))
      .finally(() => clearTimeout(timer));
  });
}

/** A use of the client that only type-checks when its declarations are whole. */
const TYPED = `
import { createHardwareClient, type HardwareClient, HardwareApiError, type Product, type TokenCredential } from '@assay/hardware-api';
const credential: TokenCredential = { getToken: async () => ({ token: 'x', expiresOnTimestamp: 0 }) };
const client: HardwareClient = createHardwareClient({ url: 'http://127.0.0.1', credential });
export async function first(): Promise<bigint | undefined> {
  try {
    for await (const product of client.listProducts()) {
      const { id, deviceType }: Product = product;
      const kind: 'internal' | 'external' | 'internalExternal' | 'notSet' = deviceType;
      if (kind !== 'notSet') return id;
    }
  } catch (error) {
    if (error instanceof HardwareApiError) console.error(error.status, error.code);
  }
  return undefined;
}
// @ts-expect-error an id is no number
export const wrong: Product['id'] = 1;
`;

/** The published types and those of the sources, each assignable to the other, and no property missing anywhere. */
function comparison(published: string): string {
  const names = [...readFileSync(published, 'utf8').matchAll(/^export type (\w+)/gm)].map(([, name = '']) => name);
  const front = readFileSync(join(ROOT, 'packages', 'hardware-api', 'src', 'index.ts'), 'utf8');
  const compared = names.filter((name) =>
    new RegExp(`export type \\{[^}]*\\b${name}\\b[^}]*\\} from './schemas/`).test(front),
  );
  assert.ok(compared.length > 15, compared.join());
  return `
import type * as Published from ${JSON.stringify(published.replace(/\.d\.ts$/, '.js'))};
import type * as Source from ${JSON.stringify(join(ROOT, 'packages', 'hardware-api', 'src', 'index.ts'))};
type Whole<T> = T extends readonly (infer E)[] ? Whole<E>[] : T extends object ? { [K in keyof T]-?: Whole<NonNullable<T[K]>> } : T;
type Both<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
${compared
  .map(
    (name) =>
      `export const of${name}: [Both<Published.${name}, Source.${name}>, Both<Whole<Published.${name}>, Whole<Source.${name}>>] = [true, true];`,
  )
  .join('\n')}
// @ts-expect-error what differs is seen
export const different: Both<Published.NewProduct, Source.Product> = true;
`;
}

async function typeCheck(folder: string, options: Readonly<Record<string, unknown>>, file: string): Promise<void> {
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true };
  const compilerOptions = { ...strict, target: 'es2022', skipLibCheck: false, types: [], ...options };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  succeeded(await run(process.execPath, [compiler, '-p', folder], { cwd: folder }));
}

describe('@assay/hardware-api, installed from its tarball', () => {
  let folder = '';
  let files: string[] = [];

  before(async () => {
    folder = await emptyPackage(work, 'sdk');
    const args = ['install', '--offline', '--no-audit', '--no-fund', tarballs.sdk];
    succeeded(await run('npm', args, { cwd: folder }));
    const dist = join(folder, 'node_modules', '@assay', 'hardware-api', 'dist');
    files = globSync('**/*.{js,ts}', { cwd: dist }).map((name) => join(dist, name));
    await copyFile(join(import.meta.dirname, 'published', 'consumer.js'), join(folder, 'consumer.js'));
    await writeFile(join(folder, 'run.js'), RUN);
  });

  test('brings no other package, is small and uses nothing of Node', async () => {
    assert.deepEqual(await readdir(join(folder, 'node_modules')), ['.package-lock.json', '@assay']);
    assert.deepEqual(await readdir(join(folder, 'node_modules', '@assay')), ['hardware-api']);
    assert.ok(statSync(tarballs.sdk).size < 128 * 1024, `${statSync(tarballs.sdk).size} bytes`);
    assert.ok(files.length > 30, `${files.length} files`);
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
      for (const [, specifier = ''] of code.matchAll(/(?:\bfrom |\bimport\(|\bimport )['"]([^'"\n]+)['"]/g)) {
        assert.match(specifier, /^\.{1,2}\/.*\.js$/, `${file} imports ${specifier}`);
      }
      const unquoted = code.replace(/'[^'\n]*'|"[^"\n]*"/g, "''");
      assert.doesNotMatch(unquoted, /\b(Buffer|process|require|__dirname|__filename|setImmediate|NodeJS)\b/, file);
      assert.ok(!text.includes(ROOT), `${file} names the repository`);
    }
  });

  for (const [title, options] of [
    ['nodenext, without the types of Node', { module: 'nodenext', lib: ['es2022', 'dom', 'dom.iterable'] }],
    ['bundler', { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom', 'dom.iterable'] }],
  ] as const) {
    test(`has types: ${title}`, async () => {
      await writeFile(join(folder, 'typed.ts'), TYPED);
      await typeCheck(folder, options, 'typed.ts');
    });
  }

  test('has the types of the sources', async () => {
    const published = join(folder, 'node_modules', '@assay', 'hardware-api', 'dist', 'resources.d.ts');
    await writeFile(join(folder, 'compared.ts'), comparison(published));
    const options = { allowImportingTsExtensions: true, module: 'nodenext', target: 'esnext', skipLibCheck: true };
    await typeCheck(folder, { ...options, lib: ['esnext', 'dom', 'dom.iterable'] }, 'compared.ts');
  });

  test('does the whole way of a package in Node and in a browser', async (t) => {
    const { url, credentials } = await serve(t, join(ROOT, 'packages', 'cli', 'bin', 'assay.js'), folder);
    const cabinet = join(folder, 'echo.cab');
    await packWith(join(folder, '.assay', 'submission.p12'), credentials.submissionCertificatePassword ?? '', cabinet);
    const { tenantId = '', clientId = '', clientSecret = '' } = credentials;
    const given = { url, credentials: { tenantId, clientId, clientSecret } };

    await t.test(`Node ${process.version}`, async () => {
      check(succeeded(await run(process.execPath, ['run.js', JSON.stringify(given), cabinet], { cwd: folder })));
    });

    await t.test('Node 22', async (inner) => {
      const node = await oldestNode();
      if (node === undefined) return inner.skip('Node 22 cannot be had from the registry for this system');
      assert.match(succeeded(await run(node, ['-v'], { cwd: folder })), /^v22\./);
      check(succeeded(await run(node, ['run.js', JSON.stringify(given), cabinet], { cwd: folder, node })));
    });

    await t.test('a browser', async (inner) => {
      const browser = findBrowser();
      if (browser === undefined) return inner.skip('no Chromium is installed');
      const page = { sdk: join(folder, 'node_modules', '@assay', 'hardware-api', 'dist'), folder, service: url };
      check(await openPage(inner, browser, { ...page, credentials: given.credentials }));
    });
  });
});

/** Runs the consumer in Node and prints what it answers. */
const RUN = `
import { readFileSync } from 'node:fs';
import { submit } from './consumer.js';
const [given, cabinet] = process.argv.slice(2);
console.log(JSON.stringify(await submit({ ...JSON.parse(given), cabinet: new Uint8Array(readFileSync(cabinet)) })));
`;

function check(answer: string): void {
  const { productId, kindOfId, listed, bytes, sha256 } = JSON.parse(answer);
  assert.equal(kindOfId, 'bigint');
  assert.ok(listed.includes(productId), answer);
  assert.ok(bytes > 1_000, answer);
  assert.match(sha256, /^[0-9a-f]{64}$/);
}

async function packWith(key: string, password: string, out: string): Promise<void> {
  const passwordFile = `${out}.password`;
  await writeFile(passwordFile, password);
  const program = join(ROOT, 'packages', 'cli', 'bin', 'assay.js');
  const driver = join(ROOT, 'examples', 'echo', 'driver');
  const args = [program, 'pack', driver, '--out', out, '--sign', key, '--password-file', passwordFile];
  succeeded(await run(process.execPath, args, { cwd: work }));
}

/** The oldest Node that the client is for, from the registry. */
async function oldestNode(): Promise<string | undefined> {
  const { arch, platform } = process;
  if (platform === 'win32' || !['x64', 'arm64'].includes(arch)) return undefined;
  const name = `node-${platform === 'darwin' && arch === 'arm64' ? 'bin-' : ''}${platform}-${arch}`;
  const folder = await emptyPackage(work, 'node22');
  await mkdir(join(folder, 'node_modules'));
  if ((await installPackage(folder, `${name}@22`)) === undefined) return undefined;
  const program = join(folder, 'node_modules', name, 'bin', 'node');
  return existsSync(program) ? program : undefined;
}
