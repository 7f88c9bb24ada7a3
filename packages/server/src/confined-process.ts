// Child processes that can do nothing but their one task: Node's permission model without network, child processes,
// workers or addons, and with exactly the files that are named.
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ConfinedProcessOptions {
  /** Absolute path of the program. Its folder can be read. */
  readonly program: string;
  /** Packages of this project that the program imports. */
  readonly packages: readonly string[];
  /** Further files and folders that can be read, as absolute paths. */
  readonly readable?: readonly string[];
  /** Folders that can be written. */
  readonly writable?: readonly string[];
  /** Most megabytes of JavaScript heap. */
  readonly heapMegabytes?: number;
  readonly cwd?: string;
  /** Folder with compiled code, which the process can write: it must be the process's own. */
  readonly compileCache?: string;
}

/** The folders through which the module loader finds a workspace package: the link in node_modules and what it links to. */
function packageFolders(specifiers: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const specifier of specifiers) {
    folders.add(dirname(dirname(fileURLToPath(import.meta.resolve(specifier)))));
    for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
      const link = join(folder, 'node_modules', specifier);
      if (existsSync(link)) folders.add(link);
      if (folder === dirname(folder)) break;
    }
  }
  return [...folders];
}

/** Starts the program. It speaks over IPC; what it prints to standard error can be read from the child. */
export function startConfinedProcess(options: ConfinedProcessOptions): ChildProcess {
  const cache = options.compileCache === undefined ? [] : [options.compileCache];
  const readable = [
    dirname(options.program),
    ...packageFolders(options.packages),
    ...(options.readable ?? []),
    ...cache,
  ];
  const writable = [...(options.writable ?? []), ...cache];
  return fork(options.program, [], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    // Nothing of this process's environment: it may hold credentials.
    env: {
      NODE_NO_WARNINGS: '1',
      ...(options.compileCache === undefined ? {} : { NODE_COMPILE_CACHE: options.compileCache }),
    },
    execArgv: [
      '--permission',
      ...readable.map((path) => `--allow-fs-read=${path}`),
      ...writable.map((path) => `--allow-fs-write=${path}`),
      ...(options.heapMegabytes === undefined ? [] : [`--max-old-space-size=${options.heapMegabytes}`]),
    ],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}
