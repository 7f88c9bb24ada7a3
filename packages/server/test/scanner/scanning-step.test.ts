// The step by itself: what it makes of faults, of files with the same bytes, and of a policy without a scanner.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { type Scanner, ScannerError, type ScanVerdict } from '../../src/scanner/index.ts';
import type { StepServices } from '../../src/workflow/ingestion/ingestion-services.ts';
import { scanning } from '../../src/workflow/ingestion/scanning.ts';
import { openStaging } from '../../src/workflow/ingestion/staging.ts';
import type { StepContext, StepResult } from '../../src/workflow/workflow.ts';
import { temporaryFolder } from '../pipeline/running-service.ts';

const SUBJECT = 7n;
const DATE = new Date('2026-01-02T03:04:05Z');

interface Scene {
  readonly run: (attempt?: number, signal?: AbortSignal) => Promise<StepResult>;
  /** The bytes of the files that were scanned, as text, in order. */
  readonly scanned: string[];
}

/** The step over a package of these files (name to text), whose scanner says this of each text. */
async function stage(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  say: (text: string, signal: AbortSignal | undefined) => Promise<ScanVerdict>,
  scan: 'optional' | 'required' = 'required',
): Promise<Scene> {
  const workDirectory = temporaryFolder(t);
  const staging = await openStaging(workDirectory, SUBJECT);
  const texts = new Map<string, string>();
  const inventory = Object.entries(files).map(([path, text]) => {
    const sha256 = createHash('sha256').update(text).digest('hex');
    writeFileSync(staging.path(sha256), text);
    texts.set(staging.path(sha256), text);
    return { path, size: text.length, sha256, sha1: '', image: null };
  });
  const scanned: string[] = [];
  const scanner: Scanner = {
    version: async () => ({ engine: 'Test 1', signatures: { version: '42', date: DATE } }),
    async scan(path, signal) {
      const text = texts.get(path) ?? '';
      scanned.push(text);
      return await say(text, signal);
    },
  };
  const services = {
    workDirectory,
    scanner,
    policy: { manualReview: 'never', scan },
    subjects: { load: async () => ({ account: { id: 1n }, entity: 'e' }) },
    clock: () => DATE,
  } as unknown as StepServices;
  return {
    scanned,
    run: (attempt = 1, signal = new AbortController().signal) =>
      scanning(services).run({
        workflowId: 'w',
        subjectId: SUBJECT,
        attempt,
        signal,
        output: () => ({ files: inventory }),
      } as StepContext),
  };
}

const CLEAN: ScanVerdict = { kind: 'clean' };

test('files with the same bytes are scanned once, and each of them is named', async (t) => {
  const { run, scanned } = await stage(t, { a: 'bad', b: 'good', c: 'bad', d: 'good' }, async (text) =>
    text === 'bad' ? { kind: 'infected', signature: 'Bad.Thing' } : CLEAN,
  );
  const result = await run();
  assert.ok(result.kind === 'failed');
  assert.deepEqual(scanned.sort(), ['bad', 'good']);
  assert.deepEqual(
    result.messages.map((message) => message.slice(0, message.indexOf('. '))),
    ['a: the malware scanner found Bad.Thing', 'c: the malware scanner found Bad.Thing'],
  );
});

test('the output says with what the package was scanned', async (t) => {
  const { run } = await stage(t, { a: '1', b: '2' }, async () => CLEAN);
  const result = await run();
  assert.ok(result.kind === 'completed');
  assert.deepEqual(result.output, {
    scanned: true,
    engine: 'Test 1',
    signatures: { version: '42', date: DATE.toISOString() },
    files: 2,
    notScanned: [],
  });
});

test('without a verdict the step is tried again soon, then waits, whatever the policy', async (t) => {
  for (const policy of ['optional', 'required'] as const) {
    const fault = new ScannerError('cut-off', 'it cut the connection');
    const { run } = await stage(
      t,
      { a: '1', b: '2' },
      async (text) => (text === '2' ? Promise.reject(fault) : CLEAN),
      policy,
    );
    for (const attempt of [1, 2, 3]) await assert.rejects(run(attempt), { name: 'ScannerError', code: 'cut-off' });
    const result = await run(4);
    assert.ok(result.kind === 'waiting');
    assert.ok(result.retryAfterMs > 0);
    assert.match(result.messages.join(), /^The package waits for .*: at b it cut the connection\. The service goes on/);
  }
});

test('after a fault no further file is begun, and those under way are given up', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${index}`, `text ${index}`]));
  const { run, scanned } = await stage(t, files, (text, signal) =>
    text === 'text 1'
      ? Promise.reject(new ScannerError('timeout', 'it gave no reply'))
      : new Promise((_resolve, reject) => {
          if (signal?.aborted === true) reject(signal.reason);
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
  );
  await assert.rejects(run(), /at f1 it gave no reply/);
  assert.ok(scanned.length <= 5, `${scanned.length} files were begun`);
});

test('one infected file is enough, though the scanner died on another', async (t) => {
  const { run } = await stage(t, { a: 'bad', b: 'other' }, async (text) => {
    if (text === 'bad') return { kind: 'infected', signature: 'Bad.Thing' };
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw new ScannerError('cut-off', 'it cut the connection');
  });
  assert.equal((await run(1)).kind, 'failed');
});

test('a stop of the service is no fault of the scanner, and a file that is gone is no clean one', async (t) => {
  const stop = new AbortController();
  const { run } = await stage(t, { a: '1' }, async (_text, signal) => {
    stop.abort(new Error('the service is stopping'));
    signal?.throwIfAborted();
    return CLEAN;
  });
  await assert.rejects(run(4, stop.signal), /the service is stopping/);
  const gone = await stage(t, { a: '1' }, async () => Promise.reject(new Error('the disk is gone')));
  await assert.rejects(gone.run(4), /the disk is gone/);
});

test('without a scanner a policy decides, and says that nothing was scanned', async () => {
  const run = (scan: 'optional' | 'required') =>
    scanning({ policy: { manualReview: 'never', scan } } as unknown as StepServices).run({} as StepContext);
  const passed = await run('optional');
  assert.ok(passed.kind === 'completed');
  assert.match(JSON.stringify(passed.output), /^\{"scanned":false,"note":"No malware scanner is configured/);
  const failed = await run('required');
  assert.ok(failed.kind === 'failed');
  assert.match(failed.messages.join(), /No malware scanner is configured.*demands a scan/);
});
