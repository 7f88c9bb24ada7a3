// Each fault of a rehearsal, met by `assay submit`: it comes through with exactly one product and a signed package that verifies, or
// ends with the right code, and once the fault is gone the same command finishes what it began.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { FaultName } from '@assay/server';
import { EXIT } from '../src/index.ts';
import { FAULT_CASES, type FaultCase } from './fault-cases.ts';
import { type RehearsedServer, startRehearsedServer } from './rehearsed-server.ts';
import { type Finished, runAssay } from './run-assay.ts';

describe('assay submit under a fault', () => {
  let server: RehearsedServer;
  before(async () => {
    server = await startRehearsedServer();
  });
  after(() => server.close());
  afterEach(() => server.rehearse('DELETE', '/faults'));

  /** The name of a case's files, without an extension. */
  const stem = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 12);

  function submit(name: string, options: readonly string[] = []): Promise<Finished> {
    return runAssay(server.directory, [
      ...['submit', 'echo.cab', '--name', name, '--signatures', 'WINDOWS_v100_X64_GE_FULL'],
      ...['--state', `${stem(name)}.json`, '--out', `${stem(name)}.zip`, ...options],
    ]);
  }

  for (const [fault, cases] of Object.entries(FAULT_CASES) as [FaultName, readonly FaultCase[]][]) {
    for (const { what, faults, code = EXIT.ok, options, says, finishesLater = false, inJournal } of cases) {
      test(`${fault} ${what}: ends with ${code}`, async () => {
        const name = `CLI ${fault} ${what}`;
        await server.rehearse('POST', '/faults', faults);
        const before = server.happened(fault);
        const first = await submit(name, options);
        assert.equal(first.code, code, first.stderr);
        if (says !== undefined) assert.match(first.stderr, says);
        if (inJournal) assert.ok(server.happened(fault) > before, 'the fault happened');
        await server.rehearse('DELETE', '/faults');
        if (finishesLater) {
          const second = await submit(name);
          assert.equal(second.code, 0, second.stderr);
        }
        if (code === EXIT.ok || finishesLater) {
          await server.requireOneOf(name);
          const verified = await runAssay(server.directory, ['verify', `${stem(name)}.zip`]);
          assert.equal(verified.code, 0, verified.stdout);
        }
        if (options?.includes('--metadata')) {
          const metadata = join(server.directory, 'metadata.json');
          assert.ok((await stat(metadata)).size > 0);
          await rm(metadata);
        }
      });
    }
  }
});
