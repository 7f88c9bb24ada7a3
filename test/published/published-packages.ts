// The published packages as a stranger has them: staged, packed, and installed in empty folders outside of the repository.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { type Finished, finish } from '../../packages/cli/test/run-assay.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

const STEP_LIMIT_MS = 180_000;

export interface RunOptions {
  readonly cwd: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** The program of Node that commands find; the one that runs this when absent. */
  readonly node?: string;
}

/** What npm tells the scripts it runs, and what would lead programs back here. */
const NOT_HANDED_ON =
  /^(NODE_.*|INIT_CWD|npm_(package|lifecycle)_.*|npm_command|npm_config_(local_prefix|prefix|global_prefix)|ASSAY_.*|AZURE_.*|SDCM_.*)$/i;

function environment({ variables = {}, node = process.execPath }: RunOptions): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => name === 'NODE_EXTRA_CA_CERTS' || !NOT_HANDED_ON.test(name),
  );
  const { PATH = '' } = process.env;
  const path = PATH.split(delimiter).filter((folder) => !folder.startsWith(ROOT));
  return { ...Object.fromEntries(kept), PATH: [dirname(node), ...path].join(delimiter), ...variables };
}

export function start(program: string, args: readonly string[], options: RunOptions): ChildProcessWithoutNullStreams {
  return spawn(program, [...args], { cwd: options.cwd, env: environment(options) });
}

/** Runs a program to its end; ends it when it takes far too long. */
export function run(program: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const child = start(program, args, options);
  const timer = setTimeout(() => child.kill('SIGKILL'), STEP_LIMIT_MS);
  return finish(child).finally(() => clearTimeout(timer));
}

const NO_NETWORK = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b/;

/** npm in an empty or existing package; undefined when it could not reach its registry. Throws when it failed otherwise. */
export async function installPackage(folder: string, what: string): Promise<Finished | undefined> {
  const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=2000'];
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', ...patience, what];
  const finished = await run('npm', args, { cwd: folder });
  if (finished.code === 0) return finished;
  if (NO_NETWORK.test(finished.stderr)) return undefined;
  throw new Error(`npm install ${basename(what)} ended with ${finished.code}:\n${finished.stderr}`);
}

export interface Tarballs {
  readonly assay: string;
  readonly sdk: string;
}

/** Stages and packs both packages in `folder`. */
export async function packPackages(folder: string): Promise<Tarballs> {
  const script = join(ROOT, 'scripts', 'stage-packages.ts');
  const staged = await run(process.execPath, [script, '--out', join(folder, 'build')], { cwd: folder });
  if (staged.code !== 0) throw new Error(`Staging ended with ${staged.code}:\n${staged.stderr}`);
  const pack = async (name: string): Promise<string> => {
    const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: join(folder, 'build', name),
    });
    if (packed.code !== 0) throw new Error(`npm pack of ${name} ended with ${packed.code}:\n${packed.stderr}`);
    const tarball = (await readdir(folder)).find((file) => file === `${PREFIXES[name]}-0.1.0.tgz`);
    if (tarball === undefined) throw new Error(`npm pack of ${name} left no tarball: ${packed.stdout}`);
    return join(folder, tarball);
  };
  const tarballs = { assay: await pack('assay'), sdk: await pack('hardware-api') };
  await rm(join(folder, 'build'), { recursive: true });
  return tarballs;
}

const PREFIXES: Readonly<Record<string, string>> = { assay: 'assay', 'hardware-api': 'assay-hardware-api' };

/** A folder to install into, with nothing in it but what it depends on itself. */
export async function emptyPackage(
  parent: string,
  name: string,
  dependencies: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = join(parent, name);
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  return folder;
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'assay-published-'));
}
