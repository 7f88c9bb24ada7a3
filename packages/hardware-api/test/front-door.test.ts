// The main entry needs no package beside itself, so that the client can be taken alone.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src/', import.meta.url));

/** Files reached from the entry by imports that exist at run time. */
function reachable(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const match of text.matchAll(/^(?:import|export)\s+(?!type\b)[^'"]*?from\s+'([^']+)'/gm)) {
    const specifier = match[1] ?? '';
    assert.ok(specifier.startsWith('.'), `${file} must not import ${specifier}`);
    reachable(resolve(dirname(file), specifier), seen);
  }
  return seen;
}

test('nothing reached from the main entry imports a package or Node', () => {
  const files = reachable(resolve(source, 'index.ts'));
  assert.ok(files.size > 10);
  assert.ok(files.size < globSync(`${source}**/*.ts`).length);
});
