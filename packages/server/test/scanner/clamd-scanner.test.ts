// The client against a real clamd: what is clean, what is not, what is too large, and what it says of itself.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClamdScanner } from '../../src/scanner/index.ts';
import { temporaryFolder } from '../pipeline/running-service.ts';
import { EICAR, EICAR_SIGNATURE, hasClamd, runClamd } from './clamd.ts';

const MEBIBYTE = 1_048_576;

for (const tcp of [false, true]) {
  test(`a clamd on a ${tcp ? 'TCP port' : 'Unix socket'} says which files are clean`, async (t) => {
    if (!hasClamd(t)) return;
    const scanner = createClamdScanner({ address: (await runClamd(t, { tcp })).address });
    const folder = temporaryFolder(t);
    const file = (name: string, bytes: Uint8Array): string => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    await scanner.ping();
    const version = await scanner.version();
    assert.match(version.engine, /^ClamAV \d+\.\d+/);
    assert.equal(version.signatures, undefined, 'a database without a date');

    assert.deepEqual(await scanner.scan(file('clean', Buffer.from('nothing in here'))), { kind: 'clean' });
    assert.deepEqual(await scanner.scan(file('empty', Buffer.alloc(0))), { kind: 'clean' });
    assert.deepEqual(await scanner.scan(file('infected', EICAR)), { kind: 'infected', signature: EICAR_SIGNATURE });
    const atTheEnd = Buffer.concat([Buffer.alloc(3 * MEBIBYTE, 'x'), EICAR]);
    assert.deepEqual(
      await scanner.scan(file('large', atTheEnd)),
      { kind: 'infected', signature: EICAR_SIGNATURE },
      'every byte arrives, the last one too',
    );
    const across = Buffer.concat([Buffer.alloc(65_536 - 30, 'x'), EICAR]);
    assert.equal((await scanner.scan(file('across', across))).kind, 'infected', 'across two chunks of the stream');
  });
}

test('many files at once keep their own verdicts', async (t) => {
  if (!hasClamd(t)) return;
  const scanner = createClamdScanner({ address: (await runClamd(t)).address });
  const folder = temporaryFolder(t);
  const names = Array.from({ length: 200 }, (_, index) => `file-${index}`);
  for (const [index, name] of names.entries()) {
    writeFileSync(
      join(folder, name),
      index % 3 === 0 ? Buffer.concat([Buffer.from(name), EICAR]) : Buffer.alloc(index * 700, name),
    );
  }
  const verdicts = await Promise.all(names.map((name) => scanner.scan(join(folder, name))));
  assert.deepEqual(
    verdicts.map(({ kind }) => kind),
    names.map((_, index) => (index % 3 === 0 ? 'infected' : 'clean')),
  );
});

test('a file beyond the stream limit of clamd is not scanned, and never clean', async (t) => {
  if (!hasClamd(t)) return;
  const { address } = await runClamd(t, { configuration: ['StreamMaxLength 1M'] });
  const path = join(temporaryFolder(t), 'large');
  writeFileSync(path, Buffer.alloc(4 * MEBIBYTE));
  const scanner = createClamdScanner({ address });
  for (let time = 0; time < 20; time++) {
    // clamd answers and hangs up at once: the answer may be lost, but is never replaced by another one.
    const verdict = await scanner.scan(path).catch((error: Error & { code?: string }) => error.code);
    assert.ok(
      verdict === 'cut-off' || (typeof verdict === 'object' && verdict.kind === 'not-scanned'),
      JSON.stringify(verdict),
    );
    if (typeof verdict === 'object') {
      assert.match(JSON.stringify(verdict), /larger than the stream limit of the scanner \(StreamMaxLength\)/);
      return;
    }
  }
  assert.fail('the answer was lost each time');
});

test('a file beyond the limit of the client is not even sent', async (t) => {
  const path = join(temporaryFolder(t), 'large');
  writeFileSync(path, Buffer.alloc(1001));
  const scanner = createClamdScanner({ address: 'unix:/nobody/listens', maximumStreamBytes: 1000 });
  assert.deepEqual(await scanner.scan(path), {
    kind: 'not-scanned',
    reason: 'it has 1001 bytes, and the scanner takes no more than 1000',
  });
});

test('with AlertExceedsMax, what clamd did not scan to the end is neither clean nor infected', async (t) => {
  if (!hasClamd(t)) return;
  const { address } = await runClamd(t, { configuration: ['MaxFileSize 1M', 'AlertExceedsMax yes'] });
  const path = join(temporaryFolder(t), 'large');
  writeFileSync(path, Buffer.concat([EICAR, Buffer.alloc(2 * MEBIBYTE, 'x')]));
  assert.deepEqual(await createClamdScanner({ address }).scan(path), {
    kind: 'not-scanned',
    reason: 'it is beyond a limit of the scanner (Heuristics.Limits.Exceeded.MaxFileSize)',
  });
});
