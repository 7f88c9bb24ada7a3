// The package `assay`: the command line with the other packages of this repository inside it, in src/node_modules, so that
// names, exports and the rights of confined processes are the same as here. Other people's packages come from the registry.
// They are no bundled dependencies: npm takes what bundled packages depend on for bundled too wherever it cannot hoist it (a global
// install, another version next to it), and then leaves it out.
import { copyFileSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compile, nameCompiledFiles, nameCompiledFilesIn, ROOT } from './compile.ts';
import { readManifest, writeManifest } from './manifest.ts';

const CLI = 'cli';
const BUNDLED = ['authenticode', 'driver-package', 'hardware-api', 'key-stores', 'server'];

/** The code says what is missing without them: native code is not there for every system. */
const OPTIONAL: ReadonlySet<string> = new Set(['koffi']);

type Ranges = Readonly<Record<string, string>>;

function isOwn(name: string): boolean {
  return name.startsWith('@assay/');
}

function pick(ranges: Ranges, wanted: (name: string) => boolean): Ranges {
  return Object.fromEntries(Object.entries(ranges).filter(([name]) => wanted(name)));
}

/** Dependencies of several packages as one; two ranges for one name would need two copies. */
function unite(all: readonly Ranges[]): Ranges {
  const united = new Map<string, string>();
  for (const [name, range] of all.flatMap((ranges) => Object.entries(ranges))) {
    const other = united.get(name);
    if (other !== undefined && other !== range) throw new Error(`Two ranges of ${name}: ${other} and ${range}.`);
    united.set(name, range);
  }
  return Object.fromEntries([...united].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function dependencyFields(ranges: Ranges): Readonly<Record<string, Ranges>> {
  const optional = pick(ranges, (name) => OPTIONAL.has(name));
  return {
    dependencies: pick(ranges, (name) => !OPTIONAL.has(name)),
    ...(Object.keys(optional).length > 0 ? { optionalDependencies: optional } : {}),
  };
}

function compiledExports(exports: Ranges): Ranges {
  return Object.fromEntries(Object.entries(exports).map(([name, file]) => [name, file.replace(/\.ts$/, '.js')]));
}

/** Writes the package to `folder`, ready to be packed. Throws when the sources do not compile. */
export async function stageCli(folder: string): Promise<void> {
  const compiled = `${folder}.compiled`;
  const packages = join(ROOT, 'packages');
  rmSync(compiled, { recursive: true, force: true });
  try {
    await compile({
      sources: [CLI, ...BUNDLED].map((name) => join(packages, name, 'src', '**', '*.ts')),
      root: packages,
      out: compiled,
      // `npm run check` is where types are checked.
      options: { target: 'es2024', noCheck: true, types: [] },
    });
    // What is no TypeScript is read or run as it stands.
    const filter = (path: string): boolean => !path.endsWith('.ts');
    for (const name of [CLI, ...BUNDLED]) {
      cpSync(join(packages, name, 'src'), join(compiled, name, 'src'), { recursive: true, filter });
    }
    nameCompiledFilesIn(compiled);
    cpSync(join(compiled, CLI, 'src'), join(folder, 'src'), { recursive: true });
    for (const name of BUNDLED) {
      const inside = join(folder, 'src', 'node_modules', '@assay', name);
      cpSync(join(compiled, name, 'src'), join(inside, 'src'), { recursive: true });
      const {
        version,
        description,
        license,
        exports,
        dependencies = {},
        ...manifest
      } = readManifest(join(packages, name));
      writeManifest(inside, {
        name: manifest.name,
        version,
        description,
        license,
        type: 'module',
        exports: compiledExports(exports),
        ...dependencyFields(dependencies),
      });
    }
  } finally {
    rmSync(compiled, { recursive: true, force: true });
  }
  const program = join(folder, 'bin', 'assay.js');
  mkdirSync(dirname(program), { recursive: true });
  copyFileSync(join(packages, CLI, 'bin', 'assay.js'), program);
  nameCompiledFiles(program);
  const driver = join('examples', 'echo');
  cpSync(join(ROOT, driver), join(folder, driver), { recursive: true });
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  copyFileSync(join(import.meta.dirname, 'cli-readme.md'), join(folder, 'README.md'));

  const own = [CLI, ...BUNDLED].map((name) => readManifest(join(packages, name)));
  const { version } = readManifest(join(packages, CLI));
  const { description, license } = readManifest(ROOT);
  const ranges = unite(own.map(({ dependencies = {} }) => dependencies));
  writeManifest(folder, {
    name: 'assay',
    version,
    description,
    license,
    keywords: ['windows', 'driver', 'authenticode', 'signing', 'hardware-dev-center', 'attestation', 'inf', 'catalog'],
    type: 'module',
    engines: { node: '>=24' },
    bin: { assay: 'bin/assay.js' },
    // A command, not a module: what is inside may change.
    exports: { './package.json': './package.json' },
    files: ['bin', 'src', 'examples'],
    ...dependencyFields(pick(ranges, (name) => !isOwn(name))),
  });
}
