// Holds the shape of the house: who may import whom, how long a file may be, and what folders may not be called.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

/** Packages: an arrow that is not in this table does not exist. `node:` modules are always allowed unless limited below. */
const PACKAGE_ARROWS: Readonly<Record<string, readonly string[]>> = {
  authenticode: ['saxes'],
  'key-stores': ['@assay/authenticode', '@azure/identity', '@azure/keyvault-keys', 'koffi'],
  'hardware-api': ['typebox'],
  'driver-package': ['@assay/authenticode'],
  server: [
    '@assay/authenticode',
    '@assay/driver-package',
    '@assay/hardware-api',
    '@assay/key-stores',
    'fastify',
    'jose',
    'kysely',
    'pdfkit',
    'pg',
    'typebox',
    'yazl',
  ],
  cli: [
    '@assay/authenticode',
    '@assay/driver-package',
    '@assay/hardware-api',
    '@assay/key-stores',
    '@assay/server',
    'commander',
    'jmespath',
    'yaml',
    'yauzl',
  ],
};

/** The pure packages: no file system, no network, no processes. */
const NODE_MODULES_ALLOWED: Readonly<Record<string, readonly string[]>> = {
  authenticode: ['node:buffer', 'node:crypto', 'node:zlib'],
  'driver-package': ['node:buffer', 'node:crypto', 'node:zlib'],
  'hardware-api': [],
};

/** Folders inside the server. `create-server.ts` and the other files at its root may import everything. */
const SERVER_ARROWS: Readonly<Record<string, readonly string[]>> = {
  http: ['workflow', 'store', 'blob', 'identity'],
  workflow: ['store', 'blob', 'signing', 'inspector', 'scanner', 'certification-report'],
  signing: ['store'],
  identity: ['store'],
  administration: ['store', 'identity', 'inspector'],
  rehearsal: ['store', 'blob', 'workflow', 'http'],
  blob: ['store'],
  'certification-report': [],
  inspector: [],
  scanner: [],
  store: [],
};

/** Folders inside authenticode: the formats do not know each other. */
const AUTHENTICODE_ARROWS: Readonly<Record<string, readonly string[]>> = {
  der: [],
  x509: ['der'],
  keys: ['der', 'x509'],
  spc: ['der'],
  cms: ['der', 'x509', 'keys', 'spc'],
  timestamp: ['der', 'x509', 'keys', 'cms'],
  pe: ['der', 'spc', 'cms'],
  catalog: ['der', 'spc', 'cms'],
  cab: ['der', 'spc', 'cms'],
  zip: [],
  xml: [],
  opc: ['der', 'x509', 'keys', 'zip', 'xml'],
  'package-check': ['catalog'],
  verify: ['der', 'x509', 'cms', 'timestamp', 'spc', 'pe', 'catalog'],
  inspect: ['der', 'x509', 'cms', 'timestamp', 'spc', 'pe', 'catalog', 'cab', 'opc', 'verify'],
};

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b(?:[^'"\n;]|\n(?!\s*(?:import|export)\b))*?\bfrom\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]/g;

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function importsOf(pattern: string): Import[] {
  return globSync(pattern, { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)].map((match) => ({
      file,
      specifier: match[1] ?? match[2] ?? match[3] ?? '',
    })),
  );
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

for (const [name, mayImport] of Object.entries(PACKAGE_ARROWS)) {
  test(`packages/${name} imports only what the architecture allows`, () => {
    const found = importsOf(`packages/${name}/src/**/*.ts`);
    assert.ok(found.length > 0, 'the package has files');
    for (const { file, specifier } of found) {
      if (specifier.startsWith('.')) {
        const target = relative(join('packages', name, 'src'), join(dirname(file), specifier));
        const isManifest = target === join('..', 'package.json');
        assert.ok(!target.startsWith('..') || isManifest, `${file} must not reach out of its package to ${specifier}`);
      } else if (specifier.startsWith('node:')) {
        const limited = NODE_MODULES_ALLOWED[name];
        assert.ok(
          limited === undefined || limited.includes(specifier),
          `${file} must not import ${specifier}: the package is pure`,
        );
      } else {
        assert.ok(mayImport.includes(packageName(specifier)), `${file} must not import ${specifier}`);
      }
    }
  });
}

function checkFolders(root: string, arrows: Readonly<Record<string, readonly string[]>>): void {
  for (const { file, specifier } of importsOf(`${root}/*/**/*.ts`)) {
    if (!specifier.startsWith('.')) continue;
    const from = relative(root, file).split(sep)[0] ?? '';
    const to = relative(root, join(dirname(file), specifier)).split(sep);
    const folder = to.length > 1 ? to[0] : undefined;
    if (folder === undefined || folder === from) continue;
    assert.ok(arrows[from]?.includes(folder), `${file}: ${from}/ must not import ${folder}/ (${specifier})`);
  }
}

test('the folders of the server import in one direction', () => checkFolders('packages/server/src', SERVER_ARROWS));

test('the folders of authenticode import in one direction', () =>
  checkFolders('packages/authenticode/src', AUTHENTICODE_ARROWS));

test('the front of the server never opens a package and has no key', () => {
  for (const folder of ['http', 'identity', 'blob']) {
    for (const { file, specifier } of importsOf(`packages/server/src/${folder}/**/*.ts`)) {
      assert.ok(
        specifier !== '@assay/authenticode' && specifier !== '@assay/driver-package',
        `${file} must not import ${specifier}`,
      );
    }
  }
});

test('only the inspector opens packages, only the signing folder opens keys', () => {
  const openers = /\b(readCabinet|extractCabinet|parseInf|readPeImage)\b/;
  const keys = /\b(readPkcs12|createLocalKey)\b/;
  for (const file of globSync('packages/server/src/**/*.ts', { cwd: ROOT })) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const place = relative(join('packages', 'server', 'src'), file);
    if (!place.startsWith(`inspector${sep}`)) assert.doesNotMatch(text, openers, `${file} opens packages`);
    // A rehearsal signs the package of its seed with a key that nobody trusts and that is gone with the process.
    const isSeed = place === join('rehearsal', 'seed-driver.ts');
    if (!place.startsWith(`signing${sep}`) && !isSeed) assert.doesNotMatch(text, keys, `${file} opens keys`);
  }
});

const SOURCES = [
  'packages/*/src/**/*.ts',
  'packages/*/test/**/*.ts',
  'test/**/*.ts',
  'examples/**/*.ts',
  'scripts/**/*.ts',
  'bench/**/*.ts',
];
const MOST_LINES = 600;

test('no file is over 600 lines without a reason at its top', () => {
  for (const file of SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const lines = text.split('\n').length;
    const reason = /^\/\/.*over 600 lines because/im.test(text.slice(0, 1000));
    assert.ok(
      lines <= MOST_LINES || reason,
      `${file} has ${lines} lines; split it, or say at its top "Over 600 lines because …"`,
    );
  }
});

test('there are no drawers', () => {
  const drawers = /(^|[/\\])(utils?|helpers?|common|shared|lib|misc)([/\\.]|$)/i;
  for (const file of SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))) {
    assert.doesNotMatch(file, drawers, `${file}: name it after what is inside`);
  }
});

test('every package and its front door have what a newcomer needs', () => {
  for (const name of Object.keys(PACKAGE_ARROWS)) {
    for (const file of ['README.md', 'package.json', 'src/index.ts']) {
      assert.ok(
        globSync(`packages/${name}/${file}`, { cwd: ROOT }).length === 1,
        `packages/${name}/${file} is missing`,
      );
    }
  }
});
