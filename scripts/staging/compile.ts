// TypeScript to JavaScript, by the compiler of this repository: what lies under node_modules cannot be TypeScript, because Node
// refuses to strip types there (https://nodejs.org/api/typescript.html#type-stripping-in-dependencies).
import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface Compilation {
  /** Absolute paths or patterns of the sources. */
  readonly sources: readonly string[];
  /** What the paths in `out` are relative to. */
  readonly root: string;
  readonly out: string;
  /** Compiler options besides those of tsconfig.json. */
  readonly options: Readonly<Record<string, unknown>>;
}

const run = promisify(execFile);

/**
 * Writes the JavaScript, and with `declaration` the types; `nameCompiledFilesIn` makes them whole. Throws with what the compiler
 * says.
 */
export async function compile({ sources, root, out, options }: Compilation): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-compile-'));
  const project = join(folder, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    noEmitOnError: true,
    rewriteRelativeImportExtensions: true,
    rootDir: root,
    outDir: out,
    ...options,
  };
  writeFileSync(
    project,
    JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: sources, exclude: [] }),
  );
  const compiler = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin', 'tsc');
  try {
    await run(process.execPath, [compiler, '-p', project], { maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { stdout = '', message } = error as Error & { readonly stdout?: string };
    throw new Error(`The sources do not compile:\n${stdout || message}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Does what `nameCompiledFiles` does to every file in a folder. */
export function nameCompiledFilesIn(folder: string): void {
  for (const name of globSync('**/*.{js,d.ts}', { cwd: folder })) nameCompiledFiles(join(folder, name));
}

/** A whole string literal that names a file of TypeScript. */
const SOURCE_NAME = /(['"])([\w@./-]+)\.ts\1/g;

/**
 * Makes `.js` of the `.ts` in the literals of a compiled file that name a file beside it. The compiler does so with imports alone,
 * and in JavaScript alone; programs of child processes are named in other ways, and types are imported in declarations.
 */
export function nameCompiledFiles(file: string): void {
  const text = readFileSync(file, 'utf8');
  const named = text.replace(SOURCE_NAME, (literal, quote: string, name: string) => {
    const target = resolve(dirname(file), name);
    const exists = existsSync(`${target}.js`) || existsSync(`${target}.d.ts`);
    return exists ? `${quote}${name}.js${quote}` : literal;
  });
  const lost = named.split('\n').find((line) => line.includes('import.meta') && /\.ts['"`]/.test(line));
  if (lost !== undefined) {
    throw new Error(
      `${file} names a source that will not be there: ${lost.trim()}. Name a file in its own folder, as in join(import.meta.dirname, 'program.ts').`,
    );
  }
  if (named !== text) writeFileSync(file, named);
}
