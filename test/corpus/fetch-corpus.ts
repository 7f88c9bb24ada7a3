// Fetches the corpus of real files: node test/corpus/fetch-corpus.ts FOLDER
// Then the tests find it when ASSAY_CORPUS names that folder. Needs apt-get for the Debian parts and npm for the others;
// a part that cannot be had is left out and named, and its tests skip. No root rights, nothing outside FOLDER is changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CORPUS_PARTS, type CorpusPart } from './parts.ts';

const PROGRAM_TIMEOUT_MS = 300_000;
const UPSTREAM_TARBALL = /\.orig\.tar\.(gz|xz|bz2)$/;

/** A part cannot be had; the message says why. */
class Unavailable extends Error {}

function run(program: string, args: readonly string[], cwd: string): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: PROGRAM_TIMEOUT_MS,
  });
  if (error !== undefined) throw new Unavailable(`${program} cannot be run: ${error.message}`);
  if (status !== 0) throw new Unavailable(`${program} ${args[0] ?? ''}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
  return stdout;
}

/** The machine's own apt sources with every `deb` turned into `deb-src`, since source packages are seldom enabled. */
function sourceLists(): ReadonlyMap<string, string> {
  const lists = new Map<string, string>();
  for (const file of globSync('/etc/apt/sources.list.d/*.sources')) {
    const text = readFileSync(file, 'utf8').replaceAll(/^Types:.*$/gim, 'Types: deb-src');
    lists.set(`${lists.size}.sources`, text);
  }
  for (const file of ['/etc/apt/sources.list', ...globSync('/etc/apt/sources.list.d/*.list')]) {
    if (!existsSync(file)) continue;
    lists.set(`${lists.size}.list`, readFileSync(file, 'utf8').replaceAll(/^deb\s/gm, 'deb-src '));
  }
  return lists;
}

/** Options that make apt-get use an index of source packages that lies in `folder`; the index is fetched on first use. */
function sourceIndex(folder: string): readonly string[] {
  const parts = join(folder, 'sources.d');
  const flags = [
    `Dir::Etc::sourceparts=${parts}`,
    'Dir::Etc::sourcelist=/dev/null',
    `Dir::State::lists=${folder}/lists`,
    `Dir::Cache=${folder}/cache`,
    'APT::Sandbox::User=',
  ].flatMap((option) => ['-o', option]);
  if (existsSync(parts)) return flags;
  for (const name of ['sources.d', 'lists/partial', 'cache/archives/partial'])
    mkdirSync(join(folder, name), { recursive: true });
  for (const [name, text] of sourceLists()) writeFileSync(join(parts, name), text);
  try {
    run('apt-get', [...flags, '-qq', 'update'], folder);
  } catch (error) {
    // One source without source packages fails the whole update, though the others are there.
    if (!(error instanceof Unavailable)) throw error;
  }
  return flags;
}

/** Downloads into an empty folder and returns the path of the archive. */
const DOWNLOADS: Readonly<Record<CorpusPart['from'], (part: CorpusPart, folder: string, state: string) => string>> = {
  debian({ packageName }, folder) {
    run('apt-get', ['-o', 'APT::Sandbox::User=', '-qq', 'download', packageName], folder);
    return theOnly(folder, /\.deb$/);
  },
  'debian-source'({ packageName }, folder, state) {
    try {
      run('apt-get', [...sourceIndex(state), '-qq', '--download-only', 'source', packageName], folder);
    } catch (error) {
      // Debian's own changes may be gone from a mirror while the upstream tarball, which is all that counts, was fetched.
      if (!readdirSync(folder).some((name) => UPSTREAM_TARBALL.test(name))) throw error;
    }
    return theOnly(folder, UPSTREAM_TARBALL);
  },
  npm({ packageName, version }, folder) {
    run('npm', ['pack', '--silent', `${packageName}@${version}`], folder);
    return theOnly(folder, /\.tgz$/);
  },
};

function theOnly(folder: string, pattern: RegExp): string {
  const name = readdirSync(folder).find((candidate) => pattern.test(candidate));
  if (name === undefined) throw new Unavailable('the download brought no archive');
  return join(folder, name);
}

/** The version that an archive's name tells: after the package's name and an underscore. */
function versionOf({ from, version }: CorpusPart, archive: string): string {
  if (from === 'npm') return version;
  const [, found = ''] = /_([^_]+?)(?:_[^_]+\.deb|\.orig\.tar\.[a-z0-9]+)$/.exec(archive) ?? [];
  return decodeURIComponent(found);
}

function unpack(part: CorpusPart, archive: string, into: string): void {
  if (part.from === 'debian') {
    run('dpkg-deb', ['-x', archive, into], into);
    return;
  }
  const patterns = part.keep === undefined ? [] : ['--wildcards', ...part.keep];
  run('tar', ['-xf', archive, '-C', into, '--no-same-owner', '--strip-components=1', ...patterns], into);
}

function fetchPart(part: CorpusPart, corpus: string): string {
  const state = join(corpus, '.fetch');
  const downloads = join(state, part.name);
  rmSync(downloads, { recursive: true, force: true });
  mkdirSync(downloads, { recursive: true });
  const archive = DOWNLOADS[part.from](part, downloads, state);
  const version = versionOf(part, archive);
  const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
  if (version === part.version && sha256 !== part.sha256) {
    throw new Unavailable(`SHA-256 of version ${version} is ${sha256}, not ${part.sha256}`);
  }
  const fresh = join(downloads, 'unpacked');
  mkdirSync(fresh);
  unpack(part, archive, fresh);
  rmSync(join(corpus, part.name), { recursive: true, force: true });
  renameSync(fresh, join(corpus, part.name));
  rmSync(downloads, { recursive: true, force: true });
  return version === part.version
    ? `${version}, digest as recorded`
    : `${version} (the digest of ${part.version} is recorded)`;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node test/corpus/fetch-corpus.ts FOLDER');
  process.exit(2);
}
const corpus = resolve(folder);
mkdirSync(corpus, { recursive: true });
for (const part of CORPUS_PARTS) {
  const what = `${part.name.padEnd(16)} ${part.from.padEnd(14)} ${part.packageName}`;
  if (existsSync(join(corpus, part.name))) {
    console.log(`${what}: there already`);
    continue;
  }
  try {
    console.log(`${what}: ${fetchPart(part, corpus)}`);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`${what}: NOT AVAILABLE: ${error.message}`);
  }
}
rmSync(join(corpus, '.fetch'), { recursive: true, force: true });
