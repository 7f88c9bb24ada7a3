// Child processes that can do nothing but their one task: Node's permission model without network, child processes,
// workers or addons (unless the task needs one of them), and with exactly the files that are named.
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface ConfinedProcessOptions {
  /** Absolute path of the program. Its folder can be read. */
  readonly program: string;
  /** Packages that the program imports; they and all that they depend on can be read. */
  readonly packages: readonly string[];
  /** Packages that can be read without what they depend on. */
  readonly packagesAlone?: readonly string[];
  /** Further files and folders that can be read, as absolute paths. */
  readonly readable?: readonly string[];
  /** Folders that can be written. */
  readonly writable?: readonly string[];
  /** Whether native code can be loaded, which then does as it pleases. */
  readonly addons?: boolean;
  readonly network?: boolean;
  /** Its whole environment, besides what Node needs. Nothing of this process's own is handed on: it may hold credentials. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Most megabytes of JavaScript heap. */
  readonly heapMegabytes?: number;
  readonly cwd?: string;
  /** Folder with compiled code, which the process can write: it must be the process's own. */
  readonly compileCache?: string;
}

/**
 * The folders in which the module loader looks for a package from `folder`, the last of which is there. It must be let look
 * into all of them: what may not be read ends the search with an error.
 */
function findPackage(name: string, from: string): readonly [string, ...string[]] {
  const tried: string[] = [];
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) return [candidate, ...tried];
    if (existsSync(dirname(candidate))) tried.push(join(candidate, '*'));
    if (folder === dirname(folder)) throw new Error(`the package ${name} is not installed`);
  }
}

/** The folders of packages: the link in node_modules and what it links to. */
function packageFolders(names: readonly string[], withDependencies: boolean): string[] {
  const folders = new Set<string>();
  const visit = (name: string, from: string): void => {
    const [link, ...tried] = findPackage(name, from);
    for (const candidate of tried) folders.add(candidate);
    if (folders.has(link)) return;
    const folder = realpathSync(link);
    folders.add(link).add(folder);
    if (!withDependencies) return;
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency, folder);
  };
  for (const name of names) visit(name, import.meta.dirname);
  return [...folders];
}

/** Starts the program. It speaks over IPC; what it prints to standard error can be read from the child. */
export function startConfinedProcess(options: ConfinedProcessOptions): ChildProcess {
  const cache = options.compileCache === undefined ? [] : [options.compileCache];
  const readable = [
    dirname(options.program),
    ...packageFolders(options.packages, true),
    ...packageFolders(options.packagesAlone ?? [], false),
    ...(options.readable ?? []),
    ...cache,
  ];
  const writable = [...(options.writable ?? []), ...cache];
  return fork(options.program, [], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: {
      ...options.environment,
      NODE_NO_WARNINGS: '1',
      ...(options.compileCache === undefined ? {} : { NODE_COMPILE_CACHE: options.compileCache }),
    },
    execArgv: [
      '--permission',
      ...[...new Set(readable)].map((path) => `--allow-fs-read=${path}`),
      ...writable.map((path) => `--allow-fs-write=${path}`),
      ...(options.addons === true ? ['--allow-addons'] : []),
      ...(options.network === true ? ['--allow-net'] : []),
      // A small nursery as well: each buffer that dies there holds memory outside the heap until it is swept.
      ...(options.heapMegabytes === undefined
        ? []
        : [`--max-old-space-size=${options.heapMegabytes}`, '--max-semi-space-size=1']),
    ],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}
