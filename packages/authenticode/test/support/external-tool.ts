// Runs the tools of others, as an independent opinion; tests that need one skip when it is not installed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Whether the tool is there; if not, the test is marked as skipped. */
export function hasTool(t: TestContext, tool: 'openssl' | 'osslsigncode'): boolean {
  const argument = tool === 'openssl' ? 'version' : '--version';
  if (spawnSync(tool, [argument]).error === undefined) return true;
  t.skip(`${tool} is not installed: apt-get install ${tool}`);
  return false;
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

/** A folder with these files that is removed with the test. */
export function makeFolder(t: TestContext, files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-authenticode-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(folder, name), contents);
  return folder;
}
