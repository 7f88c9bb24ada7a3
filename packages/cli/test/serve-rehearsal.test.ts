// `assay serve --rehearsal`: the service in a process of its own, found by the file that it writes.
import assert from 'node:assert/strict';
import { access, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runAssay, temporaryDirectory } from './run-assay.ts';
import { startServerProcess } from './running-server.ts';

const SCRIPT = `
seed: 3
steps:
  scanning: 50ms
faults:
  - throttle:1:none
  - fault: error
    status: 503
    on: { operation: createProduct }
seedData:
  products:
    - productName: Seeded
      testHarness: attestation
      deviceType: internal
      requestedSignatures: [WINDOWS_v100_X64_GE_FULL]
`;

test('a rehearsal is served, seeded, and gone with its file', async (t) => {
  const script = join(await temporaryDirectory(t), 'script.yaml');
  await writeFile(script, SCRIPT);
  const server = await startServerProcess(t, [
    '--rehearsal',
    '--script',
    script,
    '--fault',
    'lost',
    '--speed',
    'instant',
  ]);
  assert.match(server.output(), /This is a rehearsal/);
  assert.doesNotMatch(server.output(), /Warning: it listens/);
  const path = join(server.data, 'rehearsal.json');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const { url, key } = JSON.parse(await readFile(path, 'utf8')) as { url: string; key: string };
  assert.ok(!server.output().includes(key));
  const ask = async (place: string, init: RequestInit = {}) =>
    await fetch(`${url}/_rehearsal${place}`, {
      ...init,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    });
  const { faults } = (await (await ask('/faults')).json()) as { faults: { fault: string }[] };
  assert.deepEqual(
    faults.map(({ fault }) => fault),
    ['throttle', 'error', 'lost'],
  );
  const { seed } = (await (await ask('')).json()) as { seed: number };
  assert.equal(seed, 3);
  assert.equal((await ask('/assertions', { method: 'POST', body: '"products Seeded = 1"' })).status, 200);
  assert.equal(await server.stop('SIGTERM'), 0);
  await assert.rejects(access(path));
});

const REFUSED: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [['--fault', 'throttle'], /--fault needs --rehearsal/],
  [['--rehearsal', '--fault', 'throtle'], /Did you mean throttle\?/],
  [['--rehearsal', '--step', 'scaning=1s'], /Did you mean scanning\?/],
  [['--rehearsal', '--speed', 'fast'], /write instant, brisk, realistic/],
];
for (const [args, message] of REFUSED) {
  test(`serve ${args.join(' ')} is wrong usage`, async (t) => {
    const { code, stderr } = await runAssay(await temporaryDirectory(t), ['serve', '--port', '0', ...args]);
    assert.equal(code, 2);
    assert.match(stderr, message);
  });
}
