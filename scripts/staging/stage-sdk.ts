// The package `@assay/hardware-api`: the client with its types, as ES modules that need no other package. Of the sources only
// what the front door reaches is in it; the schemas, which servers want, are not.
import { copyFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile, nameCompiledFilesIn, ROOT } from './compile.ts';
import { readManifest, writeManifest } from './manifest.ts';
import { type ResourceModule, writeResourceTypes } from './resource-types.ts';

const SOURCE = join(ROOT, 'packages', 'hardware-api');
const SPECIFIER = /(\bfrom |\bimport\(|\bimport )(['"])([^'"\n]+)\2/g;
const RESOURCES = 'resources';

/** The file that holds what `specifier` names, in JavaScript or in declarations (`kind`). */
function target(file: string, specifier: string, kind: string): string {
  return join(dirname(file), specifier).replace(/\.js$/, kind);
}

/** All files that the front door reaches. Throws when one names another package. */
function reach(front: string, kind: '.js' | '.d.ts'): Set<string> {
  const reached = new Set<string>([front]);
  for (const file of reached) {
    for (const [, , , specifier = ''] of code(file).matchAll(SPECIFIER)) {
      if (!specifier.startsWith('.')) {
        throw new Error(
          `${file} imports ${specifier}, but the published package has no dependencies. Import types from schemas/ with "import type", and values not at all.`,
        );
      }
      reached.add(target(file, specifier, kind));
    }
  }
  return reached;
}

/** The text of a file without its comments, which may hold examples. */
function code(file: string): string {
  return readFileSync(file, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '');
}

function insideSchemas(compiled: string, file: string): boolean {
  return relative(compiled, file).startsWith(`schemas${sep}`);
}

/** Declarations of the client's files, with what they import from schemas/ in one file of plain types. */
async function writeDeclarations(compiled: string, out: string): Promise<void> {
  const schemas = new Set<string>();
  const reached = new Set<string>([join(compiled, 'index.d.ts')]);
  for (const file of reached) {
    const name = relative(compiled, file);
    const up = relative(dirname(file), compiled).split(sep).join('/') || '.';
    const text = readFileSync(file, 'utf8').replace(SPECIFIER, (whole, before: string, quote: string, specifier) => {
      if (!specifier.startsWith('.')) return whole;
      const imported = target(file, specifier, '.d.ts');
      if (!insideSchemas(compiled, imported)) {
        reached.add(imported);
        return whole;
      }
      schemas.add(basename(imported, '.d.ts'));
      return `${before}${quote}${up}/${RESOURCES}.js${quote}`;
    });
    cpSync(file, join(out, name));
    writeFileSync(join(out, name), text);
  }
  const modules: ResourceModule[] = [];
  for (const name of [...schemas].sort()) {
    const path = join(SOURCE, 'src', 'schemas', `${name}.ts`);
    modules.push({ exports: await import(pathToFileURL(path).href), source: readFileSync(path, 'utf8') });
  }
  writeFileSync(join(out, `${RESOURCES}.d.ts`), writeResourceTypes(modules));
  reach(join(out, 'index.d.ts'), '.d.ts');
}

/** Writes the package to `folder`, ready to be packed. Throws when it would need another package, or does not compile. */
export async function stageSdk(folder: string): Promise<void> {
  const compiled = `${folder}.compiled`;
  const out = join(folder, 'dist');
  rmSync(compiled, { recursive: true, force: true });
  try {
    await compile({
      sources: [join(SOURCE, 'src', 'index.ts')],
      root: join(SOURCE, 'src'),
      out: compiled,
      // Checked against what browsers and Node have in common, without the types of Node. Node 22 knows the syntax.
      options: { target: 'es2022', lib: ['es2024', 'dom', 'dom.iterable'], types: [], declaration: true },
    });
    nameCompiledFilesIn(compiled);
    for (const file of reach(join(compiled, 'index.js'), '.js')) {
      if (!existsSync(file)) throw new Error(`${relative(compiled, file)} is imported, but there is no such file.`);
      cpSync(file, join(out, relative(compiled, file)));
    }
    await writeDeclarations(compiled, out);
  } finally {
    rmSync(compiled, { recursive: true, force: true });
  }
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  copyFileSync(join(import.meta.dirname, 'sdk-readme.md'), join(folder, 'README.md'));
  const { name, version, license } = readManifest(SOURCE);
  writeManifest(folder, {
    name,
    version,
    description:
      'Client of the Microsoft Hardware API (Hardware Dev Center) for Node and browsers, with no dependencies.',
    license,
    keywords: ['windows', 'driver', 'hardware-dev-center', 'partner-center', 'attestation'],
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22' },
    // The first two for resolvers that know no exports.
    main: './dist/index.js',
    types: './dist/index.d.ts',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    files: ['dist'],
  });
}
