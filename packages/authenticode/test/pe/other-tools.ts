// How other tools sign and verify images here, and the folder in which they do.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { encodePem } from '../../src/index.ts';
import type { TestAuthority } from '../support/authority.ts';
import { makeFolder, runTool } from '../support/external-tool.ts';

/** Tools and the Debian packages that have them. */
const PACKAGES = {
  osslsigncode: 'osslsigncode',
  sbsign: 'sbsigntool',
  sbverify: 'sbsigntool',
  'x86_64-w64-mingw32-gcc': 'gcc-mingw-w64-x86-64',
} as const;

/** Whether all these tools are there; if not, the test is marked as skipped. */
export function hasTools(t: TestContext, ...tools: readonly (keyof typeof PACKAGES)[]): boolean {
  const missing = tools.find((tool) => spawnSync(tool, ['--version']).error !== undefined);
  if (missing === undefined) return true;
  t.skip(`${missing} is not installed: apt-get install ${PACKAGES[missing]}`);
  return false;
}

/** A folder with the authority's `chain.pem`, `leaf.pem`, `key.pem` and `root.pem`, and these files. */
export function makeSigningFolder(
  t: TestContext,
  authority: TestAuthority,
  files: Readonly<Record<string, Uint8Array>>,
): string {
  const leaf = encodePem('CERTIFICATE', authority.leaf.bytes);
  return makeFolder(t, {
    ...files,
    'leaf.pem': leaf,
    'chain.pem': leaf + encodePem('CERTIFICATE', authority.intermediate.bytes),
    'root.pem': encodePem('CERTIFICATE', authority.root.bytes),
    'key.pem': authority.leafKeys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
  });
}

/** Signs with osslsigncode and gives the signed file. */
export function osslsign(folder: string, input: string, output: string, ...options: readonly string[]): Uint8Array {
  const key = ['-certs', 'chain.pem', '-key', 'key.pem'];
  const made = runTool('osslsigncode', ['sign', ...options, ...key, '-in', input, '-out', output], folder);
  assert.equal(made.status, 0, made.output);
  return new Uint8Array(readFileSync(join(folder, output)));
}

/** What osslsigncode says about a file of which it must accept exactly `count` signatures. */
export function osslverify(folder: string, input: string, count = 1): string {
  const { status, output } = runTool('osslsigncode', ['verify', '-CAfile', 'root.pem', '-in', input], folder);
  assert.equal(status, 0, output);
  assert.equal(output.match(/Signature verification: ok/g)?.length, count, output);
  assert.doesNotMatch(output, /MISMATCH/i);
  return output;
}
