// The documents that are derived from the code are what the code says now.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DOCUMENTS } from '../scripts/documents/index.ts';

const ROOT = join(import.meta.dirname, '..');

for (const { path, write } of DOCUMENTS) {
  test(`${path} is up to date`, async () => {
    const kept = readFileSync(join(ROOT, path), 'utf8');
    assert.ok(
      kept === (await write()),
      `${path} differs from what the code says: run "npm run generate" and look at the change.`,
    );
  });
}
