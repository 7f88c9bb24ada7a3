// Each fault of a rehearsal, met by our own SDK: it comes through with exactly one product and the whole signed package, or
// throws the right error.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import { findDownload, submitAndWait } from '@assay/hardware-api';
import { FAULT_NAMES, type FaultName } from '@assay/server';
import { EXIT } from '../src/index.ts';
import { FAULT_CASES, type FaultCase } from './fault-cases.ts';
import { type RehearsedServer, startRehearsedServer } from './rehearsed-server.ts';

test('every fault has a case', () => assert.deepEqual(Object.keys(FAULT_CASES).sort(), [...FAULT_NAMES].sort()));

describe('the SDK under a fault', () => {
  let server: RehearsedServer;
  before(async () => {
    server = await startRehearsedServer();
  });
  after(() => server.close());
  afterEach(() => server.rehearse('DELETE', '/faults'));

  async function submit(productName: string, timeoutMs: number): Promise<void> {
    const { client, cabinet } = server;
    const { submission } = await submitAndWait(
      client,
      {
        product: {
          productName,
          testHarness: 'attestation',
          deviceType: 'internal',
          requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
        },
        package: { size: cabinet.length, sha256: createHash('sha256').update(cabinet).digest('hex'), content: cabinet },
      },
      { settleMs: 300, timeoutMs },
    );
    assert.ok(findDownload(submission, 'signedPackage') !== undefined);
    const chunks: Uint8Array[] = [];
    const { size } = await client.download(submission, 'signedPackage', {
      write: (bytes) => void chunks.push(bytes.slice()),
    });
    const whole = Buffer.concat(chunks);
    assert.equal(whole.length, size);
    assert.equal(whole.subarray(0, 2).toString('latin1'), 'PK');
  }

  for (const [fault, cases] of Object.entries(FAULT_CASES) as [FaultName, readonly FaultCase[]][]) {
    for (const { what, faults, code = EXIT.ok, sdk, inJournal } of cases) {
      test(`${fault} ${what}`, async () => {
        const name = `SDK ${fault} ${what}`;
        await server.rehearse('POST', '/faults', faults);
        const before = server.happened(fault);
        if (code === EXIT.ok) {
          await submit(name, 30_000);
          await server.requireOneOf(name);
        } else {
          await assert.rejects(submit(name, 1_500), sdk ?? { status: 429 });
        }
        if (inJournal) assert.ok(server.happened(fault) > before, 'the fault happened');
      });
    }
  }
});
