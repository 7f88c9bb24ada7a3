// Runs the tools of others; tests that need one skip when it is not installed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Tools with an argument that makes them do nothing, and the package that has them. */
const TOOLS = {
  openssl: { argument: 'version', from: 'openssl' },
  osslsigncode: { argument: '--version', from: 'osslsigncode' },
  'softhsm2-util': { argument: '--version', from: 'softhsm2' },
  'pkcs11-tool': { argument: '--help', from: 'opensc' },
} as const;

/** Whether all of these tools are there; if not, the test is marked as skipped. */
export function hasTools(t: Pick<TestContext, 'skip'>, ...tools: (keyof typeof TOOLS)[]): boolean {
  for (const tool of tools) {
    if (spawnSync(tool, [TOOLS[tool].argument]).error === undefined) continue;
    t.skip(`${tool} is not installed: apt-get install ${TOOLS[tool].from}`);
    return false;
  }
  return true;
}

export interface ToolResult {
  readonly status: number | null;
  /** Standard output and standard error together. */
  readonly output: string;
}

export function runTool(tool: string, args: readonly string[], cwd: string): ToolResult {
  const { status, stdout, stderr } = spawnSync(tool, args, { cwd, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

/** A folder with these files; who makes it removes it. */
export function newFolder(files: Readonly<Record<string, Uint8Array | string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-key-stores-'));
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(folder, name), contents);
  return folder;
}

/** Where systems put the module of SoftHSM. */
const SOFTHSM_MODULES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];

/** The path of the module of SoftHSM; if there is none, the test is marked as skipped. */
export function softHsmModule(t: Pick<TestContext, 'skip'>): string | undefined {
  const module = SOFTHSM_MODULES.find((path) => existsSync(path));
  if (module === undefined) t.skip('the module of SoftHSM is not installed: apt-get install softhsm2');
  return module;
}
