// What a confined process can and cannot do, and what becomes of a package that eats memory or time.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startConfinedProcess } from '../../src/confined-process.ts';
import { createInspector, PackageRefused } from '../../src/inspector/inspector.ts';
import { DEFAULT_PACKAGE_LIMITS } from '../../src/inspector/protocol.ts';
import { temporaryFolder } from '../pipeline/running-service.ts';
import { makeCabinet } from '../pipeline/submitted-cabinet.ts';

test('a confined process has no network, no children, no workers, no environment and only its files', async (t) => {
  const folder = temporaryFolder(t);
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'unchanged');
  const own = join(folder, 'own');
  mkdirSync(own);
  const listener = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  t.after(() => listener.close());
  await once(listener, 'listening');
  const child = startConfinedProcess({
    program: join(import.meta.dirname, 'probe.ts'),
    packages: [],
    writable: [own],
  });
  t.after(() => child.kill('SIGKILL'));
  child.send({ secret, writable: join(own, 'file'), port: (listener.address() as AddressInfo).port });
  const [report] = (await once(child, 'message')) as [Record<string, unknown>];
  assert.deepEqual(report, {
    network: 'ERR_ACCESS_DENIED',
    readSecret: 'ERR_ACCESS_DENIED',
    writeSecret: 'ERR_ACCESS_DENIED',
    writeOwn: 'allowed',
    childProcess: 'ERR_ACCESS_DENIED',
    worker: 'ERR_ACCESS_DENIED',
    environment: ['NODE_NO_WARNINGS'],
  });
  assert.equal(readFileSync(secret, 'utf8'), 'unchanged');
});

/** A cabinet of a few kilobytes whose one file has this many bytes of zeros. */
async function bomb(bytes: number): Promise<Uint8Array> {
  return await makeCabinet({ 'bomb\\bomb.inf': new Uint8Array(bytes) });
}

test('a package that takes too long, or too much, is refused; the next one is opened', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-test-'));
  const directory = join(folder, 'inspector');
  const inspector = await createInspector({ directory, timeLimitMs: 15_000 });
  const hurried = await createInspector({ directory: `${directory}-2`, timeLimitMs: 1 });
  t.after(async () => {
    await Promise.all([inspector.close(), hurried.close()]);
    rmSync(folder, { recursive: true, force: true });
  });
  const signal = new AbortController().signal;

  async function extract(id: bigint, cabinet: Uint8Array, totalBytes: number): Promise<number> {
    const session = await inspector.open(id);
    const file = join(session.input, 'package');
    writeFileSync(file, cabinet);
    const limits = { ...DEFAULT_PACKAGE_LIMITS, totalBytes };
    const answer = await session.ask<'extract'>(
      { operation: 'extract', file, into: session.output, signingMode: 'append', limits },
      signal,
    );
    await inspector.release(id);
    return answer.files.length;
  }

  await assert.rejects(extract(1n, await bomb(64 * 1024 ** 2), 1024 ** 2), (error: unknown) => {
    assert.ok(error instanceof PackageRefused, String(error));
    return true;
  });
  assert.equal(await extract(2n, await bomb(1024), 1024 ** 2), 1, 'another submission is not affected');

  const session = await hurried.open(3n);
  const file = join(session.input, 'package');
  writeFileSync(file, await bomb(256 * 1024 ** 2));
  // Only time stops this one.
  const limits = { ...DEFAULT_PACKAGE_LIMITS, expansionRatio: Number.POSITIVE_INFINITY };
  await assert.rejects(
    session.ask<'extract'>({ operation: 'extract', file, into: session.output, signingMode: 'append', limits }, signal),
    /took longer than/,
  );
  assert.notEqual(await hurried.open(3n), session, 'the submission gets a fresh process');
});
