// Runs the tools of others; a test that needs one skips when it is not installed.
import { execFile, spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether the tools are there; if one is not, the test is marked as skipped. */
export function hasTools(t: TestContext, ...tools: readonly string[]): boolean {
  const missing = tools.find((tool) => spawnSync(tool, ['--version']).error !== undefined);
  if (missing !== undefined) t.skip(`${missing} is not installed`);
  return missing === undefined;
}

/** What the tool printed. Runs beside this process, whose services it may call. Rejects when the tool fails. */
export async function runTool(tool: string, args: readonly string[], cwd: string): Promise<string> {
  const { stdout, stderr } = await run(tool, args, { cwd });
  return `${stdout}${stderr}`;
}
